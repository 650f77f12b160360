"""The closed union of operations. To add one: a record here, and every `match` that mypy names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mncost.formulas import Pair

Shape = tuple[int, ...]
"""The size of a tensor for one image: (channels, height, width), or (features,)."""

Sides = tuple[int, int, int, int]
"""Padding: top, bottom, left, right."""


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution: (C, H, W) to (out, H', W')."""

    out: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Sides = (0, 0, 0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1
    bias: bool = False


@dataclass(frozen=True, slots=True)
class ConvTranspose:
    """A transposed convolution: (C, H, W) to (out, H', W'), H' being larger with a stride."""

    out: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Sides = (0, 0, 0, 0)
    extra: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1
    bias: bool = False


@dataclass(frozen=True, slots=True)
class Linear:
    """A fully connected layer over all elements of its input: (C, H, W) or (M,) to (out,).

    With `each`, over the last side alone, at each place of the others: (…, M) to (…, out).
    """

    out: int
    bias: bool = True
    each: bool = False


@dataclass(frozen=True, slots=True)
class MatMul:
    """`times` products of an M x K and a K x N matrix, both computed by the network."""

    m: int
    k: int
    n: int
    times: int
    output: Shape


@dataclass(frozen=True, slots=True)
class BatchNorm:
    """Batch normalisation: a scale and a shift (`affine`), and a running mean and variance."""

    affine: bool = True


@dataclass(frozen=True, slots=True)
class Norm:
    """Another normalisation: `layer`, `group`, `instance`, …, with so many trained numbers."""

    function: str
    parameters: int = 0


@dataclass(frozen=True, slots=True)
class LocalNorm:
    """Local response normalisation over `size` channels (Krizhevsky et al. 2012, section 3.3)."""

    size: int


@dataclass(frozen=True, slots=True)
class Act:
    """An activation, element by element: `relu`, `relu6`, …"""

    function: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Pooling with a window; `ceil` lets the last window hang over the end."""

    function: Literal["avg", "max"]
    kernel: Pair
    stride: Pair
    padding: Sides = (0, 0, 0, 0)
    ceil: bool = False


@dataclass(frozen=True, slots=True)
class AdaptivePool:
    """Pooling to a map of a size that is stated: (C, H, W) to (C, *size); global pooling to 1x1."""

    function: Literal["avg", "max"] = "avg"
    size: Pair = (1, 1)


@dataclass(frozen=True, slots=True)
class Softmax:
    """Softmax over the channels, or features."""


@dataclass(frozen=True, slots=True)
class Add:
    """The sum of inputs of one shape, element by element; a (C, 1, 1) is spread over the map."""


@dataclass(frozen=True, slots=True)
class Mul:
    """The product of inputs of one shape, element by element; a (C, 1, 1) is spread likewise."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Some other computation, element by element, on one map or several, or with numbers stored."""

    function: str
    output: Shape
    parameters: int = 0


@dataclass(frozen=True, slots=True)
class Reduce:
    """Many elements made one, along some sides: a sum, a maximum, …"""

    function: str
    output: Shape


@dataclass(frozen=True, slots=True)
class Move:
    """Numbers brought into another order or shape: `reshape`, `transpose`, …"""

    function: str
    output: Shape


@dataclass(frozen=True, slots=True)
class Concat:
    """Maps of one size stacked along their channels."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the channels: from `start` up to, not including, `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Shuffle:
    """Channels dealt out over groups, as ShuffleNet does."""

    groups: int


@dataclass(frozen=True, slots=True)
class Pad:
    """Noughts around the map."""

    padding: Sides


@dataclass(frozen=True, slots=True)
class Resize:
    """The map at another size, by interpolation."""

    size: Pair


@dataclass(frozen=True, slots=True)
class Dropout:
    """Nothing at inference."""


@dataclass(frozen=True, slots=True)
class Custom:
    """An operation whose author states what it costs."""

    mult_adds: int
    weights: int
    output: Shape


@dataclass(frozen=True, slots=True)
class Opaque:
    """An operation that computes and for which there is no formula. Never counted as nought."""

    what: str
    output: Shape


Moving = Concat | Slice | Shuffle | Pad | Dropout | Move
"""Operations that move numbers and compute none: free."""

RESHAPING = ("reshape", "flatten", "squeeze", "unsqueeze")
"""The moves that leave the order of the numbers as it is."""


CAST = "cast"
"""The move of numbers to other bits, each to its own place."""


def is_cast(op: Op, read: Shape) -> bool:
    """Whether an operation that reads `read` changes the type of numbers alone."""
    return op == Move(CAST, read)


def is_view(op: Op) -> bool:
    """Whether an operation leaves the numbers where they lie."""
    return isinstance(op, Move) and op.function in (*RESHAPING, "view")


def works_in_place(op: Op) -> bool:
    """Whether it computes each number where it lies, where nothing else reads that."""
    return isinstance(op, BatchNorm | Act | Dropout)


Writing = Literal["module", "function", "method", "subclass", "absent"]
"""How a framework's code writes an operation. Tools that hook modules count by it.

A `module` of its own (nn.ReLU); a `function` called in another module's forward (F.relu); a
`method` of the tensor (x.mean((2, 3)) for a global pool); a `subclass` of the framework's module;
`absent` where the model has none: of a softmax alone, which goes with the loss.
"""

Op = (
    Conv
    | ConvTranspose
    | Linear
    | MatMul
    | BatchNorm
    | Norm
    | LocalNorm
    | Act
    | Pool
    | AdaptivePool
    | Softmax
    | Add
    | Mul
    | Resize
    | Arithmetic
    | Reduce
    | Moving
    | Custom
    | Opaque
)
