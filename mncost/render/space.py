"""A design space as a table: its choices, and how many of its architectures are within limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from mncost import units
from mncost.render import space_words as sentences
from mncost.render import words
from mncost.render.table import Column, Mark, Row, Table
from mncost.study.explore.count import Counted, Number
from mncost.study.explore.plan import METRICS, Plan
from mncost.study.explore.survey import Extreme, effects, extreme


def info(plan: Plan) -> Table:
    """Every choice: its options, those at the least and the most cost, and what it is worth."""
    unit = plan.convention.unit
    key = words.cost_columns(plan.convention, plan.count)[0].key
    ends = {(metric, end): extreme(plan, metric, end) for metric in (0, 1) for end in (min, max)}
    rows = tuple(_choices(plan, ends[0, min], ends[0, max]))
    scale = units.scale_for(each for row in rows for each in row if isinstance(each, int))
    return Table(
        f"{plan.space.name}: {sentences.architectures(plan.total)}, "
        f"{sentences.choices(len(plan.columns))}, convention {plan.convention.name}",
        (
            Column("choice", "Choice"),
            Column("options", "Options"),
            Column("smallest", "Smallest"),
            Column("largest", "Largest"),
            Column(f"{key}_adds", f"{unit} +", "count", scale),
            Column(f"{key}_saves", f"{unit} –", "count", scale),
        ),
        rows,
        about=(
            *sentences.spans(plan),
            *(_meaning(unit) if plan.columns else ()),
            *words.counting(plan.convention, plan.count),
        ),
        notes=tuple(sentences.notes(plan)),
        facts={
            **facts(plan),
            "least": {METRICS[m]: _extreme(plan, e) for (m, end), e in ends.items() if end is min},
            "most": {METRICS[m]: _extreme(plan, e) for (m, end), e in ends.items() if end is max},
        },
    )


def _meaning(unit: str) -> tuple[str, ...]:
    return (
        f"Smallest, largest: what the architecture with the least {unit} has, and the most.",
        "+: what the dearest option adds to the smallest, beside the cheapest; "
        "–: what the cheapest takes off the largest.",
    )


def _choices(plan: Plan, least: Extreme, most: Extreme) -> Iterator[Row]:
    worth = effects(plan, 0)
    ends = zip(plan.picks_of(least.path), plan.picks_of(most.path), strict=True)
    for column, picks in zip(plan.columns, ends, strict=True):
        low, high = (column.options[pick] if pick >= 0 else Mark.EMPTY for pick in picks)
        effect = worth[column]
        yield (column.name, ", ".join(column.options), low, high, effect.adds, effect.saves)


def facts(plan: Plan) -> dict[str, Any]:
    """What a machine wants to know about a space."""
    return {
        "space": plan.space.name,
        **words.convention_facts(plan.convention, plan.count),
        "architectures": plan.total,
    }


def _extreme(plan: Plan, found: Extreme) -> dict[str, Any]:
    costs = plan.costs_of(found.path)
    return {
        **dict(zip(METRICS, costs, strict=True)),
        "number": plan.index_of(found.path),
        "choices": chosen(plan, found.path),
    }


def chosen(plan: Plan, path: tuple[int, ...]) -> Mapping[str, str | None]:
    """What an architecture has at each choice; None where that does not arise."""
    return {
        column.name: column.options[pick] if pick >= 0 else None
        for column, pick in zip(plan.columns, plan.picks_of(path), strict=True)
    }


def counted(found: Counted) -> Table:
    """How many architectures are within limits, and within those on each cost alone."""
    plan, together = found.plan, found.together
    several = len(found.alone) > 1
    return Table(
        f"{plan.space.name}: {sentences.number(together)} of "
        f"{sentences.architectures(plan.total)} {sentences.are(together)} within, "
        f"convention {plan.convention.name}",
        (Column("limit", "Limit"), *_columns(found)),
        tuple(
            (sentences.span(plan, metric, found.limits[metric]), *_cells(found, number))
            for metric, number in found.alone.items()
        ),
        ("Together", *_cells(found, together)) if several else None,
        about=(
            *sentences.tolerance(found),
            *sentences.spans(plan),
            *words.counting(plan.convention, plan.count),
        ),
        notes=(*sentences.beyond(found), *sentences.notes(plan)),
        facts={
            **facts(plan),
            "limits": limits(found.limits, plan),
            "tolerance": float(found.tolerance) if found.tolerance is not None else None,
            "within": {"at_least": together.least, "at_most": together.most},
        },
    )


def limits(spans: Any, plan: Plan) -> list[dict[str, Any]]:
    """The limits, for machines."""
    return [
        {"metric": metric, **({"min": low} if low else {}), **sentences.maximum(high)}
        for metric, (low, high) in zip(METRICS, spans, strict=True)
        if low or sentences.maximum(high)
    ]


def _columns(found: Counted) -> tuple[Column, ...]:
    if found.tolerance is None:
        return (
            Column("architectures", "Architectures", "count", units.EXACT),
            Column("share", "%", "share"),
        )
    return (
        Column("at_least", "At least", "count", units.EXACT),
        Column("at_least_share", "%", "share"),
        Column("at_most", "At most", "count", units.EXACT),
        Column("at_most_share", "%", "share"),
    )


def _cells(found: Counted, number: Number) -> Row:
    ends = (number.least,) if found.tolerance is None else (number.least, number.most)
    total = found.plan.total
    return tuple(cell for end in ends for cell in (end, Fraction(end, total)))
