"""`Bag` with NumPy: many partial costs at once, and how many ways lead to each.

`bags` does the same without NumPy, a dictionary in place of arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy

from mncost.study.explore.plan import Costs
from mncost.study.explore.quadrants_numpy import SAFE, Points, cumulative, exact_sum
from mncost.study.explore.spans import FREE, Frame, Spans, corners

np: Any = numpy
"""Its types tell apart what changes from version to version."""

MEETS = True
"""Sums from both ends can be matched."""

MOST = 40_000_000
"""So many sums are kept at once, at most: up to 5 GB."""

MOST_ASKED = 10_000_000
"""So many corners are asked for at once: a quarter of a gigabyte."""


@dataclass(frozen=True)
class Bag:
    """Partial costs, sorted, no pair twice, each with its number of ways."""

    costs: tuple[Any, Any]
    ways: Any

    def __len__(self) -> int:
        return len(self.ways)

    @cached_property
    def by_kind(self) -> tuple[int, tuple[Bag, Any], tuple[Bag, Any], Points]:
        """The ways whose costs no longer matter; those of which one does, in its order, with sums
        of their ways; and those of which both do."""
        first, second = (column != FREE for column in self.costs)
        nothing = exact_sum(self.ways[~first & ~second])
        one = _ordered(_taken(self, first & ~second), 0)
        other = _ordered(_taken(self, second & ~first), 1)
        both = _taken(self, first & second)
        points = Points(*both.costs, both.ways)
        return nothing, (one, cumulative(one.ways)), (other, cumulative(other.ways)), points

    def within(self, spent: Costs, limits: Spans) -> int:
        """How many of its ways stay within limits, after so much has been spent."""
        first, second = (
            (low - less, high - less) for (low, high), less in zip(limits, spent, strict=True)
        )
        count, *alone, both = self.by_kind
        for metric, (bag, sums) in enumerate(alone):
            least, most = (first, second)[metric]
            column = bag.costs[metric]
            up, down = np.searchsorted(column, most, "right"), np.searchsorted(column, least)
            count += int(sums[max(up, down)]) - int(sums[down])
        return count + both.within(first, second)


def unit(tracked: tuple[bool, bool]) -> Bag:
    """The one way to do nothing; a cost without limits is not tracked."""
    first, second = (np.full(1, 0 if each else FREE, np.int64) for each in tracked)
    return Bag((first, second), np.ones(1, np.int64))


def merged(
    parts: Sequence[tuple[Bag, Costs]], frame: Frame, ways: int, *, frees: bool = True
) -> Bag | None:
    """The ways of all parts, each with its costs added, less those that cannot be within limits.

    `ways` is how many there can be at most: beyond 64 bits, they are counted as Python's integers.
    With `frees`, a cost that is within its limits whatever the rest is, is forgotten. None where
    there would be more than `MOST`.
    """
    held: list[Bag] = []
    size = 0
    for bag, add in parts:
        held.append(_added(bag, add, frame, frees))
        size += len(held[-1])
        if size > MOST:
            held = [_joined(held, ways)]
            size = len(held[0])
            if size > MOST // 2:
                return None
    return _joined(held, ways)


def _added(bag: Bag, add: Costs, frame: Frame, frees: bool) -> Bag:
    """A bag with costs added, less those that can no longer be within limits."""
    first, fits = _moved(bag.costs[0], add[0], frame, 0, frees)
    second, fit = _moved(bag.costs[1], add[1], frame, 1, frees)
    kept = fits & fit
    return Bag((first[kept], second[kept]), bag.ways[kept])


def _joined(held: list[Bag], ways: int) -> Bag:
    """Several bags made one."""
    total = np.concatenate([bag.ways for bag in held])
    if ways >= SAFE:
        total = total.astype(object)
    first, second = (np.concatenate([bag.costs[metric] for bag in held]) for metric in (0, 1))
    return _sorted(first, second, total)


def _moved(column: Any, cost: int, frame: Frame, metric: int, frees: bool) -> tuple[Any, Any]:
    """A column of costs with one added, and which of them can still be within limits."""
    (low, high), (least, most) = frame.limits[metric], frame.rest[metric]
    tracked = column != FREE
    moved = np.where(tracked, column + cost, FREE)
    fits = ~tracked | ((moved + most >= low) & (moved + least <= high))
    if frees:
        moved[tracked & (moved + least >= low) & (moved + most <= high)] = FREE
    return moved, fits


def _sorted(first: Any, second: Any, ways: Any) -> Bag:
    """Equal pairs made one."""
    if not len(ways):
        return Bag((first, second), ways)
    span = int(second.max()) + 2
    if (int(first.max()) + 2) * span < SAFE:
        keys = (first + 1) * span + (second + 1)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        new = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    else:
        order = np.lexsort((second, first))
        a, b = first[order], second[order]
        new = np.flatnonzero(np.concatenate([[True], (a[1:] != a[:-1]) | (b[1:] != b[:-1])]))
    at = order[new]
    return Bag((first[at], second[at]), np.add.reduceat(ways[order], new))


def partners(front: Bag, back: Bag, limits: Spans) -> Any:
    """For each way to a state, by its cost: how many ways from there stay within limits.

    What `back` no longer tracks is within limits for all of `front`, which tracks all it needs.
    """
    count, *alone, both = back.by_kind
    found = np.full(len(front), count, back.ways.dtype)
    for metric, (bag, sums) in enumerate(alone):
        if len(bag):
            least, most = (bound - front.costs[metric] for bound in limits[metric])
            ups = np.searchsorted(bag.costs[metric], most, "right")
            downs = np.searchsorted(bag.costs[metric], least, "left")
            found = found + (sums[ups] - sums[downs])
    together = max(MOST_ASKED // max(len(front), 1), 1)
    all_four = corners(limits) if len(both) else []
    for some in (all_four[at : at + together] for at in range(0, len(all_four), together)):
        first = np.concatenate([x - front.costs[0] for _, (x, _) in some])
        second = np.concatenate([y - front.costs[1] for _, (_, y) in some])
        each = np.split(both.dominated(first, second), len(some))
        for (sign, _), ways in zip(some, each, strict=True):
            found = found + sign * ways
    return found


def ways_to(bag: Bag, costs: Costs) -> int:
    """How many ways have just these costs."""
    start, stop = (np.searchsorted(bag.costs[0], costs[0], side) for side in ("left", "right"))
    at = start + np.searchsorted(bag.costs[1][start:stop], costs[1])
    return int(bag.ways[at]) if at < stop and bag.costs[1][at] == costs[1] else 0


def _ordered(bag: Bag, metric: int) -> Bag:
    order = np.argsort(bag.costs[metric], kind="stable")
    return _taken(bag, order)


def _taken(bag: Bag, which: Any) -> Bag:
    return Bag((bag.costs[0][which], bag.costs[1][which]), bag.ways[which])


def sums_of_products(one: Any, other: Any, size: int) -> Iterator[int]:
    """The sums of the products of the first 0, `size`, 2 `size`, … and of all pairs."""
    parts = (
        dot(one[start : start + size], other[start : start + size])
        for start in range(0, len(one), size)
    )
    return itertools.accumulate(parts, initial=0)


def dot(one: Any, other: Any) -> int:
    """A sum of products that cannot overflow."""
    if not len(one):
        return 0
    if one.dtype == object or other.dtype == object:
        return int(np.dot(one.astype(object), other.astype(object)))
    most = int(other.max()) * len(one)
    if int(one.max()) * most < SAFE:
        return int(np.dot(one, other))
    if (1 << 20) * most >= SAFE:
        return int(np.dot(one.astype(object), other.astype(object)))
    count, shift = 0, 0
    while one.any():
        count += int(np.dot(one & (2**20 - 1), other)) << shift
        one, shift = one >> 20, shift + 20
    return count
