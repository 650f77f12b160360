"""Sets of points of which none is beaten, and how each was come by. `fronts_numpy` does the same
in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mncost.study.front import front

MOST = 200_000
"""So many points are kept at once, at most."""

Point = tuple[int, ...]
"""Less is better in each."""


@dataclass(frozen=True, slots=True)
class Front:
    """Points, none twice; of each, which option came first, and which point it went on to."""

    points: Sequence[Point]
    options: Sequence[int]
    onward: Sequence[int]

    def __len__(self) -> int:
        return len(self.points)

    def lists(self) -> tuple[Sequence[Point], Sequence[int], Sequence[int]]:
        """The points, options and onward positions, as Python's own numbers."""
        return self.points, self.options, self.onward


def unit(width: int) -> Front:
    """The point of having nothing left to choose."""
    return Front([(0,) * width], [0], [0])


def merged(parts: Sequence[tuple[Front, Point]], most: Point) -> Front | None:
    """What no other beats of all parts, each with its point added, up to `most` in each.

    Part by part in the order of options. Of equal points the first is kept. None where there would
    be more than `MOST`.
    """
    found: dict[Point, tuple[int, int]] = {}
    for option, (later, add) in enumerate(parts):
        for at, point in enumerate(later.points):
            moved = tuple(a + b for a, b in zip(point, add, strict=True))
            if all(a <= b for a, b in zip(moved, most, strict=True)):
                found.setdefault(moved, (option, at))
    points = list(found)
    kept = [points[at] for at in front(points, ["min"] * len(most))] if points else []
    if len(kept) > MOST:
        return None
    return Front(kept, [found[point][0] for point in kept], [found[point][1] for point in kept])
