"""The exact Pareto front of a space: of all of its architectures, without listing them.

A choice adds to each objective, whatever came before. So of all ways from a state to the end, only
those that no other beats can be part of the front: dynamic programming from the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from mncost.errors import Problem, SettingError
from mncost.study.explore.plan import METRICS, Costs, Plan
from mncost.study.explore.quality import Quality
from mncost.study.explore.rows import fits
from mncost.study.objectives import QUALITY, faults

OBJECTIVES = (*METRICS, QUALITY)
"""Less of each cost, and more quality."""


def engine(plan: Plan, quality: Quality) -> ModuleType:
    """Fronts in NumPy's arrays; plain ones where it is missing or 64 bits do not hold a number."""
    from mncost.study.explore import fronts

    try:
        from mncost.study.explore import fronts_numpy
    except ImportError:
        return fronts
    return fronts_numpy if fits(plan, quality) else fronts


def best(
    plan: Plan,
    quality: Quality,
    objectives: Sequence[str] = OBJECTIVES,
    most: Costs | None = None,
    fronts: ModuleType | None = None,
) -> list[tuple[int, ...]]:
    """The front, up to the `most` of each cost, by its first objective: architectures by their
    options on each level. Of those that are equal in all, the first in order.

    Raises `SettingError`: objectives that are none, or more points than can be kept.
    """
    check(objectives)
    fronts = fronts or engine(plan, quality)
    limits = tuple(min(a, b) for a, b in zip(most or plan.most, plan.most, strict=True))
    limited = [name for at, name in enumerate(METRICS) if limits[at] < plan.most[at]]
    tracked = list(dict.fromkeys((*objectives, *limited)))
    levels = _grown(plan, quality, tracked, dict(zip(METRICS, limits, strict=True)), fronts)
    points, _, _ = levels[0][0].lists()
    axes = [tracked.index(name) for name in objectives]
    shown = _front([tuple(point[axis] for axis in axes) for point in points])
    return [_traced(plan, levels, at) for at in sorted(shown, key=lambda at: points[at][axes[0]])]


def check(objectives: Sequence[str]) -> None:
    """What is wrong with objectives. Raises `SettingError`."""
    if problems := list(faults(objectives, METRICS)):
        raise SettingError(problems)


def _front(points: list[tuple[int, ...]]) -> Sequence[int]:
    from mncost.study.front import front

    first: dict[tuple[int, ...], int] = {}
    for at, point in enumerate(points):
        first.setdefault(point, at)
    different = list(first)
    return (
        [first[different[at]] for at in front(different, ["min"] * len(points[0]))]
        if points
        else []
    )


def _grown(
    plan: Plan, quality: Quality, tracked: list[str], limits: dict[str, int], fronts: ModuleType
) -> list[list[Any]]:
    """Of every state of every level: the front of the ways from there to the end."""
    infinite = max(1 << 62, quality.largest)
    before = _least_before(plan)
    found = [[fronts.unit(len(tracked))]]
    for depth in range(len(plan.levels) - 1, -1, -1):
        level, of_level = plan.levels[depth], []
        for state, options in enumerate(level.options):
            left = [
                infinite
                if name == QUALITY
                else limits[name] - before[depth][state][METRICS.index(name)]
                for name in tracked
            ]
            parts = []
            for option in options:
                score = -quality.of(level.columns, option.picks)
                add = tuple(
                    score if n == QUALITY else option.costs[METRICS.index(n)] for n in tracked
                )
                parts.append((found[-1][option.next], add))
            merged = fronts.merged(parts, tuple(left))
            if merged is None:
                message = f"a front of more than {fronts.MOST:,} points"
                raise SettingError(Problem(message, "weigh two objectives, or round the scores"))
            of_level.append(merged)
        found.append(of_level)
    return found[::-1]


def _least_before(plan: Plan) -> list[list[Costs]]:
    """The least that was spent when a state is met."""
    found: list[list[Costs]] = [[(0, 0)]]
    for depth, level in enumerate(plan.levels):
        reached = [plan.most] * len(plan.completions[depth + 1])
        for spent, options in zip(found[-1], level.options, strict=True):
            for o in options:
                a, b = reached[o.next]
                reached[o.next] = (min(a, spent[0] + o.costs[0]), min(b, spent[1] + o.costs[1]))
        found.append(reached)
    return found


def _traced(plan: Plan, levels: list[list[Any]], at: int) -> tuple[int, ...]:
    """The architecture of a point of the first level's front."""
    path, state = [], 0
    for depth, level in enumerate(plan.levels):
        front = levels[depth][state]
        choice, at = int(front.options[at]), int(front.onward[at])
        path.append(choice)
        state = level.options[state][choice].next
    return tuple(path)
