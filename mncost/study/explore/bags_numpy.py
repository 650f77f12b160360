"""`Bag` with NumPy: many partial costs at once, and how many ways lead to each.

`bags` does the same without NumPy, a dictionary in place of arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy

from mncost.study.explore.plan import Costs
from mncost.study.explore.spans import FREE, Frame, Spans

np: Any = numpy
"""Its types tell apart what changes from version to version."""

MOST = 40_000_000
"""So many sums are kept at once, at most: 2 to 4 GB."""

_SAFE = 2**62


@dataclass(frozen=True)
class Bag:
    """Partial costs, sorted, no pair twice, each with its number of ways."""

    costs: tuple[Any, Any]
    ways: Any

    def __len__(self) -> int:
        return len(self.ways)

    @property
    def total(self) -> int:
        """How many ways there are in all."""
        return _exact_sum(self.ways)

    @cached_property
    def by_kind(self) -> tuple[int, tuple[Bag, Any], tuple[Bag, Any], Bag]:
        """The ways whose costs no longer matter; those of which one does, in its order, with sums
        of their ways; and those of which both do."""
        first, second = (column != FREE for column in self.costs)
        nothing = _taken(self, ~first & ~second).total
        one = _ordered(_taken(self, first & ~second), 0)
        other = _ordered(_taken(self, second & ~first), 1)
        both = _taken(self, first & second)
        return nothing, (one, _cumulative(one.ways)), (other, _cumulative(other.ways)), both

    def within(self, spent: Costs, limits: Spans) -> int:
        """How many of its ways stay within limits, after so much has been spent."""
        count, *alone, both = self.by_kind
        for metric, (bag, sums) in enumerate(alone):
            least, most = (bound - spent[metric] for bound in limits[metric])
            column = bag.costs[metric]
            up, down = np.searchsorted(column, most, "right"), np.searchsorted(column, least)
            count += int(sums[max(up, down)]) - int(sums[down])
        if len(both):
            least, most = (bound - spent[0] for bound in limits[0])
            column = both.costs[0]
            some = slice(np.searchsorted(column, least), np.searchsorted(column, most, "right"))
            second = both.costs[1][some] + spent[1]
            count += _exact_sum(
                both.ways[some][(second >= limits[1][0]) & (second <= limits[1][1])]
            )
        return count


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
    columns: tuple[list[Any], list[Any]] = ([], [])
    counts, size = [], 0
    for bag, add in parts:
        kept = np.ones(len(bag), bool)
        both = []
        for metric in (0, 1):
            column, fits = _moved(bag.costs[metric], add[metric], frame, metric, frees)
            kept &= fits
            both.append(column)
        for column, mine in zip(columns, both, strict=True):
            column.append(mine[kept])
        counts.append(bag.ways[kept])
        size += len(counts[-1])
        if size > MOST:
            return None
    total = np.concatenate(counts)
    if ways >= _SAFE:
        total = total.astype(object)
    return _sorted(np.concatenate(columns[0]), np.concatenate(columns[1]), total)


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
    if (int(first.max()) + 2) * span < _SAFE:
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
    found = np.full(len(front), count, object if count >= _SAFE else np.int64)
    for metric, (bag, sums) in enumerate(alone):
        if len(bag):
            least, most = (bound - front.costs[metric] for bound in limits[metric])
            ups = np.searchsorted(bag.costs[metric], most, "right")
            downs = np.searchsorted(bag.costs[metric], least, "left")
            found = found + (sums[ups] - sums[downs])
    if len(both):
        for sign, x, y in _corners(limits):
            found = found + sign * _dominated(both, front, x, y)
    return found


def pairs(front: Bag, back: Bag, limits: Spans) -> int:
    """How many pairs of a way to a state and a way from it are within limits."""
    *_, both = back.by_kind
    if len(front) >= len(both):
        return dot(partners(front, back, limits), front.ways)
    first, second = (column != FREE for column in back.costs)
    rest = _taken(back, ~(first & second))
    count = dot(partners(front, rest, limits), front.ways)
    return count + sum(
        sign * dot(_dominated(front, both, x, y), both.ways) for sign, x, y in _corners(limits)
    )


def ways_to(bag: Bag, costs: Costs) -> int:
    """How many ways have just these costs."""
    start, stop = (np.searchsorted(bag.costs[0], costs[0], side) for side in ("left", "right"))
    at = start + np.searchsorted(bag.costs[1][start:stop], costs[1])
    return int(bag.ways[at]) if at < stop and bag.costs[1][at] == costs[1] else 0


def _corners(limits: Spans) -> list[tuple[int, int, int]]:
    """A rectangle as sums and differences of quadrants: sign, and the corner of each."""
    (low, high), (least, most) = limits
    all_four = (
        (1, high, most),
        (-1, low - 1, most),
        (-1, high, least - 1),
        (1, low - 1, least - 1),
    )
    return [(sign, x, y) for sign, x, y in all_four if x >= 0 and y >= 0]


def _ordered(bag: Bag, metric: int) -> Bag:
    order = np.argsort(bag.costs[metric], kind="stable")
    return _taken(bag, order)


def _taken(bag: Bag, which: Any) -> Bag:
    return Bag((bag.costs[0][which], bag.costs[1][which]), bag.ways[which])


def _cumulative(ways: Any) -> Any:
    """Sums of the first 0, 1, 2, … of them."""
    if ways.dtype != object and _exact_sum(ways) >= _SAFE:
        ways = ways.astype(object)
    return np.concatenate([np.zeros(1, ways.dtype), np.cumsum(ways)])


def _dominated(held: Bag, asked: Bag, x: int, y: int) -> Any:
    """For each element of `asked`, how many of `held` make sums of at most x and y with it.

    `held` is taken in order of its first cost, block by block: a table says how much of what was
    taken has at most each second cost. Each that asks looks up in the table before its block, and
    is held against the block itself, one by one.
    """
    held = _ordered(held, 0)
    seconds, places = np.unique(held.costs[1], return_inverse=True)
    until = np.searchsorted(held.costs[0], x - asked.costs[0], "right")
    rank = np.searchsorted(seconds, y - asked.costs[1], "right")
    order = np.argsort(until, kind="stable")
    until, rank = until[order], rank[order]
    ways = held.ways.astype(object) if held.total >= _SAFE else held.ways
    size = max(8, int((2.0 * len(seconds) * len(held) / max(len(asked), 1)) ** 0.5))
    table = np.zeros(len(seconds) + 1, ways.dtype)
    found = np.zeros(len(asked), ways.dtype)
    bounds = np.searchsorted(until, np.arange(0, len(held) + size + 1, size), "left")
    for block, (start, stop) in enumerate(itertools.pairwise(bounds.tolist())):
        first = block * size
        here = np.arange(first, min(first + size, len(held)))
        if stop > start:
            mine, ranks = until[start:stop], rank[start:stop]
            answer = table[ranks]
            for at in here[: max(int(mine[-1]) - first, 0)]:
                answer = answer + np.where((mine > at) & (ranks > places[at]), ways[at], 0)
            found[start:stop] = answer
        fresh = np.zeros(len(table), ways.dtype)
        np.add.at(fresh, places[here] + 1, ways[here])
        table += np.cumsum(fresh)
    answers = np.empty_like(found)
    answers[order] = found
    return answers


def dot(one: Any, other: Any) -> int:
    """A sum of products that cannot overflow."""
    if not len(one):
        return 0
    if one.dtype == object or other.dtype == object:
        return int(np.dot(one.astype(object), other.astype(object)))
    most = int(other.max()) * len(one)
    if int(one.max()) * most < _SAFE:
        return int(np.dot(one, other))
    if (1 << 20) * most >= _SAFE:
        return int(np.dot(one.astype(object), other.astype(object)))
    count, shift = 0, 0
    while one.any():
        count += int(np.dot(one & (2**20 - 1), other)) << shift
        one, shift = one >> 20, shift + 20
    return count


def _exact_sum(ways: Any) -> int:
    """A sum that cannot overflow."""
    if ways.dtype == object:
        return int(ways.sum())
    return (int((ways >> 31).sum()) << 31) + int((ways & (2**31 - 1)).sum())
