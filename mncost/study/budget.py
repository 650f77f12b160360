"""Budgets: is a network within its limits, by how much not, who is to blame, and what would fit."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from mncost.cost.conventions import PAPER, Convention
from mncost.cost.engine import analyze
from mncost.cost.footprint import Bits
from mncost.cost.report import Report
from mncost.errors import MncostError, Problem, ShapeError, SpecError
from mncost.formulas import Pair
from mncost.graph import Graph
from mncost.spec.budgets import Limits
from mncost.spec.calibrated import Device
from mncost.spec.network import Network
from mncost.study.estimate import Estimate, estimate, load_device
from mncost.study.findings import Base, Checker, Finding, Stated
from mncost.study.memory import Moment, plan
from mncost.study.models import taken
from mncost.study.saved import Saved, save

if TYPE_CHECKING:
    from mncost.study.models import Model

MOST_SEARCHED = 2000
"""What would fit is sought by counting again and again: not for networks of more layers."""


@dataclass(frozen=True, slots=True)
class Fits:
    """What would be within the budget: the largest α at this resolution, and the other way."""

    alpha: Fraction | None
    resolution: Pair | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A budget, checked."""

    name: str
    network: str
    file: str
    message: str
    report: Report
    saved: Saved
    findings: tuple[Finding, ...]
    partial: bool
    fits: Fits | None = None

    def worst(self, strict: bool = False) -> str:
        """`pass`, `warn` or `fail`."""
        levels = {finding.severity for finding in self.findings if not finding.holds}
        if self.partial or "error" in levels or (strict and "warn" in levels):
            return "fail"
        return "warn" if "warn" in levels else "pass"


def check(stated: Stated, network: Model, base: Base, convention: Convention = PAPER) -> Checked:
    """Holds a network against its limits.

    Raises `SpecError` where the budget cannot be checked: a layer that is not there, an increase
    without a base, or over a base that was taken at another setting.
    """
    limits = stated.limits
    device = _device(stated)
    report, saved, top = measure(network, limits, limits.alpha, limits.res, convention)
    timed = _timed(network, limits, limits.alpha, limits.res, device)
    checker = Checker(report, saved, top, stated, base, estimate=timed)
    findings = tuple(checker.findings())
    partial = bool(report.uncounted) and not limits.allow_partial
    failed = any(finding.is_too_much for finding in findings)
    fits = None
    if failed and not isinstance(network, Graph) and len(report.rows) <= MOST_SEARCHED:
        fits = _fits(network, stated, base, convention, device)
    return Checked(
        stated.name,
        stated.network,
        stated.file,
        limits.message,
        report,
        saved,
        findings,
        partial,
        fits,
    )


def measure(
    network: Model,
    limits: Limits,
    alpha: float,
    res: Pair | None,
    convention: Convention = PAPER,
) -> tuple[Report, Saved, Moment]:
    """What a network costs at some α and resolution, under a budget's counting."""
    setting = {"alpha": alpha, "resolution": res, "classes": limits.classes}
    graph = taken(network, allow_wider=True, **setting)
    bits = Bits(limits.weight_bits, limits.activation_bits, limits.count)
    report = analyze(graph, convention, bits)
    top = plan(graph, bits, limits.planner).peak
    return report, save(report, graph, top.bytes, limits.planner), top


def _device(stated: Stated) -> Device | None:
    """The device that a time is for, from the budget's own folder. Raises `SpecError`."""
    if stated.limits.device is None:
        return None
    path = os.path.join(os.path.dirname(stated.file), stated.limits.device)
    try:
        return load_device(path)
    except SpecError as error:
        if any(problem.line for problem in error.problems):
            raise
        place = stated.where(("device",))  # it is not there: a problem of the line that names it
        raise SpecError(
            Problem(f"{problem.file}: {problem.message}", problem.hint).at(stated.file, *place)
            for problem in error.problems
        ) from None


def _timed(
    network: Model, limits: Limits, alpha: float, res: Pair | None, device: Device | None
) -> Estimate | None:
    """The network's time on a device, where there is one."""
    if device is None:
        return None
    setting = {"alpha": alpha, "resolution": res, "classes": limits.classes}
    return estimate(taken(network, allow_wider=True, **setting), device)


def _fits(
    network: Network, stated: Stated, base: Base, convention: Convention, device: Device | None
) -> Fits:
    """The largest α in hundredths, and the largest resolution, at which no maximum is missed."""
    limits = stated.limits
    size = limits.res or network.resolution

    @cache
    def within(alpha: Fraction, side: int) -> bool:
        res = (side, max(side * size[1] // size[0], 1))
        try:
            report, saved, top = measure(network, limits, float(alpha), res, convention)
            timed = _timed(network, limits, float(alpha), res, device)
            found = tuple(Checker(report, saved, top, stated, base, True, timed).findings())
        except ShapeError:
            return True  # too small for the network, so that larger may fit as well
        except MncostError:
            return False
        return not any(finding.may_be_too_much for finding in found)

    alpha = _largest(int(limits.alpha * 100), lambda n: within(Fraction(n, 100), size[0]))
    side = _largest(size[0], lambda n: within(Fraction(str(limits.alpha)), n))
    alpha = alpha if alpha and _builds(network, limits, Fraction(alpha, 100), size) else 0
    res = (side, max(side * size[1] // size[0], 1))
    builds = side and _builds(network, limits, Fraction(str(limits.alpha)), res)
    return Fits(Fraction(alpha, 100) if alpha else None, res if builds else None)


def _builds(network: Network, limits: Limits, alpha: Fraction, res: Pair) -> bool:
    try:
        measure(network, limits, float(alpha), res)
    except MncostError:
        return False
    return True


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `most` that fits, by halving; 0 where none does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
