"""Pools and padding as PyTorch's modules, where its windows lie as the graph has them."""

from __future__ import annotations

from mncost.convert import windows
from mncost.convert.source.convs import size, zeros
from mncost.convert.source.text import Call, Expression, Keyword
from mncost.formulas import Pair
from mncost.graph import Node, ops


def pool(node: Node) -> tuple[Expression, ...]:
    """A pool with a window: padded beforehand where PyTorch's own padding gives another size."""
    op = _pool(node)
    name = "nn.AvgPool2d" if op.function == "avg" else "nn.MaxPool2d"
    arguments: list[Expression] = [size(op.kernel)]
    if op.stride != op.kernel:
        arguments.append(Keyword("stride", size(op.stride)))
    found = _own(node, op)
    if found is None:
        padding = windows.spelt_out(node, op) if op.ceil else op.padding
        return (_padded(padding, op), Call(name, tuple(arguments)))
    padding_of_both, ceil = found
    if padding_of_both != (0, 0):
        arguments.append(Keyword("padding", size(padding_of_both)))
    if ceil:
        arguments.append(Keyword("ceil_mode", "True"))
    if op.function == "avg" and padding_of_both != (0, 0):
        arguments.append(Keyword("count_include_pad", "False"))
    return (Call(name, tuple(arguments)),)


def adaptive(node: Node) -> tuple[Expression, ...]:
    """A pool to a size that is stated."""
    if not isinstance(node.op, ops.AdaptivePool):
        raise AssertionError("a pool of another kind")
    kind = "Avg" if node.op.function == "avg" else "Max"
    return (Call(f"nn.Adaptive{kind}Pool2d", (size(node.op.size),)),)


def pad(node: Node) -> Expression:
    """Noughts around the map."""
    if not isinstance(node.op, ops.Pad):
        raise AssertionError("no padding")
    return zeros(node.op.padding)


def _pool(node: Node) -> ops.Pool:
    if not isinstance(node.op, ops.Pool):
        raise AssertionError("a pool of another kind")
    return node.op


def _own(node: Node, op: ops.Pool) -> tuple[Pair, bool] | None:
    """PyTorch's own padding and rounding for the size wanted; None where there is none.

    Windows that begin at the same place are tried first; then, as for convolutions, padding that
    is alike on both ends.
    """
    sides = windows.sides(node, op)
    wanted = node.output[1:]
    first = (op.padding[0], op.padding[2])
    larger = (max(op.padding[:2]), max(op.padding[2:]))
    for padding in (first, larger):
        if any(2 * each > window for each, window in zip(padding, op.kernel, strict=True)):
            continue
        for ceil in (op.ceil, not op.ceil):
            both = zip(sides, padding, strict=True)
            if tuple(windows.places(side, ceil, (each, each)) for side, each in both) == wanted:
                return padding, ceil
    return None


def _padded(padding: ops.Sides, op: ops.Pool) -> Call:
    """What is padded for a maximum never wins; for an average it counts as nought."""
    if op.function == "avg":
        return zeros(padding)
    top, bottom, left, right = padding
    around = str((left, right, top, bottom))
    return Call("nn.ConstantPad2d", (around, 'float("-inf")'))
