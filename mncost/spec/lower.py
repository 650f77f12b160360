"""Intent to facts: every layer of a network becomes the operations that it stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from mncost.errors import Path, ShapeError
from mncost.formulas import Pair, same_padding
from mncost.graph import Builder, Graph, Op, ops
from mncost.graph.ops import Sides
from mncost.spec import layers as spec
from mncost.spec.network import Network
from mncost.spec.source import located


def lower(network: Network) -> Graph:
    """The graph of a network. Raises `ShapeError`, each problem with its line and column."""
    height, width = network.input.size
    shape = (network.input.channels, height, width)
    builder = Builder(network.name, shape, network.setting)
    lowering = _Lowering(network, builder)
    for index, layer in enumerate(network.layers):
        lowering.layer(layer, ("layers", index))
    try:
        return builder.build()
    except ShapeError as error:
        if network._origin is None:
            raise
        raise ShapeError(located(error.problems, *network._origin)) from None


@dataclass
class _Lowering:
    network: Network
    builder: Builder
    at: int | None = -1
    """The position that the next layer reads; None after a misfit."""
    names: dict[str, int] = field(default_factory=dict)

    def layer(self, layer: spec.AnyOfThem, path: Path) -> None:
        for turn in range(layer.repeat):
            if turn and isinstance(layer, (spec.Convolving, spec.Pool)):
                layer = layer.model_copy(update={"stride": (1, 1)})
            self.one(layer, (*path, "repeat", turn) if layer.repeat > 1 else path)
            if self.at is None:
                return

    def one(self, layer: spec.AnyOfThem, path: Path) -> None:
        name = self.name(layer)
        match layer:
            case spec.Conv():
                self.convolve(layer, path, name, layer.kernel, layer.out, layer.groups)
            case spec.Depthwise():
                self.filter(layer, path, name, layer.kernel, layer.multiplier)
            case spec.Pointwise():
                self.convolve(layer, path, name, (1, 1), layer.out, layer.groups)
            case spec.Separable():
                self.filter(layer, (*path, "depthwise"), f"{name}/depthwise", layer.kernel)
                combine = layer.model_copy(update={"stride": (1, 1), "dilation": (1, 1)})
                path, name = (*path, "pointwise"), f"{name}/pointwise"
                self.convolve(combine, path, name, (1, 1), layer.out)
            case spec.Pool():
                stride = layer.stride or layer.kernel
                sides = self.sides(layer.padding, layer.kernel, stride, (1, 1))
                pool = ops.Pool(layer.type, layer.kernel, stride, sides, layer.ceil)
                self.add(pool, path, name)
            case spec.GlobalPool():
                self.add(ops.GlobalPool(layer.type), path, name)
            case spec.Linear():
                self.add(ops.Linear(layer.out, layer.bias), path, name)
                self.finish(layer.norm, layer.act, path, name)
            case spec.Norm():
                self.add(ops.BatchNorm(layer.affine), path, name)
            case spec.Act():
                self.add(ops.Act(layer.type), path, name)
            case spec.Softmax():
                self.add(ops.Softmax(), path, name)
            case _:
                assert_never(layer)

    def name(self, layer: spec.AnyOfThem) -> str:
        """The layer's id, or its op and a running number; in a repeat, an id takes a number too."""
        stem = layer.id or layer.op
        numbered = layer.id is None or layer.repeat > 1
        number = self.names[stem] = self.names.get(stem, 0) + 1
        return f"{stem}{number}" if layer.id is None else f"{stem}.{number}" if numbered else stem

    def filter(
        self, layer: spec.Convolving, path: Path, name: str, kernel: Pair, multiplier: int = 1
    ) -> None:
        """A depthwise convolution: a group for each channel that comes in."""
        if self.at is not None:
            channels = self.builder.shape(self.at)[0]
            self.convolve(layer, path, name, kernel, channels * multiplier, channels)

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
        padding = layer.padding or self.network.padding
        sides = self.sides(padding, kernel, layer.stride, layer.dilation)
        conv = ops.Conv(out, kernel, layer.stride, sides, layer.dilation, groups, bias)
        self.add(conv, path, name)
        self.finish(norm, layer.act or self.network.act, path, name)

    def finish(self, norm: str, act: str, path: Path, name: str) -> None:
        """Norm and activation hang under the path of the layer that they finish."""
        if norm == "batch":
            self.add(ops.BatchNorm(), (*path, "norm"), f"{name}/norm")
        if act != "none":
            self.add(ops.Act(act), (*path, "act"), f"{name}/act")

    def add(self, op: Op, path: Path, name: str) -> None:
        self.at = self.builder.add(op, path, name, self.at)

    def sides(self, padding: object, kernel: Pair, stride: Pair, dilation: Pair) -> Sides:
        """Top, bottom, left and right, in pixels; "same" depends on the map that comes in."""
        match padding:
            case (int() as top, int() as bottom, int() as left, int() as right):
                return top, bottom, left, right
            case "same" if self.at is not None and len(shape := self.builder.shape(self.at)) == 3:
                top, bottom = same_padding(shape[1], kernel[0], stride[0], dilation[0])
                left, right = same_padding(shape[2], kernel[1], stride[1], dilation[1])
                return top, bottom, left, right
        return (0, 0, 0, 0)
