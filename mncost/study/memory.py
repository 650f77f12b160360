"""How much memory activations need at once: what is alive at each operation, as a planner has it.

All are lower bounds: arenas also hold scratch buffers, im2col buffers and structures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

from mncost.cost.footprint import Bits
from mncost.errors import Problem, SettingError, did_you_mean
from mncost.formulas import bytes_of, elements
from mncost.graph import Graph, Node, Shape, ops
from mncost.graph.shapes import kind

Planner = Literal["sum", "liveness", "in_place"]

PLANNERS: Mapping[Planner, str] = {
    "sum": "every tensor at once, none overwritten",
    "liveness": "in order of execution, each tensor kept until its last reader",
    "in_place": "as liveness, and a depthwise convolution overwrites its input, channel by channel",
}
"""Every planner, with its rule. In all, norms, activations and dropout work in place, a view (a
reshape, say) is of its input's tensor, and what the network gives stays to the end."""

TITLES: Mapping[Planner, str] = {
    "sum": "sum",
    "liveness": "liveness",
    "in_place": "liveness, depthwise in place",
}
"""What the planners are called."""

DEFAULT: Planner = "liveness"


@dataclass(frozen=True, slots=True)
class Tensor:
    """Something in memory: what put it out, its shape, and its whole bytes.

    `scratch` is the channel that a depthwise convolution in place works on.
    """

    name: str
    shape: Shape
    bytes: int
    scratch: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """An operation, what it reads and writes, and how much is in memory while it runs.

    What works in place writes nothing of its own.
    """

    node: Node
    reads: tuple[Tensor, ...]
    writes: Tensor | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is in memory at each operation, by a planner.

    `peak` is the first of those at which it is the most, and `tensors` what it is then: what the
    operation reads, what is kept for others, and what it writes.
    """

    planner: Planner
    moments: tuple[Moment, ...]
    peak: Moment
    tensors: tuple[Tensor, ...]


def check(planner: str) -> Planner:
    """The planner of that name. Raises `SettingError`."""
    for known in get_args(Planner):
        if planner == known:
            return known  # type: ignore[no-any-return]
    raise SettingError(Problem(f'no planner "{planner}"', did_you_mean(planner, PLANNERS)))


def plan(graph: Graph, bits: Bits, planner: Planner = DEFAULT) -> Plan:
    """What is in memory at each operation."""
    planning = _Planning(graph, bits, planner)
    moments = tuple(moment for moment, _ in planning.walk())
    at = max(range(len(moments)), key=lambda position: moments[position].bytes)
    again, alive = next(islice(planning.walk(), at, None))
    own = () if again.writes is None else (again.writes,)
    named = {id(each) for each in (*again.reads, *own)}
    kept = [each for each in alive.values() if id(each) not in named]
    return Plan(planner, moments, moments[at], (*again.reads, *kept, *own))


class _Planning:
    """A walk over a graph in order of execution. Positions are the tensors' names; below 0, the
    inputs'."""

    def __init__(self, graph: Graph, bits: Bits, planner: Planner) -> None:
        self.graph, self.bits, self.planner = graph, bits, planner
        self.readers = Counter(source for node in graph.nodes for source in node.sources)
        self.given = set(graph.gives)
        self.home = self._homes()
        last = {home: max(home, 0) for home in self.home.values()}
        for position, node in enumerate(graph.nodes):
            last.update((self.home[source], position) for source in node.sources)
        last.update((self.home[at], len(graph.nodes)) for at in graph.gives)
        self.dying: dict[int, list[int]] = {}
        for tensor, position in last.items():
            self.dying.setdefault(position, []).append(tensor)

    def walk(self) -> Iterator[tuple[Moment, Mapping[int, Tensor]]]:
        """Each operation in turn, with all that is in memory then, until the next one."""
        inputs = (self.graph.input, *self.graph.others)
        alive = {-1 - at: self._input(at, shape) for at, shape in enumerate(inputs)}
        total = sum(each.bytes for each in alive.values())
        for position, node in enumerate(self.graph.nodes):
            homes = dict.fromkeys(self.home[source] for source in node.sources)
            reads = tuple(alive[home] for home in homes)
            own = self.home[position] == position
            writes = output = self._output(node) if own else None
            over = self._overwritten(position, output, alive)
            if over is not None:
                writes = self._scratch(node)
            if writes is not None:
                alive[position], total = writes, total + writes.bytes
            yield Moment(node, reads, writes, total), alive
            if over is not None and output is not None and writes is not None:
                total += output.bytes - writes.bytes - alive.pop(over).bytes
                alive[position] = output
            if self.planner != "sum":
                for tensor in self.dying.get(position, ()):
                    if tensor in alive:
                        total -= alive.pop(tensor).bytes

    def _input(self, at: int, shape: Shape) -> Tensor:
        name = f"input {at + 1}" if self.graph.others else "input"
        return Tensor(name, shape, bytes_of(elements(shape), self.bits.at(self.graph, -1 - at)))

    def _output(self, node: Node) -> Tensor:
        count = elements(node.output)
        return Tensor(node.name, node.output, bytes_of(count, self.bits.of_output(node)))

    def _scratch(self, node: Node) -> Tensor:
        shape = (1, *node.output[1:])
        size = bytes_of(elements(shape), self.bits.of_output(node))
        return Tensor(node.name, shape, size, scratch=True)

    def _overwritten(
        self, position: int, output: Tensor | None, alive: Mapping[int, Tensor]
    ) -> int | None:
        """The tensor that a depthwise convolution in place overwrites, with a channel to spare.

        As TinyEngine does: Lin et al. 2020, MCUNet, section 3.2 (https://arxiv.org/abs/2007.10319).
        What another operation reads too, or is larger afterwards, cannot be overwritten.
        """
        node = self.graph.nodes[position]
        source = node.sources[0]
        if self.planner != "in_place" or not self._is_last(source):
            return None
        if output is None:
            return None
        if kind(node.op, node.inputs) != "depthwise" or node.output[0] != node.inputs[0][0]:
            return None
        home = self.home[source]
        return home if home >= 0 and output.bytes <= alive[home].bytes else None

    def _homes(self) -> dict[int, int]:
        """Where each node's output lives: in a tensor of its own, or in its input's."""
        inputs = range(1 + len(self.graph.others))
        home = {-1 - index: -1 - index for index in inputs}
        for position, node in enumerate(self.graph.nodes):
            source = node.sources[0]
            over = ops.works_in_place(node.op) and self._is_last(source)
            shares = over or ops.is_view(node.op)
            fits = self.bits.of_output(node) <= self.bits.at(self.graph, home[source])
            home[position] = home[source] if shares and fits else position
        return home

    def _is_last(self, source: int) -> bool:
        """Whether its one reader may overwrite it: no input, nor what the network gives, nor a view
        of these, or of what another operation reads too."""
        while source >= 0 and self.readers[source] == 1 and source not in self.given:
            if not ops.is_view(self.graph.nodes[source].op):
                return True
            source = self.graph.nodes[source].sources[0]
        return False
