"""PyTorch's products of matrices: linear layers, matmul and its kin, einsum, attention."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mncost.convert.tensors import Clash, Dims, Live, broadcast, text
from mncost.convert.torch.layers import arithmetic, opaque
from mncost.convert.torch.place import Place, Stored, Tensor
from mncost.graph import ops


def linear(place: Place) -> None:
    """A fully connected layer, at each place of its input."""
    x, weight, bias = place.needed("input"), place.needed("weight"), place.tensor("bias")
    if len(weight.dims) == 1:
        weight = _with_sides(weight, (1, *weight.dims))
    out, k = weight.dims
    _dense(place, x, weight, bias, k, out)


def _dense(place: Place, x: Tensor, weight: Tensor, bias: Tensor | None, k: int, out: int) -> None:
    """Every place of x by a matrix; as a layer where the matrix is stored."""
    if x.dims[-1] != k:
        raise Clash(f"{x.dims[-1]} features come in, and its weights are for {k}")
    if isinstance(x, Stored) or isinstance(weight, Live):
        _multiplied(place, x.dims[:-1], k, out, [x, weight, bias])
        return
    op = ops.Linear(out, bias is not None, len(place.writer.shape(x.dims)) > 1)
    own = k * out + (out if bias is not None else 0)
    place.put(op, x, stored=[weight, bias], own=own)


def _multiplied(
    place: Place, rows: Dims, k: int, n: int, tensors: Sequence[Tensor | None], times: int = 1
) -> None:
    op = ops.MatMul(math.prod(rows), k, n, times, place.shape)
    read = [each for each in tensors if isinstance(each, Live)]
    place.put(op, *read, stored=tensors)


def _with_sides(tensor: Tensor, dims: Dims) -> Tensor:
    if isinstance(tensor, Live):
        return Live(dims, tensor.at)
    return Stored(dims, tensor.roots, tensor.bits)


def matmul(place: Place) -> None:
    """@, mm, bmm, mv and dot: the last two sides are matrices, those before them are repeated."""
    left, right = list(place.node.read)[:2]
    tensors = place.importer.tensors
    _product(place, tensors[left], tensors[right])


def _product(place: Place, a: Tensor, b: Tensor, bias: Tensor | None = None) -> None:
    if not a.dims or not b.dims:
        raise Clash(f"{text(a.dims)} by {text(b.dims)}")
    if isinstance(b, Stored) and len(b.dims) == 2:
        _dense(place, a, b, bias, *b.dims)
        return
    left = (1, *a.dims) if len(a.dims) == 1 else a.dims
    right = (*b.dims, 1) if len(b.dims) == 1 else b.dims
    if left[-1] != right[-2]:
        raise Clash(f"{text(a.dims)} by {text(b.dims)}")
    times = math.prod(broadcast(left[:-2], right[:-2])) if max(len(left), len(right)) > 2 else 1
    _multiplied(place, (left[-2],), left[-1], right[-1], [a, b, bias], times)


def added_product(place: Place) -> None:
    """addmm, baddbmm, …: a product, and something added to it: a bias where it is stored."""
    extra, left, right = (place.importer.tensors[ref] for ref in list(place.node.read)[:3])
    if len(left.dims) != len(right.dims):  # addmv
        _multiplied(place, left.dims[:-1], left.dims[-1], 1, [extra, left, right])
        return
    row = isinstance(extra, Stored) and math.prod(extra.dims) == right.dims[-1]
    if row and isinstance(right, Stored) and len(right.dims) == 2:
        _product(place, left, right, extra)
        return
    times = left.dims[0] if len(left.dims) == 3 else 1
    _multiplied(place, (left.dims[-2],), left.dims[-1], right.dims[-1], [extra, left, right], times)


def tensordot(place: Place) -> None:
    """Sides of one summed against sides of another."""
    a, b = place.needed("self"), place.needed("other")
    k = math.prod(a.dims[side] for side in place.given("dims_self"))
    _multiplied(place, (math.prod(a.dims) // k,), k, math.prod(b.dims) // k, [a, b])


def einsum(place: Place) -> None:
    """Pair by pair: each combination of the indices of a pair is one multiplication."""
    tensors = place.reads
    terms, out = _terms(str(place.given("equation")), [len(each.dims) for each in tensors])
    size: dict[str, int] = {}
    for term, tensor in zip(terms, tensors, strict=True):
        for index, each in zip(term, tensor.dims, strict=True):
            size[index] = max(size.get(index, 1), each)
    path = place.given("path")
    products = []
    for first, second in _pairs(len(terms), path):
        a, b = terms[first], terms[second]
        rest = [term for at, term in enumerate(terms) if at not in (first, second)]
        used = set(out).union(*rest)
        summed = (set(a) & set(b)) - used
        kept = "".join(index for index in size if index in (set(a) | set(b)) & used)
        if summed:
            products.append((math.prod(size[i] for i in summed), math.prod(size[i] for i in kept)))
        terms = [*rest, kept] if path else [kept, *rest]
    _summed(place, products)


def _summed(place: Place, products: Sequence[tuple[int, int]]) -> None:
    """So many products, each of (elements summed, sums made); of none, arithmetic."""
    if not products:
        arithmetic(place)
        return
    sources = [place.at(each) for each in place.lives] or [-1]
    stored: Sequence[Stored] = place.stored
    for k, sums in products[:-1]:
        op = ops.MatMul(1, k, sums, 1, (sums,))
        sources, stored = [place.write(op, sources, stored=stored)], ()
    k, sums = products[-1]
    place.result(place.write(ops.MatMul(1, k, sums, 1, place.shape), sources, stored=stored))


def _pairs(count: int, path: Sequence[int] | None) -> list[tuple[int, int]]:
    """Which operands meet, in order: both go, and what they make comes last; without a path, they
    meet from left to right."""
    if path:
        flat = [int(each) for each in path]
        return list(zip(flat[::2], flat[1::2], strict=True))
    return [(0, 1)] * (count - 1)


def _terms(equation: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The indices of each operand and of the result; those that "..." stands for by capitals."""
    sides, arrow, out = equation.replace(" ", "").partition("->")
    terms = sides.split(",")
    if len(terms) != len(ranks):
        raise Clash(f'the equation "{equation}" for {len(ranks)} operands')
    free = [chr(code) for code in range(0x391, 0x3A9)]
    hidden = max(
        (rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)),
        default=0,
    )
    if not arrow:
        letters = sides.replace(",", "").replace(".", "")
        out = "..." + "".join(sorted(each for each in set(letters) if letters.count(each) == 1))
    spelled = []
    for term, rank in zip(terms, ranks, strict=True):
        more = rank - len(term.replace("...", ""))
        spelled.append(term.replace("...", "".join(free[hidden - more : hidden])))
    return spelled, out.replace("...", "".join(free[:hidden]))


def attention(place: Place) -> None:
    """softmax(Q Kᵀ) V: two products with a softmax between them. Masks save nothing."""
    q, k, v = (place.needed(name) for name in ("query", "key", "value"))
    outer, (length, deep) = q.dims[:-2], q.dims[-2:]
    keys, wide = k.dims[-2], v.dims[-1]
    times = math.prod(outer)
    scores = place.writer.shape((*outer, length, keys))
    sources = [place.at(each) for each in (q, k) if isinstance(each, Live)] or [-1]
    mask = place.tensor("attn_mask")
    first = ops.MatMul(length, deep, keys, times, scores)
    at = place.write(first, sources, stored=[q, k, mask], label="scores", written="function")
    at = place.write(ops.Softmax(), [at], label="softmax", written="absent")
    values = [place.at(v)] if isinstance(v, Live) else []
    second = ops.MatMul(length, keys, wide, times, place.shape)
    place.result(place.write(second, [at, *values], stored=[v], label="values", written="function"))


def recurrent(place: Place) -> None:
    """LSTM, GRU and plain recurrence: every matrix that is stored, at every step."""
    x, kept = place.live("input"), place.given("params")
    if place.label.endswith("_cell"):
        kept = [each for name in _CELL if (each := place.given(name)) is not None]
    if not isinstance(kept, list) or len(x.dims) not in (2, 3):
        opaque(place)  # a packed sequence, whose length depends on the data
        return
    steps = math.prod(x.dims[:-1])
    tensors = [place.importer.tensors[ref] for ref in kept]
    source = place.at(x)
    for matrix in (each for each in tensors if len(each.dims) == 2):
        out, k = matrix.dims
        op = ops.MatMul(steps, k, out, 1, (steps, out))
        source = place.write(op, [source], stored=[matrix])
    rest = ops.Arithmetic(place.label, place.shape, place.fresh(*tensors))
    place.result(place.write(rest, [source]))


_CELL = ("w_ih", "w_hh", "b_ih", "b_hh")
