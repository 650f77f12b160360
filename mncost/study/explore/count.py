"""How many architectures are within limits, and within each of them alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from mncost.errors import SettingError
from mncost.study.explore.plan import Plan
from mncost.study.explore.spans import BEYOND, Spans, is_limited
from mncost.study.explore.within import Within, bounds

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
    if tolerance is not None:
        try:
            return Number(*bounds(plan, limits, tolerance, tick))
        except SettingError as error:
            more = f"allow ten times as much, {float(tolerance * 1000):.6g} %"
            raise SettingError(replace(each, hint=more) for each in error.problems) from None
    total = Within(plan, limits, tick=tick).total
    return Number(total, total)
