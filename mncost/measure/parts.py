"""`Part`: what a runtime computes in one go, a layer with all that is fused into it, as work."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from mncost import formulas
from mncost.cost.events import mult_adds, parameters
from mncost.errors import Path
from mncost.graph import Graph, Node, ops
from mncost.graph.shapes import kind as kind_of

ALIGNMENT = 4
"""Runtimes compute so many channels at once; other counts of channels take a slower way."""

IMAGE = 4
"""A convolution of so few channels, or fewer, reads the picture: a way of its own."""

BITS = 32

FUSED = ("relu", "sigmoid", "tanh", "leakyrelu", "hardsigmoid")
"""Activations that are computed with the layer before them, and are a part of it. Others may be so
too, depending on the runtime, and take some time of their own nevertheless."""

LINEAR = "linear"

WEIGHTED = ("pointwise", "depthwise", "conv", "stem", "grouped", LINEAR, "transposed")
"""The kinds of parts that have Mult-Adds; all others only move bytes."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of work: of which row (`path`, `name`), of which kind, and how much of it.

    `bytes` are those of its inputs, its output and its weights, each once. `aligned`: its channels
    are multiples of `ALIGNMENT`. `channels`: of a convolution, what it reads and puts out.
    `behind`: of an activation, the part that it finishes, by its position. `moved`: of a fully
    connected layer, the bytes of all parts of its network, before which its weights were read last.
    """

    path: Path
    name: str
    kind: str
    aligned: bool
    mult_adds: int
    bytes: int
    kernel: int = 1
    channels: tuple[int, int] = (0, 0)
    behind: int | None = None
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """A network's parts in order, and which of them each node of its graph is in (None: free)."""

    parts: tuple[Part, ...]
    of: tuple[int | None, ...]


def parts(graph: Graph) -> Parts:
    """The parts of a graph.

    Norms and plain activations go into the layer before them, and so does the sum of a residual;
    what leaves every number as it is and where it is (dropout, a flatten, a cast, all numbers being
    floats here) is no work.
    """
    gathered = _Gathered(graph)
    for at, node in enumerate(graph.nodes):
        gathered.add(at, node)
    moved = sum(part.bytes for part in gathered.parts)
    found = (replace(p, moved=moved) if p.kind == LINEAR else p for p in gathered.parts)
    return Parts(tuple(found), tuple(gathered.of))


class _Gathered:
    """Parts as they grow: each with its head, and the node at its end."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.readers = Counter(source for node in graph.nodes for source in node.sources)
        self.parts: list[Part] = []
        self.of: list[int | None] = []
        self.heads: list[int] = []
        self.tips: list[int] = []
        self.rows: set[Path] = set()

    def add(self, at: int, node: Node) -> None:
        """One more node, into a part that there is or into one of its own."""
        finishes = node.path[-1:] in (("norm",), ("act",)) and node.path[:-1] in self.rows
        path = node.path[:-1] if finishes else node.path
        self.rows.add(path)
        if _is_nothing(node):
            source = node.sources[0]
            home = self.of[source] if source >= 0 else None
            self.of.append(home)
            if home is not None and self.tips[home] == source:
                self.tips[home] = at
            return
        home = self._home(node)
        if home is None:
            name = node.name.rpartition("/")[0] if finishes else node.name
            before = self._finished(node)
            part = _part(node, path, name)
            alike = part.aligned if before is None else self.parts[before].aligned
            self.parts.append(replace(part, behind=before, aligned=alike))
            self.heads.append(at)
            self.tips.append(at)
            self.of.append(len(self.parts) - 1)
            return
        self.of.append(home)
        self.tips[home] = at
        if isinstance(node.op, ops.Add):
            more = formulas.bytes_of(formulas.elements(node.output), BITS)
            self.parts[home] = replace(self.parts[home], bytes=self.parts[home].bytes + more)

    def _finished(self, node: Node) -> int | None:
        """The part that an activation may be computed with."""
        return self._behind(node.sources[0], (ops.Conv,)) if isinstance(node.op, ops.Act) else None

    def _home(self, node: Node) -> int | None:
        """The part that this node is computed with."""
        match node.op:
            case ops.BatchNorm():
                return self._behind(node.sources[0], (ops.Conv, ops.Linear, ops.ConvTranspose))
            case ops.Act() as act if act.function in FUSED:
                return self._behind(node.sources[0], (ops.Conv, ops.Linear))
            case ops.Add() if len(node.sources) == 2:
                for source in sorted(node.sources, reverse=True):
                    home = self._behind(source, (ops.Conv,))
                    if home is not None:
                        return home
        return None

    def _behind(self, source: int, kinds: tuple[type, ...]) -> int | None:
        """The part that ends at a node which nothing else reads, if its head is of these."""
        if source < 0 or self.readers[source] != 1:
            return None
        home = self.of[source]
        if home is None or self.tips[home] != source or self._acted(home):
            return None
        return home if isinstance(self.graph.nodes[self.heads[home]].op, kinds) else None

    def _acted(self, home: int) -> bool:
        return isinstance(self.graph.nodes[self.tips[home]].op, ops.Act)


def _is_nothing(node: Node) -> bool:
    alike = ops.is_view(node.op) or ops.is_cast(node.op, node.inputs[0])
    return alike or isinstance(node.op, ops.Dropout) or node.op == ops.Act("none")


def _part(node: Node, path: Path, name: str) -> Part:
    stored, counted = parameters(replace(node, shared="")), mult_adds(node)
    moved = [*map(formulas.elements, node.inputs), formulas.elements(node.output)]
    return Part(
        path,
        name,
        kind(node),
        aligned(node),
        counted() if counted else 0,
        formulas.bytes_of(sum(moved) + stored.weights + stored.biases, BITS),
        max(node.op.kernel) if isinstance(node.op, ops.Conv | ops.Pool) else 1,
        (node.inputs[0][0], node.op.out) if isinstance(node.op, ops.Conv) else (0, 0),
    )


def kind(node: Node) -> str:
    """What sort of work a node is: finer than the kinds of layers, where time differs."""
    match node.op:
        case ops.Conv() as conv if conv.groups == 1 and node.inputs[0][0] <= IMAGE:
            return "stem"
        case ops.Conv() as conv if conv.groups > 1 and conv.groups != node.inputs[0][0]:
            return "grouped"
        case ops.AdaptivePool() as pool if pool.size == (1, 1):
            return "global pool"
        case ops.Act() as act:
            return act.function
    return kind_of(node.op, node.inputs)


def aligned(node: Node) -> bool:
    """Whether a convolution's channels are such as the runtime computes fast; others always."""
    if not isinstance(node.op, ops.Conv):
        return True
    read = node.inputs[0][0]
    return node.op.out % ALIGNMENT == 0 and (read % ALIGNMENT == 0 or read <= IMAGE)


def blocked(part: Part, block: int) -> Part:
    """The part as it is computed in blocks of channels: a part of a block costs a whole one.

    >>> part = Part((0,), "a", "pointwise", True, 24 * 24 * 49, 0, 1, (24, 24))
    >>> blocked(part, 16).mult_adds == 32 * 32 * 49
    True
    """
    read, out = part.channels
    if block == 1 or not part.aligned or not out:
        return part
    mult_adds = part.mult_adds * _whole(out, block) // out
    if part.kind in READING:
        mult_adds = mult_adds * _whole(read, block) // read
    return replace(part, mult_adds=mult_adds)


READING = ("pointwise", "conv")
"""The kinds that read whole blocks of channels as well."""


def _whole(channels: int, block: int) -> int:
    return -(-channels // block) * block
