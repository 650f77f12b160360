"""How much memory activations need at once, by liveness: in order of execution, each tensor kept
until its last reader; norms, activations and dropout work in place. A lower bound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from mncost.formulas import elements
from mncost.graph import Graph, Node, ops


@dataclass(frozen=True, slots=True)
class Peak:
    """The most elements alive at once, and the operation at which they are."""

    elements: int
    node: Node


def peak(graph: Graph) -> Peak:
    """The peak of activation memory, in elements. Norms, activations and dropout work in place."""
    home = _homes(graph)
    last = {-1 - index: -1 for index, _ in enumerate((graph.input, *graph.others))}
    for position, node in enumerate(graph.nodes):
        for source in node.sources:
            last[home[source]] = position
    alive = {-1 - at: elements(shape) for at, shape in enumerate((graph.input, *graph.others))}
    most = Peak(0, graph.nodes[0])
    for position, node in enumerate(graph.nodes):
        if home[position] == position:
            alive[position] = elements(node.output)
        total = sum(alive.values())
        if total > most.elements:
            most = Peak(total, node)
        for tensor in [each for each in alive if last.get(each, position) <= position]:
            del alive[tensor]
    return most


def _homes(graph: Graph) -> dict[int, int]:
    """Where each node's output lives: in a tensor of its own, or in its input's.

    What another operation reads too cannot be overwritten.
    """
    readers = Counter(source for node in graph.nodes for source in node.sources)
    home = {-1 - index: -1 - index for index, _ in enumerate((graph.input, *graph.others))}
    for position, node in enumerate(graph.nodes):
        free = node.sources[0] >= 0 and readers[node.sources[0]] == 1
        in_place = free and isinstance(node.op, ops.BatchNorm | ops.Act | ops.Dropout)
        home[position] = home[node.sources[0]] if in_place else position
    return home
