"""`Picked`: an architecture out of a space, its number, what it costs, and its file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from mncost.spec.chosen import Made, network
from mncost.spec.lift import to_yaml
from mncost.study.explore.plan import ABSENT, Costs, Plan
from mncost.study.explore.quality import Quality


@dataclass(frozen=True, slots=True)
class Picked:
    """An architecture by its option on each level, and by its number, from 0."""

    path: tuple[int, ...]
    number: int
    picks: tuple[int, ...]
    costs: Costs
    score: int | None = None
    """In the unit of a `Quality`, where there is one."""


def picked(plan: Plan, paths: Iterable[tuple[int, ...]], quality: Quality | None) -> list[Picked]:
    """Architectures by their options on each level."""
    found = []
    for path in paths:
        picks = plan.picks_of(path)
        score = quality.of(plan.columns, picks) if quality else None
        found.append(Picked(path, plan.index_of(path), picks, plan.costs_of(path), score))
    return found


def made(plan: Plan, picks: Iterable[int]) -> Made:
    """The choices of an architecture, for its file."""
    both = [each for each in zip(plan.columns, picks, strict=True) if each[1] != ABSENT]
    return Made(
        {column.dimension.path: pick for column, pick in both if column.turn is None},
        {(column.dimension.path, column.turn): pick for column, pick in both if column.turn},
    )


def text(plan: Plan, each: Picked, name: str, remark: str) -> str:
    """The architecture file of one, which says where it is from."""
    file = ascii(os.path.basename(plan.space.file))[1:-1]
    chosen: dict[str, list[str]] = {}
    for column, pick in zip(plan.columns, each.picks, strict=True):
        if pick != ABSENT:
            chosen.setdefault(column.dimension.name, []).append(column.options[pick])
    lines = [
        f"# Architecture {each.number:,} (from 0) of {plan.total:,} of {file}{remark}.",
        *(
            f"# {ascii(name)[1:-1]}: {ascii(', '.join(taken))[1:-1]}"
            for name, taken in chosen.items()
        ),
    ]
    return "\n".join(lines) + "\n" + to_yaml(network(plan.space, made(plan, each.picks), name))
