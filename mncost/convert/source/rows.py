"""The rows of an architecture file as PyTorch modules: what a row says, with the sizes that its
graph has found."""

from __future__ import annotations

from collections.abc import Sequence

from mncost.convert.source import blocks as torch_blocks
from mncost.convert.source import pools
from mncost.convert.source.convs import act, act_named, convs
from mncost.convert.source.text import Call, Expression, Keyword, Row, flat, plain, runs
from mncost.errors import Path
from mncost.graph import Graph, Node, ops
from mncost.spec import layers as spec
from mncost.spec.network import Network

Items = tuple[Expression, ...]


class Rows:
    """Writes layers as expressions. A layer is found in the graph by its path."""

    def __init__(self, network: Network, graph: Graph) -> None:
        self.network = network
        self.under: dict[Path, list[Node]] = {}
        for node in graph.nodes:
            for length in range(len(node.path) + 1):
                self.under.setdefault(node.path[:length], []).append(node)

    def chain(self, layers: Sequence[spec.AnyOfThem], path: Path) -> list[Row]:
        """Layers in a row, a row for each."""
        return [self.row(layer, (*path, index)) for index, layer in enumerate(layers)]

    def row(self, layer: spec.AnyOfThem, path: Path) -> Row:
        """A layer, however often it is repeated, with its name for a remark."""
        turns = [self.once(layer, here) for here in instances(layer, path)]
        items = turns[0] if len(turns) == 1 else runs([sequential(each) for each in turns])
        remark = plain(layer.id or "")
        if isinstance(layer, spec.Softmax) and layer.written == "absent":
            remark = f"{remark} softmax: left to the loss".strip()
        return Row(tuple(items), remark)

    def once(self, layer: spec.AnyOfThem, path: Path) -> Items:
        """A single one of them; of some layers, several modules."""
        nodes = self.under.get(path, [])
        match layer:
            case spec.Conv() | spec.Depthwise() | spec.Pointwise():
                return convs(self.network, nodes)
            case (
                spec.Separable()
                | spec.InvertedResidual()
                | spec.FusedInvertedResidual()
                | spec.UniversalBlock()
                | spec.SqueezeExcite()
            ):
                return torch_blocks.block(self.network, layer, self.parts(path))
            case spec.Repeat():
                turns = [
                    sequential(self.chain(layer.layers, (*path, "repeat", turn, "layers")))
                    for turn in range(layer.times)
                ]
                return tuple(runs(turns))
            case spec.ResidualOf():
                return (self.residual(layer, path),)
            case spec.Parallel():
                branches = tuple(
                    sequential(self.chain(branch, (*path, "branches", index)))
                    for index, branch in enumerate(layer.branches)
                )
                return (Call("Sum" if layer.join == "add" else "Concat", branches),)
            case _:
                return simple(layer, nodes)

    def parts(self, path: Path) -> dict[str, list[Node]]:
        """The operations of a block, by the names that its parts have."""
        found: dict[str, list[Node]] = {}
        for node in self.under.get(path, []):
            found.setdefault(str(node.path[len(path)]), []).append(node)
        return found

    def residual(self, layer: spec.ResidualOf, path: Path) -> Call:
        """`Residual(…, shortcut=…, act=…)`."""
        arguments: list[Expression] = list(self.chain(layer.layers, (*path, "layers")))
        if layer.shortcut:
            shortcut = sequential(self.chain(layer.shortcut, (*path, "shortcut")))
            arguments.append(Keyword("shortcut", shortcut))
        if layer.act != "none":
            arguments.append(Keyword("act", act_named(layer.act)))
        return Call("Residual", tuple(arguments))


def instances(layer: spec.AnyOfThem, path: Path) -> list[Path]:
    """Where each of a layer that is repeated lies, as lowering has it."""
    return [(*path, "repeat", turn) for turn in range(layer.repeat)] if layer.repeat > 1 else [path]


def sequential(items: Sequence[Expression]) -> Expression:
    """Modules in a row as one module: a single one as it is, and none as the identity."""
    full = [each for each in items if not isinstance(each, Row) or each.items or each.remark]
    if not any(flat(each) for each in full):
        return Call("nn.Identity")
    first = full[0]
    if len(full) == 1 and isinstance(first, Row) and len(first.items) == 1 and not first.remark:
        first = first.items[0]
    if len(full) == 1 and isinstance(first, Call):
        return first
    return Call("nn.Sequential", tuple(full))


def simple(layer: spec.AnyOfThem, nodes: Sequence[Node]) -> Items:
    """Layers of one module, or hardly more."""
    shape = nodes[0].inputs[0] if nodes else ()
    match layer:
        case spec.Linear():
            return linear(nodes)
        case spec.Pool():
            return pools.pool(nodes[0])
        case spec.GlobalPool() | spec.AdaptivePool():
            return pools.adaptive(nodes[0])
        case spec.Norm():
            return (norm(nodes[0]),)
        case spec.LocalNorm():
            return (Call("nn.LocalResponseNorm", (str(layer.size),)),)
        case spec.Act():
            return (act(layer.type),) if layer.type != "none" else ()
        case spec.Softmax():
            absent = layer.written == "absent"
            return () if absent else (Call("nn.Softmax", (Keyword("dim", "1"),)),)
        case spec.Dropout():
            return (Call("nn.Dropout", (f"{layer.rate:g}",)),)
        case spec.Pad():
            return (pools.pad(nodes[0]),)
        case spec.Resize():
            size = Keyword("size", str(nodes[0].output[1:]))
            scaled = Keyword("scale_factor", str(layer.scale))
            return (Call("nn.Upsample", (scaled if layer.scale else size,)),)
        case spec.Shuffle():
            return (Call("Shuffle", (str(layer.groups),)),) if shape else ()
        case spec.Move():
            cast = ops.is_cast(nodes[0].op, nodes[0].inputs[0])
            return (Call("nn.Identity" if cast else "nn.Flatten"),)  # any other is refused
        case spec.Split():
            return (Call("Split", (str(layer.parts), str(layer.part))),)
    raise AssertionError(f"refused, or written elsewhere: {layer.op}")


def linear(nodes: Sequence[Node]) -> Items:
    """A fully connected layer, flattening what comes in, with its norm and activation."""
    items: list[Expression] = []
    for node in nodes:
        match node.op:
            case ops.Linear() as op:
                count = 1
                for side in node.inputs[0]:
                    count *= side
                if len(node.inputs[0]) > 1:
                    items.append(Call("nn.Flatten"))
                bias = () if op.bias else (Keyword("bias", "False"),)
                items.append(Call("nn.Linear", (str(count), str(op.out), *bias)))
            case ops.Act() as op:
                items.append(act(op.function))
            case _:
                items.append(norm(node))
    return tuple(items)


def norm(node: Node) -> Call:
    """Batch normalisation of a map, or of features."""
    sides = 2 if len(node.inputs[0]) == 3 else 1
    plain_one = not isinstance(node.op, ops.BatchNorm) or node.op.affine
    affine = () if plain_one else (Keyword("affine", "False"),)
    return Call(f"nn.BatchNorm{sides}d", (str(node.inputs[0][0]), *affine))
