"""Pareto fronts in arrays: of a column for each point, with less being better in each row.

Two objectives take a sort. For three, points in the order of the first are held against a staircase
of the other two, block by block.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from mncost.study.explore.fronts import Point

np: Any = numpy
"""Its types tell apart what changes from version to version."""

MOST = 5_000_000
"""So many points are kept at once, at most."""

LARGEST_BLOCK = 1 << 16
PIVOTS = 8


@dataclass(frozen=True)
class Front:
    """Points, none twice; of each, which option came first, and which point it went on to."""

    points: Any
    options: Any
    onward: Any

    def __len__(self) -> int:
        return len(self.options)

    def lists(self) -> tuple[Sequence[Point], Sequence[int], Sequence[int]]:
        """The points, options and onward positions, as Python's own numbers."""
        points = [tuple(point) for point in self.points.T.tolist()]
        return points, self.options.tolist(), self.onward.tolist()


class Kept:
    """The front of points that come by, some at a time, and what their numbers are."""

    def __init__(self) -> None:
        self.points: Any = None
        self.of: Any = np.zeros(0, np.int64)

    def add(self, columns: Sequence[Any], start: int) -> None:
        """Points by their columns, numbered from `start`."""
        points = np.stack(columns)
        numbers = np.arange(start, start + points.shape[1])
        if self.points is None:
            self.points = points[:, :0]
        left = ~_beaten(points, self._some())
        points = np.concatenate([self.points, points[:, left]], 1)
        numbers = np.concatenate([self.of, numbers[left]])
        kept = front(points)
        self.points, self.of = points[:, kept], numbers[kept]

    def _some(self) -> Any:
        """A few of the front, from one end to the other: they beat most of what comes by."""
        size = self.points.shape[1]
        at = np.unique(np.linspace(0, size - 1, min(size, PIVOTS)).astype(np.int64))
        order = np.lexsort(self.points[::-1])
        return self.points[:, order[at]]

    def numbers(self) -> list[int]:
        """The numbers of the front, in order."""
        found: list[int] = self.of.tolist()
        return found


def _beaten(points: Any, by: Any) -> Any:
    """Which points are beaten by one of a few."""
    beaten = np.zeros(points.shape[1], bool)
    for pivot in by.T:
        column = pivot[:, None]
        beaten |= (points >= column).all(0) & (points > column).any(0)
    return beaten


def unit(width: int) -> Front:
    """The point of having nothing left to choose."""
    nothing = np.zeros(1, np.int64)
    return Front(np.zeros((width, 1), np.int64), nothing, nothing)


def merged(parts: Sequence[tuple[Front, Point]], most: Point) -> Front | None:
    """What no other beats of all parts, each with its point added, up to `most` in each.

    Part by part in the order of options. Of equal points the first is kept. None where there would
    be more than `MOST`.
    """
    bound = np.array(most, np.int64)[:, None]
    moved = [later.points + np.array(add, np.int64)[:, None] for later, add in parts]
    options = np.repeat(np.arange(len(parts)), [len(later) for later, _ in parts])
    onward = np.concatenate([np.arange(len(later)) for later, _ in parts])
    points = np.concatenate(moved, 1)
    within = (points <= bound).all(0)
    points, options, onward = points[:, within], options[within], onward[within]
    kept = front(points, once=True)
    if len(kept) > MOST:
        return None
    return Front(points[:, kept], options[kept], onward[kept])


def front(points: Any, *, once: bool = False) -> Any:
    """The positions of the points that no other beats, in order.

    Equal points do not beat one another: all of them are kept; with `once`, the first.
    """
    if not points.shape[1]:
        return np.zeros(0, np.int64)
    order = np.lexsort(points[::-1])
    ordered = points[:, order]
    new = np.concatenate([[True], (ordered[:, 1:] != ordered[:, :-1]).any(0)])
    kept = _unbeaten(ordered[:, new])
    found = order[new][kept] if once else order[kept[np.cumsum(new) - 1]]
    return np.sort(found)


def _unbeaten(points: Any) -> Any:
    """Which of different points in order are beaten by none: by none that comes before."""
    if len(points) == 1:
        return np.arange(points.shape[1]) == 0
    if len(points) == 2:
        least = np.minimum.accumulate(points[1])
        return np.concatenate([[True], points[1][1:] < least[:-1]])
    if len(points) > 3:
        raise NotImplementedError("at most three objectives")
    return _staircase(points[1], points[2])


def _staircase(second: Any, third: Any) -> Any:
    """Which points are above no step of those before them; steps go down as they go on."""
    kept = np.zeros(len(second), bool)
    ends: list[int] = []
    heights: list[int] = []
    start, size = 0, 256
    while start < len(second):
        stop = min(start + size, len(second))
        low, high = second[start:stop], third[start:stop]
        if ends:
            step = np.searchsorted(np.array(ends), low, "right") - 1
            beaten = (step >= 0) & (np.array(heights)[step] <= high)
        else:
            beaten = np.zeros(len(low), bool)
        some = np.flatnonzero(~beaten)
        for at, b, c in zip(some.tolist(), low[some].tolist(), high[some].tolist(), strict=True):
            if _climbs(ends, heights, b, c):
                kept[start + at] = True
        start, size = stop, min(size * 2, LARGEST_BLOCK)
    return kept


def _climbs(ends: list[int], heights: list[int], b: int, c: int) -> bool:
    """Whether a point is above no step; then it becomes one, in place of those above it."""
    at = bisect.bisect_right(ends, b)
    if at and heights[at - 1] <= c:
        return False
    start = at - 1 if at and ends[at - 1] == b else at
    stop = start
    while stop < len(ends) and heights[stop] >= c:
        stop += 1
    ends[start:stop], heights[start:stop] = [b], [c]
    return True
