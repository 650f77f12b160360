"""Tables for people at a terminal, with Rich: aligned, ruled, coloured where that is wanted."""

from __future__ import annotations

import sys
from io import StringIO

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from mncost.render.table import Table, Texts, texts

_RULES = "    \n    \n -- \n    \n -- \n -- \n    \n    \n"
_BOX = Box(_RULES.replace("-", "─"))
_ASCII_BOX = Box(_RULES, ascii=True)
"""A rule below the header and above the total; nothing else, so that eighty columns suffice."""

_GAP = 1


def draw(table: Table, exact: bool = False, *, terminal: bool = False, ascii: bool = False) -> str:
    """The table as text: for standard output where `terminal`, else as wide as it needs to be.

    A terminal that is too narrow gets units below titles and formulas below the table; then
    texts are folded at spaces. Numbers are never cut: a line would rather be too long.
    """
    file = (sys.stdout if terminal else None) or StringIO()
    console = Console(
        file=file,
        highlight=False,
        markup=False,
        emoji=False,
        force_terminal=None if terminal else False,
        color_system="auto" if terminal else None,
    )
    words = texts(table, exact, ascii=ascii)
    fitted = file.isatty()
    widths = [_widths(words)]
    parts = [tuple(range(len(words.header)))]
    below: list[str] = []
    if fitted and _needs(widths[0]) > console.width:
        words, below = _narrowed(words, table)
        parts = _parts(words, table, console.width)
        widths = [_folded(words, table, console.width, part) for part in parts]
    most = max(_needs(each) for each in widths)
    console.width = max(console.width, most) if fitted else most
    with console.capture() as capture:
        console.print(Text(words.title, style="bold"), soft_wrap=not fitted)
        for part, fitting in zip(parts, widths, strict=True) if table.rows or table.total else ():
            if part != parts[0]:
                console.print()
            console.print(_rich(words, table, part, fitting, ascii))
        for line in below:
            console.print(Text(line), soft_wrap=not fitted)
        for line in words.about:
            console.print(Text(line, style="dim"), soft_wrap=not fitted)
        for note in words.notes:
            console.print(Text(f"Note: {note}"), soft_wrap=not fitted)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _rich(
    words: Texts, table: Table, part: tuple[int, ...], widths: list[int], ascii: bool
) -> RichTable:
    drawn = RichTable(
        box=_ASCII_BOX if ascii else _BOX,
        pad_edge=False,
        padding=0,
        show_edge=False,
        show_footer=words.total is not None,
        header_style="bold",
        footer_style="bold",
    )
    footer = words.total or [""] * len(words.header)
    for at, width in zip(part, widths, strict=True):
        number = table.columns[at].is_number
        drawn.add_column(
            Text(words.header[at]),
            footer=Text(footer[at]),
            justify="right" if number else "left",
            no_wrap=number,
            width=width,
        )
    for row in words.rows:
        drawn.add_row(*(Text(row[at]) for at in part))
    return drawn


def _parts(words: Texts, table: Table, width: int) -> list[tuple[int, ...]]:
    """The columns in one table, or in several below each other: those of a panel stay together,
    and each table begins with the first column."""
    panels: dict[str, list[int]] = {}
    for at in range(len(words.header)):
        panels.setdefault(table.columns[at].panel, []).append(at)
    parts: list[tuple[int, ...]] = []
    for columns in panels.values():
        wider = (*parts[-1], *columns) if parts else tuple(columns)
        if not parts or _needs(_folded(words, table, width, wider)) > width:
            parts.append((0, *columns) if parts else wider)
        else:
            parts[-1] = wider
    return parts


def _narrowed(words: Texts, table: Table) -> tuple[Texts, list[str]]:
    """The same, narrower: units below titles, and formulas on lines of their own."""
    count = len(words.header) - (table.columns[-1].key == "formula")
    below = [f"{row[0]} {row[1]}: {row[-1]}" for row in words.rows if count < len(row) and row[-1]]
    narrow = Texts(
        title=words.title,
        header=[title.replace(" (", "\n(") for title in words.header[:count]],
        rows=[row[:count] for row in words.rows],
        total=words.total[:count] if words.total else None,
        about=words.about,
        notes=words.notes,
    )
    return narrow, below


def _lines(words: Texts) -> list[list[str]]:
    return [words.header, *words.rows, *([words.total] if words.total else [])]


def _widths(words: Texts) -> list[int]:
    """How wide each column is when nothing is folded."""
    cells = zip(*_lines(words), strict=True)
    return [max(cell_len(line) for cell in column for line in cell.split("\n")) for column in cells]


def _folded(words: Texts, table: Table, width: int, part: tuple[int, ...]) -> list[int]:
    """Widths within `width` where that can be: numbers whole, texts no narrower than a word."""
    whole = _widths(words)
    natural = [whole[at] for at in part]
    cells = [*zip(*_lines(words), strict=True)]
    words_of = [[word for cell in cells[at] for word in cell.split()] for at in part]
    folded = [
        wide if table.columns[at].is_number else max(map(cell_len, longest), default=0)
        for at, wide, longest in zip(part, natural, words_of, strict=True)
    ]
    spare = max(width - _needs(folded), 0)
    for at, least in enumerate(folded):
        more = min(natural[at] - least, spare)
        folded[at], spare = least + more, spare - more
    return folded


def _needs(widths: list[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)
