"""Maps of few bits: what QuantizeLinear, and the operators that compute in whole numbers, store.

QuantizeLinear and DequantizeLinear between two operators say how a map is stored, and runtimes take
them into the operators beside them. So they are no operations here, but for where what the network
takes or gives, or what another operator reads in floats, is converted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mncost.convert.onnx.datatypes import BITS
from mncost.convert.onnx.elementwise import unary
from mncost.convert.onnx.file import Constant, OnnxNode
from mncost.convert.onnx.place import Place
from mncost.convert.tensors import Live
from mncost.graph import Node, ops

BYTE = 8

ZERO_POINTS = {
    "QLinearConv": 7, "QLinearMatMul": 7, "QGemm": 8, "QLinearAdd": 7, "QLinearMul": 7,
    "QLinearAveragePool": 4, "QLinearGlobalAveragePool": 4, "QLinearConcat": 1,
    "QLinearSigmoid": 4, "QLinearSoftmax": 4, "QLinearWhere": 8, "QLinearLeakyRelu": 4,
    "QLinearReduceMean": 4, "QuantizeLinear": 2, "DynamicQuantizeLinear": 3,
}  # fmt: skip
"""Operators that put out whole numbers, and which input's type is theirs; without it, bytes."""


class Narrow:
    """What is learned of maps of few bits while a file's operators are read, in order."""

    def __init__(self, nodes: Sequence[OnnxNode], readers: Mapping[str, int]) -> None:
        self.readers = readers
        self.quantisers = Counter(
            node.inputs[0] for node in nodes if node.op == "QuantizeLinear" and node.inputs
        )
        self.names: dict[int, str] = {}
        self.bits: dict[int, int] = {}

    def named(self, name: str, tensor: object) -> None:
        """One more name of a map: its own from now on, where nothing reads it by the one before."""
        if isinstance(tensor, Live) and self.readers[self.names.get(tensor.at, "")] < 2:
            self.names[tensor.at] = name

    def learn(self, node: OnnxNode, inputs: Sequence[object], put: object) -> None:
        """The bits of what an operator has put out."""
        bits = width(node, inputs)
        if bits and isinstance(put, Live):
            self.bits[put.at] = bits

    def is_stored_so(self, name: str, tensor: Live, bits: int | None) -> bool:
        """Whether a map is one in so many bits: nothing reads it but what quantises it to these."""
        alone = tensor.at >= 0 and self.names.get(tensor.at) == name
        same = self.bits.get(tensor.at, bits) == bits
        return alone and same and self.readers[name] == self.quantisers[name]

    def applied(self, nodes: Sequence[Node], outputs: Sequence[int]) -> tuple[Node, ...]:
        """Nodes with the bits of what they put out, where something is learned of it.

        What a norm, an activation or a view finishes is stored as they are, where nothing else
        reads it, and what is only moved, or the largest of, as what it is from.
        """
        known = dict(self.bits)
        for at, node in enumerate(nodes):
            widths = {known.get(source) for source in node.sources}
            if at not in known and _passes_on(node) and len(widths) == 1 and None not in widths:
                known[at] = known[node.sources[0]]
        readers = Counter(source for node in nodes for source in node.sources)
        readers.update(outputs)
        for at in reversed(range(len(nodes))):
            source = nodes[at].sources[0]
            alone = source >= 0 and readers[source] == 1
            if at in known and alone and source not in known and _finishes(nodes[at]):
                known[source] = known[at]
        return tuple(
            replace(node, numbers=replace(node.numbers, activation_bits=known[at]))
            if at in known
            else node
            for at, node in enumerate(nodes)
        )


def quantised(place: Place) -> None:
    """How the map that it reads is stored, or a map of its own where that is read in floats too."""
    x, bits = place.live(), width(place.node, place.inputs)
    if place.importer.narrow.is_stored_so(place.node.inputs[0], x, bits):
        place.alias(x.dims)
    else:
        unary(place)


def dequantised(place: Place) -> None:
    """As it is stored; what the network gives is converted."""
    if place.node.outputs[0] in place.importer.model.outputs:
        unary(place)
    else:
        place.alias(place.live().dims)


def width(node: OnnxNode, inputs: Sequence[object]) -> int | None:
    """Bits of the whole numbers that an operator puts out; None where they are floats."""
    slot = ZERO_POINTS.get(node.op)
    if slot is None:
        return None
    zero = inputs[slot] if slot < len(inputs) else None
    if node.op == "QGemm" and zero is None:
        return None
    stated = BITS.get(node.attributes.get("output_dtype", 0), BYTE)
    return zero.bits if isinstance(zero, Constant) and zero.bits < 32 else stated


def _finishes(node: Node) -> bool:
    return ops.is_view(node.op) or ops.works_in_place(node.op)


def _passes_on(node: Node) -> bool:
    moves = ops.Slice | ops.Concat | ops.Dropout | ops.Pad | ops.Resize
    match node.op:
        case ops.Pool() | ops.AdaptivePool() as pool:
            return pool.function == "max"
        case ops.Arithmetic() as op:
            return op.function == "resize"
        case ops.Move() as move:
            return move.function != ops.CAST
    return isinstance(node.op, moves)
