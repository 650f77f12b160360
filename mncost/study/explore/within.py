"""`Within`: how many architectures of a space are within limits, and each of them by its rank.

Dynamic programming over the levels: what has been chosen matters to the rest by its state and its
costs alone, so that equal sums are counted together. Sums grow from both ends and meet where both
are few. A sum that can no longer be within the limits is dropped; of one that must be, the ways
alone are kept.
"""

from __future__ import annotations

import bisect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from random import Random
from types import ModuleType
from typing import Any

from mncost.errors import Problem, SettingError
from mncost.study.explore.plan import Costs, Option, Plan
from mncost.study.explore.spans import BEYOND, FREE, Frame, Spans, corners, rests

BLOCK = 1024
"""So many sums at the meeting are counted together."""


def engine() -> ModuleType:
    """NumPy's bags, or plain ones where it is not installed."""
    try:
        from mncost.study.explore import bags_numpy
    except ImportError:
        from mncost.study.explore import bags

        return bags
    return bags_numpy


@dataclass
class Within:
    """The architectures of a plan within limits. Raises `SettingError` where they are too many to
    be counted exactly. `tick` is told how many sums have been made."""

    plan: Plan
    limits: Spans
    bags: ModuleType = field(default_factory=engine)
    tick: Callable[[int], None] = lambda sums: None
    sums: int = 0

    def __post_init__(self) -> None:
        ends = zip(self.limits, self.plan.most, strict=True)
        first, second = (
            (min(max(low, 0), most + 1), max(min(high, most), -1)) for (low, high), most in ends
        )
        self.limits = (first, second)
        if max(self.plan.most) >= getattr(self.bags, "SAFE", BEYOND):
            from mncost.study.explore import bags  # its integers know no bounds

            self.bags = bags
        tracked = self._tracked()
        levels = len(self.plan.levels)
        self.fronts: list[list[Any]] = [[self.bags.unit(tracked)]]
        self.backs: dict[int, list[Any]] = {levels: [self.bags.unit(tracked)]}
        self.meeting = self._meet()

    def _tracked(self) -> tuple[bool, bool]:
        ends = zip(self.limits, self.plan.least, self.plan.most, strict=True)
        first, second = (low > least or high < most for (low, high), least, most in ends)
        return first, second

    def _meet(self) -> int:
        """Grows sums from both ends, always where fewer are, until they meet."""
        before, after = rests(self.plan)
        front, back = 0, len(self.plan.levels)
        while front < back:
            last, first = self.plan.levels[back - 1], self.plan.levels[front]
            backward = sum(len(self.backs[back][o.next]) for each in last.options for o in each)
            sizes = zip(self.fronts[-1], first.options, strict=True)
            forward = sum(len(bag) * len(each) for bag, each in sizes)
            if backward <= forward or not self.bags.MEETS:
                back -= 1
                self.backs[back] = self._backward(back, before[back])
            else:
                front += 1
                self.fronts.append(self._forward(front, after[front]))
        return front

    def _backward(self, depth: int, rests: list[Spans]) -> list[Any]:
        later, ways = self.backs[depth + 1], self.plan.completions[depth]
        return [
            self._merged([(later[o.next], o.costs) for o in options], rests[state], ways[state])
            for state, options in enumerate(self.plan.levels[depth].options)
        ]

    def _forward(self, depth: int, rests: list[Spans]) -> list[Any]:
        into: list[list[tuple[Any, Costs]]] = [[] for _ in rests]
        for bag, options in zip(self.fronts[-1], self.plan.levels[depth - 1].options, strict=True):
            for option in options:
                into[option.next].append((bag, option.costs))
        each = zip(into, rests, self.plan.arrivals[depth], strict=True)
        return [self._merged(parts, rest, ways, frees=False) for parts, rest, ways in each]

    def _merged(self, parts: Any, rest: Spans, ways: int, frees: bool = True) -> Any:
        bag = self.bags.merged(parts, Frame(self.limits, rest), ways, frees=frees)
        if bag is None:
            message = (
                f"more than {self.bags.MOST:,} different sums of costs, too many to count exactly"
            )
            both = "limit one cost alone, or " if all(self._tracked()) else ""
            hint = f"{both}narrow the limits"
            if not engine().MEETS:
                hint = "NumPy counts more: pip install 'mncost[explore]'"
            raise SettingError(Problem(message, hint))
        self.sums += len(bag)
        self.tick(self.sums)
        return bag

    @cached_property
    def total(self) -> int:
        """How many there are."""
        if self.meeting == 0:
            return int(self.backs[0][0].within((0, 0), self.limits))
        return sum(sums[-1] for sums in self._sums)

    def path(self, rank: int) -> tuple[int, ...]:
        """The architecture of a rank below `total`, by its option on each level."""
        if not 0 <= rank < self.total:
            raise IndexError("no architecture of that rank")
        if self.meeting == 0:
            return self._onward(0, 0, (0, 0), rank)
        state, at, rank = self._met(rank)
        front = self.fronts[self.meeting][state]
        costs = (int(front.costs[0][at]), int(front.costs[1][at]))
        partners = int(self._partners[state][at])
        way, rest = divmod(rank, partners)
        path = self._backtracked(self.meeting, state, costs, way)
        spent = self.plan.costs_of(path)
        return (*path, *self._onward(self.meeting, state, spent, rest))

    def _met(self, rank: int) -> tuple[int, int, int]:
        """At which state and sum of the meeting a rank is, and its rank there."""
        state = 0
        while rank >= self._sums[state][-1]:
            rank -= self._sums[state][-1]
            state += 1
        block = bisect.bisect_right(self._sums[state], rank) - 1
        rank -= self._sums[state][block]
        at, ways = block * BLOCK, self.fronts[self.meeting][state].ways
        while rank >= (here := int(ways[at]) * int(self._partners[state][at])):
            rank -= here
            at += 1
        return state, at, rank

    @cached_property
    def _partners(self) -> list[Any]:
        """For each sum at the meeting, how many ways from there stay within limits."""
        met = zip(self.fronts[self.meeting], self.backs[self.meeting], strict=True)
        return [self.bags.partners(front, back, self.limits) for front, back in met]

    @cached_property
    def _sums(self) -> list[list[int]]:
        """Of each state at the meeting: how many architectures come before each block of sums."""
        met = zip(self.fronts[self.meeting], self._partners, strict=True)
        return [
            list(self.bags.sums_of_products(front.ways, partners, BLOCK)) for front, partners in met
        ]

    def _backtracked(self, depth: int, state: int, costs: Costs, way: int) -> tuple[int, ...]:
        """The options of one of the ways that come to a state at these costs."""
        path: list[int] = []
        for level in range(depth - 1, -1, -1):
            steps = (
                (before, at, option, self._ways(level, before, costs, option))
                for before, options in enumerate(self.plan.levels[level].options)
                for at, option in enumerate(options)
                if option.next == state
            )
            for before, at, option, ways in steps:
                if way < ways:
                    path.append(at)
                    costs = self._less(costs, option)
                    state = before
                    break
                way -= ways
        return tuple(reversed(path))

    def _ways(self, depth: int, state: int, costs: Costs, option: Option) -> int:
        return int(self.bags.ways_to(self.fronts[depth][state], self._less(costs, option)))

    def _less(self, costs: Costs, option: Option) -> Costs:
        """Costs without an option's; what is not tracked stays so."""
        first, second = (
            cost if cost == FREE else cost - less
            for cost, less in zip(costs, option.costs, strict=True)
        )
        return first, second

    def _onward(self, depth: int, state: int, spent: Costs, rank: int) -> tuple[int, ...]:
        """The options from a state to the end, of a rank among those that stay within limits."""
        path = []
        for level in range(depth, len(self.plan.levels)):
            for at, option in enumerate(self.plan.levels[level].options[state]):
                so_far = (spent[0] + option.costs[0], spent[1] + option.costs[1])
                ways = self.backs[level + 1][option.next].within(so_far, self.limits)
                if rank < ways:
                    path.append(at)
                    spent, state = so_far, option.next
                    break
                rank -= ways
        return tuple(path)


def drawn(within: Within, count: int, seed: int) -> list[tuple[int, ...]]:
    """So many of the architectures, each as likely as any other and none twice; all, where there
    are no more."""
    total = within.total
    if count >= total:
        return [within.path(rank) for rank in range(total)]
    random = Random(seed)
    if total <= sys.maxsize:
        ranks = random.sample(range(total), count)
    else:  # so many that to meet one twice is next to impossible
        ranks = list(dict.fromkeys(random.randrange(total) for _ in range(count)))
    return [within.path(rank) for rank in ranks]


def bounds(
    plan: Plan,
    limits: Spans,
    tolerance: Fraction,
    tick: Callable[[int], None] = lambda sums: None,
) -> tuple[int, int]:
    """How many architectures are within limits at least, and at most.

    Costs are rounded, down for the most and up for the least, by no more in all than `tolerance`
    of their limit: those in doubt are that near to it.
    """
    least = most = 0
    for sign, corner in corners(limits):
        down, up = (_rounded(plan, corner, tolerance, up, tick) for up in (False, True))
        lower, upper = (up, down) if sign > 0 else (down, up)
        least, most = least + sign * lower, most + sign * upper
    return max(least, 0), most


def _rounded(
    plan: Plan, corner: Costs, tolerance: Fraction, up: bool, tick: Callable[[int], None]
) -> int:
    """How many have rounded costs up to a corner."""
    depth = len(plan.levels)
    steps = [
        max(int(min(limit, most) * tolerance / depth), 1)
        for limit, most in zip(corner, plan.most, strict=True)
    ]

    def rounded(option: Option) -> Option:
        first, second = (
            -(-cost // step) if up else cost // step
            for cost, step in zip(option.costs, steps, strict=True)
        )
        return replace(option, costs=(first, second))

    levels = tuple(
        replace(level, options=tuple(tuple(map(rounded, each)) for each in level.options))
        for level in plan.levels
    )
    first, second = (
        limit // step if limit < most else BEYOND
        for limit, step, most in zip(corner, steps, plan.most, strict=True)
    )
    return Within(replace(plan, levels=levels), ((0, first), (0, second)), tick=tick).total
