"""The limits within which costs are sought, and what partial costs are held against."""

from __future__ import annotations

from dataclasses import dataclass

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
