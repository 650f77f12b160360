"""The ledger: which elementary events an operation causes, and how many; and its parameters.

Events are facts. What they are worth is a convention's business (`conventions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from mncost import formulas
from mncost.graph import Node, Shape, ops
from mncost.graph.shapes import kind


class Event(StrEnum):
    """Something elementary that happens, once for each unit named here."""

    MAC = "mac"  # a multiplication and the addition after it, in a convolution or linear layer
    BIAS = "bias"  # an addition of a bias, one an output element
    NORM = "norm"  # an element normalised
    ACT = "act"  # an element through an activation
    ADD = "add"  # an addition of two maps, one an output element
    MUL = "mul"  # a multiplication of two maps, one an output element
    RESIZE = "resize"  # an output element interpolated
    POOL = "pool"  # an element read by a pooling window
    SOFTMAX = "softmax"  # an element through a softmax
    UNKNOWN = "unknown"  # an operation without a formula


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

    def __repr__(self) -> str:
        return f"Ledger({', '.join(f'{event.value}={n}' for event, n in self.items())})"


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
        case ops.Linear():
            return Application(formulas.linear, (formulas.elements(node.inputs[0]), node.op.out))
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


def ledger(node: Node) -> Ledger:
    """Every event that the node causes for one image."""
    return Ledger(_events(node))


def _events(node: Node) -> Mapping[Event, int]:
    count, read = formulas.elements(node.output), formulas.elements(node.inputs[0])
    application = mult_adds(node)
    macs = {Event.MAC: application()} if application else {}
    match node.op:
        case ops.Conv() | ops.Linear():
            return {**macs, Event.BIAS: count} if node.op.bias else macs
        case ops.BatchNorm() | ops.LocalNorm():
            return {Event.NORM: count}
        case ops.Act():
            return {Event.ACT: count}
        case ops.Pool():
            return {Event.POOL: formulas.elements((count, *node.op.kernel))}
        case ops.AdaptivePool():
            return {Event.POOL: read}
        case ops.Softmax():
            return {Event.SOFTMAX: count}
        case ops.Add():
            return {Event.ADD: formulas.elements((count, len(node.inputs) - 1))}
        case ops.Mul():
            return {Event.MUL: formulas.elements((count, len(node.inputs) - 1))}
        case ops.Resize():
            return {Event.RESIZE: count}
        case ops.Concat() | ops.Slice() | ops.Shuffle() | ops.Pad() | ops.Dropout():
            return {}
        case ops.Custom():
            return macs
        case ops.Opaque():
            return {Event.UNKNOWN: 1}
        case _:
            assert_never(node.op)


def parameters(node: Node) -> Parameters:
    """What the node stores."""
    m = node.inputs[0][0]
    match node.op:
        case ops.Conv() as conv:
            weights = formulas.kernel_weights(conv.kernel, m, conv.out, conv.groups)
            return Parameters(weights, conv.out if conv.bias else 0)
        case ops.Linear() as linear:
            weights = formulas.linear(formulas.elements(node.inputs[0]), linear.out)
            return Parameters(weights, linear.out if linear.bias else 0)
        case ops.BatchNorm() as norm:
            each = formulas.elements((2, m))
            return Parameters(norm_affine=each if norm.affine else 0, norm_statistics=each)
        case ops.Custom() as custom:
            return Parameters(weights=custom.weights)
        case (
            ops.Act() | ops.Pool() | ops.AdaptivePool() | ops.Softmax() | ops.Add() | ops.Mul()
            | ops.Resize() | ops.Concat() | ops.Slice() | ops.Shuffle() | ops.Pad()
            | ops.Dropout() | ops.Opaque() | ops.LocalNorm()
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
