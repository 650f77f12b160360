"""An ONNX model as a graph: every tensor's size by our own rules, every operator by one table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mncost.convert.onnx import file as onnx_file
from mncost.convert.onnx.file import Constant, OnnxModel, OnnxNode
from mncost.convert.onnx.folding import constant, folded, stored_size
from mncost.convert.onnx.inputs import Inputs, stored
from mncost.convert.onnx.narrow import Narrow, width
from mncost.convert.onnx.ops import CONTROL, HANDLERS
from mncost.convert.onnx.order import in_order
from mncost.convert.onnx.patterns import biased, gates
from mncost.convert.onnx.place import Place
from mncost.convert.onnx.scopes import hierarchy, layer
from mncost.convert.onnx.types import Types
from mncost.convert.tensors import Clash, Dims, Live, positions, text
from mncost.convert.writing import Writer, notes_of_bits
from mncost.errors import MncostError, Problem, ShapeError, SpecError
from mncost.graph import Graph, Op, Shape, ops
from mncost.units import MOST

MOST_ELEMENTS = 10**15
MOST_FOLDED = 2_000_000
"""Numbers that are reckoned with beforehand, in all; beyond, sizes alone are kept."""

NEWEST = 26
"""The newest opset whose operators are known here."""


def read(path: str, sizes: Mapping[str, Dims] | None = None) -> Graph:
    """The graph of an ONNX file, for one image. `sizes` fixes inputs by name.

    Raises `SpecError` for what is no model, and `ShapeError` for one that does not fit together.
    """
    model = onnx_file.read(path)
    known = (*model.constants, *model.inputs)
    model = replace(model, nodes=in_order(model.nodes, known))
    try:
        return _graph(model, path, dict(sizes or {}))
    except (ArithmeticError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        message = f"a model that cannot be read ({type(error).__name__}: {str(error)[:80]})"
        raise SpecError(Problem(message).at(path)) from None


def _graph(model: OnnxModel, path: str, sizes: dict[str, Dims]) -> Graph:
    """The graph; of a file with a batch, for one image, where its operators allow that."""
    weights = stored(model)
    live = {name: dims for name, dims in model.inputs.items() if name not in weights}
    batches = {name: dims[0] for name, dims in live.items() if dims and len(dims) > 1}
    first = next(iter(batches.values()), 1)
    if sizes or not isinstance(first, int) or first < 2:
        return Importer(model, path, sizes).graph()
    single: dict[str, Dims] = {}
    for name, dims in live.items():
        whole = tuple(each for each in dims or () if isinstance(each, int))
        if len(whole) == len(dims or ()) > 1 and whole[0] == first:
            single[name] = (1, *whole[1:])
    try:
        graph = Importer(model, path, single).graph()
    except MncostError:
        hint = "export it with a batch of 1, or an open one"
        raise SpecError(
            Problem(f"a batch of {first}, which its sizes hold", hint).at(path)
        ) from None
    note = f"Counted for one image; the file has a batch of {first}."
    told = {"all": " ".join([note, *graph.notes.values()])}
    return replace(graph, notes=told)


Tensor = Constant | Live


class Importer:
    """Walks the nodes in order, and knows of each tensor so far its size and where it is from."""

    def __init__(self, model: OnnxModel, path: str, sizes: dict[str, Dims]) -> None:
        self.model, self.path = model, path
        self.ours = model.producer == onnx_file.PRODUCER
        self.tensors: dict[str, Tensor] = dict(model.constants)
        self.readers = Counter(name for node in model.nodes for name in node.inputs)
        self.readers.update(model.outputs)
        self.narrow = Narrow(model.nodes, self.readers)
        self.types = Types(model)
        self.gates, self.gated = gates(model.nodes, self.readers)
        self.biased = biased(model.nodes, self.readers, model.constants)
        self.folds = 0
        inputs = Inputs(model, path, sizes)
        self.sizes, self.batch, self.notes = inputs.sizes, inputs.batch, inputs.notes
        bits = tuple(map(self.types.of, inputs.live))
        self.writer = Writer(model.name, tuple(inputs.live.values()), bits, self.batch)
        self.tensors |= {
            name: Constant(dims, None, name, self.types.of(name))
            for name, dims in inputs.stored.items()
        }
        for index, (name, dims) in enumerate(inputs.live.items()):
            self.tensors[name] = Live(dims, -1 - index)

    # -- the walk

    def graph(self) -> Graph:
        """The finished graph. All that does not fit is told at once, where it can be."""
        if self.model.opset > NEWEST:
            self.notes.append(f"Opset {self.model.opset} is newer than any known here ({NEWEST}).")
        for node in self.model.nodes:
            self._node(node)
        self._outputs()
        graph = self.writer.graph()
        if not graph.nodes:
            raise self.problem("nothing that is computed", "not a network")
        outputs = positions(self.tensors[name] for name in self.model.outputs)
        nodes = self.narrow.applied(graph.nodes, outputs)
        self.notes += notes_of_bits(nodes)
        notes = {"all": " ".join(self.notes)} if self.notes else {}
        return replace(graph, nodes=nodes, notes=notes, outputs=outputs)

    def _node(self, node: OnnxNode) -> None:
        inputs = [self._tensor(node, name) if name else None for name in node.inputs]
        self.types.learn(node, inputs)
        try:
            if self._known(node, inputs):
                return
            if node.outputs and node.outputs[0] in self.gates:
                self.tensors[node.outputs[0]] = inputs[0]  # type: ignore[assignment]
                return  # its product is what counts
            place = Place(node, inputs, self)
            handler = HANDLERS.get(node.op) if node.domain in _DOMAINS else None
            if handler is None:
                self._unknown(node, inputs)
                return
            handler(place)
            self._others(node)
            self.narrow.learn(node, inputs, self.tensors.get(node.outputs[0]))
        except Clash as clash:
            raise self._at(node, clash.problems) from None
        except (ArithmeticError, IndexError, KeyError, TypeError, ValueError) as error:
            problem = Problem(f"an operator that cannot be read ({type(error).__name__}: {error})")
            raise self._at(node, [problem]) from None

    def _tensor(self, node: OnnxNode, name: str) -> Tensor:
        if name not in self.tensors:
            message = f'{node} reads "{name}", which nothing before it puts out'
            raise self.problem(message, "a cycle, or a file out of order")
        return self.tensors[name]

    def _known(self, node: OnnxNode, inputs: Sequence[Tensor | None]) -> bool:
        """Whether the node's output is known before the network runs; then it is a constant."""
        if node.op == "Constant":
            self.put(node, constant(node))
            return True
        if node.op == "Shape" and inputs[0] is not None:
            dims = inputs[0].dims
            start, end = node.attributes.get("start", 0), node.attributes.get("end", len(dims))
            taken = dims[start:end]
            self.put(node, Constant((len(taken),), taken))
            return True
        if node.op == "Size" and inputs[0] is not None:
            self.put(node, Constant((), (math.prod(inputs[0].dims),)))
            return True
        if node.op == "CastLike":
            inputs = inputs[:1]  # the other says the type alone
        constants = [each for each in inputs if not isinstance(each, Live)]
        if len(constants) < len(inputs):
            return False
        value = folded(node, constants) if self.folds < MOST_FOLDED else None
        if value is not None:
            self.folds += len(value.value or ())
            self.put(node, value)
            return True
        return self._prepared(node, constants)

    def _prepared(self, node: OnnxNode, inputs: list[Constant | None]) -> bool:
        """Weights that are cast, unpacked or laid out anew beforehand: still weights."""
        first = inputs[0] if inputs else None
        if first is None:
            return False
        dims = stored_size(node, inputs)
        bits = width(node, inputs) or first.bits
        self.put(node, Constant(dims, None, first.root or node.outputs[0], bits))
        return True

    def _unknown(self, node: OnnxNode, inputs: Sequence[Tensor | None]) -> None:
        """An operator without a formula: its output must be stated, for what follows to fit."""
        if node.op in CONTROL:
            message = f"{node}: control flow, whose cost depends on the data"
            raise self.problem(message, "export the network without it")
        full = f"{node.domain}.{node.op}" if node.domain else node.op
        stated = [self._stated(name) for name in node.outputs]
        if stated[0] is None:
            message = f"{node}: no formula for {full}, and the size of its output is not stated"
            raise self.problem(message, "export it with shapes, or without this operator")
        sources = [each.at for each in inputs if isinstance(each, Live)]
        position = self.add(node, ops.Opaque(full, self.shape(stated[0])), sources or [-1])
        for name, dims in zip(node.outputs, stated, strict=True):
            if dims is not None:
                self.tensors[name] = Live(dims, position)

    def _others(self, node: OnnxNode) -> None:
        """What else a node puts out: masks and indices, as large as its first output; scales."""
        first = self.tensors.get(node.outputs[0])
        if not isinstance(first, Live):
            return
        sized = {"DynamicQuantizeLinear": (), "LayerNormalization": (*first.dims[:-1], 1)}
        for name in node.outputs[1:]:
            if name and name not in self.tensors:
                dims = sized.get(node.op, first.dims)
                self.tensors[name] = Live(dims, first.at)

    def _stated(self, name: str) -> Dims | None:
        dims = self.model.stated.get(name)
        if dims is None:
            return None
        batch = (1,) if dims and isinstance(dims[0], str) else dims[:1]
        known = [each for each in (*batch, *dims[1:]) if isinstance(each, int)]
        fixed = tuple(known) if len(known) == len(dims) else ()
        return fixed if fixed and min(fixed) > 0 else None

    def _outputs(self) -> None:
        """What the file says of sizes, held against what its operators give."""
        wrong: list[str] = []
        for name, dims in self.model.stated.items():
            tensor = self.tensors.get(name)
            if dims is None or not isinstance(tensor, Live) or self.sizes or len(wrong) == 3:
                continue
            differs = len(dims) != len(tensor.dims) or any(
                isinstance(each, int) and each > 0 and each != ours
                for each, ours in zip(dims, tensor.dims, strict=True)
            )
            if differs:
                wrong.append(f'"{name}" is {text(tensor.dims)}, and stated as {text(dims)}')
        if wrong:
            self.notes.append(f"Sizes that the file states otherwise: {'; '.join(wrong)}.")
        for name in self.model.outputs:
            if name not in self.tensors:
                raise self.problem(f'the output "{name}" is put out by nothing')

    # -- what handlers write with

    def put(self, node: OnnxNode, tensor: Tensor, slot: int = 0) -> None:
        """What comes out of a node."""
        dims = tensor.dims
        odd = dims and (min(dims) < 1 or max(dims) > MOST or math.prod(dims) > MOST_ELEMENTS)
        if odd and isinstance(tensor, Live):
            raise Clash(f"an impossible size: {text(dims)}")
        if slot < len(node.outputs):
            self.tensors[node.outputs[slot]] = tensor
            self.narrow.named(node.outputs[slot], tensor)

    def add(
        self,
        node: OnnxNode,
        op: Op,
        sources: Sequence[int],
        *,
        roots: Sequence[Constant] = (),
        kept: Sequence[Constant] = (),
        written: ops.Writing = "module",
        behind: str = "",
    ) -> int:
        """One more operation; its position. `behind` finishes the one that it reads: norm or act.

        Weights of `roots` that an operation before this one has are stored there. What it stores
        takes the bits of `roots`, or the most of other numbers that are `kept`.
        """
        scope = layer(node.name) if self.ours else hierarchy(node.name, node.op)
        plain = isinstance(op, ops.Conv | ops.Linear | ops.ConvTranspose | ops.BatchNorm)
        stored = [self.stores(each) for each in roots]
        return self.writer.add(
            op,
            sources,
            scope=scope,
            label="" if plain or self.ours else node.op.lower(),
            behind=behind,
            only_as=scope if self.ours else "",
            written=written,
            shared="weights" if stored and all(stored) else "",
            bits=roots[0].bits if roots else max((each.bits for each in kept), default=32),
            activation_bits=self.types.of(node.outputs[0]),
        )

    def shape(self, dims: Dims) -> Shape:
        """A size for one image: without its batch."""
        return self.writer.shape(dims)

    def stores(self, constant: Constant) -> bool:
        """Whether numbers are stored already, by an operation before this; from now on they are.

        Vectors are stored by each: exporters merge those that happen to be equal, as biases of
        nought are before training.
        """
        if sum(side > 1 for side in constant.dims) < 2:
            return False
        return self.writer.stores(constant.root)

    def source_shape(self, position: int) -> Shape:
        """What the operation at `position` puts out."""
        return self.writer.source_shape(position)

    def problem(self, message: str, hint: str = "") -> SpecError:
        return SpecError(Problem(message, hint).at(self.path))

    def _at(self, node: OnnxNode, problems: Sequence[Problem]) -> ShapeError:
        return ShapeError(
            Problem(f"{node}: {each.message}", each.hint).at(self.path) for each in problems
        )


_DOMAINS = ("", "ai.onnx", "com.microsoft")
