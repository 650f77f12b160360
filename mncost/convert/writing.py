"""What readers of others' graphs write with: shapes for one image, names of their own, parameters
stored once, and norms and activations under the operation that they finish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from mncost.convert.tensors import Clash, Dims
from mncost.cost.events import parameters
from mncost.errors import Path
from mncost.graph import Builder, Graph, Node, Numbers, Op, Shape, ops, stated
from mncost.graph.ops import Writing

MOST_NAME = 200


def notes_of_bits(nodes: Iterable[Node]) -> list[str]:
    """How many layers have weights, and operations put out numbers, of how many bits, if stated."""
    each = [(node.path[-1:] == ("norm",), node.numbers) for node in nodes]
    weights = Counter(numbers.weight_bits for norm, numbers in each if not norm)
    activations = Counter(numbers.activation_bits for _, numbers in each)
    return [
        *_counted("Weights", "layer", weights),
        *_counted("Activations", "operation", activations),
    ]


def _counted(what: str, of: str, counts: Counter[int | None]) -> list[str]:
    known = sorted((bits, count) for bits, count in counts.items() if bits)
    return [f"{what} of {b} bits: {n} {of}{'s' if n > 1 else ''}." for b, n in known]


class Writer:
    """Adds operations to a graph, in order; sizes with a batch become shapes for one image.

    Numbers of each input have so many `bits`.
    """

    def __init__(
        self, name: str, inputs: Sequence[Dims], bits: Sequence[int], batch: int = 1
    ) -> None:
        self.batch = batch
        self.names: Counter[str] = Counter()
        self.paths: list[Path] = []
        self.taken: set[Path] = set()
        self.heads: dict[Path, int] = {}
        self.stored: set[str] = set()
        shapes = tuple(self.shape(dims) for dims in inputs)
        said = tuple(map(stated, bits))
        self.builder = Builder(name[:MOST_NAME], shapes[0], None, None, shapes[1:], said)

    def shape(self, dims: Dims) -> Shape:
        """A size for one image: without its batch."""
        if len(dims) > 1 and dims[0] == self.batch:
            return dims[1:]
        if self.batch > 1 and dims and dims[0] % self.batch == 0:
            return (dims[0] // self.batch, *dims[1:])
        return dims or (1,)

    def source_shape(self, position: int) -> Shape:
        """What the operation at `position` puts out."""
        return self.builder.shape(position)

    def bits(self, position: int) -> int:
        """Of each number that the operation at `position` puts out, or of what goes in there."""
        if position >= 0:
            return self.builder.nodes[position].numbers.activation_bits or 32
        return self.builder.input_bits[-1 - position] or 32

    def stores(self, root: str) -> bool:
        """Whether numbers are stored already, by an operation before this; from now on they are."""
        stored = bool(root) and root in self.stored
        self.stored.add(root)
        return stored

    def add(
        self,
        op: Op,
        sources: Iterable[int],
        *,
        scope: str = "",
        label: str = "",
        behind: str = "",
        only_as: str = "",
        written: Writing = "module",
        shared: Literal["", "weights", "all"] = "",
        bits: int = 32,
        activation_bits: int = 32,
    ) -> int:
        """One more operation; its position. Raises `Clash` where it does not fit.

        Each of its weights has `bits`, and what it puts out `activation_bits`: 32 say nothing.

        `behind` (norm or act) finishes the operation that it reads, and hangs under its path; if
        `only_as` is stated, only where it is called so there. Any other is named after its
        `scope`; with a `label`, after what it is in there.
        """
        read = tuple(sources)
        path: Path = (len(self.paths),)
        name = ""
        if behind and len(read) == 1 and self._finishes(read[0], behind, only_as):
            head = self._head(read[0])
            path = (*self.paths[head], behind)
            name = f"{self.builder.nodes[head].name}/{behind}"
        before = len(self.builder.problems)
        position = self.builder.add(
            op, path, name or self.name(op, scope, label), *read,
            written=written, shared=shared,
            numbers=Numbers(stated(bits), stated(activation_bits)),
        )  # fmt: skip
        if position is None:
            raise Clash.of(self.builder.problems[before:])
        self.paths.append(path)
        self.taken.add(path)
        self.heads.setdefault(path, position)
        return position

    def _finishes(self, source: int, behind: str, only_as: str) -> bool:
        """Whether the operation at `source` is one that a norm or an act may finish."""
        if source < 0:
            return False
        before = self.builder.nodes[source]
        if (*self.paths[self._head(source)], behind) in self.taken:
            return False  # another one finishes it
        if only_as:
            return only_as == f"{self.builder.nodes[self._head(source)].name}/{behind}"
        if isinstance(before.op, ops.Act | ops.Move | ops.Pool | ops.Concat):
            return False
        return behind == "act" or isinstance(before.op, ops.Conv | ops.Linear | ops.ConvTranspose)

    def _head(self, source: int) -> int:
        """The operation whose row the one at `source` is in."""
        path = self.paths[source]
        return self.heads[path[:1]] if len(path) > 1 else source

    def graph(self) -> Graph:
        """All that was added. Bits of weights are said of what stores or shares any alone."""
        made = self.builder.build()
        nodes = tuple(
            node
            if node.numbers.weight_bits is None or parameters(replace(node, shared="")).all
            else replace(node, numbers=replace(node.numbers, weight_bits=None))
            for node in made.nodes
        )
        return replace(made, nodes=nodes)

    def name(self, op: Op, scope: str, label: str) -> str:
        """A name of its own: the scope, the scope and a label, or what the operation is."""
        name = (
            f"{scope}/{label}" if scope and label else scope or label or type(op).__name__.lower()
        )
        self.names[name] += 1
        while self.names[name] > 1:
            name = f"{name}.{self.names[name]}"
            self.names[name] += 1
        return name
