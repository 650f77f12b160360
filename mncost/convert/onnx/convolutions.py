"""Convolutions of ONNX files, plain, integer, quantised and transposed."""

from __future__ import annotations

from collections.abc import Sequence

from mncost.convert.onnx.file import Constant
from mncost.convert.onnx.place import Place
from mncost.convert.onnx.windows import as_pair, is_flat, mapped, window
from mncost.convert.tensors import (
    Clash,
    Dims,
    text,
)
from mncost.formulas import Pair
from mncost.graph import ops
from mncost.graph.ops import Sides


def conv(place: Place) -> None:
    _convolution(place, place.constant(1), place.constant(2))


def conv_integer(place: Place) -> None:
    _convolution(place, place.constant(1), None)


def qlinear_conv(place: Place) -> None:
    _convolution(place, place.constant(3), place.constant(8))


def _convolution(place: Place, weight: Constant | None, bias: Constant | None) -> None:
    x = place.live()
    flat = is_flat(place, weight, x)
    dims = (*x.dims[:2], 1, x.dims[2]) if flat else x.dims
    kernel, stride, dilation, sides = window(place, dims, _kernel(place, weight), flat)
    assert weight is not None
    out, deep = weight.dims[:2]
    groups = int(place.given("group", 1))
    if groups < 1 or dims[1] != deep * groups:
        raise Clash(
            f"{dims[1]} channels come in, and its weights are for {deep} in {groups} groups"
        )
    op = ops.Conv(out, kernel, stride, sides, dilation, groups, bias is not None)
    mapped(place, op, flat, weight)


def _kernel(place: Place, weight: Constant | None) -> tuple[int, ...]:
    """The kernel's sides, by the weights; an attribute that says otherwise is refused."""
    if weight is None or len(weight.dims) < 3:
        raise Clash("weights that are no kernel", f"of size {text(weight.dims if weight else ())}")
    sides = weight.dims[2:]
    stated = place.given("kernel_shape", sides)
    if tuple(stated) != sides:
        raise Clash(f"kernel_shape {text(stated)}, and weights of {text(sides)}")
    return sides


def conv_transpose(place: Place) -> None:
    weight, bias, x = place.constant(1), place.constant(2), place.live()
    kernel = _kernel(place, weight)
    flat = is_flat(place, weight, x)
    dims = (*x.dims[:2], 1, x.dims[2]) if flat else x.dims
    tall, stride, dilation, sides = window(place, dims, kernel, flat)
    assert weight is not None
    groups = int(place.given("group", 1))
    if dims[1] != weight.dims[0]:
        raise Clash(f"{dims[1]} channels come in, and its weights are for {weight.dims[0]}")
    extra = place.given("output_padding", (0,) * len(kernel))
    pair = (0, extra[0]) if flat else as_pair(extra)
    out = weight.dims[1] * groups
    wanted = place.node.attributes.get("output_shape")
    if wanted is None and place.given("auto_pad", "NOTSET").startswith("SAME"):
        wanted = tuple(side * step for side, step in zip(dims[2:], stride, strict=True))[
            -len(kernel) :
        ]
    if wanted is not None:
        sides = _to_reach(dims, tall, stride, dilation, pair, (1, *wanted) if flat else wanted)
    op = ops.ConvTranspose(out, tall, stride, sides, pair, dilation, groups, bias is not None)
    mapped(place, op, flat, weight)


def _to_reach(
    dims: Dims, kernel: Pair, stride: Pair, dilation: Pair, extra: Pair, wanted: Sequence[int]
) -> Sides:
    """The padding with which a transposed convolution puts out the size that is asked for."""
    total = [
        (dims[2 + side] - 1) * stride[side] + dilation[side] * (kernel[side] - 1) + 1
        + extra[side] - int(wanted[-2 + side])
        for side in (0, 1)
    ]  # fmt: skip
    return (total[0] // 2, total[0] - total[0] // 2, total[1] // 2, total[1] - total[1] // 2)
