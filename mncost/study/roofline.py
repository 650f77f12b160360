"""The roofline: the least time that a machine of a peak and a bandwidth needs, layer by layer.

A bound, not an estimate: both numbers are the user's, and no machine attains both all the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mncost.cost.report import Report, Row
from mncost.formulas import attainable

By = Literal["compute", "memory", "both", "nothing", "unknown"]


@dataclass(frozen=True, slots=True)
class Machine:
    """Mult-Adds a second, and bytes a second."""

    peak: int
    bandwidth: int

    @property
    def ridge(self) -> Fraction:
        """From how many Mult-Adds a byte on the peak is what bounds."""
        return Fraction(self.peak, self.bandwidth)


@dataclass(frozen=True, slots=True)
class Bound:
    """The least time of a layer, in seconds, and what makes it. None where it is unknown."""

    row: Row
    work: int
    moved: int
    seconds: Fraction | None
    by: By


@dataclass(frozen=True, slots=True)
class Roofline:
    """The bounds of all layers, one after the other."""

    machine: Machine
    bounds: tuple[Bound, ...]

    @property
    def seconds(self) -> Fraction:
        """The sum of those that are known."""
        return sum((each.seconds or Fraction(0) for each in self.bounds), Fraction(0))

    def by(self, what: By) -> tuple[Bound, ...]:
        """The layers that this bounds."""
        return tuple(each for each in self.bounds if each.by == what)


def roofline(report: Report, machine: Machine) -> Roofline:
    """The bounds of a report that has footprints."""
    return Roofline(machine, tuple(_bounds(report, machine)))


def _bounds(report: Report, machine: Machine) -> Iterator[Bound]:
    for row in report.rows:
        assert row.footprint is not None
        work, moved = row.mult_adds, row.footprint.moved
        if row.footprint.unknown:
            yield Bound(row, work, moved, None, "unknown")
            continue
        seconds = attainable(work, moved, machine.peak, machine.bandwidth)
        yield Bound(row, work, moved, seconds, _by(work, moved, machine))


def _by(work: int, moved: int, machine: Machine) -> By:
    if not work and not moved:
        return "nothing"
    computing, moving = work * machine.bandwidth, moved * machine.peak
    if computing == moving:
        return "both"
    return "compute" if computing > moving else "memory"
