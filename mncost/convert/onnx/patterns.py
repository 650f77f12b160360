"""What exporters write in two operators, and is one: a gated activation, a product with a bias."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from mncost.convert.onnx.file import Constant, OnnxNode

_GATES = {"Sigmoid": "swish", "HardSigmoid": "hardswish"}


def _is_gate(node: OnnxNode) -> bool:
    """A sigmoid, or the hard sigmoid that hard-swish has: max(0, min(1, x / 6 + 1 / 2))."""
    if node.op != "HardSigmoid":
        return node.op in _GATES
    alpha, beta = node.attributes.get("alpha", 0.2), node.attributes.get("beta", 0.5)
    return bool(abs(alpha - 1 / 6) < 1e-4 and abs(beta - 0.5) < 1e-4)


def gates(
    nodes: Sequence[OnnxNode], readers: Counter[str]
) -> tuple[set[str], dict[str, tuple[str, str]]]:
    """x · sigmoid(x) is swish, x · hard-sigmoid(x) hard-swish, where nothing else reads the gate.

    The gates by their outputs; and the products by theirs, each with the activation that it is and
    the map that it is of.
    """
    halves = {node.outputs[0]: node for node in nodes if node.outputs and _is_gate(node)}
    found: set[str] = set()
    products: dict[str, tuple[str, str]] = {}
    for node in nodes:
        if node.op != "Mul" or len(node.inputs) != 2:
            continue
        for gate, other in (node.inputs, node.inputs[::-1]):
            half = halves.get(gate)
            if half is not None and half.inputs[:1] == (other,) and readers[gate] == 1:
                found.add(gate)
                products[node.outputs[0]] = (_GATES[half.op], other)
    return found, products


def biased(
    nodes: Sequence[OnnxNode], readers: Counter[str], constants: Mapping[str, Constant]
) -> set[str]:
    """The products of matrices to whose output alone a stored row is added: their bias."""
    products = {
        node.outputs[0]: constants[node.inputs[1]].dims[-1]
        for node in nodes
        if node.op == "MatMul" and node.outputs and len(node.inputs) == 2
        and node.inputs[0] not in constants
        and node.inputs[1] in constants and len(constants[node.inputs[1]].dims) == 2
    }  # fmt: skip
    return {
        name
        for node in nodes
        if node.op == "Add" and len(node.inputs) == 2
        for name, other in (node.inputs, node.inputs[::-1])
        if name in products and readers[name] == 1 and other in constants
        and constants[other].dims == (products[name],)
    }  # fmt: skip
