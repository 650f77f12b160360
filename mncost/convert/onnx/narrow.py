"""Maps of few bits: what QuantizeLinear, and the operators that compute in whole numbers, store.

QuantizeLinear and DequantizeLinear between two operators say how a map is stored, and runtimes take
them into the operators beside them. So they are no operations here, but for where what the network
takes or gives, or what another operator reads in floats, is converted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mncost.convert.onnx.elementwise import unary
from mncost.convert.onnx.file import Constant, OnnxNode
from mncost.convert.onnx.place import Place
from mncost.graph import Node, ops

BYTE = 8

TYPES = {2: 8, 3: 8, 4: 16, 5: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 25: 2, 26: 2}
"""Bits of the data types that may stand in `output_dtype`."""

ZERO_POINTS = {
    "QLinearConv": 7, "QLinearMatMul": 7, "QGemm": 8, "QLinearAdd": 7, "QLinearMul": 7,
    "QLinearAveragePool": 4, "QLinearGlobalAveragePool": 4, "QLinearConcat": 1,
    "QLinearSigmoid": 4, "QLinearSoftmax": 4, "QLinearWhere": 8, "QLinearLeakyRelu": 4,
    "QLinearReduceMean": 4, "QuantizeLinear": 2, "DynamicQuantizeLinear": 3,
}  # fmt: skip
"""Operators that put out whole numbers, and which input's type is theirs; without it, bytes."""


def quantisers(nodes: Sequence[OnnxNode]) -> Counter[str]:
    """How many operators quantise a tensor, by its name."""
    return Counter(node.inputs[0] for node in nodes if node.op == "QuantizeLinear" and node.inputs)


def quantised(place: Place) -> None:
    """How the map that it reads is stored, or a map of its own where that is read in floats too."""
    x, importer = place.live(), place.importer
    bits = width(place.node, place.inputs)
    same = importer.narrow.get(x.at, bits) == bits
    if x.at >= 0 and same and importer.only_quantised(place.node.inputs[0], x):
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
    stated = TYPES.get(node.attributes.get("output_dtype", 0), BYTE)
    return zero.bits if isinstance(zero, Constant) and zero.bits < 32 else stated


def narrowed(
    nodes: Sequence[Node], bits: Mapping[int, int], outputs: Sequence[int]
) -> tuple[Node, ...]:
    """Nodes with the bits of what they put out.

    What a norm, an activation or a view finishes is stored as they are, where nothing else reads
    it, and what is only moved, or the largest of, as what it is from.
    """
    known = dict(bits)
    readers = Counter(source for node in nodes for source in node.sources)
    readers.update(outputs)
    for at, node in enumerate(nodes):
        widths = {known.get(source) for source in node.sources}
        if at not in known and _passes_on(node) and len(widths) == 1 and None not in widths:
            known[at] = known[node.sources[0]]
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


def _finishes(node: Node) -> bool:
    view = isinstance(node.op, ops.Move) and node.op.function in ops.RESHAPING
    return view or isinstance(node.op, ops.BatchNorm | ops.Act | ops.Dropout)


def _passes_on(node: Node) -> bool:
    moves = ops.Move | ops.Slice | ops.Concat | ops.Dropout | ops.Pad | ops.Resize
    match node.op:
        case ops.Pool() | ops.AdaptivePool() as pool:
            return pool.function == "max"
        case ops.Arithmetic() as op:
            return op.function == "resize"
    return isinstance(node.op, moves)
