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
