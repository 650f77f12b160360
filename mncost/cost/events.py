"""The ledger: which elementary events an operation causes, and how many; and its parameters.

Events are facts. What they are worth is a convention's business (`conventions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, assert_never

from mncost import formulas
from mncost.graph import Node, Shape, ops
from mncost.graph.ops import Writing
from mncost.graph.shapes import kind

What = Literal[
    "mac",  # a multiplication and the addition after it, in a convolution or linear layer
    "bias",  # an addition of a bias
    "norm",  # an element normalised
    "act",  # an element through an activation
    "pool",  # an element that a pool reads or puts out
    "softmax",  # an element through a softmax
    "add",  # an addition of two maps, element by element
    "mul",  # a multiplication of two maps, element by element
    "spread",  # a multiplication of a transposed convolution, as if each output read a whole kernel
    "arithmetic",  # an element through some other computation
    "reduce",  # an element that a reduction reads
    "resize",  # an element that an interpolation reads or puts out
    "parameter",  # a number stored
    "unknown",  # an operation without a formula
]


class Event(NamedTuple):
    """Something elementary: what happens, in which kind of operation, and what of it is counted.

    `of` names the kind (conv, linear; affine, plain; relu6; max, avg, global avg); `per` what is
    counted where there is a choice: elements of the `output` or the `input`, those that all windows
    read together, `window`, or inputs for each output, `ratio`; of a norm, whether it `folds` into
    a convolution; `written` how the framework's code has the operation.
    """

    what: What
    of: str = ""
    per: str = ""
    written: Writing = "module"

    def __str__(self) -> str:
        words = " ".join(word for word in self[:3] if word)
        return words if self.written == "module" else f"{words} ({self.written})"


class Ledger(Mapping[Event, int]):
    """How often each event happens. Immutable."""

    __slots__ = ("_counts",)

    def __init__(self, counts: Mapping[Event, int] | None = None) -> None:
        self._counts = dict(counts or {})

    def __getitem__(self, event: Event) -> int:
        return self._counts[event]

    def __iter__(self) -> Iterator[Event]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __hash__(self) -> int:
        return hash(frozenset(self._counts.items()))

    def count(self, what: What) -> int:
        """How often something happens, whatever the kind of operation."""
        return sum(n for event, n in self._counts.items() if event.what == what)

    def __repr__(self) -> str:
        return f"Ledger({', '.join(f'{event}={n}' for event, n in self.items())})"


@dataclass(frozen=True, slots=True)
class Parameters:
    """The numbers that a layer stores, by what they are for."""

    weights: int = 0
    biases: int = 0
    norm_affine: int = 0
    norm_statistics: int = 0

    @property
    def trainable(self) -> int:
        """All but the running mean and variance of norms."""
        return self.weights + self.biases + self.norm_affine

    @property
    def all(self) -> int:
        return self.trainable + self.norm_statistics

    def __add__(self, other: Parameters) -> Parameters:
        return Parameters(
            self.weights + other.weights,
            self.biases + other.biases,
            self.norm_affine + other.norm_affine,
            self.norm_statistics + other.norm_statistics,
        )


@dataclass(frozen=True, slots=True)
class Application:
    """A formula and what it is applied to: counts when called, and can be explained."""

    formula: Callable[..., int]
    arguments: tuple[int | tuple[int, int], ...]

    def __call__(self) -> int:
        return self.formula(*self.arguments)


def mult_adds(node: Node) -> Application | None:
    """The formula of the paper that counts this node's Mult-Adds; None where it has none."""
    match node.op:
        case ops.Conv() as conv:
            return _convolution(conv, kind(conv, node.inputs), node.inputs[0], node.output)
        case ops.ConvTranspose() as conv:
            m, *fmap = node.inputs[0]
            sides = (fmap[0], fmap[1])
            return Application(formulas.transposed, (conv.kernel, m, conv.out, sides, conv.groups))
        case ops.Linear() if node.op.each:
            *places, m = node.inputs[0]
            shape = (formulas.elements(tuple(places)), m, node.op.out)
            return Application(formulas.matmul, shape)
        case ops.Linear():
            return Application(formulas.linear, (formulas.elements(node.inputs[0]), node.op.out))
        case ops.MatMul() as product:
            return Application(formulas.matmul, (product.m, product.k, product.n, product.times))
        case ops.Custom():
            return Application(formulas.stated, (node.op.mult_adds,))
    return None


def _convolution(conv: ops.Conv, what: str, shape: Shape, output: Shape) -> Application:
    m, n, fmap = shape[0], output[0], (output[1], output[2])
    if what == "pointwise":
        return Application(formulas.pointwise, (m, n, fmap))
    if conv.groups == 1:
        return Application(formulas.standard, (conv.kernel, m, n, fmap))
    if conv.groups == m == n:
        return Application(formulas.depthwise, (conv.kernel, m, fmap))
    return Application(formulas.convolution, (conv.kernel, m, n, fmap, conv.groups))


def ledger(node: Node, behind: ops.Op | None = None) -> Ledger:
    """Every event that the node causes for one image, and every parameter that it stores.

    `behind` is the operation that the node finishes: a norm behind a convolution can be folded
    into it, and some tools count what is left then.
    """
    place = _place(node, behind)
    happening = {
        Event(what, of, per or place, node.written): count
        for (what, of, per), count in _events(node).items()
    }
    where = "linear" if isinstance(node.op, ops.Linear) else place
    stored = {
        Event("parameter", of, where, node.written): count
        for of, count in _stored(parameters(node))
        if count
    }
    return Ledger(happening | stored)


def _place(node: Node, behind: ops.Op | None) -> str:
    """Of a norm: whether it `folds` into the convolution before it, or `stays`, and where a bias
    is before it already."""
    if not isinstance(node.op, ops.BatchNorm):
        return ""
    does = "folds" if isinstance(behind, ops.Conv) else "stays"
    biased = isinstance(behind, ops.Conv | ops.Linear) and behind.bias
    return f"{does} behind a bias" if biased else does


def _stored(kept: Parameters) -> Iterator[tuple[str, int]]:
    """Parameters vector by vector: a norm has a scale and a shift, a mean and a variance."""
    yield "weights", kept.weights
    yield "biases", kept.biases
    for of in ("scale", "shift"):
        yield of, kept.norm_affine // 2
    for of in ("mean", "variance"):
        yield of, kept.norm_statistics // 2


Counts = dict[tuple[What, str, str], int]


def _events(node: Node) -> Counts:
    """What happens, as (what, of, per), and how often."""
    count = formulas.elements(node.output)
    application = mult_adds(node)
    macs: Counts
    match node.op:
        case ops.ConvTranspose() as conv:
            spread = formulas.convolution(
                conv.kernel, node.inputs[0][0], conv.out, _sides(node.output), conv.groups
            )
            macs = {("mac", "transposed", ""): application()} if application else {}
            macs |= {("spread", "", ""): spread}
            return macs | {("bias", "conv", ""): count} if conv.bias else macs
        case ops.MatMul():
            return {("mac", "matmul", ""): application()} if application else {}
        case ops.Conv() | ops.Linear() | ops.Custom():
            of = type(node.op).__name__.lower()
            macs = {("mac", of, ""): application()} if application else {}
            bias = not isinstance(node.op, ops.Custom) and node.op.bias
            return macs | {("bias", of, ""): count} if bias else macs
        case ops.BatchNorm():
            return {("norm", "affine" if node.op.affine else "plain", ""): count}
        case ops.LocalNorm():
            return {("norm", "local", ""): count}
        case ops.Norm():
            return {("norm", node.op.function, ""): count}
        case ops.Arithmetic():
            return {("arithmetic", node.op.function, ""): count}
        case ops.Reduce():
            return {("reduce", node.op.function, ""): formulas.elements(node.inputs[0])}
        case ops.Act():
            return {("act", node.op.function, ""): count}
        case ops.Pool():
            window = formulas.elements((count, *node.op.kernel))
            return _pooled(node, node.op.function, window)
        case ops.AdaptivePool():
            what = "global" if node.op.size == (1, 1) else "adaptive"
            of, shape, size = f"{what} {node.op.function}", node.inputs[0], node.op.size
            ratio = formulas.adaptive_ratio(shape, size)
            windows = formulas.adaptive_windows(shape, size)
            return _pooled(node, of, windows) | {("pool", of, "ratio"): ratio}
        case ops.Softmax():
            _, *sides = node.output
            return {
                ("softmax", "", "output"): count,
                ("softmax", "", "place"): formulas.elements(tuple(sides)),
            }
        case ops.Add():
            return {("add", "", ""): formulas.elements((count, len(node.inputs) - 1))}
        case ops.Mul():
            return {("mul", "", ""): formulas.elements((count, len(node.inputs) - 1))}
        case ops.Resize():
            read = formulas.elements(node.inputs[0])
            return {("resize", "", "input"): read, ("resize", "", "output"): count}
        case (
            ops.Concat() | ops.Slice() | ops.Shuffle() | ops.Pad() | ops.Dropout() | ops.Move()
        ):  # fmt: skip
            return {}
        case ops.Opaque():
            return {("unknown", "", ""): 1}
        case _:
            assert_never(node.op)


def _sides(shape: Shape) -> tuple[int, int]:
    return shape[1], shape[2]


def _pooled(node: Node, of: str, window: int) -> Counts:
    """A pool by what it reads, what it puts out, and what its windows read together."""
    return {
        ("pool", of, "input"): formulas.elements(node.inputs[0]),
        ("pool", of, "output"): formulas.elements(node.output),
        ("pool", of, "window"): window,
    }


def parameters(node: Node) -> Parameters:
    """What the node stores; nothing that another node stores."""
    if node.shared == "all":
        return Parameters()
    kept = _parameters(node)
    return replace(kept, weights=0) if node.shared else kept


def _parameters(node: Node) -> Parameters:
    m = node.inputs[0][0]
    match node.op:
        case ops.ConvTranspose() as conv:
            weights = formulas.kernel_weights(conv.kernel, m, conv.out, conv.groups)
            return Parameters(weights, conv.out if conv.bias else 0)
        case ops.Conv() as conv:
            weights = formulas.kernel_weights(conv.kernel, m, conv.out, conv.groups)
            return Parameters(weights, conv.out if conv.bias else 0)
        case ops.Linear() as linear:
            read = node.inputs[0][-1:] if linear.each else node.inputs[0]
            weights = formulas.linear(formulas.elements(read), linear.out)
            return Parameters(weights, linear.out if linear.bias else 0)
        case ops.BatchNorm() as norm:
            each = formulas.elements((2, m))
            return Parameters(norm_affine=each if norm.affine else 0, norm_statistics=each)
        case ops.Custom() as custom:
            return Parameters(weights=custom.weights)
        case ops.Norm() as norm:
            return Parameters(norm_affine=norm.parameters)
        case ops.Arithmetic() as arithmetic:
            weighty = arithmetic.function in ("embedding", "stored")
            stored = arithmetic.parameters
            return Parameters(weights=stored) if weighty else Parameters(biases=stored)
        case (
            ops.Act() | ops.Pool() | ops.AdaptivePool() | ops.Softmax() | ops.Add() | ops.Mul()
            | ops.Resize() | ops.Concat() | ops.Slice() | ops.Shuffle() | ops.Pad()
            | ops.Dropout() | ops.Opaque() | ops.LocalNorm() | ops.MatMul() | ops.Reduce()
            | ops.Move()
        ):  # fmt: skip
            return Parameters()
        case _:
            assert_never(node.op)


def summed(ledgers: Iterable[Ledger]) -> Ledger:
    """One ledger for many."""
    total: dict[Event, int] = {}
    for each in ledgers:
        for event, count in each.items():
            total[event] = total.get(event, 0) + count
    return Ledger(total)
