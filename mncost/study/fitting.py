"""Whether a network fits into a device's memory, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mncost.cost.footprint import Bits, stored_bytes
from mncost.graph import Graph, ops
from mncost.study.memory import Plan

if TYPE_CHECKING:
    from mncost.spec.devices import Device


@dataclass(frozen=True, slots=True)
class Room:
    """What is needed of a memory, and what there is of it; None where that is not known."""

    what: str
    needed: int | None
    available: int | None

    @property
    def left(self) -> int | None:
        """What is left; below nought, what is missing."""
        if self.needed is None or self.available is None:
            return None
        return self.available - self.needed

    @property
    def fits(self) -> bool | None:
        """None where it is not known."""
        return None if self.left is None else self.left >= 0


@dataclass(frozen=True, slots=True)
class Fitting:
    """A network's activations in a device's RAM, and its weights in its flash."""

    device: Device
    rooms: tuple[Room, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it. What the device does not state is not judged; a
        network of which something has no formula cannot be said to fit."""
        return not any(
            room.fits is False or (room.needed is None and room.available is not None)
            for room in self.rooms
        )


def fitting(graph: Graph, plan: Plan, bits: Bits, device: Device) -> Fitting:
    """Whether what the plan holds at once, and the weights, fit into the device."""
    unknown = any(isinstance(node.op, ops.Opaque) for node in graph.nodes)
    weights = None if unknown else stored_bytes(graph, bits)
    return Fitting(
        device,
        (
            Room("RAM", plan.peak.bytes, device.ram),
            Room("flash", weights, device.flash),
        ),
    )
