"""Which renderer draws which format. Each is imported only when it is asked for."""

from __future__ import annotations

from mncost.render.table import Table


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
