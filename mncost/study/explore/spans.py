"""The limits within which costs are sought, and what partial costs are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mncost.errors import Problem, SettingError, did_you_mean
from mncost.study.explore.plan import METRICS, Costs, Plan
from mncost.study.limits import Limit, contradictions

FREE = -1
"""In place of a cost that no longer matters: whatever else is chosen, it is within its limits."""

BEYOND = 10**30
"""More than any network costs: a limit that is none."""

Span = tuple[int, int]
"""The least and the most, both allowed."""

Spans = tuple[Span, Span]
"""Of each metric."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Limits of the whole, and what all the rest of it costs at least and at most."""

    limits: Spans
    rest: Spans


def corners(limits: Spans) -> list[tuple[int, tuple[int, int]]]:
    """A rectangle of limits as sums and differences of all up to a corner: sign, and corner."""
    (low, high), (least, most) = limits
    signs = ((1, high, most), (-1, low - 1, most), (-1, high, least - 1), (1, low - 1, least - 1))
    return [(sign, (x, y)) for sign, x, y in signs if x >= 0 and y >= 0]


def spans(limits: Sequence[Limit]) -> Spans:
    """What limits leave of each metric. Raises `SettingError`: they contradict each other."""
    unknown = dict.fromkeys(each.metric for each in limits if each.metric not in METRICS)
    problems = [
        Problem(f'no limit on "{name}" of a design space', did_you_mean(name, METRICS))
        for name in unknown
    ]
    if problems := problems or contradictions(limits):
        raise SettingError(problems)
    bounds = {(each.metric, each.relation): each.bound for each in limits}
    first, second = (
        (bounds.get((metric, "min"), 0), bounds.get((metric, "max"), BEYOND)) for metric in METRICS
    )
    return first, second


def is_limited(span: Span) -> bool:
    """Whether there is a limit at all."""
    return span != (0, BEYOND)


def rests(plan: Plan) -> tuple[list[list[Spans]], list[list[Spans]]]:
    """What comes before each state of each level costs at least and at most; and what after."""
    after = [
        [((a, b), (c, d)) for a, b, c, d in zip(*of_level, strict=True)]
        for of_level in zip(
            *(plan.extreme(choose, metric) for metric in (0, 1) for choose in (min, max)),
            strict=True,
        )
    ]
    before: list[list[Spans]] = [[((0, 0), (0, 0))]]
    for depth, level in enumerate(plan.levels):
        reached: list[list[Spans]] = [[] for _ in after[depth + 1]]
        for spans, options in zip(before[-1], level.options, strict=True):
            for option in options:
                reached[option.next].append(_plus(spans, option.costs))
        before.append([_around(spans) for spans in reached])
    return before, after


def _plus(spans: Spans, costs: Costs) -> Spans:
    (low, high), (least, most) = spans
    return (low + costs[0], high + costs[0]), (least + costs[1], most + costs[1])


def _around(spans: list[Spans]) -> Spans:
    """The span of several, of each metric."""
    first, second = (
        (min(each[metric][0] for each in spans), max(each[metric][1] for each in spans))
        for metric in (0, 1)
    )
    return first, second
