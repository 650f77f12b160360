"""Counting conventions: what each event is worth to whom, and where that is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mncost.cost.events import Event, Ledger
from mncost.errors import Problem, SettingError, did_you_mean


@dataclass(frozen=True, slots=True)
class Convention:
    """A way of counting: a weight for each event that it counts; all others it leaves out."""

    name: str
    unit: str
    weights: Mapping[Event, int]
    counts: str
    omits: str
    source: str

    def price(self, ledger: Ledger) -> int | None:
        """What the ledger costs; None where all of its events are left out by this convention.

        A ledger without events is free, and costs 0.
        """
        counted = [self.weights[e] * n for e, n in ledger.items() if e in self.weights]
        return sum(counted) if counted or not ledger else None


PAPER = Convention(
    name="paper",
    unit="Mult-Adds",
    weights={Event.MAC: 1},
    counts="multiply-additions of convolutions and fully connected layers",
    omits="biases, batch normalisation, activations, pooling and softmax",
    source="Howard et al. 2017, arXiv 1704.04861, formulas (2) to (7) and Table 2",
)

CONVENTIONS = {PAPER.name: PAPER}
"""Every convention by its name."""


def named(name: str) -> Convention:
    """The convention of that name. Raises `SettingError` with the nearest ones."""
    if name not in CONVENTIONS:
        hint = did_you_mean(name, CONVENTIONS)
        raise SettingError(Problem(f'no counting convention "{name}"', hint))
    return CONVENTIONS[name]
