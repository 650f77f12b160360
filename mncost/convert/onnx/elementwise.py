"""Norms, activations and arithmetic, element by element."""

from __future__ import annotations

import math

from mncost.convert.onnx.file import PLAIN, Constant
from mncost.convert.onnx.place import Handler, Place
from mncost.convert.tensors import (
    Clash,
    Live,
    broadcast,
    text,
)
from mncost.graph import Op, ops


def batch_norm(place: Place) -> None:
    x, scale = place.live(), place.constant(1)
    if scale is None or scale.dims != (x.dims[1] if len(x.dims) > 1 else 1,):
        raise Clash(f"a norm of {text(scale.dims if scale else ())} for {text(x.dims)}")
    affine = place.node.doc != PLAIN
    kept = [each for each in place.inputs[1:] if isinstance(each, Constant)]
    place.put(ops.BatchNorm(affine), x.dims, slots=[0], kept=kept, behind="norm")


def norm(function: str) -> Handler:
    def handle(place: Place) -> None:
        kept = [each for each in place.inputs[1:] if isinstance(each, Constant)]
        stored = sum(math.prod(each.dims) for each in kept)
        place.put(ops.Norm(function, stored), place.live().dims, slots=[0], kept=kept)

    return handle


def local_norm(place: Place) -> None:
    place.put(ops.LocalNorm(int(place.given("size", 5))), place.live().dims)


def act(function: str) -> Handler:
    def handle(place: Place) -> None:
        place.put(ops.Act(function), place.live().dims, slots=[0], behind="act")

    return handle


def clip(place: Place) -> None:
    low = place.node.attributes.get("min", _number(place, 1))
    high = place.node.attributes.get("max", _number(place, 2))
    function = {(0, 6): "relu6", (0, None): "relu"}.get((low, high))
    if function is None:
        unary(place)
    else:
        place.put(ops.Act(function), place.live().dims, slots=[0], behind="act")


def _number(place: Place, slot: int) -> float | None:
    constant = place.constant(slot) if slot < len(place.inputs) else None
    return constant.value[0] if constant is not None and constant.value else None


def prelu(place: Place) -> None:
    slope = place.constant(1)
    stored = math.prod(slope.dims) if slope else 0
    shape = place.importer.shape(place.live().dims)
    op, kept = ops.Arithmetic("prelu", shape, stored), [slope] if slope else []
    place.put(op, place.live().dims, slots=[0], kept=kept)


def added(place: Place) -> None:
    if any(name in place.importer.biased for name in place.node.inputs):
        place.importer.put(place.node, place.lives[0])  # the bias of the product before it
        return
    _elementwise(place, ops.Add())


def multiplied(place: Place) -> None:
    gated = place.importer.gated.get(place.node.outputs[0])
    if gated is None:
        _elementwise(place, ops.Mul())
        return
    function, name = gated
    x = place.importer.tensors[name]
    if isinstance(x, Constant):
        raise Clash("an activation of stored numbers")
    at = place.importer.add(place.node, ops.Act(function), [x.at], behind="act")
    place.importer.put(place.node, Live(x.dims, at))


def _elementwise(place: Place, op: Op) -> None:
    """A sum or product of maps; with stored numbers, what it stores is counted."""
    dims = broadcast(*(each.dims for each in place.inputs if each is not None))
    lives = place.lives
    shapes = {place.importer.source_shape(each.at) for each in lives}
    largest = max(shapes, key=math.prod)
    spread = all(s in (largest, (largest[0], *[1] * (len(largest) - 1))) for s in shapes)
    plain = len(lives) == len(place.inputs) > 1 and spread
    if plain and place.importer.shape(dims) == largest:
        place.put(op, dims)
        return
    arithmetic(place)


def arithmetic(place: Place) -> None:
    present = [each for each in place.inputs if each is not None]
    dims = broadcast(*(each.dims for each in present))
    stored = [each for each in present if isinstance(each, Constant) and math.prod(each.dims) > 1]
    count = sum(math.prod(each.dims) for each in stored if not place.importer.stores(each))
    op = ops.Arithmetic(place.node.op.lower(), place.importer.shape(dims), count)
    place.put(op, dims, kept=stored if count else ())


def unary(place: Place) -> None:
    dims = place.live().dims
    shape = place.importer.shape(dims)
    place.put(ops.Arithmetic(place.node.op.lower(), shape), dims, slots=[0])


def qlinear(op: str) -> Handler:
    def handle(place: Place) -> None:
        place.inputs = [place.inputs[0], place.inputs[3]]  # without scales and zero points
        {"add": added, "mul": multiplied}[op](place)

    return handle


def where(place: Place) -> None:
    arithmetic(place)
