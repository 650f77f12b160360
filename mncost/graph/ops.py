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
class Linear:
    """A fully connected layer over all elements of its input: (C, H, W) or (M,) to (out,)."""

    out: int
    bias: bool = True


@dataclass(frozen=True, slots=True)
class BatchNorm:
    """Batch normalisation: a scale and a shift (`affine`), and a running mean and variance."""

    affine: bool = True


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
class GlobalPool:
    """Pooling of each whole map to one number: (C, H, W) to (C, 1, 1)."""

    function: Literal["avg", "max"] = "avg"


@dataclass(frozen=True, slots=True)
class Softmax:
    """Softmax over the channels, or features."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """An operation that computes and for which there is no formula. Never counted as nought."""

    what: str
    output: Shape


Op = Conv | Linear | BatchNorm | Act | Pool | GlobalPool | Softmax | Opaque
