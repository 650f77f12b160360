"""What only moves: shapes, slices, stacks, paddings."""

from __future__ import annotations

import math
import struct

from mncost.convert.onnx.file import Constant
from mncost.convert.onnx.place import Place
from mncost.convert.onnx.products import keep
from mncost.convert.tensors import (
    Clash,
    Dims,
    Live,
    axis,
    broadcast,
    cut,
    reshaped,
    squeezed,
    text,
    unsqueezed,
)
from mncost.graph import Op, ops


def same(place: Place) -> None:
    place.alias(place.live().dims)


def cast(place: Place) -> None:
    """The same numbers; stored anew where each takes other bits."""
    types, dims = place.importer.types, place.live().dims
    if types.of(place.node.inputs[0]) == types.of(place.node.outputs[0]):
        place.alias(dims)
    else:
        place.inputs = place.inputs[:1]
        place.move(dims, ops.CAST)


def dropout(place: Place) -> None:
    place.put(ops.Dropout(), place.live().dims, slots=[0])


def flatten(place: Place) -> None:
    x = place.live()
    at = int(place.given("axis", 1))
    at = at + len(x.dims) if at < 0 else at
    place.move((math.prod(x.dims[:at]), math.prod(x.dims[at:])))


def reshape(place: Place) -> None:
    wanted = place.whole(1, "shape")
    if wanted is None:
        raise Clash("a new size that is not stated")
    place.inputs = place.inputs[:1]
    place.move(reshaped(place.live().dims, wanted, bool(place.given("allowzero", 0))))


def transpose(place: Place) -> None:
    dims = place.live().dims
    order = place.given("perm", tuple(reversed(range(len(dims)))))
    if sorted(order) != list(range(len(dims))):
        raise Clash(f"the order {text(order)} of {len(dims)} sides")
    place.move(tuple(dims[side] for side in order))


def squeeze(place: Place) -> None:
    axes = place.whole(1, "axes") or ()
    place.inputs = place.inputs[:1]
    place.move(squeezed(place.live().dims, axes))


def unsqueeze(place: Place) -> None:
    axes = place.whole(1, "axes") or ()
    place.inputs = place.inputs[:1]
    place.move(unsqueezed(place.live().dims, axes))


def expand(place: Place) -> None:
    wanted = place.whole(1, "shape") or ()
    place.inputs = place.inputs[:1]
    place.move(broadcast(place.live().dims, wanted))


def tile(place: Place) -> None:
    times = place.whole(1, "repeats") or ()
    dims = place.live().dims
    place.inputs = place.inputs[:1]
    place.move(tuple(each * n for each, n in zip(dims, times, strict=True)))


def concat(place: Place) -> None:
    present = [each for each in place.inputs if each is not None]
    first = present[0].dims
    at = axis(int(place.given("axis", 1)), len(first))
    for each in present:
        if len(each.dims) != len(first) or any(
            a != b for i, (a, b) in enumerate(zip(each.dims, first, strict=True)) if i != at
        ):
            raise Clash(f"{' and '.join(text(e.dims) for e in present)} stacked along side {at}")
    dims = (*first[:at], sum(each.dims[at] for each in present), *first[at + 1 :])
    if at == 1 and len(place.lives) == len(place.inputs) > 1:
        place.put(ops.Concat(), dims)
        return
    place.move(dims)
    stored = [each for each in present if isinstance(each, Constant)]
    keep(place, dims, stored)


def split(place: Place) -> None:
    x, outputs = place.live(), place.node.outputs
    at = axis(int(place.given("axis", 0)), len(x.dims))
    sizes = place.whole(1, "split")
    if sizes is None:
        parts = int(place.given("num_outputs", len(outputs)))
        each = -(-x.dims[at] // parts)
        sizes = (*(each,) * (parts - 1), x.dims[at] - each * (parts - 1))
    if sum(sizes) != x.dims[at] or len(sizes) != len(outputs):
        raise Clash(f"{x.dims[at]} split into {text(sizes)}")
    start = 0
    for slot, size in enumerate(sizes):
        dims = (*x.dims[:at], size, *x.dims[at + 1 :])
        position = _sliced(place, x, at, start, size, dims)
        place.importer.put(place.node, Live(dims, position), slot)
        start += size


def _sliced(place: Place, x: Live, at: int, start: int, size: int, dims: Dims) -> int:
    importer = place.importer
    channels = at == 1 and len(importer.source_shape(x.at)) == len(x.dims) - 1
    op: Op = ops.Slice(start, start + size) if channels else ops.Move("slice", importer.shape(dims))
    return importer.add(place.node, op, [x.at])


def sliced_away(place: Place) -> None:
    x = place.live()
    starts, ends = place.whole(1, "starts") or (), place.whole(2, "ends") or ()
    axes = place.whole(3, "axes") or tuple(range(len(starts)))
    steps = (place.whole(4, "steps") if len(place.inputs) > 4 else None) or (1,) * len(starts)
    dims = list(x.dims)
    for start, end, side, step in zip(starts, ends, axes, steps, strict=True):
        at = axis(side, len(dims))
        dims[at] = cut(x.dims[at], start, end, step)
    if len(axes) == 1 and steps == (1,):
        at = axis(axes[0], len(dims))
        begin = range(x.dims[at])[slice(starts[0], ends[0])].start
        position = _sliced(place, x, at, begin, dims[at], tuple(dims))
        place.importer.put(place.node, Live(tuple(dims), position))
        return
    place.inputs = place.inputs[:1]
    place.move(tuple(dims))


def gather(place: Place) -> None:
    """Picks from a map, or from a stored table: an embedding."""
    table, index = place.inputs[0], place.inputs[1]
    at = axis(int(place.given("axis", 0)), len(table.dims))
    dims = (*table.dims[:at], *index.dims, *table.dims[at + 1 :])
    if isinstance(table, Constant):
        kept = 0 if place.importer.stores(table) else math.prod(table.dims)
        op = ops.Arithmetic("embedding", place.importer.shape(dims), kept)
        place.put(op, dims or (1,), kept=[table] if kept else ())
    else:
        place.move(dims or (1,), "gather")


def pad(place: Place) -> None:
    pads = place.whole(1, "pads") or ()
    x = place.live()
    axes = place.whole(3, "axes") if len(place.inputs) > 3 else None
    sides = axes or tuple(range(len(x.dims)))
    if len(pads) != 2 * len(sides):
        raise Clash(f"pads {text(pads)} for {len(sides)} sides")
    dims = list(x.dims)
    for i, side in enumerate(sides):
        dims[axis(side, len(dims))] += pads[i] + pads[i + len(sides)]
    place.inputs = place.inputs[:1]
    if (
        len(x.dims) == 4
        and axes is None
        and min(pads) >= 0
        and not any(pads[i] for i in (0, 1, 4, 5))
    ):
        place.put(ops.Pad((pads[2], pads[6], pads[3], pads[7])), tuple(dims))
    else:
        place.move(tuple(dims))


def resize(place: Place) -> None:
    x = place.live()
    dims = _resized(place, x.dims)
    place.inputs = place.inputs[:1]
    if len(dims) == 4 and dims[:2] == x.dims[:2]:
        place.put(ops.Resize((dims[2], dims[3])), dims)
    else:
        place.put(ops.Arithmetic("resize", place.importer.shape(dims)), dims)


def _resized(place: Place, dims: Dims) -> Dims:
    """The new size: stated, or as many times the old, along some sides or all."""
    axes = [axis(each, len(dims)) for each in place.given("axes", range(len(dims)))]
    slot = 1 if place.node.op == "Upsample" or len(place.inputs) == 2 else 2
    scales = place.given("scales", None) or _numbers(place, slot)
    sizes = _numbers(place, 3)
    if not sizes and not scales:
        raise Clash("a new size that is not known before the network runs")
    if sizes and (policy := place.given("keep_aspect_ratio_policy", "stretch")) != "stretch":
        ratios = [size / dims[at] for size, at in zip(sizes, axes, strict=True)]
        ratio = min(ratios) if policy == "not_larger" else max(ratios)
        sizes = tuple(math.floor(dims[at] * ratio + 0.5) for at in axes)
    wanted = sizes or tuple(
        math.floor(_single(dims[at] * _single(each))) for at, each in zip(axes, scales, strict=True)
    )
    out = list(dims)
    for at, size in zip(axes, wanted, strict=True):
        out[at] = int(size)
    return tuple(out)


def _numbers(place: Place, slot: int) -> tuple[float, ...]:
    """Numbers that stand in an input; none where there is none, or they are not known."""
    tensor = place.inputs[slot] if slot < len(place.inputs) else None
    return (tensor.value or ()) if isinstance(tensor, Constant) else ()


def _single(number: float) -> float:
    """As float32 has it: ONNX multiplies sizes so."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def depth_to_space(place: Place) -> None:
    n, c, h, w = place.live().dims
    b = int(place.given("blocksize", 1))
    if b < 1 or (place.node.op == "SpaceToDepth" and (h % b or w % b)):
        raise Clash(f"{h}×{w} in blocks of {b}×{b}")
    if place.node.op == "DepthToSpace":
        if c % (b * b):
            raise Clash(f"{c} channels in blocks of {b}×{b}")
        place.move((n, c // (b * b), h * b, w * b))
    else:
        place.move((n, c * b * b, h // b, w // b))


def qlinear_concat(place: Place) -> None:
    place.inputs = place.inputs[2::3]  # each with a scale and a zero point
    concat(place)
