"""Limits on what a network costs, numbers or texts with units, and by how much one is missed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral, Real
from typing import Literal, TypeAlias

from mncost import units
from mncost.errors import Problem, SettingError, did_you_mean

Relation = Literal["max", "min"]
Number: TypeAlias = "int | float | Fraction"
Amount: TypeAlias = "int | float | str"
Budget: TypeAlias = "Mapping[str, Amount | Mapping[str, Amount]]"

METRICS: dict[str, Callable[[str], int]] = {
    "mult_adds": units.parse_count,
    "params": units.parse_count,
    "weight_bytes": units.parse_bytes,
    "peak": units.parse_bytes,
}
"""What can be limited, by the names that budgets use, and how an amount of it is read."""

TIME = "time"
"""Can be limited where there is a device, in nanoseconds: it is estimated, and no cost."""

RELATIONS: tuple[Relation, ...] = ("max", "min")

_ALIASES = {"macs": "mult_adds", "peak_bytes": "peak"}


@dataclass(frozen=True, slots=True)
class Limit:
    """The most, or the least, that a network may have of something."""

    metric: str
    bound: int
    relation: Relation = "max"

    def excess(self, actual: Number) -> Number:
        """By how much it is missed; at most 0 where it is kept."""
        return actual - self.bound if self.relation == "max" else self.bound - actual

    def holds(self, actual: Number) -> bool:
        return self.excess(actual) <= 0


def limits(budget: Budget) -> tuple[Limit, ...]:
    """The limits that a budget states. Raises `SettingError` with everything that is wrong.

    >>> limits({"mult_adds": "150M", "peak": {"max": "256KiB"}})[1]
    Limit(metric='peak', bound=262144, relation='max')
    """
    if not isinstance(budget, Mapping):
        raise SettingError(Problem(f"expected a budget by name, got {budget!r}", _EXAMPLE))
    found: list[Limit] = []
    problems: list[Problem] = []
    for key, stated in budget.items():
        try:
            found += _limits_on(str(key), stated)
        except SettingError as error:
            problems += error.problems
    problems += contradictions(found)
    if not found and not problems:
        problems = [Problem("a budget without a limit", _EXAMPLE)]
    if problems:
        raise SettingError(problems)
    return tuple(found)


_EXAMPLE = 'as in {"mult_adds": "150M", "params": 1_500_000}'


def contradictions(found: Iterable[Limit]) -> list[Problem]:
    """Two limits of one kind on one thing, and a minimum that no maximum allows."""
    problems, bounds = [], dict[tuple[str, str], int]()
    for limit in found:
        if (limit.metric, limit.relation) in bounds:
            problem = Problem(f"two limits on {limit.metric}", "give one")
            problems += [] if problem in problems else [problem]
        bounds[limit.metric, limit.relation] = limit.bound
    for metric in METRICS:
        low, high = bounds.get((metric, "min")), bounds.get((metric, "max"))
        if low is not None and high is not None and low > high:
            message = f"a minimum of {low:,} {metric} above the maximum of {high:,}"
            problems.append(Problem(message, "nothing can meet both"))
    return problems


def _limits_on(key: str, stated: object) -> list[Limit]:
    metric = _ALIASES.get(key, key)
    if metric not in METRICS:
        raise SettingError(Problem(f'no limit on "{key}"', did_you_mean(key, METRICS)))
    if not isinstance(stated, Mapping):
        stated = {"max": stated}
    if unknown := [each for each in stated if each not in RELATIONS]:
        raise SettingError(Problem(f'{key}: no bound "{unknown[0]}"', "state max or min"))
    if not stated:
        raise SettingError(Problem(f"{key}: a limit without a bound", "state max or min"))
    return [
        Limit(metric, _bound(key, metric, stated[relation]), relation)
        for relation in RELATIONS
        if relation in stated
    ]


def _bound(key: str, metric: str, value: object) -> int:
    """A positive whole number, or a text that is one with its unit."""
    if isinstance(value, str):
        try:
            value = METRICS[metric](value)
        except ValueError as error:
            raise SettingError(Problem(f"{key}: {error}")) from None
    exact = number(value)
    if exact is None or exact < 1 or exact != int(exact):
        message = f"{key}: expected a positive whole number, got {str(value)[:40]}"
        raise SettingError(Problem(message, "or a text with its unit, as in 150M or 256KiB"))
    return int(exact)


def number(value: object) -> Number | None:
    """A finite number of whatever type, whole ones exactly; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Fraction):
        return value
    return float(value) if math.isfinite(float(value)) else None
