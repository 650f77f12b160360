"""The general table of a report: layer by layer, or by kind, block or stage; sorted, cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mncost import units
from mncost.cost import report as cost_report
from mncost.cost.report import PARAMETERS, Report
from mncost.graph import notation
from mncost.graph.shapes import size_text
from mncost.render import footprints, words
from mncost.render.paper import formulas_of
from mncost.render.table import Cell, Column, Mark, Row, Table


@dataclass(frozen=True, slots=True)
class _Line:
    """A line before it is a row: its labels, and the layers that it stands for."""

    labels: tuple[Cell, ...]
    layers: tuple[cost_report.Row, ...]


def layers(
    report: Report,
    params: str = "weights",
    *,
    by: str = "layer",
    sort: str = "order",
    top: int | None = None,
    explained: bool = False,
    columns: str = "",
) -> Table:
    """The table of a report. With `top`, what is cut off stands in a row of its own."""
    titles, lines = _LINES[by](report)
    lines = _sorted(report, lines, sort, params)
    if top is not None and len(lines) > top:
        rest = tuple(row for line in lines[top:] for row in line.layers)
        others = (f"others ({len(lines) - top})", *_sums(titles, rest))
        lines = [*lines[:top], _Line(others, rest)]
    rows = tuple(
        (
            *line.labels,
            *_cells(report, line.layers, params, columns),
            *([formulas_of(report, line.layers)] if explained else []),
        )
        for line in lines
    )
    last = (*_sums(titles, report.rows), *_cells(report, report.rows, params, columns))
    return Table(
        words.setting(report),
        (
            *(Column(title.lower(), title, _KINDS.get(title, "text")) for title in titles),
            *words.cost_columns(report.convention, params),
            *footprints.columns(columns),
            *([Column("formula", "Formula")] if explained else []),
        ),
        rows,
        ("Total", *last, *([Mark.EMPTY] if explained else [])),
        (*words.counting(report.convention, params), *footprints.about(columns, [report])),
        words.notes(report, "show"),
        words.facts(report, params) | footprints.facts(columns, report),
    )


def _cells(report: Report, layers: tuple[cost_report.Row, ...], params: str, columns: str) -> Row:
    """What some layers cost together, and what they hold and move."""
    costs = words.cost_cells(report.total(layers), report.totals, params)
    return (*costs, *footprints.cells(columns, report, layers))


def _sums(titles: tuple[str, ...], rows: tuple[cost_report.Row, ...]) -> Row:
    """What stands under the labels of a sum: the number of layers, or nothing."""
    return tuple(len(rows) if title == "Layers" else Mark.EMPTY for title in titles[1:])


def _sorted(report: Report, lines: list[_Line], sort: str, params: str) -> list[_Line]:
    keys: dict[str, Callable[[_Line], object]] = {
        "cost": lambda line: -(report.total(line.layers).cost or 0),
        "params": lambda line: -PARAMETERS[params][0](report.total(line.layers).parameters),
        "name": lambda line: _natural(str(line.labels[0])),
    }
    return sorted(lines, key=keys[sort]) if sort in keys else lines  # type: ignore[arg-type]


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that puts conv2 before conv10."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if part.isdecimal() and part.isascii() else (0, part) for part in parts]


def _by_layer(report: Report) -> tuple[tuple[str, ...], list[_Line]]:
    lines = []
    for row in report.rows:
        window, size = notation.window(row.op, row.input), size_text(row.output)
        lines.append(_Line((row.name, row.kind, window, size), (row,)))
    return ("Layer", "Kind", "Kernel", "Output"), lines


def _by_kind(report: Report) -> tuple[tuple[str, ...], list[_Line]]:
    return ("Kind", "Layers"), _counted(report.group(lambda row: row.kind).items())


def _by_block(report: Report) -> tuple[tuple[str, ...], list[_Line]]:
    titles = ("Block", "Input", "Output")
    lines = [
        _Line((name, size_text(rows[0].input), size_text(rows[-1].output)), rows)
        for name, rows in report.group(lambda row: row.scope(1)).items()
    ]
    return titles, lines


def _by_stage(report: Report) -> tuple[tuple[str, ...], list[_Line]]:
    lines = [(notation.times(*size), rows) for size, rows in report.stages()]
    return ("Stage", "Layers"), _counted(lines)


def _counted(groups: Iterable[tuple[str, tuple[cost_report.Row, ...]]]) -> list[_Line]:
    return [_Line((name, len(rows)), rows) for name, rows in groups]


_KINDS: dict[str, Literal["text", "count"]] = {"Layers": "count"}


_LINES = {"layer": _by_layer, "kind": _by_kind, "block": _by_block, "stage": _by_stage}


def side_by_side(reports: Sequence[Report], params: str = "weights", *, columns: str = "") -> Table:
    """Networks, one a row, against the first."""
    first, count = reports[0], PARAMETERS[params][0]
    cost, _, parameters, _ = words.cost_columns(first.convention, params)
    rows: list[Row] = []
    for report in reports:
        total, whole = report.totals, first.totals
        at = report.setting
        rows.append(
            (
                report.network,
                units.significant(at.alpha, 12) if at else "",
                size_text(report.input),
                words.cost(total),
                words.share(total.cost, whole.cost),
                count(total.parameters),
                words.share(count(total.parameters), count(whole.parameters)),
                *footprints.cells(columns, report, report.rows),
            )
        )
    return Table(
        f"{len(reports)} networks, convention {first.convention.name}",
        (
            Column("network", "Network"),
            Column("alpha", "α"),
            Column("input", "Input Size"),
            cost,
            Column(f"{cost.key}_of_first", "% of first", "share"),
            parameters,
            Column(f"{params}_of_first", "% of first", "share"),
            *footprints.columns(columns),
        ),
        tuple(rows),
        about=(*words.counting(first.convention, params), *footprints.about(columns, reports)),
        notes=tuple(note for report in reports for note in words.partial(report)),
        facts=words.convention_facts(first.convention, params) | footprints.facts(columns, first),
    )
