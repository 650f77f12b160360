"""`Emitter`: appends operations to a graph, one reading the other, with the network's defaults."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mncost.errors import Path, Problem
from mncost.formulas import Pair, same_padding
from mncost.graph import Builder, Numbers, Op, ops
from mncost.graph.ops import Sides, Writing
from mncost.spec import layers as spec
from mncost.spec.network import Network


class Emitter:
    """What lowering writes with. `at` is what the next operation reads; None after a misfit."""

    def __init__(self, network: Network, builder: Builder) -> None:
        self.network, self.builder = network, builder
        self.at: int | None = -1
        self.numbers = Numbers(network.weight_bits, network.activation_bits)

    @property
    def channels(self) -> int:
        """How many channels the next operation reads; 1 after a misfit, where nobody looks."""
        return self.builder.shape(self.at)[0] if self.at is not None else 1

    def add(self, op: Op, path: Path, name: str, written: Writing | None = None) -> None:
        """One more operation, reading the last; written as stated, or as the network has it."""
        how = written or self._written(op)
        self.at = self.builder.add(op, path, name, self.at, written=how, numbers=self.numbers)

    def within(self, layer: spec.Layer) -> Numbers:
        """What the numbers of a layer take: as it says, or as what it is in says."""
        outer, density = self.numbers, layer.density
        return Numbers(
            layer.weight_bits or outer.weight_bits,
            layer.activation_bits or outer.activation_bits,
            outer.density if density is None else Fraction(str(density)),
        )

    def _written(self, op: Op) -> Writing:
        """How the network says that its operations of this kind are written."""
        match op:
            case ops.Conv():
                return self.network.written.conv
            case ops.Linear():
                return self.network.written.linear
            case ops.BatchNorm():
                return self.network.written.norm
            case ops.Act():
                return self.network.written.act
            case ops.Pool():
                return self.network.written.pool
            case ops.AdaptivePool():
                return self.network.written.global_pool
        return "module"

    def join(self, op: Op, path: Path, name: str, sources: Sequence[int | None]) -> None:
        """One more operation, reading several."""
        if len(sources) < 2:
            message = "what joins layers needs two or more"
            self.builder.problems.append(Problem(message, "name them: from: [a, b]", path))
            self.at = None
            return
        self.at = self.builder.add(op, path, name, *sources, numbers=self.numbers)

    def convolve(
        self,
        layer: spec.Convolving,
        path: Path,
        name: str,
        kernel: Pair,
        out: int,
        groups: int = 1,
    ) -> None:
        """A convolution with the norm and the activation that follow it."""
        norm = layer.norm or self.network.norm
        bias = norm == "none" if layer.bias is None else layer.bias
        padding = layer.padding or (self.network.padding if kernel != (1, 1) else "valid")
        sides = self.sides(padding, kernel, layer.stride, layer.dilation)
        conv = ops.Conv(out, kernel, layer.stride, sides, layer.dilation, groups, bias)
        self.add(conv, path, name)
        self.finish(norm, layer.act or self.network.act, path, name)

    def transpose(self, layer: spec.ConvTranspose, path: Path, name: str) -> None:
        """A transposed convolution with the norm and the activation that follow it; its padding
        is none unless it is stated."""
        norm = layer.norm or self.network.norm
        bias = norm == "none" if layer.bias is None else layer.bias
        sides = layer.padding if isinstance(layer.padding, tuple) else (0, 0, 0, 0)
        conv = ops.ConvTranspose(
            layer.out, layer.kernel, layer.stride, sides, layer.extra, layer.dilation,
            layer.groups, bias,
        )  # fmt: skip
        self.add(conv, path, name)
        self.finish(norm, layer.act or self.network.act, path, name)

    def gather(self, op: Op, path: Path, name: str, sources: Sequence[int | None]) -> None:
        """One more operation, reading one or several."""
        self.at = self.builder.add(op, path, name, *sources, numbers=self.numbers)

    def filter(
        self, layer: spec.Convolving, path: Path, name: str, kernel: Pair, multiplier: int = 1
    ) -> None:
        """A depthwise convolution: a group for each channel that comes in."""
        channels = self.channels
        self.convolve(layer, path, name, kernel, channels * multiplier, channels)

    def finish(self, norm: str, act: str, path: Path, name: str) -> None:
        """Norm and activation hang under the path of the layer that they finish."""
        if norm == "batch":
            self.add(ops.BatchNorm(), (*path, "norm"), f"{name}/norm")
        if act != "none":
            self.add(ops.Act(act), (*path, "act"), f"{name}/act")

    def sized(
        self, layer: spec.Pool | spec.Pad | spec.Resize | spec.Split, path: Path, name: str
    ) -> None:
        """The operations whose attributes depend on the map that comes in."""
        match layer:
            case spec.Pool():
                stride = layer.stride or layer.kernel
                sides = self.sides(layer.padding, layer.kernel, stride, (1, 1))
                pool = ops.Pool(layer.type, layer.kernel, stride, sides, layer.ceil)
                self.add(pool, path, name, layer.written)
            case spec.Pad():
                self.add(ops.Pad(self.sides(layer.padding, (1, 1), (1, 1), (1, 1))), path, name)
            case spec.Resize():
                _, height, width = self.map()
                times = layer.scale or 1
                self.add(ops.Resize(layer.size or (height * times, width * times)), path, name)
            case spec.Split():
                each, left = divmod(self.channels, layer.parts)
                if left and self.at is not None:
                    message = f"{layer.parts} parts do not divide {self.channels} channels"
                    self.builder.problems.append(Problem(message, "", (*path, "parts")))
                    self.at = None
                start = each * (layer.part - 1)
                self.add(ops.Slice(start, start + each), path, name)

    def map(self) -> tuple[int, int, int]:
        """The map that comes in; of one pixel where that is features, or unknown."""
        match self.builder.shape(self.at) if self.at is not None else ():
            case (channels, height, width):
                return channels, height, width
        return self.channels, 1, 1

    def sides(self, padding: object, kernel: Pair, stride: Pair, dilation: Pair) -> Sides:
        """Top, bottom, left and right, in pixels; "same" depends on the map that comes in."""
        match padding:
            case (int() as top, int() as bottom, int() as left, int() as right):
                return top, bottom, left, right
            case "same":
                _, height, width = self.map()
                top, bottom = same_padding(height, kernel[0], stride[0], dilation[0])
                left, right = same_padding(width, kernel[1], stride[1], dilation[1])
                return top, bottom, left, right
        return (0, 0, 0, 0)
