"""A graph as an ONNX file that runs: opset 17, or 20 where there is a GELU; float32, batch 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mncost import formulas
from mncost.convert.onnx.file import PRODUCER
from mncost.convert.onnx.names import Names
from mncost.convert.onnx.weights import Filled, Stock, Values, Weights
from mncost.convert.onnx.writers import Site, refusal, write
from mncost.errors import OutputError, Problem, SettingError, SpecError
from mncost.graph import Graph, Node, Shape, ops

OPSET, IR = 17, 8
OPSET_WITH_GELU, IR_WITH_GELU = 20, 9

MOST_BYTES = 2**31 - 2**24
"""A protobuf message has at most 2 GiB; what is left is for all that is no weight."""


def model(
    graph: Graph, *, weights: Weights = "random", seed: int = 0, fold_bn: bool = False
) -> bytes:
    """The graph as the bytes of an ONNX file.

    `weights`: random ones from a `seed`, or noughts, which are written as their size alone.
    `fold_bn` takes each norm into the convolution or the linear layer before it, where nothing
    else reads that. Raises `SpecError` with every operation that cannot be written.
    """
    if seed < 0:
        raise SettingError(Problem(f"a seed from 0 up, not {seed}"))
    if not graph.nodes:
        raise SpecError(Problem("nothing that is computed", "not a network"))
    if refused := list(_refused(graph)):
        raise SpecError(refused)
    if weights == "random" and (size := _bytes(graph)) > MOST_BYTES:
        what = f"{size:,} bytes of weights, and an ONNX file takes 2 GiB"
        raise OutputError(Problem(what, "write weights of zero, or a thinner network"))
    draft = Draft(graph, Stock(weights, seed), _folds(graph) if fold_bn else {})
    told = f"Weights: random, seed {seed}." if weights == "random" else "Weights: zero."
    data: bytes = draft.model(told).SerializeToString()
    return data


def _refused(graph: Graph) -> list[Problem]:
    hint = "leave it out, or write it with other layers"
    return [
        Problem(f'ONNX: "{node.name}" {why}', hint, node.path)
        for node in graph.nodes
        if (why := refusal(node))
    ]


def _bytes(graph: Graph) -> int:
    """How many bytes the weights of convolutions and linear layers take."""
    count = 0
    for node in graph.nodes:
        match node.op:
            case ops.Conv() | ops.ConvTranspose() as op:
                m = node.inputs[0][0]
                count += formulas.kernel_weights(op.kernel, m, op.out, op.groups)
            case ops.Linear() as op:
                read = node.inputs[0][-1:] if op.each else node.inputs[0]
                count += formulas.linear(formulas.elements(read), op.out)
    return formulas.bytes_of(count, 32)


def _folds(graph: Graph) -> dict[int, int]:
    """Convolutions and linear layers, each with the norm that alone reads it."""
    readers = Counter(source for node in graph.nodes for source in node.sources)
    return {
        node.sources[0]: at
        for at, node in enumerate(graph.nodes)
        if isinstance(node.op, ops.BatchNorm)
        and (source := node.sources[0]) >= 0
        and readers[source] == 1
        and _foldable(graph.nodes[source])
    }


def _foldable(node: Node) -> bool:
    match node.op:
        case ops.Conv():
            return True
        case ops.Linear() as op:
            return not op.each or len(node.inputs[0]) == 1
    return False


class Draft:
    """What is written so far: operators, stored tensors, and what each operation puts out."""

    def __init__(self, graph: Graph, stock: Stock, folds: dict[int, int]) -> None:
        onnx = _onnx()
        self.helper, self.numpy_helper = onnx.helper, onnx.numpy_helper
        self.tensor_type = onnx.TensorProto
        self.float, self.whole_type = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
        self.graph, self.stock, self.folds = graph, stock, folds
        self.acted = _acted(graph)
        names = Names(graph)
        self.fresh, self.inputs = names.fresh, names.inputs
        self.scopes, self.tensors = names.scopes, names.tensors
        for at, norm in folds.items():
            self.tensors[at] = self.tensors[norm]
        self.operators: list[Any] = []
        self.stored: dict[str, Any] = {}
        self.known: dict[str, str] = {}

    def model(self, told: str) -> Any:
        """The whole, as ONNX's message."""
        folded = set(self.folds.values())
        for at, node in enumerate(self.graph.nodes):
            if at not in folded:
                reads = tuple(self.tensor(source) for source in node.sources)
                write(Site(self, node, at, reads, self.tensors[at]))
        gelu = any(node.op == ops.Act("gelu") for node in self.graph.nodes)
        opset, ir = (OPSET_WITH_GELU, IR_WITH_GELU) if gelu else (OPSET, IR)
        model = self.helper.make_model(
            self._graph(),
            opset_imports=[self.helper.make_opsetid("", opset)],
            ir_version=ir,
            producer_name=PRODUCER,
            doc_string=told,
        )
        for name in list(self.stored):  # one by one, so that no weights are held twice
            model.graph.initializer.add().CopyFrom(self._tensor(name, self.stored.pop(name)))
        return model

    def _graph(self) -> Any:
        ends = self._ends()
        shapes = (self.graph.input, *self.graph.others)
        outside = {*ends, *self.folds}
        inside = [at for at in range(len(self.tensors)) if at not in outside]
        return self.helper.make_graph(
            self.operators,
            self.graph.name or "network",
            [self.info(*each) for each in zip(self.inputs, shapes, strict=True)],
            [self.info(self.tensors[at], self.graph.nodes[at].output) for at in ends],
            value_info=[self.info(self.tensors[a], self.graph.nodes[a].output) for a in inside],
        )

    def _ends(self) -> list[int]:
        """What the network gives; where that is not stated, the last first: that is its output."""
        given = [at for at in self.graph.gives if at >= 0]
        return given if self.graph.outputs is not None else given[::-1]

    def tensor(self, source: int) -> str:
        """What is read at a position; -1 is the input."""
        return self.tensors[source] if source >= 0 else self.inputs[-1 - source]

    def info(self, name: str, shape: Shape) -> Any:
        return self.helper.make_tensor_value_info(name, self.float, (1, *shape))

    def operator(
        self,
        operator: str,
        inputs: Sequence[str],
        output: str,
        name: str,
        doc: str,
        attributes: dict[str, Any],
    ) -> None:
        """One more operator, at the end."""
        self.operators.append(
            self.helper.make_node(
                operator, inputs, [output], name=name, doc_string=doc or None, **attributes
            )
        )

    def store(self, name: str, values: Values) -> str:
        """Keeps weights; the name to read them by. Noughts are made when the network runs."""
        name = self.fresh(name)
        if not isinstance(values, Filled):
            self.stored[name] = values
        elif self.stock.kind == "zero":
            fill = self.helper.make_tensor("value", self.float, (1,), (values.value,))
            shape = self.whole(values.shape)
            made = {"value": fill}
            self.operator("ConstantOfShape", (shape,), name, f"/{name}/ConstantOfShape", "", made)
        else:
            filled = (values.value,) * values.shape[0]
            self.stored[name] = self.helper.make_tensor(name, self.float, values.shape, filled)
        return name

    def _tensor(self, name: str, values: Any) -> Any:
        made = isinstance(values, self.tensor_type)
        return values if made else self.numpy_helper.from_array(values, name)

    def number(self, value: float) -> str:
        """A single number, stored once."""
        return self._once(f"number {value:g}", self.float, (), (value,))

    def whole(self, values: Sequence[int]) -> str:
        """Whole numbers in a row, stored once."""
        name = f"numbers {' '.join(str(each) for each in values)}"
        return self._once(name, self.whole_type, (len(values),), tuple(values))

    def _once(self, name: str, kind: int, dims: Shape, values: tuple[Any, ...]) -> str:
        if name not in self.known:
            self.known[name] = self.fresh(name)
            tensor = self.helper.make_tensor(self.known[name], kind, dims, values)
            self.stored[self.known[name]] = tensor
        return self.known[name]


def _acted(graph: Graph) -> set[int]:
    """What an activation reads: itself, or through the norm between."""
    found = {each.sources[0] for each in graph.nodes if isinstance(each.op, ops.Act)}
    norms = {at for at in found if at >= 0 and isinstance(graph.nodes[at].op, ops.BatchNorm)}
    return found | {graph.nodes[at].sources[0] for at in norms}


def _onnx() -> Any:
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        problem = Problem("writing ONNX files needs onnx", "pip install 'mncost[onnx]'")
        raise SpecError(problem) from None
    return onnx
