"""How many bits the numbers of a tensor take, by its type: as stated, or as it follows."""

from __future__ import annotations

from collections.abc import Sequence

from mncost.convert.onnx.file import BITS, Constant, OnnxModel, OnnxNode
from mncost.convert.onnx.narrow import width

RESULTS = {
    **dict.fromkeys(("ArgMax", "ArgMin", "NonZero"), 64),
    **dict.fromkeys(("ConvInteger", "MatMulInteger"), 32),
    **dict.fromkeys(("And", "Or", "Xor", "Not", "Equal", "Less", "Greater"), 8),
    **dict.fromkeys(("LessOrEqual", "GreaterOrEqual", "IsNaN", "IsInf"), 8),
}
"""Bits of what operators put out that have one type whatever they read."""

LIKE = {"CastLike": 1, "DequantizeLinear": 1, "Where": 1, "OneHot": 2}
"""Which input's type others put out, if it is not the first's."""


class Types:
    """Bits of each number, by the names of tensors, learned while operators are read in order."""

    def __init__(self, model: OnnxModel) -> None:
        self.bits = {name: BITS.get(kind, 32) for name, kind in model.kinds.items()}

    def learn(self, node: OnnxNode, inputs: Sequence[object]) -> None:
        """What an operator puts out has."""
        found = self._put_out(node, inputs)
        for name in node.outputs:
            self.bits.setdefault(name, found)

    def of(self, name: str) -> int:
        """Of a tensor's numbers; 32 where nothing tells."""
        return self.bits.get(name, 32)

    def _put_out(self, node: OnnxNode, inputs: Sequence[object]) -> int:
        slot = LIKE.get(node.op, 0)
        stated = node.attributes.get("to", node.attributes.get("output_dtype"))
        if node.op in ("Cast", "DequantizeLinear") and stated in BITS:
            return BITS[stated]
        if (known := width(node, inputs) or RESULTS.get(node.op)) is not None:
            return known
        first = inputs[slot] if slot < len(inputs) else None
        if isinstance(first, Constant):
            return first.bits
        return self.of(node.inputs[slot]) if slot < len(node.inputs) else 32
