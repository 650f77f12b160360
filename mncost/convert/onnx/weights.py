"""Numbers for a network that nobody has trained: random ones from a seed, or noughts.

The one place where `convert` computes with NumPy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Weights = Literal["zero", "random"]

EPSILON = 1e-5
"""What a norm adds to the variance, as in ONNX and PyTorch."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A tensor of one number throughout: told by its size, never laid out."""

    shape: tuple[int, ...]
    value: float = 0.0


Values = Any
"""A NumPy array, or `Filled`."""

Norm = tuple[Values, Values, Values, Values]
"""Scale, shift, mean, variance."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Where weights come from. What an operation gets depends on the seed and its place alone."""

    kind: Weights = "random"
    seed: int = 0

    def kernel(self, place: int, shape: tuple[int, ...], read: int, acts: bool) -> Values:
        """Weights of an operation of which each output reads so many inputs (He et al. 2015).

        Their variance is 2 / read before an activation, and 1 / read where there is none, which
        keeps what goes through at its size: https://arxiv.org/abs/1502.01852, section 2.2.
        """
        return self._normal((place, 0), shape, math.sqrt((2 if acts else 1) / read))

    def bias(self, place: int, count: int) -> Values:
        return self._normal((place, 1), (count,), 0.05)

    def norm(self, place: int, channels: int) -> Norm:
        """A norm at its start, with running statistics as of data: scale 1 and shift 0."""
        plain = [Filled((channels,), value) for value in (1.0, 0.0, 0.0, 1.0)]
        if self.kind == "zero":
            return plain[0], plain[1], plain[2], plain[3]
        mean = self._normal((place, 2), (channels,), 0.1)
        variance = self._generator((place, 3)).random(channels, dtype="float32") + mean.dtype.type(
            0.5
        )
        return plain[0], plain[1], mean, variance

    def _normal(self, key: tuple[int, int], shape: tuple[int, ...], spread: float) -> Values:
        if self.kind == "zero":
            return Filled(shape)
        drawn = self._generator(key).standard_normal(shape, dtype="float32")
        drawn *= spread
        return drawn

    def _generator(self, key: tuple[int, int]) -> Any:
        import numpy

        return numpy.random.default_rng((self.seed, *key))


def folded(kernel: Values, bias: Values | None, norm: Norm) -> tuple[Values, Values]:
    """Kernel and bias of a convolution with the norm after it taken in, outputs first."""
    _, _, mean, variance = norm
    if isinstance(kernel, Filled) or isinstance(mean, Filled):
        return kernel, Filled(kernel.shape[:1])
    factor = (variance + EPSILON) ** -0.5
    shift = -mean if bias is None else bias - mean
    wide = factor.reshape(-1, *[1] * (kernel.ndim - 1))
    return (kernel * wide).astype("float32"), (shift * factor).astype("float32")
