"""`Bag` without NumPy: a dictionary of partial costs, and how many ways lead to each.

`bags_numpy` counts twenty times as many sums, and lets those from both ends meet. Here they grow
from the end alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mncost.study.explore.plan import Costs
from mncost.study.explore.spans import FREE, Frame, Spans

MEETS = False
"""Whether sums from both ends can be matched, with `partners`, `ways_to` and the like."""

MOST = 2_000_000
"""So many sums are kept at once, at most."""


@dataclass(frozen=True, slots=True)
class Bag:
    """The ways by their partial costs."""

    ways: dict[Costs, int]

    def __len__(self) -> int:
        return len(self.ways)

    def within(self, spent: Costs, limits: Spans) -> int:
        """How many of its ways stay within limits, after so much has been spent."""
        (low, high), (least, most) = limits
        return sum(
            ways
            for (first, second), ways in self.ways.items()
            if (first == FREE or low <= first + spent[0] <= high)
            and (second == FREE or least <= second + spent[1] <= most)
        )


def unit(tracked: tuple[bool, bool]) -> Bag:
    """The one way to do nothing; a cost without limits is not tracked."""
    return Bag({(0 if tracked[0] else FREE, 0 if tracked[1] else FREE): 1})


def merged(
    parts: Sequence[tuple[Bag, Costs]], frame: Frame, ways: int, *, frees: bool = True
) -> Bag | None:
    """The ways of all parts, each with its costs added, less those that cannot be within limits.

    A cost that is within its limits whatever the rest is, is forgotten with `frees`. None where
    there would be more than `MOST`.
    """
    found: dict[Costs, int] = {}
    for bag, add in parts:
        for costs, count in bag.ways.items():
            first = _moved(costs[0], add[0], frame, 0, frees)
            second = _moved(costs[1], add[1], frame, 1, frees)
            if first is not None and second is not None:
                found[first, second] = found.get((first, second), 0) + count
        if len(found) > MOST:
            return None
    return Bag(found)


def _moved(cost: int, add: int, frame: Frame, metric: int, frees: bool) -> int | None:
    """A cost with another added; None where it cannot be within limits."""
    if cost == FREE:
        return FREE
    (low, high), (least, most) = frame.limits[metric], frame.rest[metric]
    moved = cost + add
    if moved + most < low or moved + least > high:
        return None
    return FREE if frees and moved + least >= low and moved + most <= high else moved
