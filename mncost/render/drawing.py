"""Which renderer draws which format. Each is imported only when it is asked for."""

from __future__ import annotations

from mncost.render.table import Table


def draw(table: Table, format: str, exact: bool = False, *, terminal: bool = False) -> str:
    """The table as text. Raises `SettingError` for a format that there is not."""
    if format == "table":
        from mncost.render import console

        return console.draw(table, exact, terminal=terminal)
    from mncost.render import text

    return text.draw(table, format, exact)
