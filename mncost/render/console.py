"""Tables for people at a terminal, with Rich: aligned, ruled, coloured where that is wanted."""

from __future__ import annotations

import sys
from io import StringIO

from rich.box import Box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from mncost.render.table import Table, Texts, texts

_RULED = Box("    \n    \n ── \n    \n ── \n ── \n    \n    \n")
"""A rule below the header and above the total; nothing else, so that eighty columns suffice."""


def draw(table: Table, exact: bool = False, *, terminal: bool = False) -> str:
    """The table as text: for standard output where `terminal`, else as wide as it needs to be."""
    words = texts(table, exact)
    file = sys.stdout if terminal else StringIO()
    console = Console(file=file, highlight=False, markup=False, emoji=False)
    drawn = _rich(words, table)
    least = console.measure(drawn).minimum
    natural = console.measure(drawn, options=console.options.update(width=10_000)).maximum
    fitted = file.isatty()
    console.width = max(console.width if fitted else natural, least)
    with console.capture() as capture:
        console.print(Text(words.title, style="bold"), soft_wrap=not fitted)
        console.print(drawn)
        for line in words.about:
            console.print(Text(line, style="dim"), soft_wrap=not fitted)
        for note in words.notes:
            console.print(Text(f"Note: {note}"), soft_wrap=not fitted)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _rich(words: Texts, table: Table) -> RichTable:
    drawn = RichTable(
        box=_RULED,
        pad_edge=False,
        padding=0,
        show_edge=False,
        show_footer=words.total is not None,
        header_style="bold",
        footer_style="bold",
    )
    footer = words.total or [""] * len(words.header)
    for column, title, total in zip(table.columns, words.header, footer, strict=True):
        drawn.add_column(
            Text(title),
            footer=Text(total),
            justify="right" if column.is_number else "left",
            no_wrap=column.is_number,
            overflow="fold",
        )
    for row in words.rows:
        drawn.add_row(*(Text(cell) for cell in row))
    return drawn
