"""Products of matrices: fully connected layers, attention, einsum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mncost.convert.onnx.file import Constant
from mncost.convert.onnx.place import Place
from mncost.convert.tensors import (
    Clash,
    Dims,
    Live,
    broadcast,
    text,
)
from mncost.graph import ops


def gemm(place: Place) -> None:
    if isinstance(place.inputs[1], Constant):
        _gemm(place, place.inputs[1], 2)
    else:
        matmul(place)


def qgemm(place: Place) -> None:
    if not isinstance(place.inputs[3], Constant):
        raise Clash("a product of two maps", "weights are expected")
    _gemm(place, place.inputs[3], 6)


def _gemm(place: Place, weight: Constant, bias: int) -> None:
    x = place.live()
    if place.given("transA", 0) or len(x.dims) != 2 or len(weight.dims) != 2:
        raise Clash(f"{text(x.dims)} by {text(weight.dims)}")
    k, out = reversed(weight.dims) if place.given("transB", 0) else weight.dims
    biased = len(place.inputs) > bias and place.inputs[bias] is not None
    _linear(place, x, k, out, weight, biased)


def _linear(place: Place, x: Live, k: int, out: int, weight: Constant, bias: bool) -> None:
    if x.dims[-1] != k:
        raise Clash(f"{x.dims[-1]} features come in, and its weights are for {k}")
    each = len(place.importer.shape(x.dims)) > 1
    place.put(ops.Linear(out, bias, each), (*x.dims[:-1], out), slots=[0], roots=[weight])


def matmul(place: Place) -> None:
    left, right = place.inputs[0], place.inputs[1]
    _product(place, left, right, (0, 1))


def qlinear_matmul(place: Place) -> None:
    _product(place, place.inputs[0], place.inputs[3], (0, 3))


def _product(place: Place, left: Any, right: Any, slots: tuple[int, int]) -> None:
    if isinstance(right, Constant) and len(right.dims) == 2 and not isinstance(left, Constant):
        bias = place.node.outputs[0] in place.importer.biased
        _linear(place, left, right.dims[0], right.dims[1], right, bias)
        return
    a, b = left.dims, right.dims
    if len(a) < 1 or len(b) < 1:
        raise Clash(f"{text(a)} by {text(b)}")
    a = (1, *a) if len(a) == 1 else a
    b = (*b, 1) if len(b) == 1 else b
    if a[-1] != b[-2]:
        raise Clash(f"{text(a)} by {text(b)}")
    outer = broadcast(a[:-2], b[:-2])
    dims = (*outer, a[-2], b[-1])
    images = math.prod(outer)
    batch = place.importer.batch if outer and outer[0] % place.importer.batch == 0 else 1
    op = ops.MatMul(a[-2], a[-1], b[-1], max(images // batch, 1), place.importer.shape(dims))
    stored = [each for each in (left, right) if isinstance(each, Constant)]
    if stored:
        _stored_product(place, op, dims, stored[0])
        return
    place.put(op, dims, slots=list(slots))


def _stored_product(place: Place, op: ops.MatMul, dims: Dims, weight: Constant) -> None:
    """A product with stored numbers that is no fully connected layer; what it stores is counted."""
    place.put(op, dims)
    keep(place, dims, [weight])


def einsum(place: Place) -> None:
    """Every combination of its indices is one multiplication and one addition."""
    equation = str(place.given("equation", "")).replace(" ", "")
    sides, arrow, out = equation.partition("->")
    terms = sides.split(",")
    if "." in equation or not arrow or len(terms) != 2 or len(place.inputs) != 2:
        raise Clash(f'the equation "{equation}"', "two operands and plain indices are counted")
    size: dict[str, int] = {}
    for term, tensor in zip(terms, place.inputs, strict=True):
        if len(term) != len(tensor.dims):
            raise Clash(f'the equation "{equation}" for {text(tensor.dims)}')
        for index, each in zip(term, tensor.dims, strict=True):
            if size.setdefault(index, each) != each:
                raise Clash(f'the equation "{equation}" for sizes that differ in {index}')
    dims = tuple(size[index] for index in out)
    summed = math.prod(size[index] for index in size if index not in out)
    kept = math.prod(dims) // place.importer.batch
    op = ops.MatMul(1, summed, kept, 1, place.importer.shape(dims))
    stored = [each for each in place.inputs if isinstance(each, Constant)]
    if stored:
        _stored_product(place, op, dims, stored[0])
    else:
        place.put(op, dims)


def keep(place: Place, dims: Dims, stored: Sequence[Constant]) -> None:
    """Counts numbers that are stored, and only brought in: a token of a class, say."""
    count = sum(math.prod(e.dims) for e in stored if e.root and not place.importer.stores(e))
    if count > len(stored):
        node, shape = place.node, place.importer.shape(dims)
        at = place.importer.tensors[node.outputs[0]].at  # type: ignore[union-attr]
        op = ops.Arithmetic("stored", shape, count)
        position = place.importer.add(node, op, [at], kept=stored)
        place.importer.put(node, Live(dims, position))
