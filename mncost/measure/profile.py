"""The runtime's profile mapped back to our layers, at every level of graph optimisation.

Operators keep our names up to the level `extended`; at `all` those in the runtime's own layout
are named after the tensor they put out, and what it adds or inlines has names of its own, or none.
Those are followed through the graph as the runtime rewrote it, tensor by tensor, to one of ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mncost.convert.onnx.file import OnnxNode
from mncost.convert.onnx.names import Names

SUFFIX = "_kernel_time"
IN_BLOCKS = "_nchwc"
"""What the runtime adds to a tensor's name to name an operator in its own layout."""

LAYOUT = ("ReorderInput", "ReorderOutput")
"""Operators that the runtime adds to change between its own layout and the usual one."""


CONVOLUTIONS = ("Conv", "FusedConv")
"""Operators that are convolutions, whatever they are named after."""


@dataclass(frozen=True, slots=True)
class Timed:
    """An operator as it ran: its name, what it is, and how long each run took, in microseconds."""

    name: str
    op: str
    times: tuple[int, ...]


@dataclass(slots=True)
class Mapped:
    """Operators by the node of the graph that they are of, and those that are of none."""

    by_node: dict[int, list[Timed]] = field(default_factory=dict)
    outside: list[Timed] = field(default_factory=list)


def timed(events: Iterable[Mapping[str, Any]]) -> list[Timed]:
    """The operators of a profile, in order of execution."""
    found: dict[str, tuple[str, list[int]]] = {}
    for event in events:
        name = str(event.get("name", ""))
        if event.get("cat") != "Node" or not name.endswith(SUFFIX):
            continue
        op = str(event.get("args", {}).get("op_name", ""))
        found.setdefault(name.removesuffix(SUFFIX), (op, []))[1].append(int(event["dur"]))
    return [Timed(name, op, tuple(times)) for name, (op, times) in found.items()]


def mapped(operators: Sequence[Timed], rewritten: Sequence[OnnxNode], names: Names) -> Mapped:
    """Each operator with its node. `rewritten` is the graph that ran, and `names` ours."""
    place = _Map(_named(operators, rewritten), names)
    found = Mapped()
    for operator in operators:
        at = place.node(operator.name)
        if at is None:
            found.outside.append(operator)
        else:
            found.by_node.setdefault(at, []).append(operator)
    return found


def _named(operators: Sequence[Timed], rewritten: Sequence[OnnxNode]) -> list[OnnxNode]:
    """The graph that ran, with the names that its nameless operators have in the profile.

    Those are what they are with a number that grows in the graph's order: `HardSigmoid_156`.
    """
    known = {node.name for node in rewritten}
    waiting: dict[str, list[tuple[int, str]]] = {}
    for each in operators:
        number = each.name.removeprefix(f"{each.op}_")
        if each.name not in known and number.isdecimal():
            waiting.setdefault(each.op, []).append((int(number), each.name))
    count = Counter(node.op for node in rewritten if not node.name)
    names = {op: iter(sorted(of)) for op, of in waiting.items() if len(of) == count[op]}
    return [
        replace(node, name=next(names[node.op])[1]) if not node.name and node.op in names else node
        for node in rewritten
    ]


class _Map:
    """From an operator's name to a position in our graph."""

    def __init__(self, rewritten: Sequence[OnnxNode], names: Names) -> None:
        self.names = names
        self.tensors = {name: at for at, name in enumerate(names.tensors)}
        self.scopes = {name: at for at, name in enumerate(names.scopes)}
        self.nodes = {node.name: node for node in rewritten if node.name}
        self.writers = {tensor: node for node in rewritten for tensor in node.outputs}
        self.readers: dict[str, list[OnnxNode]] = {}
        for node in rewritten:
            for tensor in node.inputs:
                self.readers.setdefault(tensor, []).append(node)

    def node(self, name: str) -> int | None:
        """The position of what an operator is of."""
        if name.startswith("/") and (at := self._within(name[1:])) is not None:
            return at
        if name.endswith(IN_BLOCKS):
            at = self._tensor(name.removesuffix(IN_BLOCKS))
            if at is not None:
                return at
        node = self.nodes.get(name)
        if node is not None and node.op == LAYOUT[1] and node.inputs[0] in self.writers:
            return self.node(self.writers[node.inputs[0]].name)
        return self._followed(node, set())

    def _followed(self, node: OnnxNode | None, seen: set[str]) -> int | None:
        """By what it puts out, or else by what that goes into."""
        if node is None or node.name in seen:
            return None
        for tensor in node.outputs:
            if (at := self._tensor(tensor)) is not None:
                return at
        seen = seen | {node.name}
        for reader in (each for tensor in node.outputs for each in self.readers.get(tensor, ())):
            ours = reader.name.startswith("/") or reader.name.endswith(IN_BLOCKS)
            at = self.node(reader.name) if ours else self._followed(reader, seen)
            if at is not None:
                return at
        return None

    def _tensor(self, name: str) -> int | None:
        at = self.tensors.get(name)
        return self._within(name) if at is None else at

    def _within(self, name: str) -> int | None:
        """The layer whose name this is, or is within: `separable1/depthwise/Conv`."""
        while name:
            if name in self.scopes:
                return self.scopes[name]
            name = name.rpartition("/")[0]
        return None
