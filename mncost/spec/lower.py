"""Intent to facts: every layer of a network becomes the operations that it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never, cast

from mncost.errors import Path, Problem, ShapeError, did_you_mean
from mncost.graph import Builder, Graph, Op, Shape, ops
from mncost.spec import blocks
from mncost.spec import layers as spec
from mncost.spec.emit import Emitter
from mncost.spec.located import located
from mncost.spec.network import Network

MOST_OPERATIONS = 20_000

INPUT = "input"
"""The name by which `from` means the network's input."""


def lower(network: Network) -> Graph:
    """The graph of a network. Raises `ShapeError`, each problem with its line and column."""
    height, width = network.input.size
    shape = (network.input.channels, height, width)
    bits = network.input.bits or network.activation_bits
    builder = Builder(
        network.name, shape, network.setting, network.notes, input_bits=(bits,) if bits else ()
    )
    lowering = _Lowering(network, builder, network.layers)
    lowering.chain(network.layers, ("layers",), "")
    try:
        return builder.build()
    except ShapeError as error:
        if network._origin is None:
            raise
        raise ShapeError(located(error.problems, *network._origin)) from None


@dataclass(frozen=True, slots=True)
class Part:
    """Some layers of a network on their own: their graph, the map that they put out, and those of
    layers with an id."""

    graph: Graph
    output: Shape
    ends: Mapping[str, Shape]


def lower_part(
    network: Network,
    layers: Sequence[tuple[Path, spec.Layer]],
    shape: Shape,
    ends: Mapping[str, Shape],
) -> Part:
    """A few layers in a row, reading a map of `shape`, and the maps of `ends` by their id.

    Each comes with its path. Raises `ShapeError`, without lines.
    """
    builder = Builder(network.name, shape, network.setting, others=tuple(ends.values()))
    lowering = _Lowering(network, builder, tuple(layer for _, layer in layers))
    lowering.ends = {name: -2 - at for at, name in enumerate(ends)}
    for path, layer in layers:
        lowering.layer(cast(spec.AnyOfThem, layer), path, "")
    graph = builder.build()
    known = {name: builder.shape(end) for name, end in lowering.ends.items() if end is not None}
    assert lowering.emit.at is not None
    return Part(graph, builder.shape(lowering.emit.at), known)


class _Lowering:
    """Walks the layers, and remembers what each is called and where it ended."""

    def __init__(self, network: Network, builder: Builder, layers: tuple[spec.Layer, ...]) -> None:
        self.builder = builder
        self.emit = Emitter(network, builder)
        self.ends: dict[str, int | None] = {INPUT: -1}
        self.ids = {layer.id for _, layer in spec.walk(layers) if layer.id}
        self.counts: dict[str, int] = {}
        self.names: set[str] = set()

    def chain(self, layers: tuple[spec.AnyOfThem, ...], path: Path, scope: str) -> None:
        """Layers in a row, each reading the one before it."""
        for index, layer in enumerate(layers):
            self.layer(layer, (*path, index), scope)

    def layer(self, layer: spec.AnyOfThem, path: Path, scope: str) -> None:
        for turn in range(layer.repeat):
            here = (*path, "repeat", turn) if layer.repeat > 1 else path
            if turn and isinstance(layer, spec.Convolving):
                layer = layer.model_copy(update={"stride": (1, 1)})
            if self._too_many(path):
                return
            sources = [self.emit.at] if turn else list(self._sources(layer, here))
            self.emit.at = sources[0] if sources else None
            self._numbered(layer, here, scope + self._name(layer, scope), sources)
            if layer.id:
                self.ends[layer.id] = self.emit.at
            if self.emit.at is None:
                return

    def _numbered(
        self, layer: spec.AnyOfThem, path: Path, name: str, sources: list[int | None]
    ) -> None:
        """One layer, whose numbers take what it says, and what it is in says."""
        outer = self.emit.numbers
        self.emit.numbers = self.emit.within(layer)
        self._one(layer, path, name, sources)
        self.emit.numbers = outer

    def _one(self, layer: spec.AnyOfThem, path: Path, name: str, sources: list[int | None]) -> None:
        emit = self.emit
        match layer:
            case spec.Conv():
                emit.convolve(layer, path, name, layer.kernel, layer.out, layer.groups)
            case spec.ConvTranspose():
                emit.transpose(layer, path, name)
            case spec.Depthwise():
                emit.filter(layer, path, name, layer.kernel, layer.multiplier)
            case spec.Pointwise():
                emit.convolve(layer, path, name, (1, 1), layer.out, layer.groups)
            case spec.Separable():
                blocks.separable(emit, layer, path, name)
            case spec.InvertedResidual():
                blocks.inverted_residual(emit, layer, path, name)
            case spec.FusedInvertedResidual():
                blocks.fused_inverted_residual(emit, layer, path, name)
            case spec.UniversalBlock():
                blocks.universal(emit, layer, path, name)
            case spec.SqueezeExcite():
                blocks.squeeze_excite(emit, layer, path, name, emit.channels)
            case spec.Linear():
                emit.add(ops.Linear(layer.out, layer.bias, layer.each), path, name)
                emit.finish(layer.norm, layer.act, path, name)
            case spec.Pool() | spec.Pad() | spec.Resize() | spec.Split():
                emit.sized(layer, path, name)
            case spec.GlobalPool():
                emit.add(ops.AdaptivePool(layer.type), path, name, layer.written)
            case spec.AdaptivePool():
                emit.add(ops.AdaptivePool(layer.type, layer.size), path, name, layer.written)
            case spec.Norm(type="batch"):
                emit.add(ops.BatchNorm(layer.affine), path, name)
            case spec.Norm():
                emit.add(ops.Norm(layer.type, layer.params), path, name)
            case spec.LocalNorm():
                emit.add(ops.LocalNorm(layer.size), path, name)
            case spec.Act():
                emit.add(ops.Act(layer.type), path, name, layer.written)
            case spec.Softmax():
                emit.add(ops.Softmax(), path, name, layer.written)
            case spec.Dropout():
                emit.add(ops.Dropout(), path, name)
            case spec.Shuffle():
                emit.add(ops.Shuffle(layer.groups), path, name)
            case spec.Custom():
                emit.add(ops.Custom(layer.mult_adds, layer.params, layer.out), path, name)
            case spec.Add():
                emit.join(ops.Add(), path, name, sources)
            case spec.Concat():
                emit.join(ops.Concat(), path, name, sources)
            case spec.Product():
                emit.join(ops.Mul(), path, name, sources)
            case spec.MatMul() | spec.Arithmetic() | spec.Reduce() | spec.Move():
                emit.gather(_stated(layer), path, name, sources)
            case spec.Repeat():
                for turn in range(layer.times):
                    inside = (*path, "repeat", turn, "layers")
                    self.chain(layer.layers, inside, f"{name}.{turn + 1}/")
                    if emit.at is None or self._too_many(path):
                        return
            case spec.ResidualOf():
                self._residual(layer, path, name)
            case spec.Parallel():
                self._parallel(layer, path, name)
            case _:
                assert_never(layer)

    def _residual(self, layer: spec.ResidualOf, path: Path, name: str) -> None:
        start = self.emit.at
        self.chain(layer.layers, (*path, "layers"), f"{name}/")
        end = self.emit.at
        self.emit.at = start
        self.chain(layer.shortcut or (), (*path, "shortcut"), f"{name}/shortcut/")
        self.emit.join(ops.Add(), (*path, "add"), f"{name}/add", [end, self.emit.at])
        self.emit.finish("none", layer.act, (*path, "add"), f"{name}/add")

    def _parallel(self, layer: spec.Parallel, path: Path, name: str) -> None:
        start, ends = self.emit.at, []
        for index, branch in enumerate(layer.branches):
            self.emit.at = start
            self.chain(branch, (*path, "branches", index), f"{name}/branch{index + 1}/")
            ends.append(self.emit.at)
        op = ops.Add() if layer.join == "add" else ops.Concat()
        self.emit.join(op, (*path, layer.join), f"{name}/{layer.join}", ends)

    def _sources(self, layer: spec.AnyOfThem, path: Path) -> Iterator[int | None]:
        """Where the layer reads: the layer before it, or those that `from` names."""
        if layer.from_ is None:
            yield self.emit.at
            return
        joins = isinstance(layer, spec.Joining)
        if joins != (len(layer.from_) > 1) and not isinstance(layer, spec.Gathering):
            wanted = "names two layers or more" if joins else "names one layer"
            self._complain(f"from {wanted} here, not {len(layer.from_)}", "", path)
            yield None
            return
        for name in layer.from_:
            if name not in self.ends:
                later = name in self.ids
                hint = "it comes later" if later else did_you_mean(name, self.ends)
                self._complain(f'no layer before this has the id "{name}"', hint, path)
            yield self.ends.get(name)

    def _complain(self, message: str, hint: str, path: Path) -> None:
        self.builder.problems.append(Problem(message, hint, (*path, "from")))

    def _too_many(self, path: Path) -> bool:
        """Whether the network has grown beyond reason; says so, once, and ends the walk."""
        if len(self.builder.nodes) <= MOST_OPERATIONS:
            return False
        if self.emit.at is not None:
            message = f"more than {MOST_OPERATIONS:,} operations"
            self.builder.problems.append(Problem(message, "repeat less", path))
            self.emit.at = None
        return True

    def _name(self, layer: spec.AnyOfThem, scope: str) -> str:
        """The layer's id, or its op and a running number; in a repeat, an id takes a number too."""
        stem = layer.id or layer.op
        name = stem if layer.id and layer.repeat == 1 else ""
        while not name or scope + name in self.names:
            number = self.counts[scope + stem] = self.counts.get(scope + stem, 0) + 1
            name = f"{stem}.{number}" if layer.id else f"{stem}{number}"
            if name in self.ids:
                name = ""
        self.names.add(scope + name)
        return name


def _stated(layer: spec.MatMul | spec.Arithmetic | spec.Reduce | spec.Move) -> Op:
    """The operation of a layer that states what it puts out."""
    match layer:
        case spec.MatMul():
            return ops.MatMul(layer.m, layer.k, layer.n, layer.times, layer.out)
        case spec.Arithmetic():
            return ops.Arithmetic(layer.function, layer.out, layer.params)
        case spec.Reduce():
            return ops.Reduce(layer.function, layer.out)
    return ops.Move(layer.function, layer.out)
