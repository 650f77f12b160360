"""Two counts of one network, and what lies between them, term by term: nothing is left over."""

from __future__ import annotations

from dataclasses import dataclass

from mncost.cost.conventions import PAPER, Convention
from mncost.cost.events import Event, Ledger
from mncost.cost.report import Report


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of event that two conventions weigh differently.

    `weight` is by how much more the second counts each of them, `count` how many there are.
    """

    event: Event
    weight: int
    count: int

    @property
    def amount(self) -> int:
        """What it adds to the first convention's count."""
        return self.weight * self.count


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A count under one convention, the steps from there, and the count under another."""

    name: str
    start: int
    steps: tuple[Step, ...]
    end: int

    @property
    def remainder(self) -> int:
        """What the steps leave unexplained: nought, or one of both counts is wrong."""
        return self.end - self.start - sum(step.amount for step in self.steps)


def reconcile(report: Report, to: Convention, start: Convention = PAPER) -> Reconciled:
    """From one convention's count of a network to another's."""
    return _between(report.network, report.totals.events, start, to)


def by_layer(report: Report, to: Convention, start: Convention = PAPER) -> tuple[Reconciled, ...]:
    """The same for each layer."""
    return tuple(_between(row.name, row.events, start, to) for row in report.rows)


def steps(ledger: Ledger, start: Convention, to: Convention) -> tuple[Step, ...]:
    """Every kind of event that both weigh differently, the largest amount first."""
    differing = []
    for event, count in ledger.items():
        weight = (to.weight(event) or 0) - (start.weight(event) or 0)
        if weight and count:
            differing.append(Step(event, weight, count))
    return tuple(sorted(differing, key=lambda step: -abs(step.amount)))


def _between(name: str, ledger: Ledger, start: Convention, to: Convention) -> Reconciled:
    found = steps(ledger, start, to)
    return Reconciled(name, start.price(ledger) or 0, found, to.price(ledger) or 0)
