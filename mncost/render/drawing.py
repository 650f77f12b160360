"""Which renderer draws which format. Each is imported only when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mncost.render.table import Table

if TYPE_CHECKING:
    from mncost.render.bars import Bars
    from mncost.render.plot import Plot


def draw(
    table: Table,
    format: str,
    exact: bool = False,
    *,
    terminal: bool = False,
    ascii: bool = False,
) -> str:
    """The table as text, in ASCII alone where asked. Raises `SettingError` for no known format."""
    if format == "table":
        from mncost.render import console

        return console.draw(table, exact, terminal=terminal, ascii=ascii)
    from mncost.render import text

    return text.draw(table, format, exact, ascii=ascii)


def characters(plot: Plot | Bars, width: int, *, ascii: bool = False) -> str:
    """A picture in characters."""
    from mncost.render import bars

    if isinstance(plot, bars.Bars):
        return bars.text(plot, width, ascii=ascii)
    from mncost.render import plot as points

    return points.text(plot, width, ascii=ascii)
