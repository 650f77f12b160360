"""A PyTorch model as a graph: every operation that it runs, by one table, sizes cross-checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mncost.convert.tensors import Clash, Dims, Live, positions
from mncost.convert.torch import model as torch_model
from mncost.convert.torch.model import TorchModel
from mncost.convert.torch.ops import ALIASES, CREATES, PRODUCTS, handler
from mncost.convert.torch.place import Place, Stored, Tensor
from mncost.convert.torch.trace import Ref, TorchNode
from mncost.convert.writing import Writer, notes_of_bits
from mncost.errors import Problem, ShapeError, SpecError
from mncost.graph import Graph, ops


def read(
    source: str, sizes: Sequence[Dims], arguments: Mapping[str, object] | None = None
) -> Graph:
    """The graph of the model that `py:package.module:factory` is or makes, for one image.

    It imports and runs that code. `sizes` are those of the inputs, in order, and `arguments` go to
    the factory by name. Raises `SpecError` for what is no model or cannot be run, `SettingError`
    for sizes and arguments that cannot be, `ShapeError` for what does not fit together.
    """
    return Importer(torch_model.read(source, sizes, arguments or {}), source).graph()


class Importer:
    """Walks the operations in order, and knows of each tensor its size and where it is from."""

    def __init__(self, model: TorchModel, source: str) -> None:
        self.model, self.source = model, source
        self.writer = Writer(model.name, [dims for _, dims in model.inputs], model.bits)
        self.numbers = {root: math.prod(each.dims) for root, each in model.parameters.items()}
        self.order = {root: at for at, root in enumerate(model.parameters)}
        self.views: dict[Ref, Ref] = {}
        self.tensors: dict[Ref, Tensor] = {}
        self.bits: dict[Ref, int] = {}
        for at, (node, dims) in enumerate(model.inputs):
            self.tensors[Ref(node)], self.bits[Ref(node)] = Live(dims, -1 - at), model.bits[at]
        for node, saved in model.saved.items():
            self.tensors[Ref(node)] = Stored(saved.dims, frozenset([saved.root]), saved.bits)

    def graph(self) -> Graph:
        """The finished graph."""
        for node in self.model.nodes:
            self._node(node)
        graph = self.writer.graph()
        if not graph.nodes:
            message = "nothing that is computed from the input"
            raise SpecError(Problem(message, "not a network").at(self.source))
        notes = [*self.model.notes, *self._idle(), *notes_of_bits(graph.nodes)]
        told = {"all": " ".join(notes)} if notes else {}
        outputs = positions(self.tensors.get(ref) for ref in self.model.outputs)
        return replace(graph, notes=told, outputs=outputs)

    def _idle(self) -> list[str]:
        """What is said of parameters that nothing reads."""
        count = sum(n for root, n in self.numbers.items() if root not in self.writer.stored)
        word = (
            "parameter that nothing reads is" if count == 1 else "parameters that nothing reads are"
        )
        return [f"{count:,} {word} not counted."] if count else []

    def _node(self, node: TorchNode) -> None:
        try:
            place = Place(node, self)
            if any(each is not None for each in node.outputs):
                self._written(place)
        except Clash as clash:
            raise self._at(node, clash.problems) from None
        except (ArithmeticError, IndexError, KeyError, TypeError, ValueError) as error:
            problem = Problem(f"an operation that cannot be read ({type(error).__name__}: {error})")
            raise self._at(node, [problem]) from None

    def _written(self, place: Place) -> None:
        node, name = place.node, place.label
        source = next(iter(node.read), None)
        casts = name in ALIASES and source is not None and place.casts(source)
        alias = name in ALIASES and not casts
        self.bits.update((Ref(node.index, slot), bits) for slot, bits in enumerate(node.bits))
        if casts:
            place.cast(place.lives[0])
        elif alias and place.reads:
            place.same(place.reads[0])
        elif name in CREATES or (not place.lives and name not in PRODUCTS):
            place.hold()
        else:
            handler(node, name)(place)
        if node.nature == "view" or alias:
            for slot in range(len(node.outputs)):
                self.views[Ref(node.index, slot)] = next(iter(node.read), Ref(-1))
        if node.writes:
            self._overwritten(place)

    def _overwritten(self, place: Place) -> None:
        """An operation in place: what it wrote to is its output, and so is what that is part of."""
        node, out = place.node, self.tensors.get(Ref(place.node.index))
        into = next(iter(node.read), None)
        if into is None or not isinstance(out, Live):
            return
        self.tensors[into] = out
        while (into := self.views.get(into)) is not None:
            whole = self.tensors.get(into)
            if isinstance(whole, Stored):
                move = ops.Move("copy", self.writer.shape(whole.dims))
                position = place.write(move, [out.at], stored=[whole], label="copy")
                self.tensors[into] = Live(whole.dims, position)

    def _at(self, node: TorchNode, problems: Sequence[Problem]) -> ShapeError:
        return ShapeError(
            Problem(f"{node}: {each.message}", each.hint).at(self.source) for each in problems
        )
