"""Random chains of layers to calibrate on: blocks of V1, V2 and full convolutions, mixed.

Layers are measured within chains, as a runtime changes the layout of maps between layers: what a
layer costs alone says little of what it costs in a network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from mncost.cost.engine import analyze
from mncost.formulas import same_padding
from mncost.graph import Builder, Graph, ops

UNALIGNED = 4
"""One chain in so many has channels of any number; all others have multiples of eight."""

APART = 0.35
"""Of residuals, the share whose sum is computed by itself."""

LEAST, MOST = 3_000_000, 700_000_000
"""Mult-Adds of a chain."""

MOST_WEIGHTS = 8_000_000
MOST_CHANNELS = 1280
KERNELS = (3, 3, 3, 5, 7)
SIZES = (96, 112, 128, 144, 160, 192, 224)


def chain(seed: int, number: int) -> Graph:
    """The chain of a number. The same seed and number give the same chain, on any machine."""
    attempt = 0
    while True:
        random = Random(f"{seed} {number} {attempt}")
        attempt += 1
        graph = _Chain(random, number).graph()
        totals = analyze(graph).totals
        within = LEAST <= totals.mult_adds <= MOST
        if within and totals.parameters.weights <= MOST_WEIGHTS:
            return graph


@dataclass
class _Chain:
    """A chain as it is drawn."""

    random: Random
    number: int

    def graph(self) -> Graph:
        random = self.random
        size = random.choice(SIZES)
        self.builder = Builder(f"chain {self.number}", (3, size, size))
        self.at, self.count = -1, 0
        self.act = random.choice(("relu", "relu6", "relu6", "hardswish", "swish"))
        self._conv(self._width(math.exp(random.uniform(math.log(8), math.log(40)))), 3, 2)
        if random.random() < 0.15:
            self._add(ops.Pool("max", (3, 3), (2, 2), (1, 1, 1, 1)), "pool")
        for _ in range(random.randint(6, 14)):
            self._block()
        self._end()
        return self.builder.build()

    def _width(self, channels: float) -> int:
        """So many channels, about: a multiple of eight, or any number."""
        if self.number % UNALIGNED == UNALIGNED - 1:
            return max(round(channels), 5)
        return max(round(channels / 8) * 8, 8)

    @property
    def _shape(self) -> tuple[int, ...]:
        return self.builder.shape(self.at)

    def _block(self) -> None:
        """One block; where the map is large, it is likely to become smaller and deeper."""
        random, (channels, side, _) = self.random, self._shape
        shrinks = side > 7 and random.random() < (0.7 if side > 40 else 0.35)
        stride = 2 if shrinks else 1
        grows = random.uniform(1.4, 2.4) if shrinks else random.choice((1, 1, 1.2, 1.6))
        out = self._width(min(channels * grows, MOST_CHANNELS))
        if not shrinks and grows == 1:
            out = channels
        kernel = random.choice(KERNELS)
        kind = random.choice(("v1", "v1", "v1", "v2", "v2", "v2", "full"))
        if kind == "full" and channels * out <= 160 * 160:
            self._conv(out, kernel if channels * out <= 64 * 64 else 3, stride)
        elif kind == "v2" and channels <= 320:
            self._inverted(out, kernel, stride)
        else:
            self._depthwise(kernel, stride)
            self._conv(out, 1, 1)

    def _inverted(self, out: int, kernel: int, stride: int) -> None:
        """A block of V2, with V3's squeeze and excitation in some."""
        start, before = self.at, self._shape
        self._conv(self._width(before[0] * self.random.choice((2, 3, 4, 6))), 1, 1)
        self._depthwise(kernel, stride)
        if self.random.random() < 0.4:
            self._excite()
        # a sum behind an activation is one that no convolution computes
        acts = self._shape[1:] == before[1:] and out == before[0] and self.random.random() < APART
        self._conv(out, 1, 1, acts=acts)
        if self._shape == before:
            self._add(ops.Add(), "add", start)

    def _excite(self) -> None:
        inner, wide = self.at, self._shape[0]
        self._add(ops.AdaptivePool(), "squeeze")
        self._add(ops.Conv(self._width(wide / 4), (1, 1), bias=True), "reduce")
        self._finish("act", ops.Act("relu"))
        self._add(ops.Conv(wide, (1, 1), bias=True), "expand")
        self._finish("act", ops.Act("hardsigmoid"))
        gate, self.at = self.at, inner
        self._add(ops.Mul(), "scale", gate)

    def _end(self) -> None:
        """What ends a network: global pooling, a classifier and, in some, a softmax."""
        random = self.random
        if random.random() < 0.6:
            self._conv(self._width(random.uniform(192, MOST_CHANNELS)), 1, 1)
        self._add(ops.AdaptivePool(), "pool")
        classes = random.choice((10, 100, 1000, 1000, random.randint(16, 800)))
        self._add(ops.Linear(self._width(classes)), "linear")
        if random.random() < 0.5:
            self._add(ops.Softmax(), "softmax")

    def _conv(self, out: int, kernel: int, stride: int, acts: bool = True) -> None:
        self._window(out, kernel, stride, 1)
        self._finish("norm", ops.BatchNorm())
        if acts:
            self._finish("act", ops.Act(self.act))

    def _depthwise(self, kernel: int, stride: int) -> None:
        channels = self._shape[0]
        self._window(channels, kernel, stride, channels)
        self._finish("norm", ops.BatchNorm())
        self._finish("act", ops.Act(self.act))

    def _window(self, out: int, kernel: int, stride: int, groups: int) -> None:
        _, height, width = self._shape
        rows = same_padding(height, kernel, stride, 1)
        columns = same_padding(width, kernel, stride, 1)
        conv = ops.Conv(out, (kernel, kernel), (stride, stride), (*rows, *columns), (1, 1), groups)
        self._add(conv, "conv" if groups == 1 else "depthwise")

    def _add(self, op: ops.Op, name: str, *more: int) -> None:
        self.count += 1
        self.path = (self.count,)
        self.name = f"{name}{self.count}"
        self._put(op, self.path, self.name, *more)

    def _finish(self, part: str, op: ops.Op) -> None:
        self._put(op, (*self.path, part), f"{self.name}/{part}")

    def _put(self, op: ops.Op, path: tuple[int | str, ...], name: str, *more: int) -> None:
        at = self.builder.add(op, path, name, self.at, *more)
        assert at is not None, self.builder.problems
        self.at = at
