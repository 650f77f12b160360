"""How many architectures are within limits, and within each of them alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from mncost.errors import SettingError
from mncost.study.explore.plan import Plan
from mncost.study.explore.spans import BEYOND, Spans, is_limited
from mncost.study.explore.within import Within, bounds

MOST_TOLERANCE = Fraction(1, 10)

_FREE = (0, BEYOND)


@dataclass(frozen=True, slots=True)
class Number:
    """So many at least and at most; the same where it is exact."""

    least: int
    most: int

    @property
    def is_exact(self) -> bool:
        return self.least == self.most


@dataclass(frozen=True, slots=True)
class Counted:
    """How many are within all limits, and within those on each metric alone, by its position."""

    plan: Plan
    limits: Spans
    tolerance: Fraction | None
    together: Number
    alone: dict[int, Number]


def count(
    plan: Plan,
    limits: Spans,
    tolerance: Fraction | None = None,
    tick: Callable[[int], None] = lambda sums: None,
) -> Counted:
    """Counts, exactly or within a tolerance. Raises `SettingError` where exactly is too much."""
    together = _number(plan, limits, tolerance, tick)
    limited = [metric for metric in (0, 1) if is_limited(limits[metric])]
    alone = {limited[0]: together} if len(limited) == 1 else {}
    if len(limited) == 2:
        alone = {
            0: _number(plan, (limits[0], _FREE), tolerance, tick),
            1: _number(plan, (_FREE, limits[1]), tolerance, tick),
        }
    return Counted(plan, limits, tolerance, together, alone)


def _number(
    plan: Plan, limits: Spans, tolerance: Fraction | None, tick: Callable[[int], None]
) -> Number:
    try:
        if tolerance is not None:
            return Number(*bounds(plan, limits, tolerance, tick))
        total = Within(plan, limits, tick=tick).total
    except SettingError as error:
        told = (replace(each, hint=_hint(each.hint, tolerance)) for each in error.problems)
        raise SettingError(told) from None
    return Number(total, total)


def _hint(otherwise: str, tolerance: Fraction | None) -> str:
    """What to do where there are too many sums."""
    if tolerance is None:
        return f"count with a tolerance, as in --tolerance 1%; or else: {otherwise}"
    if tolerance == MOST_TOLERANCE:
        return otherwise
    ten_times = tolerance * 10 <= MOST_TOLERANCE
    allowed = f"{float(min(tolerance * 10, MOST_TOLERANCE) * 100):.6g} %"
    return f"allow {'ten times as much' if ten_times else 'as much as there can be'}, {allowed}"
