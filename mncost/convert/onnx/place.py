"""`Place`: an operator of an ONNX file with what goes in, and the way to write what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mncost.convert.onnx.file import Constant, OnnxNode
from mncost.convert.tensors import (
    Clash,
    Dims,
    Live,
)
from mncost.graph import Op, ops

if TYPE_CHECKING:
    from mncost.convert.onnx.graph import Importer


@dataclass
class Place:
    """An operator with what goes in, and the way to write what it is."""

    node: OnnxNode
    inputs: list[Any]
    importer: Importer

    def given(self, name: str, default: Any) -> Any:
        value = self.node.attributes.get(name)
        return default if value is None else value

    def live(self, slot: int = 0) -> Live:
        """An input that the network computes."""
        tensor = self.inputs[slot] if slot < len(self.inputs) else None
        if tensor is None or isinstance(tensor, Constant):
            raise Clash(f"input {slot + 1} is not computed by the network")
        return tensor  # type: ignore[no-any-return]

    @property
    def lives(self) -> list[Live]:
        return [each for each in self.inputs if each is not None and not isinstance(each, Constant)]

    def constant(self, slot: int) -> Constant | None:
        """An input that is stored; None where there is none."""
        tensor = self.inputs[slot] if slot < len(self.inputs) else None
        if tensor is not None and not isinstance(tensor, Constant):
            raise Clash(f"input {slot + 1} is computed by the network, where weights are expected")
        return tensor

    def whole(self, slot: int, name: str) -> tuple[int, ...] | None:
        """Whole numbers that stand in an attribute, or in a constant input."""
        if name in self.node.attributes:
            given = self.node.attributes[name]
            return tuple(int(e) for e in (given if isinstance(given, tuple) else (given,)))
        constant = self.constant(slot)
        if constant is None:
            return None
        if constant.value is None:
            raise Clash(f"{name} is not known before the network runs")
        return tuple(int(each) for each in constant.value)

    def put(self, op: Op, dims: Dims, *, slots: Sequence[int] = (), **more: Any) -> None:
        """Writes the operation, and says what comes out and how large it is."""
        sources = [self.live(slot).at for slot in slots] if slots else [e.at for e in self.lives]
        position = self.importer.add(self.node, op, sources, **more)
        self.importer.put(self.node, Live(dims, position))

    def alias(self, dims: Dims) -> None:
        """The same numbers, in the same places."""
        self.importer.put(self.node, Live(dims, self.live().at))

    def move(self, dims: Dims, what: str = "") -> None:
        """The same numbers, elsewhere."""
        shape = self.importer.shape(dims)
        self.put(ops.Move(what or self.node.op.lower(), shape), dims)


Handler = Callable[[Place], None]
