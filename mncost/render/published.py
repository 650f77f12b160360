"""Published figures beside ours: one table as the paper has it, or many in one list."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from mncost import units
from mncost.cost.conventions import PAPER
from mncost.cost.counters import named
from mncost.render import words
from mncost.render.plot import Plot, Series
from mncost.render.table import Cell, Column, Mark, Row, Table
from mncost.spec.published import STATUSES, Published, PublishedTable
from mncost.study.memory import DEFAULT
from mncost.study.memory import TITLES as TITLES_OF_PLANNERS
from mncost.study.paper import Outcome, Point

_KINDS: dict[str, Literal["text", "count", "share"]] = {
    "mult_adds_share": "share",
    "params_share": "share",
    "layer": "text",
}

SCALES = {
    "": units.EXACT,
    "M": units.Scale(2, 2),
    "G": units.Scale(3, 3),
    "kB": units.Scale(1, 2, bytes=True),
}
"""Beside what is printed in a unit, in that unit."""

TITLES = {
    "mult_adds": "Mult-Adds",
    "params": "Parameters",
    "mult_adds_share": "Mult-Adds",
    "params_share": "Parameters",
    "peak": "Peak",
    "weight_bytes": "Flash",
    "layer": "Layer",
}


def one(published: Published, table: PublishedTable, found: Sequence[Outcome]) -> Table:
    """One published table, row by row, with what is computed beside each figure."""
    keys = tuple(dict.fromkeys(outcome.key for outcome in found))
    by_place = {(outcome.row, outcome.key): outcome for outcome in found}
    columns = [Column("row", "Row")]
    if table.accuracy:
        columns.append(Column("accuracy", table.accuracy))
    for key in keys:
        title = TITLES[key]
        kind = _KINDS.get(key, "count")
        scale = SCALES[table.units.get(key, "")] if kind == "count" else None
        columns += [
            Column(f"{key}_printed", f"{title} printed"),
            Column(key, "computed %" if kind == "share" else "computed", kind, scale),
            Column(f"{key}_status", "status"),
        ]
    if keys == ("layer",):
        rows = [_cells(outcome, outcome.row) for outcome in found]
    else:
        rows = [
            (
                entry.name,
                *([entry.accuracy or Mark.EMPTY] if table.accuracy else []),
                *(cell for key in keys for cell in _three(by_place.get((entry.name, key)))),
            )
            for entry in table.rows
        ]
    return Table(
        f"{published.title}, {table.label}: {table.title}",
        tuple(columns),
        tuple(rows),
        about=_about(published, [table], found),
        notes=(*_reasons(found), *([table.note] if table.note else [])),
        facts=_facts(published, found),
    )


def many(published: Published, tables: Sequence[PublishedTable], found: Sequence[Outcome]) -> Table:
    """Every figure of a list, table by table."""
    several = len({outcome.table for outcome in found}) > 1
    columns = (
        *([Column("table", "Table")] if several else []),
        Column("row", "Row"),
        Column("figure", "Figure"),
        Column("printed", "Printed"),
        Column("computed", "Computed", "count"),
        Column("status", "Status"),
    )
    rows: list[Row] = []
    layers = [outcome for outcome in found if outcome.key == "layer" and outcome.status == "match"]
    if layers:
        label = layers[0].table
        cells = (f"{len(layers)} layers", "Layer", "each as computed", Mark.EMPTY, "match")
        rows.append((label, *cells) if several else cells)
    for outcome in found:
        if outcome in layers:
            continue
        place: Row = (outcome.table, outcome.row) if several else (outcome.row,)
        computed = Mark.EMPTY if outcome.computed is None else outcome.computed
        printed: Cell = outcome.printed
        if outcome.key == "layer":  # its type alone; all of it stands in the table of its own
            printed, computed = (str(cell).partition(" · ")[0] for cell in (printed, computed))
        rows.append((*place, TITLES[outcome.key], printed, computed, outcome.status))
    return Table(
        f"{published.title}: published figures, and as computed",
        columns,
        tuple(rows),
        about=_about(published, tables, found),
        notes=_reasons(found),
        facts=_facts(published, found),
    )


def _three(outcome: Outcome | None) -> Row:
    return (Mark.EMPTY,) * 3 if outcome is None else _cells(outcome)


def _cells(outcome: Outcome, *before: str) -> Row:
    computed: Cell = Mark.EMPTY if outcome.computed is None else outcome.computed
    return (*before, outcome.printed or Mark.EMPTY, computed, outcome.status)


def _about(
    published: Published, tables: Sequence[PublishedTable], found: Sequence[Outcome]
) -> tuple[str, ...]:
    counts = [(status, sum(each.status == status for each in found)) for status in STATUSES]
    summary = ", ".join(f"{number} {status}" for status, number in counts if number)
    return (
        f"{len(found)} figures: {summary}.",
        f"Source: {published.source}.",
        *dict.fromkeys(line for table in tables for line in _counting(table)),
    )


def _counting(table: PublishedTable) -> tuple[str, ...]:
    """How its figures are counted."""
    convention, params = named(table.of.convention or PAPER.name), table.of.params or "weights"
    if table.of.bits:
        return _in_memory(table)
    if params in _MODES:
        return (
            words.counting(convention, "weights")[0],
            f"Parameters ({params}): {_MODES[params]}.",
        )
    return words.counting(convention, params)


def _in_memory(table: PublishedTable) -> tuple[str, ...]:
    title = TITLES_OF_PLANNERS[table.of.planner or DEFAULT]
    return (
        f"Computed: {table.of.bits} bits a number; peak of activations by {title}, a lower bound; "
        f"parameters: {table.of.params or 'weights'}.",
    )


_MODES = {
    "unscaled": "all that is stored but the scale of norms",
    "folded": "weights and biases, with norms folded into what is before them",
}


def _reasons(found: Sequence[Outcome]) -> tuple[str, ...]:
    """Why figures are not as they should be, each reason once."""
    reasons: dict[str, list[str]] = {}
    for outcome in found:
        if not outcome.why:
            continue
        other = f" ({_number(outcome.otherwise)})" if outcome.otherwise is not None else ""
        fitted = " This was fitted to the number." if outcome.fitted else ""
        reasons.setdefault(f"{outcome.why}.{fitted}", []).append(
            f"{outcome.row} {outcome.printed}{other}"
        )
    return tuple(
        f"{next(o.table for o in found if o.why and why.startswith(o.why))}, "
        f"{'; '.join(dict.fromkeys(places))}: {why}"
        for why, places in reasons.items()
    )


def _number(count: Fraction | int) -> str:
    if isinstance(count, Fraction):
        return f"{units.fixed(count * 100, 2)} %"
    return f"{count:,}"


def _facts(published: Published, found: Sequence[Outcome]) -> dict[str, object]:
    return {
        "list": published.name,
        "source": published.source,
        "statuses": {s: sum(each.status == s for each in found) for s in STATUSES},
        "worse": [f"{each.table} {each.row} {each.key}" for each in found if each.is_worse],
    }


AXES = {
    "figure4": ("mult_adds", "Mult-Adds", "Figure 4: accuracy against Mult-Adds"),
    "figure5": ("params", "weights", "Figure 5: accuracy against parameters"),
}


def figure(what: str, points: Sequence[Point]) -> Plot:
    """The paper's Figure 4 or 5: a series for each width in 4, for each resolution in 5."""
    key, axis, title = AXES[what]
    alphas, sizes = (
        list(dict.fromkeys(getattr(point, side) for point in points))
        for side in ("alpha", "resolution")
    )
    groups: list[tuple[str, list[Point]]] = (
        [(f"α = {alpha:g}", [p for p in points if p.alpha == alpha]) for alpha in alphas]
        if what == "figure4"
        else [(f"{size}×{size}", [p for p in points if p.resolution == size]) for size in sizes]
    )
    series = tuple(
        Series(
            name,
            tuple((getattr(p, key), p.top1, f"{p.alpha:g}-{p.resolution}") for p in group),
        )
        for name, group in groups
    )
    return Plot(f"{title}, MobileNet V1", axis, "ImageNet top-1 % (TF-Slim)", series, log_x=True)


def points(what: str, found: Sequence[Point]) -> Table:
    """The points of a figure."""
    _, _, title = AXES[what]
    return Table(
        f"{title}, MobileNet V1 at 16 settings",
        (
            Column("alpha", "α"),
            Column("resolution", "Resolution"),
            Column("top1", "Top-1 %"),
            Column("mult_adds", PAPER.unit, "count"),
            Column("weights", "Weights", "count"),
        ),
        tuple(
            (f"{p.alpha:g}", str(p.resolution), f"{p.top1:g}", p.mult_adds, p.params) for p in found
        ),
        about=words.counting(PAPER, "weights"),
        notes=(
            "Accuracies: TF-Slim's checkpoints of 2017-06-14, https://github.com/tensorflow/models/blob/"
            "master/research/slim/nets/mobilenet_v1.md in its revision of 2017.",
        ),
        facts=words.convention_facts(PAPER, "weights"),
    )


def lists(every: Sequence[Published]) -> Table:
    """The lists that there are."""
    return Table(
        "Lists of published figures: mncost paper --published NAME",
        (
            Column("list", "Name"),
            Column("title", "List"),
            Column("tables", "Tables"),
            Column("source", "Source"),
        ),
        tuple(
            (each.name, each.title, ", ".join(t.label for t in each.tables), each.source)
            for each in every
        ),
    )
