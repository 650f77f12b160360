"""Tables as text: every tabulate format by its name, CSV, TSV and JSON. No colour, no wrapping."""

from __future__ import annotations

import csv
import html
import io
import json
import os
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from mncost import units
from mncost.errors import Problem, SettingError, did_you_mean
from mncost.render.table import Cell, Kind, Mark, Table, Texts, clean, texts, to_ascii

SCHEMA_VERSION = 1

TABULATE = (
    "asciidoc", "colon_grid", "double_grid", "double_outline", "fancy_grid", "fancy_outline",
    "github", "grid", "heavy_grid", "heavy_outline", "html", "jira", "latex", "latex_booktabs",
    "latex_longtable", "latex_raw", "mediawiki", "mixed_grid", "mixed_outline", "moinmoin",
    "orgtbl", "outline", "pipe", "plain", "presto", "pretty", "psql", "rounded_grid",
    "rounded_outline", "rst", "simple", "simple_grid", "simple_outline", "textile", "unsafehtml",
    "youtrack",
)  # fmt: skip
"""What tabulate can draw; kept here so that naming a format does not import it."""

DATA = ("csv", "tsv", "json")
FORMATS = ("table", *DATA, *TABULATE)

_BARS = {
    "jira": "\\|", "orgtbl": "\\vert{}", "mediawiki": "&#124;", "textile": "&#124;",
    "asciidoc": "&#124;", "moinmoin": "&#124;", "youtrack": "&#124;",
}  # fmt: skip
"""How a bar is written where a bare one would end the cell."""

_MARKDOWN = ("github", "pipe", "colon_grid")
SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".json": "json", ".md": "github", ".html": "html",
    ".htm": "html", ".tex": "latex_booktabs", ".rst": "rst", ".txt": "table",
}  # fmt: skip


def check_format(name: str) -> str:
    """The format, if there is one of that name. Raises `SettingError`."""
    if name not in FORMATS:
        raise SettingError(Problem(f'no format "{name}"', did_you_mean(name, FORMATS)))
    return name


def format_for(path: str) -> str:
    """The format that a file's suffix stands for. Raises `SettingError` for an unknown one."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in SUFFIXES:
        hint = f"name it {', '.join(SUFFIXES)}, or add --format; sweep also writes .parquet"
        raise SettingError(Problem(f"no format goes with the name {clean(path)}", hint))
    return SUFFIXES[suffix]


def draw(table: Table, format: str, exact: bool = False, *, ascii: bool = False) -> str:
    """The table in any format but `table`, which is `console`'s."""
    match check_format(format):
        case "json":
            return to_json(table)
        case "csv" | "tsv":
            rows = _separated(table, "," if format == "csv" else "\t")
            return to_ascii(rows) if ascii else rows
    return _tabulated(texts(table, exact, ascii=ascii), table, format)


def to_json(table: Table) -> str:
    """Everything in the table: raw integers, the convention, and what rebuilds it."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "title": clean(table.title),
        **table.facts,
        "columns": [
            {"key": column.key, "title": column.title, "kind": column.kind}
            for column in table.columns
        ],
        "rows": [_record(table, row) for row in table.rows],
        "totals": _record(table, table.total) if table.total else None,
        "notes": list(table.notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _record(table: Table, row: tuple[Cell, ...]) -> dict[str, Any]:
    """A row by column keys. A mark is null, and named under `marks`."""
    record = {column.key: _plain(cell) for column, cell in zip(table.columns, row, strict=True)}
    marks = {
        column.key: cell.name.lower()
        for column, cell in zip(table.columns, row, strict=True)
        if isinstance(cell, Mark) and cell is not Mark.EMPTY
    }
    return {**record, "marks": marks} if marks else record


def _plain(cell: Cell) -> str | int | float | None:
    match cell:
        case Mark():
            return None
        case Fraction():
            return float(cell)
    return cell


def _separated(table: Table, delimiter: str) -> str:
    """Rows alone, raw integers, a header of keys; no total, so that sums come out right."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(column.key for column in table.columns)
    kinds = [column.kind for column in table.columns]
    for row in table.rows:
        writer.writerow(map(raw, row, kinds))
    return out.getvalue()


def raw(cell: Cell, kind: Kind = "text") -> str | int | float:
    """A cell for a spreadsheet: a text that would be read as a formula is quoted, and a `number` is
    exact where decimals can be."""
    match cell:
        case Mark():
            return ""
        case str():
            text = clean(cell)
            return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
        case Fraction() if kind == "number" and units.decimals_of(cell) is not None:
            return units.plain(cell)
        case Fraction():
            return float(cell)
    return cell


def _tabulated(words: Texts, table: Table, format: str) -> str:
    from tabulate import tabulate  # late: slow to import, and the usual table does without

    escape = _escape(format)
    rows = [[escape(cell) for cell in row] for row in words.rows]
    if words.total:
        rows.append([escape(cell) for cell in words.total])
    align = ["right" if column.is_number else "left" for column in table.columns]
    drawn = tabulate(
        rows,
        headers=[escape(title) for title in words.header],
        tablefmt=format,
        colalign=align,
        disable_numparse=True,
    )
    above = _prose(format, [words.title, *words.about])
    below = _prose(format, words.notes)
    return "\n\n".join(part for part in (above, drawn, below) if part) + "\n"


def _prose(format: str, lines: list[str]) -> str:
    """Lines above and below a table, as the format writes text."""
    if "html" in format:
        return "\n".join(f"<p>{html.escape(line)}</p>" for line in lines)
    if format.startswith("latex"):
        return "\n".join(f"% {line}" for line in lines)
    if format in _MARKDOWN:
        return "\n\n".join(escaped_markdown(line) for line in lines)
    return "\n".join(lines)


def _escape(format: str) -> Callable[[str], str]:
    """What tabulate leaves undone: text of a file must not become markup."""
    if format in _MARKDOWN:
        return escaped_markdown
    if format == "unsafehtml":
        return html.escape
    if format in _BARS:
        return lambda text: text.replace("|", _BARS[format])
    if format == "latex_raw":
        from tabulate import LATEX_ESCAPE_RULES

        return lambda text: "".join(LATEX_ESCAPE_RULES.get(letter, letter) for letter in text)
    return lambda text: text


def escaped_markdown(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for letter in "\\`*_[]|~#":
        text = text.replace(letter, f"\\{letter}")
    return text.replace("@", "&#64;")
