"""`Report`: what each layer costs, and sums by kind, by stage and by scope. Immutable and exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, ClassVar

from mncost.cost.conventions import Convention
from mncost.cost.events import Application, Ledger, Parameters, summed
from mncost.cost.fields import Sight
from mncost.cost.footprint import Bits, Footprint
from mncost.errors import Path
from mncost.graph import Op, Setting, Shape

PARAMETERS: dict[str, tuple[Callable[[Parameters], int], str]] = {
    "weights": (lambda p: p.weights, "weights of kernels and fully connected layers alone"),
    "trainable": (lambda p: p.trainable, "weights, biases, and scale and shift of norms"),
    "all": (lambda p: p.all, "trainable ones, and running mean and variance of norms"),
}
"""The three ways to count parameters, each with its description."""


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over layers. `cost` is None where the convention counts none of their events."""

    cost: int | None
    events: Ledger
    parameters: Parameters

    @property
    def mult_adds(self) -> int:
        """Multiply-additions, whatever the convention of the report."""
        return self.events.count("mac")

    @property
    def unknown(self) -> int:
        """How many operations have no formula: `cost` is then a lower bound."""
        return self.events.count("unknown")


@dataclass(frozen=True, slots=True)
class Row(Total):
    """One layer: an operation with the norm and the activation that finish it."""

    path: Path
    name: str
    kind: str
    op: Op
    input: Shape
    output: Shape
    formula: Application | None
    weight_bits: int | None = None
    """How many bits each of its weights takes, where the network says so."""
    footprint: Footprint | None = None
    """What it holds and moves, where the report was asked for it."""
    sight: Sight | None = None
    """How much of the input it sees, where the report was asked for it."""

    @property
    def size(self) -> Shape:
        """(height, width) of the map that it puts out; features are a map of one pixel."""
        return self.output[1:] if len(self.output) == 3 else (1, 1)

    def scope(self, depth: int) -> str:
        """The first `depth` parts of its name."""
        return "/".join(self.name.split("/")[:depth])


@dataclass(frozen=True)
class Report:
    """What a network costs, layer by layer, under one counting convention."""

    network: str
    input: Shape
    setting: Setting | None
    convention: Convention
    rows: tuple[Row, ...]
    notes: Mapping[str, str] = field(default_factory=dict)
    bits: Bits | None = None
    """At which bits its footprints are; without, it has none."""
    own_bits: bool = False
    """Whether the network says of some numbers how many bits they take."""

    drawer: ClassVar[Callable[[Report, str], str] | None] = None
    """How a report prints itself: hung in by the front door, for words live floors above."""

    @cached_property
    def totals(self) -> Total:
        return self.total(self.rows)

    @property
    def uncounted(self) -> tuple[Row, ...]:
        """The layers with an operation that has no formula. With any, the report is partial."""
        return tuple(row for row in self.rows if row.unknown)

    def total(self, rows: Iterable[Row]) -> Total:
        """The sum of some rows."""
        rows = tuple(rows)
        events = summed(row.events for row in rows)
        parameters = sum((row.parameters for row in rows), Parameters())
        return Total(self.convention.price(events), events, parameters)

    def group(self, key: Callable[[Row], str]) -> dict[str, tuple[Row, ...]]:
        """The layers by some key, in order of first appearance."""
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            groups.setdefault(key(row), []).append(row)
        return {name: tuple(rows) for name, rows in groups.items()}

    def stages(self) -> list[tuple[Shape, tuple[Row, ...]]]:
        """Runs of layers that put out maps of one size, with that size: (height, width)."""
        return [(size, tuple(run)) for size, run in groupby(self.rows, lambda row: row.size)]

    def by_kind(self) -> dict[str, Total]:
        """Sums by kind of layer."""
        return self._sums(self.group(lambda row: row.kind))

    def by_scope(self, depth: int = 1) -> dict[str, Total]:
        """Sums by the first `depth` parts of the layers' names: 1 gives blocks."""
        return self._sums(self.group(lambda row: row.scope(depth)))

    def to_records(self) -> list[dict[str, Any]]:
        """A plain dictionary for each layer: text, exact integers, and lists of them."""
        return [
            {
                "name": row.name,
                "kind": row.kind,
                "input": list(row.input),
                "output": list(row.output),
                "cost": row.cost,
                "mult_adds": row.mult_adds,
                **{name: count(row.parameters) for name, (count, _) in PARAMETERS.items()},
                "events": {str(event): count for event, count in row.events.items()},
                "unknown": row.unknown,
                **(row.footprint.to_record() if row.footprint else {}),
            }
            for row in self.rows
        ]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __str__(self) -> str:
        draw = type(self).drawer
        return draw(self, "table") if draw else repr(self)

    def _repr_html_(self) -> str | None:
        draw = type(self).drawer
        return draw(self, "html") if draw else None

    def _sums(self, groups: dict[str, tuple[Row, ...]]) -> dict[str, Total]:
        return {name: self.total(rows) for name, rows in groups.items()}
