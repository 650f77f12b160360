"""The Pareto front of any number of objectives, exactly."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Literal, TypeAlias

from mncost.errors import Problem, SettingError

Sense = Literal["min", "max"]
Value: TypeAlias = "int | float | Fraction"
Point = tuple[Value, ...]

PAIRS = 512
"""Up to so many comparisons, comparing each with each is fastest."""


def front(points: Sequence[Sequence[Value]], senses: Sequence[Sense]) -> tuple[int, ...]:
    """The positions of the points that no other dominates, in their order.

    One point dominates another where it is no worse in any objective, and better in one. Points of
    equal values do not dominate one another: all of them are kept, or none. Raises `SettingError`
    for NaN, and for a point with another number of values.

    >>> front([(1, 5), (2, 9), (3, 9), (1, 5)], ["min", "max"])
    (0, 1, 3)
    """
    if not senses or any(sense not in ("min", "max") for sense in senses):
        raise SettingError(Problem(f"objectives are min or max, got {list(senses)!r}"))
    where: dict[Point, list[int]] = {}
    for position, point in enumerate(points):
        where.setdefault(_minimised(point, senses), []).append(position)
    kept = _front(sorted(where), 1)
    return tuple(sorted(position for point in kept for position in where[point]))


def _minimised(point: Sequence[Value], senses: Sequence[Sense]) -> Point:
    """The point with every objective as one to be minimised."""
    if len(point) != len(senses):
        message = f"a point of {len(point)} values, where there are {len(senses)} objectives"
        raise SettingError(Problem(message))
    if any(isinstance(value, float) and math.isnan(value) for value in point):
        raise SettingError(Problem("a point with NaN cannot be compared", "leave it out"))
    return tuple(
        -value if sense == "max" else value for value, sense in zip(point, senses, strict=True)
    )


def _front(points: list[Point], axis: int) -> list[Point]:
    """The front of different points in order (Kung, Luccio and Preparata 1975).

    None is dominated by one that comes after it; so half of them is halved again, and of the
    second half is kept what nothing of the first is as small as, in the objectives from `axis` on.
    """
    if len(points) < 2:
        return points
    middle = len(points) // 2
    first, second = _front(points[:middle], axis), _front(points[middle:], axis)
    return first + _unbeaten(first, second, axis)


def _unbeaten(by: list[Point], points: list[Point], axis: int) -> list[Point]:
    """The points that no point of `by` is at most as large as, in each objective from `axis` on."""
    if not by or not points:
        return points
    left = len(points[0]) - axis
    if left <= 0:
        return []
    if left == 1:
        least = min(other[axis] for other in by)
        return [point for point in points if point[axis] < least]
    if left == 2:
        return _swept(by, points, axis)
    if len(by) * len(points) <= PAIRS:
        ends = [other[axis:] for other in by]
        return [point for point in points if not any(_covers(end, point[axis:]) for end in ends)]
    values = sorted({point[axis] for point in (*by, *points)})
    if len(values) == 1:
        return _unbeaten(by, points, axis + 1)
    pivot = values[(len(values) - 1) // 2]
    low, high = _parted(by, axis, pivot)
    near, far = _parted(points, axis, pivot)
    return _unbeaten(low, near, axis) + _unbeaten(low, _unbeaten(high, far, axis), axis + 1)


def _swept(by: list[Point], points: list[Point], axis: int) -> list[Point]:
    """The same for two objectives: of all that are as small in one, the least in the other."""
    ends = sorted((other[axis], other[axis + 1]) for other in by)
    firsts = [first for first, _ in ends]
    least = list(accumulate((second for _, second in ends), min))
    kept = []
    for point in points:
        at = bisect_right(firsts, point[axis])
        if not at or point[axis + 1] < least[at - 1]:
            kept.append(point)
    return kept


def _covers(one: Point, other: Point) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True))


def _parted(points: Iterable[Point], axis: int, pivot: Value) -> tuple[list[Point], list[Point]]:
    low: list[Point] = []
    high: list[Point] = []
    for point in points:
        (low if point[axis] <= pivot else high).append(point)
    return low, high
