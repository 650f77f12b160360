"""Counting conventions: what each event is worth; the paper's, and `counters` has the others'.

A convention is a row of weights over the ledger's events. So another tool's figure is one sum away
from the paper's, and the difference between two can be told term by term (`study.reconcile`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mncost.cost.events import Event, Ledger

ANY: tuple[str, ...] = ()
"""No condition: every kind of operation, every way of writing it."""


@dataclass(frozen=True, slots=True)
class Term:
    """A weight for the events that it describes; what is left empty is no condition."""

    weight: int
    what: str
    of: tuple[str, ...] = ANY
    per: str = ""
    written: tuple[str, ...] = ANY

    def covers(self, event: Event) -> bool:
        """Whether the event is one of these."""
        return (
            event.what == self.what
            and (not self.of or event.of in self.of)
            and (not self.per or event.per == self.per)
            and (not self.written or event.written in self.written)
        )


Terms = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Convention:
    """A way of counting: a weight for each event that it counts; all others it leaves out.

    `parameters` are those that it reports beside the cost; None where it reports none. What the
    tool makes of events that are `unmeasured` nobody knows here.
    """

    name: str
    unit: str
    terms: Terms
    counts: str
    omits: str
    source: str
    parameters: Terms | None = None
    assumes: str = ""
    unmeasured: Terms = ()
    aliases: tuple[str, ...] = field(default=())

    def weight(self, event: Event) -> int | None:
        """What the event is worth; None where this convention leaves it out."""
        weights = [term.weight for term in self.terms if term.covers(event)]
        return sum(weights) if weights else None

    def price(self, ledger: Ledger) -> int | None:
        """What the ledger costs; None where all that happens is left out by this convention.

        A ledger without events is free, and costs 0.
        """
        counted = [self.weight(event) for event in ledger]
        if any(weight is not None for weight in counted):
            return sum((w or 0) * n for w, n in zip(counted, ledger.values(), strict=True))
        return None if any(event.what != "parameter" for event in ledger) else 0

    def unknown(self, ledger: Ledger) -> tuple[Event, ...]:
        """The events of which it is not known what the tool makes of them."""
        return tuple(e for e in ledger if any(term.covers(e) for term in self.unmeasured))

    def stored(self, ledger: Ledger) -> int | None:
        """The parameters that it reports; None where it reports none."""
        if self.parameters is None:
            return None
        return sum(
            term.weight * count
            for event, count in ledger.items()
            for term in self.parameters
            if term.covers(event)
        )


def parameter_terms(*of: str, written: tuple[str, ...] = ANY) -> Terms:
    """Numbers that are stored, for each of these parts one."""
    return (Term(1, "parameter", of, written=written),)


TRAINABLE = ("weights", "biases", "scale", "shift")
LEARNED = parameter_terms(*TRAINABLE)

PAPER = Convention(
    name="paper",
    unit="Mult-Adds",
    terms=(Term(1, "mac"),),
    counts="multiply-additions of convolutions and fully connected layers",
    omits="biases, batch normalisation, activations, pooling and softmax",
    source="Howard et al. 2017, arXiv 1704.04861, formulas (2) to (7) and Table 2",
    parameters=LEARNED,
)
