"""`Footprint`: what a layer holds and moves, in bytes, and which product of matrices it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mncost import formulas
from mncost.cost.events import Parameters, parameters
from mncost.errors import Problem, SettingError
from mncost.graph import Graph, Node, ops
from mncost.units import MOST_BITS

PARTS = {
    "weights": ("weights",),
    "trainable": ("weights", "biases", "norm_affine"),
    "all": ("weights", "biases", "norm_affine", "norm_statistics"),
}
"""Which parts of the parameters each way of counting them stores."""


@dataclass(frozen=True, slots=True)
class Bits:
    """How many bits numbers take where the network does not say, and which parameters are stored.

    Each part of an operation's parameters (`PARTS`), and each map, takes whole bytes.
    """

    weights: int = 32
    activations: int = 32
    counted: str = "weights"

    @classmethod
    def of(cls, bits: int, counted: str = "weights") -> Bits:
        """So many for each number. Raises `SettingError`."""
        if type(bits) is not int or not 1 <= bits <= MOST_BITS:
            raise SettingError(Problem(f"bits must be from 1 to {MOST_BITS}, got {bits!r}"))
        return cls(bits, bits, counted)

    def of_weights(self, node: Node) -> int:
        """Of each of a node's parameters."""
        return node.numbers.weight_bits or self.weights

    def of_output(self, node: Node) -> int:
        """Of each number that a node puts out."""
        return node.numbers.activation_bits or self.activations

    def at(self, graph: Graph, position: int) -> int:
        """Of each number that the node at a position puts out, or of what goes in there."""
        return graph.bits(position) or self.activations


Laid = Literal["im2col", "col2im"]
How = Literal["plain", "strided", "grouped", "batched"] | Laid


@dataclass(frozen=True, slots=True)
class Product:
    """A layer as the product of an M x K and a K x N matrix (GEMM), M being the places.

    `plain`: as the numbers lie. `im2col`: after im2col, and `col2im`: before its reverse.
    `strided`: a 1x1 convolution that skips or pads places. `grouped`: one for each group;
    `batched`: several of that size.
    """

    how: How
    m: int
    k: int
    n: int


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a layer holds and moves: bytes of weights, of what it puts out, read and written.

    Each layer reads its inputs and its weights once, and writes its output once, after the norm
    and the activation that finish it. `im2col` is in bytes, None where there is no convolution.
    With `unknown` weights, all are of what is known.
    """

    weights: int
    activations: int
    read: int
    written: int
    im2col: int | None
    product: Product | None = None
    unknown: bool = False

    @property
    def moved(self) -> int:
        """Bytes read and written."""
        return self.read + self.written

    def to_record(self) -> dict[str, int | None]:
        """Its bytes, by the names that tables use; None where they are unknown, or do not arise."""
        return {
            "weight_bytes": None if self.unknown else self.weights,
            "activation_bytes": self.activations,
            "im2col_bytes": self.im2col,
            "bytes_read": None if self.unknown else self.read,
            "bytes_written": self.written,
        }


def footprint(graph: Graph, nodes: Sequence[Node], bits: Bits) -> Footprint:
    """The footprint of a row: an operation, and the norm and activation that finish it."""
    head = nodes[0]
    weights = sum(weight_bytes(node, bits) for node in nodes)
    read = sum(weight_bytes(replace(node, shared=""), bits) for node in nodes)
    out = output_bytes(nodes[-1], bits)
    free = isinstance(head.op, ops.Dropout) or ops.is_view(head.op)
    maps = (out,) if isinstance(head.op, ops.Slice) else input_bytes(graph, head, bits)
    return Footprint(
        weights,
        0 if free else out,
        0 if free else sum(maps) + read,
        0 if free else out,
        im2col_bytes(graph, head, bits),
        product(head),
        any(isinstance(node.op, ops.Opaque) for node in nodes),
    )


def together(footprints: Iterable[Footprint]) -> Footprint:
    """Several as one: sums; of im2col the largest, since a buffer serves one after the other; the
    product of matrices where it is the same."""
    all_of = tuple(footprints)
    buffers = [each.im2col for each in all_of if each.im2col is not None]
    return Footprint(
        sum(each.weights for each in all_of),
        sum(each.activations for each in all_of),
        sum(each.read for each in all_of),
        sum(each.written for each in all_of),
        max(buffers, default=None),
        all_of[0].product if len({each.product for each in all_of}) == 1 else None,
        all(each.unknown for each in all_of),
    )


def weight_bytes(node: Node, bits: Bits) -> int:
    """What the parameters of a node take, those that are counted and that it stores itself."""
    kept, width = parameters(node), bits.of_weights(node)
    return sum(formulas.bytes_of(_stored(node, kept, part), width) for part in PARTS[bits.counted])


def stored_bytes(graph: Graph, bits: Bits) -> int:
    """What the parameters of a network take."""
    return sum(weight_bytes(node, bits) for node in graph.nodes)


def _stored(node: Node, kept: Parameters, part: str) -> int:
    count: int = getattr(kept, part)
    return formulas.stored(count, node.numbers.density) if part == "weights" else count


def output_bytes(node: Node, bits: Bits) -> int:
    """What the map that a node puts out takes."""
    return formulas.bytes_of(formulas.elements(node.output), bits.of_output(node))


def input_bytes(graph: Graph, node: Node, bits: Bits) -> tuple[int, ...]:
    """What each map that a node reads takes; one that it reads twice, once."""
    maps = dict(zip(node.sources, node.inputs, strict=True))
    return tuple(
        formulas.bytes_of(formulas.elements(shape), bits.at(graph, source))
        for source, shape in maps.items()
    )


def im2col_bytes(graph: Graph, node: Node, bits: Bits) -> int | None:
    """What the im2col buffer takes; of a transposed convolution, what col2im reads."""
    match node.op:
        case ops.Conv() as conv:
            sides = (node.output[1], node.output[2])
            count = formulas.im2col(conv.kernel, node.inputs[0][0], sides, conv.groups)
            width = bits.at(graph, node.sources[0])
        case ops.ConvTranspose() as conv:
            sides = (node.inputs[0][1], node.inputs[0][2])
            count = formulas.im2col(conv.kernel, conv.out, sides, conv.groups)
            width = bits.of_output(node)
        case ops.Linear() | ops.MatMul():
            return 0
        case _:
            return None
    return 0 if conv.kernel == (1, 1) else formulas.bytes_of(count, width)


def product(node: Node) -> Product | None:
    """The product of matrices that a node is; None where it is none."""
    match node.op:
        case ops.Conv() as conv:
            deep = formulas.elements((*conv.kernel, node.inputs[0][0] // conv.groups))
            places = formulas.elements(node.output[1:])
            return Product(_how(conv, "im2col"), places, deep, conv.out // conv.groups)
        case ops.ConvTranspose() as conv:
            wide = formulas.elements((*conv.kernel, conv.out // conv.groups))
            places = formulas.elements(node.inputs[0][1:])
            return Product(_how(conv, "col2im"), places, node.inputs[0][0] // conv.groups, wide)
        case ops.Linear() if node.op.each:
            *places_of, deep = node.inputs[0]
            return Product("plain", formulas.elements(tuple(places_of)), deep, node.op.out)
        case ops.Linear():
            return Product("plain", 1, formulas.elements(node.inputs[0]), node.op.out)
        case ops.MatMul() as op:
            return Product("plain" if op.times == 1 else "batched", op.m, op.k, op.n)
    return None


def _how(conv: ops.Conv | ops.ConvTranspose, laid_out: Laid) -> How:
    if conv.groups > 1:
        return "grouped"
    if conv.kernel != (1, 1):
        return laid_out
    return "strided" if conv.stride != (1, 1) or any(conv.padding) else "plain"
