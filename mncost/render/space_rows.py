"""Architectures of a space as rows: number, costs, quality, and what was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mncost import units
from mncost.render import choices, words
from mncost.render import space_words as sentences
from mncost.render.space import facts, limits
from mncost.render.table import Cell, Column, Row, Table
from mncost.study.explore.picked import Picked
from mncost.study.explore.plan import Plan
from mncost.study.explore.quality import Quality
from mncost.study.explore.spans import Spans

FEW = 4
"""So many choices have a column each where people read; machines always get one for each."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What rows are shown of, and how: `every` choice, or none where they are too many to read;
    `files` are the names under which they were written."""

    plan: Plan
    limits: Spans
    quality: Quality | None = None
    every: bool = True
    files: Sequence[str] = ()
    about: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def rows(title: str, found: Sequence[Picked], how: Shown) -> Table:
    """A row for each architecture."""
    plan = how.plan
    every = how.every or len(plan.columns) <= FEW
    cost, _, parameters, _ = words.cost_columns(plan.convention, plan.count)
    chosen = plan.columns if every else ()
    options = [choices.cells(column) for column in chosen]
    return Table(
        f"{plan.space.name}: {title}, convention {plan.convention.name}",
        (
            *([Column("file", "File")] if how.files else []),
            Column("number", "Number", "count", units.EXACT),
            cost,
            parameters,
            *([Column("quality", "Quality", "number")] if how.quality else []),
            *map(choices.heading, chosen),
        ),
        tuple(_row(each, at, how, options) for at, each in enumerate(found)),
        about=(*how.about, *words.counting(plan.convention, plan.count)),
        notes=(*_hidden(how, every or not found), *sentences.notes(plan)),
        facts={**facts(plan), "limits": limits(how.limits, plan), **how.facts},
    )


def _hidden(how: Shown, every: bool) -> tuple[str, ...]:
    if every:
        return ()
    files = "" if how.files else ", and -o FOLDER/ writes architecture files"
    hidden = f"{len(how.plan.columns)} choices are not shown"
    return (f"{hidden}: --format csv has a column for each{files}.",)


def _row(each: Picked, at: int, how: Shown, options: Sequence[Sequence[Cell]]) -> Row:
    cells: list[Cell] = [each.number, *each.costs]
    if how.quality is not None:
        cells.append(how.quality.value(each.score or 0))
    if options:
        cells += [of_choice[pick] for of_choice, pick in zip(options, each.picks, strict=True)]
    return (*([how.files[at]] if how.files else []), *cells)
