"""`Sight`: how much of the input an output of each operation sees, and how far apart they look."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mncost.formulas import adaptive_span, receptive_field, transposed_span
from mncost.graph import Graph, Node, Shape, ops

Sides = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Sight:
    """The receptive field of one output, and the effective stride, each (height, width) in pixels.

    The largest over all paths. The field is what the layers span, padding included, so that it can
    be larger than the input. `what`: a `part` of the input is seen; the `whole`, from a global pool
    or a fully connected layer on; or it is `unknown`.
    """

    field: Sides
    stride: Sides
    what: Literal["part", "whole", "unknown"] = "part"


PIXEL = Sight((Fraction(1), Fraction(1)), (Fraction(1), Fraction(1)))
"""What a pixel of the input sees."""

WHOLE = Sight(PIXEL.field, PIXEL.stride, "whole")
UNKNOWN = Sight(PIXEL.field, PIXEL.stride, "unknown")


def sights(graph: Graph) -> tuple[Sight, ...]:
    """The sight of every node.

    Where paths that see the whole input meet others, as in a gate of squeeze and excitation, the
    others are what counts.
    """
    found: list[Sight] = []
    for node in graph.nodes:
        read = [found[source] if source >= 0 else PIXEL for source in node.sources]
        found.append(_seen(node, _joined(read)))
    return tuple(found)


def _joined(read: list[Sight]) -> Sight:
    if any(each.what == "unknown" for each in read):
        return UNKNOWN
    parts = [each for each in read if each.what == "part"]
    if not parts:
        return WHOLE
    return Sight(
        (max(each.field[0] for each in parts), max(each.field[1] for each in parts)),
        (max(each.stride[0] for each in parts), max(each.stride[1] for each in parts)),
    )


def _seen(node: Node, read: Sight) -> Sight:
    """What an operation makes of the sight of what it reads."""
    if read.what != "part":
        return read
    shape, op = node.inputs[0], node.op
    match op:
        case ops.Conv():
            return _through(read, op.kernel, op.dilation, op.stride)
        case ops.Pool():
            return _through(read, op.kernel, (1, 1), op.stride)
        case ops.ConvTranspose():
            return _spread(op, read)
        case ops.AdaptivePool():
            return WHOLE if op.size == (1, 1) else _pooled(op, shape, read)
        case ops.Resize():
            steps = (Fraction(shape[1], op.size[0]), Fraction(shape[2], op.size[1]))
            return Sight(read.field, _times(read.stride, steps))
        case ops.Linear():
            return read if op.each else WHOLE
        case ops.MatMul():
            return WHOLE
        case ops.Norm():
            return read if op.function in ("layer", "rms") else WHOLE
        case ops.Arithmetic() if node.output in node.inputs:
            return read
        case ops.Move() | ops.Reduce() | ops.Arithmetic():
            return _moved(node, read)
        case ops.Opaque() | ops.Custom():
            return UNKNOWN
    return read


def _through(
    read: Sight, kernel: tuple[int, int], dilation: tuple[int, int], stride: tuple[int, int]
) -> Sight:
    """What a window sees."""
    tall, wide = (
        receptive_field(read.field[side], read.stride[side], kernel[side], dilation[side])
        for side in (0, 1)
    )
    return Sight((tall, wide), _times(read.stride, (Fraction(stride[0]), Fraction(stride[1]))))


def _spread(op: ops.ConvTranspose, read: Sight) -> Sight:
    """What an output of a transposed convolution sees."""
    tall, wide = map(transposed_span, op.kernel, op.stride, op.dilation)
    steps = (Fraction(1, op.stride[0]), Fraction(1, op.stride[1]))
    return _spanning(read, (tall, wide), steps)


def _pooled(op: ops.AdaptivePool, shape: Shape, read: Sight) -> Sight:
    """What the largest window sees."""
    tall, wide = map(adaptive_span, shape[1:], op.size)
    steps = (Fraction(shape[1], op.size[0]), Fraction(shape[2], op.size[1]))
    return _spanning(read, (tall, wide), steps)


def _spanning(read: Sight, window: tuple[int, int], steps: Sides) -> Sight:
    """What a window sees, and how far apart windows are."""
    seen = _through(read, window, (1, 1), (1, 1))
    return Sight(seen.field, _times(read.stride, steps))


def _moved(node: Node, read: Sight) -> Sight:
    """Where numbers come to lie otherwise, nobody knows what each one sees."""
    shape = max(node.inputs, key=len)
    if len(shape) >= 3 and shape[-2:] == node.output[-2:]:
        return read
    return WHOLE if set(node.output[1:]) <= {1} and isinstance(node.op, ops.Reduce) else UNKNOWN


def _times(one: Sides, other: Sides) -> Sides:
    return one[0] * other[0], one[1] * other[1]
