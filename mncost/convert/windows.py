"""Windows that move over a map, where frameworks differ: padding that is not the same all around,
and last windows that hang over the end."""

from __future__ import annotations

from mncost.formulas import Pair, output_size, output_size_ceil
from mncost.graph import Node, ops
from mncost.graph.ops import Sides

Side = tuple[int, int, int, Pair]
"""Of one side of a map: its size, the window, the stride, and the padding before and after."""


def sides(node: Node, op: ops.Pool) -> tuple[Side, Side]:
    """Both sides of a pool's map."""
    _, height, width = node.inputs[0]
    (tall, wide), (down, along) = op.kernel, op.stride
    top, bottom, left, right = op.padding
    return (height, tall, down, (top, bottom)), (width, wide, along, (left, right))


def places(side: Side, ceil: bool, padding: Pair | None = None) -> int:
    """How many windows there are, with this padding or another."""
    size, window, stride, given = side
    count = output_size_ceil if ceil else output_size
    return count(size, window, stride, 1, padding or given)


def leaves_out(side: Side) -> bool:
    """Whether a last window is left out, rounding up, because it would begin in the padding."""
    size, window, stride, padding = side
    return places(side, True) < -(-(size + sum(padding) - window) // stride) + 1


def spelt_out(node: Node, op: ops.Pool) -> Sides:
    """The padding with which rounding down gives as many windows as rounding up."""
    ends = []
    for side in sides(node, op):
        size, window, stride, (before, after) = side
        count = places(side, True)
        reached = (count - 1) * stride + window - size - before
        ends.append(after if count == places(side, False) else reached)
    return op.padding[0], ends[0], op.padding[2], ends[1]


def alike(size: int, kernel: int, stride: int, dilation: int, padding: Pair) -> int | None:
    """One padding for both ends that gives a convolution's map the same size, if there is one."""
    wanted = output_size(size, kernel, stride, dilation, padding)
    for each in (max(padding), min(padding)):
        if output_size(size, kernel, stride, dilation, (each, each)) == wanted:
            return each
    return None
