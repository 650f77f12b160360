"""`Table`: the neutral form of every result, and how its cells become text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any, Literal

from mncost import units


class Mark(Enum):
    """A cell that is no number: the three kinds of nothing print differently."""

    NOT_COUNTED = "–"  # the convention leaves it out
    UNKNOWN = "?"  # there is no formula for it
    EMPTY = ""  # does not apply


Cell = str | int | Fraction | Mark

Kind = Literal["text", "number", "count", "bytes", "delta", "share", "ratio", "time"]
"""What the cells of a column are."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `key` for machines, `title` for people, and what its cells are.

    `count` is an exact integer, printed in one unit for the whole column, and `delta` one with its
    sign; `bytes` are bytes; `share` is a fraction, printed in per cent, `ratio` one with two
    decimals, `number` one that is printed as it is, and `time` one in milliseconds, printed to the
    microsecond.
    """

    key: str
    title: str
    kind: Kind = "text"
    scale: units.Scale | None = None
    """Of counts, where it is not theirs to choose: beside numbers printed in a unit, say."""
    panel: str = ""
    """Columns of one panel stay together where a terminal is too narrow for all."""

    @property
    def is_number(self) -> bool:
        return self.kind != "text"


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A result, ready for any renderer.

    `facts` is what a machine wants to know about the whole: network, setting, convention.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    about: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Texts:
    """A table whose every cell is text, clean and in its unit."""

    title: str
    header: list[str]
    rows: list[list[str]]
    total: list[str] | None
    about: list[str]
    notes: list[str]


def texts(table: Table, exact: bool = False, *, ascii: bool = False) -> Texts:
    """The table in words: counts in one unit a column, or whole numbers where `exact`."""
    plain = to_ascii if ascii else str
    body = [*table.rows, *([table.total] if table.total else [])]
    scales = [
        _scale(column, exact) or _fitting(column, _counts(row[at] for row in body))
        for at, column in enumerate(table.columns)
    ]
    written = [
        [plain(_text(*each)) for each in zip(row, table.columns, scales, strict=True)]
        for row in body
    ]
    titles = zip(table.columns, scales, strict=True)
    used = sorted({(scale.bytes, scale.power): scale for scale in scales if scale.power}.items())
    legend = ", ".join(scale.legend for _, scale in used)
    return Texts(
        title=plain(clean(table.title)),
        header=[plain(_header(column, scale)) for column, scale in titles],
        rows=written[: len(table.rows)],
        total=written[-1] if table.total else None,
        about=[plain(clean(line)) for line in (*table.about, *([legend] if legend else []))],
        notes=[plain(clean(line)) for line in table.notes],
    )


_ANYWHERE = ("##[", "##vso[")
"""What Azure Pipelines and GitHub Actions obey wherever it stands in a line."""


def clean(text: str) -> str:
    """Text from a file made inert: no control, format or line-breaking character survives, and no
    line begins as a command to a CI system.

    >>> clean("a\\x1b[2Jb\\nc")
    'a\\\\x1b[2Jb\\\\nc'
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            character if _harmless(character) else character.encode("unicode_escape").decode()
            for character in text
        )
    for command in _ANYWHERE:
        if command in text.lower():
            text = text.replace("##", "#\\#")
    return f"\\{text}" if text.lstrip().startswith("::") else text


_ASCII = str.maketrans(
    {
        "×": "x",
        "·": "*",
        "–": "-",
        "─": "-",
        "α": "alpha",
        "ρ": "rho",
        "²": "^2",
        "…": "...",
        "µ": "u",
    }
)


def to_ascii(text: str) -> str:
    """Text for a terminal without UTF-8: rules and symbols by their likeness, the rest escaped.

    >>> to_ascii("α = 0.75, 3×3")
    'alpha = 0.75, 3x3'
    """
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def _harmless(character: str) -> bool:
    return unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029"


def _scale(column: Column, exact: bool) -> units.Scale | None:
    """The unit of a column; None where its numbers choose it."""
    if column.kind == "bytes":
        return units.BYTES if exact else None
    return units.EXACT if exact or column.kind == "number" else column.scale


def _fitting(column: Column, counts: list[int]) -> units.Scale:
    return units.scale_for_bytes(counts) if column.kind == "bytes" else units.scale_for(counts)


def _counts(cells: Any) -> list[int]:
    return [cell for cell in cells if isinstance(cell, int)]


def _header(column: Column, scale: units.Scale) -> str:
    return f"{column.title} ({scale.suffix})" if scale.suffix else column.title


def _text(cell: Cell, column: Column, scale: units.Scale) -> str:
    match cell:
        case Mark():
            return cell.value
        case str():
            return clean(cell)
        case int() | Fraction() if column.kind == "number":
            return units.plain(cell)
        case int() | Fraction() if column.kind == "ratio":
            return _ratio(Fraction(cell))
        case int() | Fraction() if column.kind == "time":
            tiny = 0 < cell < Fraction(1, 2000)
            return "<0.001" if tiny else units.fixed(cell, 3) if cell else "0"
        case int() if column.kind in ("count", "bytes"):
            return scale.text(cell)
        case int() if column.kind == "delta":
            return f"+{scale.text(cell)}" if cell > 0 else scale.text(cell)
    return _percent(Fraction(cell))


def _ratio(value: Fraction) -> str:
    """Two decimals; what is there never prints as nought."""
    if not value:
        return "0"
    return "<0.01" if value < Fraction(5, 1000) else units.fixed(value, 2)


def _percent(share: Fraction) -> str:
    """Per cent with two decimals; what is there never prints as nought."""
    if share in (0, 1):
        return str(share * 100)
    if 0 < share < Fraction(5, 100_000):
        return "<0.01"
    return units.fixed(share * 100, 2)
