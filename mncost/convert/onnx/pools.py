"""Pools, reductions and choices."""

from __future__ import annotations

from typing import Literal

from mncost.convert.onnx.file import ADAPTIVE
from mncost.convert.onnx.place import Handler, Place
from mncost.convert.onnx.windows import as_pair, is_flat, mapped, window
from mncost.convert.tensors import (
    Clash,
    Live,
    axis,
    text,
)
from mncost.formulas import Pair
from mncost.graph import ops


def pool(function: Literal["avg", "max"]) -> Handler:
    def handle(place: Place) -> None:
        x = place.live()
        kernel = place.given("kernel_shape", ())
        if place.node.doc == ADAPTIVE and len(x.dims) == 4 == len(kernel) + 2:
            _adaptive(place, function, as_pair(kernel))
            return
        flat = is_flat(place, None, x)
        dims = (*x.dims[:2], 1, x.dims[2]) if flat else x.dims
        if len(kernel) != len(x.dims) - 2:
            raise Clash(f"a window of {text(kernel)} on {text(x.dims)}")
        tall, stride, dilation, sides = window(place, dims, kernel, flat)
        grown = ((tall[0] - 1) * dilation[0] + 1, (tall[1] - 1) * dilation[1] + 1)
        mapped(
            place, ops.Pool(function, grown, stride, sides, bool(place.given("ceil_mode", 0))), flat
        )

    return handle


def _adaptive(place: Place, function: Literal["avg", "max"], window: Pair) -> None:
    """A pool that we wrote with the window that its sizes come to."""
    *batch, height, width = place.live().dims
    if min(window) < 1 or height % window[0] or width % window[1]:
        raise Clash(f"windows of {text(window)} on {text(place.live().dims)}")
    size = (height // window[0], width // window[1])
    place.put(ops.AdaptivePool(function, size), (*batch, *size))


def global_pool(function: Literal["avg", "max"]) -> Handler:
    def handle(place: Place) -> None:
        x = place.live()
        if len(x.dims) == 4:
            place.put(ops.AdaptivePool(function), (*x.dims[:2], 1, 1))
            return
        dims = (*x.dims[:2], *(1,) * (len(x.dims) - 2))
        place.put(ops.Reduce(f"{function}pool", place.importer.shape(dims)), dims)

    return handle


def reduce(place: Place) -> None:
    """A sum, a mean, … along some sides; a mean over a whole map is a global pool."""
    x = place.live()
    rank = len(x.dims)
    stated = place.whole(1, "axes")
    if not stated and place.given("noop_with_empty_axes", 0):
        place.alias(x.dims)
        return
    axes = {axis(each, rank) for each in stated} if stated else set(range(rank))
    kept = place.given("keepdims", 1)
    dims = tuple(1 if at in axes else each for at, each in enumerate(x.dims))
    short = tuple(each for at, each in enumerate(x.dims) if at not in axes)
    if place.node.op == "ReduceMean" and rank == 4 and axes == {2, 3}:
        importer = place.importer
        at = importer.add(place.node, ops.AdaptivePool("avg"), [x.at], written="method")
        if not kept:
            at = importer.add(place.node, ops.Move("squeeze", (x.dims[1],)), [at])
        importer.put(place.node, Live(dims if kept else short, at))
        return
    out = dims if kept else short or (1,)
    place.put(ops.Reduce(place.node.op.lower(), place.importer.shape(out)), out, slots=[0])


def argmax(place: Place) -> None:
    x = place.live()
    at = axis(int(place.given("axis", 0)), len(x.dims))
    kept = place.given("keepdims", 1)
    dims = tuple(1 if i == at else d for i, d in enumerate(x.dims) if kept or i != at)
    place.put(ops.Reduce(place.node.op.lower(), place.importer.shape(dims or (1,))), dims or (1,))


def top(place: Place) -> None:
    """The largest few along a side; a choice, and no arithmetic."""
    x = place.live()
    kept = place.whole(1, "k") or (1,)
    at = axis(int(place.given("axis", -1)), len(x.dims))
    dims = (*x.dims[:at], kept[0], *x.dims[at + 1 :])
    place.put(ops.Reduce("topk", place.importer.shape(dims)), dims, slots=[0])


def softmax(place: Place) -> None:
    place.put(ops.Softmax(), place.live().dims)
