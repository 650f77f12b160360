"""A budget as numbers that are at most 0 where it is kept: the shape that optimisers take.

Optuna's `constraints_func` is called with a trial, and pymoo's G is a list for each candidate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mncost.errors import Problem, SettingError
from mncost.study.costs import Cost
from mncost.study.limits import Budget, Limit, Number, limits, number


@dataclass(frozen=True, slots=True)
class Constraints:
    """Called with a cost, gives actual − limit for each limit, in order; limit − actual for a
    minimum. Equal and picklable, as long as its limits are."""

    limits: tuple[Limit, ...]

    def __call__(self, subject: Any) -> tuple[Number, ...]:
        """Of a `Cost`, a mapping by name, or a trial with `user_attrs`. Raises `SettingError`."""
        values = _values(subject)
        return tuple(limit.excess(_actual(values, limit.metric)) for limit in self.limits)

    @property
    def names(self) -> tuple[str, ...]:
        """What each number is about."""
        return tuple(f"{limit.relation} {limit.metric}" for limit in self.limits)


def constraints(budget: Budget) -> Constraints:
    """The constraints that a budget makes: `{"mult_adds": "150M", "peak": {"max": "256KiB"}}`.

    Limits are on mult_adds (or macs), params, weight_bytes and peak. Raises `SettingError`.

    >>> constraints({"mult_adds": "150M"})({"mult_adds": 149_000_000})
    (-1000000,)
    """
    return Constraints(limits(budget))


def _values(subject: Any) -> Mapping[str, Any]:
    if isinstance(subject, Cost):
        return subject.to_record()
    attributes = getattr(subject, "user_attrs", subject)
    if not isinstance(attributes, Mapping):
        hint = "give a Cost, a mapping, or a trial with user_attrs"
        raise SettingError(Problem(f"no costs in {type(subject).__name__}", hint))
    return attributes


def _actual(values: Mapping[str, Any], metric: str) -> Number:
    """A number as it is called there. One that is missing or NaN would pass for feasible."""
    key = next((key for key in (metric, *_ALSO.get(metric, ())) if key in values), None)
    if key is None:
        hint = f"an Optuna trial takes them all: for key, value in {_RECORD}: trial.set_user_attr"
        raise SettingError(Problem(f"no {metric} among the costs", f"{hint}(key, value)"))
    actual = number(values[key])
    if actual is None:
        raise SettingError(Problem(f"{key} is no number: {values[key]!r}"[:100]))
    return actual


_ALSO = {"peak": ("peak_bytes",), "mult_adds": ("macs",)}
_RECORD = "cost.to_record().items()"
