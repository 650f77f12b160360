"""What convolutions and pools share: kernels, strides, paddings, and maps of one row."""

from __future__ import annotations

from collections.abc import Sequence

from mncost.convert.onnx.file import Constant
from mncost.convert.onnx.place import Place
from mncost.convert.tensors import (
    Clash,
    Dims,
    Live,
    text,
)
from mncost.formulas import Pair, same_padding
from mncost.graph import Op, ops
from mncost.graph.ops import Sides


def is_flat(place: Place, weight: Constant | None, x: Live) -> bool:
    """Whether this is over one side alone; it is done on a map of one row. Over three: refused."""
    rank = len(x.dims)
    if weight is not None and len(weight.dims) != rank:
        raise Clash(f"weights of {text(weight.dims)} for an input of {text(x.dims)}")
    if rank not in (3, 4):
        raise Clash(f"an input of {text(x.dims)}", "convolutions over one or two sides are counted")
    return rank == 3


def window(
    place: Place, dims: Dims, kernel: Sequence[int], flat: bool, dilated: bool = True
) -> tuple[Pair, Pair, Pair, Sides]:
    """Kernel, stride, dilation and padding, for a map."""
    sides = len(kernel)
    stride = place.given("strides", (1,) * sides)
    dilation = place.given("dilations", (1,) * sides) if dilated else (1,) * sides
    pads = place.given("pads", (0,) * 2 * sides)
    if min((*stride, *dilation, *kernel)) < 1 or min(pads) < 0:
        raise Clash(
            f"kernel {text(kernel)}, strides {text(stride)}, dilations {text(dilation)}, "
            f"pads {text(pads)}: all from 1 up, and pads from 0"
        )
    if len(stride) != sides or len(dilation) != sides or len(pads) != 2 * sides:
        raise Clash("strides, dilations or pads of another number of sides than the kernel")
    if flat:
        kernel, stride, dilation = (1, *kernel), (1, *stride), (1, *dilation)
        pads = (0, pads[0], 0, pads[1])
    tall, wide = as_pair(kernel), as_pair(stride)
    return tall, wide, as_pair(dilation), _sides(place, dims, tall, wide, as_pair(dilation), pads)


def _sides(
    place: Place, dims: Dims, kernel: Pair, stride: Pair, dilation: Pair, pads: Sequence[int]
) -> Sides:
    auto = place.given("auto_pad", "NOTSET")
    if auto in ("NOTSET", ""):
        return (int(pads[0]), int(pads[2]), int(pads[1]), int(pads[3]))
    if auto == "VALID":
        return (0, 0, 0, 0)
    top, bottom = same_padding(dims[2], kernel[0], stride[0], dilation[0])
    left, right = same_padding(dims[3], kernel[1], stride[1], dilation[1])
    return (top, bottom, left, right) if auto == "SAME_UPPER" else (bottom, top, right, left)


def mapped(place: Place, op: Op, flat: bool, *roots: Constant) -> None:
    """Writes an operation on a map; for one of one row, with the moves there and back."""
    importer, x = place.importer, place.live()
    source = x.at
    if flat:
        shape = importer.source_shape(source)
        wide = (shape[0], 1, shape[1])
        source = importer.add(place.node, ops.Move("unsqueeze", wide), [source])
    position = importer.add(place.node, op, [source], roots=roots)
    out = importer.source_shape(position)
    dims = (x.dims[0], *out)
    if flat:
        position = importer.add(place.node, ops.Move("squeeze", (out[0], out[2])), [position])
        dims = (x.dims[0], out[0], out[2])
    importer.put(place.node, Live(dims, position))


def as_pair(sides: Sequence[int]) -> Pair:
    if len(sides) != 2:
        raise Clash(f"{text(sides)}, where there must be two sides")
    return int(sides[0]), int(sides[1])
