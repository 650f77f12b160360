"""How many bits the numbers of a tensor take, by its type: as stated, or as it follows."""

from __future__ import annotations

from collections.abc import Sequence

from mncost.convert.onnx.datatypes import BITS
from mncost.convert.onnx.file import OnnxModel, OnnxNode
from mncost.convert.onnx.folding import constant
from mncost.convert.onnx.narrow import width

RESULTS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("ArgMax", "ArgMin", "NonZero", "Shape", "Size"), (64,)),
    **dict.fromkeys(("ConvInteger", "MatMulInteger", "QGemm"), (32,)),
    **dict.fromkeys(("And", "Or", "Xor", "Not", "Equal", "Less", "Greater"), (8,)),
    **dict.fromkeys(("LessOrEqual", "GreaterOrEqual", "IsNaN", "IsInf"), (8,)),
    "DynamicQuantizeLinear": (8, 32, 8),
}
"""Bits of what operators put out that have one type whatever they read."""

BESIDE = {"TopK": 64, "MaxPool": 64, "Unique": 64, "Dropout": 8, "LayerNormalization": 32}
"""Bits of what some put out besides their first output."""

LIKE = {"CastLike": 1, "DequantizeLinear": 1, "Where": 1, "OneHot": 2}
"""Which input's type others put out, if it is not the first's."""


class Types:
    """Bits of each number, by the names of tensors, learned while operators are read in order."""

    def __init__(self, model: OnnxModel) -> None:
        self.stated = {name: BITS.get(kind, 32) for name, kind in model.kinds.items()}
        self.learned = {name: each.bits for name, each in model.constants.items()}

    def learn(self, node: OnnxNode, inputs: Sequence[object]) -> None:
        """What types an operator's outputs have, having read it."""
        fixed = RESULTS.get(node.op, ())
        first = width(node, inputs) or (fixed[0] if fixed else self._first(node))
        for slot, name in enumerate(node.outputs):
            beside = fixed[slot] if slot < len(fixed) else BESIDE.get(node.op, first)
            self.learned[name] = beside if slot else first

    def of(self, name: str) -> int:
        """Of a tensor's numbers; 32 where nothing tells."""
        return self.stated.get(name, self.learned.get(name, 32)) if name else 32

    def _first(self, node: OnnxNode) -> int:
        """By what it is told, or else as what goes in."""
        if node.op in ("Constant", "ConstantOfShape"):
            return constant(node).bits
        kind = node.attributes.get("to" if node.op == "Cast" else "output_dtype")
        if kind in BITS:
            return BITS[kind]
        slot = LIKE.get(node.op, 0)
        return self.of(node.inputs[slot]) if slot < len(node.inputs) else 32
