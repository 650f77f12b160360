"""Shape inference: `infer(op, shape)` gives the output's shape, or raises `Misfit`."""

from __future__ import annotations

from typing import assert_never

from mncost.errors import MncostError, Problem
from mncost.formulas import elements, output_size, output_size_ceil, output_size_transposed
from mncost.graph.ops import (
    Act,
    AdaptivePool,
    Add,
    Arithmetic,
    BatchNorm,
    Concat,
    Conv,
    ConvTranspose,
    Custom,
    Dropout,
    Linear,
    LocalNorm,
    MatMul,
    Move,
    Mul,
    Norm,
    Op,
    Opaque,
    Pad,
    Pool,
    Reduce,
    Resize,
    Shape,
    Shuffle,
    Slice,
    Softmax,
)


class Misfit(MncostError):
    """An operation that its input does not fit. `field` names the attribute to blame."""

    def __init__(self, message: str, hint: str = "", field: str = "") -> None:
        self.field = field
        super().__init__(Problem(message, hint))


def infer(op: Op, inputs: tuple[Shape, ...]) -> Shape:
    """The shape that `op` makes of inputs of these shapes; raises `Misfit`."""
    several = isinstance(op, Add | Mul | Concat | MatMul | Arithmetic | Move | Opaque | Custom)
    if not inputs or (len(inputs) > 1 and not several):
        raise Misfit(f"{len(inputs)} inputs, where there must be one", "", "from")
    shape = inputs[0]
    match op:
        case Opaque() | Custom() | MatMul() | Arithmetic() | Reduce():
            return op.output
        case Move():
            return _moved(op, inputs)
        case Add() | Mul():
            return _broadcast(inputs)
        case Concat():
            return _stacked(inputs)
        case Conv():
            return _convolved(op, *_map(shape, "a convolution"))
        case Pool():
            return _pooled(op, *_map(shape, "pooling"))
        case AdaptivePool():
            channels, _, _ = _map(shape, "global pooling")
            return (channels, *op.size)
        case ConvTranspose():
            return _transposed(op, *_map(shape, "a transposed convolution"))
        case Linear():
            return (*shape[:-1], op.out) if op.each else (op.out,)
        case BatchNorm() | Norm() | LocalNorm() | Act() | Softmax() | Dropout():
            return shape
        case Slice():
            return _sliced(op, shape)
        case Shuffle():
            if shape[0] % op.groups:
                message = f"{op.groups} groups do not divide {shape[0]} channels"
                raise Misfit(message, f"take a divisor of {shape[0]}", "groups")
            return shape
        case Pad():
            channels, height, width = _map(shape, "padding")
            top, bottom, left, right = op.padding
            return (channels, height + top + bottom, width + left + right)
        case Resize():
            return (_map(shape, "resizing")[0], *op.size)
        case _:
            assert_never(op)


def kind(op: Op, inputs: tuple[Shape, ...]) -> str:
    """What people call an operation: `conv`, `depthwise`, `pointwise`, `linear`, `pool`, …

    Depthwise is a convolution of as many groups as input channels (more than one); pointwise is
    an ungrouped 1x1. Every other convolution is `conv`.
    """
    match op:
        case Conv():
            if op.groups == inputs[0][0] > 1:
                return "depthwise"
            return "pointwise" if op.kernel == (1, 1) and op.groups == 1 else "conv"
        case Pool() | AdaptivePool():
            return "pool"
        case BatchNorm() | Norm() | LocalNorm():
            return "norm"
        case ConvTranspose():
            return "transposed"
        case _:
            return type(op).__name__.lower()


def size_text(shape: Shape) -> str:
    """A shape as the paper writes it, height x width x channels; any other in its own order.

    >>> size_text((512, 14, 7)), size_text((1000,)), size_text((50, 768))
    ('14×7×512', '1×1×1000', '50×768')
    """
    if len(shape) not in (1, 3):
        return "×".join(str(n) for n in shape)
    channels, *sides = shape
    return "×".join(str(n) for n in (*(sides or (1, 1)), channels))


def _map(shape: Shape, reader: str) -> tuple[int, int, int]:
    match shape:
        case (channels, height, width):
            return channels, height, width
        case _:
            raise Misfit(
                f"{reader} needs a feature map, and its input is {size_text(shape)} features",
                "put it before the fully connected layer",
            )


def _broadcast(inputs: tuple[Shape, ...]) -> Shape:
    """One shape for all; a (C, 1, 1) fits any map of C channels."""
    largest = max(inputs, key=elements)
    for shape in inputs:
        if shape not in (largest, (largest[0], *[1] * (len(largest) - 1))):
            sizes = " and ".join(size_text(each) for each in inputs)
            raise Misfit(f"inputs of different sizes: {sizes}", "make them equal", "from")
    return largest


def _stacked(inputs: tuple[Shape, ...]) -> Shape:
    if len({shape[1:] for shape in inputs}) > 1:
        sizes = " and ".join(size_text(each) for each in inputs)
        raise Misfit(f"maps of different sizes cannot be stacked: {sizes}", "", "from")
    return (sum(shape[0] for shape in inputs), *inputs[0][1:])


def _sliced(op: Slice, shape: Shape) -> Shape:
    if not 0 <= op.start < op.stop <= shape[0]:
        raise Misfit(f"channels {op.start} to {op.stop} of {shape[0]}", "", "part")
    return (op.stop - op.start, *shape[1:])


def _moved(op: Move, inputs: tuple[Shape, ...]) -> Shape:
    if 0 in op.output or not op.output:
        raise Misfit(f"{op.function} leaves nothing: {size_text(op.output or (0,))}")
    return op.output


def _transposed(op: ConvTranspose, channels: int, height: int, width: int) -> Shape:
    _whole_groups(op, channels)
    top, bottom, left, right = op.padding
    sides = (
        (height, op.kernel[0], op.stride[0], op.dilation[0], (top, bottom), op.extra[0]),
        (width, op.kernel[1], op.stride[1], op.dilation[1], (left, right), op.extra[1]),
    )
    size = tuple(output_size_transposed(*side) for side in sides)
    if min(size) < 1:
        raise Misfit("padding that leaves nothing of the map", "pad it less", "padding")
    return (op.out, *size)


def _whole_groups(op: Conv | ConvTranspose, channels: int) -> None:
    for count, what, field in ((channels, "input", "groups"), (op.out, "output", "out")):
        if count % op.groups:
            raise Misfit(
                f"{op.groups} groups do not divide {count} {what} channels",
                f"take a divisor of {count}",
                field,
            )


def _convolved(op: Conv, channels: int, height: int, width: int) -> Shape:
    _whole_groups(op, channels)
    top, bottom, left, right = op.padding
    tall, wide = op.kernel
    return (
        op.out,
        _fits(output_size(height, tall, op.stride[0], op.dilation[0], (top, bottom)), op, height),
        _fits(output_size(width, wide, op.stride[1], op.dilation[1], (left, right)), op, width),
    )


def _pooled(op: Pool, channels: int, height: int, width: int) -> Shape:
    size = output_size_ceil if op.ceil else output_size
    top, bottom, left, right = op.padding
    tall, wide = op.kernel
    return (
        channels,
        _fits(size(height, tall, op.stride[0], 1, (top, bottom)), op, height),
        _fits(size(width, wide, op.stride[1], 1, (left, right)), op, width),
    )


def _fits(places: int, op: Conv | Pool, size: int) -> int:
    if places < 1:
        raise Misfit(
            f"a kernel of {op.kernel[0]}×{op.kernel[1]} does not fit its input, {size} pixels "
            "with the padding given",
            "pad it, or take a smaller kernel or fewer strides before it",
            "kernel",
        )
    return places
