"""The engine: the one loop over a graph. It has no arithmetic; `formulas` has it all."""

from __future__ import annotations

from mncost.cost.conventions import PAPER, Convention
from mncost.cost.events import Parameters, ledger, mult_adds, parameters, summed
from mncost.cost.report import Report, Row
from mncost.errors import Path
from mncost.graph import Graph, Node
from mncost.graph.shapes import kind


def analyze(graph: Graph, convention: Convention = PAPER) -> Report:
    """What every layer of the graph costs under a counting convention."""
    rows = tuple(_row(nodes, convention) for nodes in _layers(graph))
    return Report(graph.name, graph.input, graph.setting, convention, rows, graph.notes)


def _layers(graph: Graph) -> list[list[Node]]:
    """Each operation with those that finish it: the norm and the act that hang under its path."""
    layers: list[list[Node]] = []
    by_path: dict[Path, list[Node]] = {}
    for node in graph.nodes:
        if node.path[-1:] in (("norm",), ("act",)) and node.path[:-1] in by_path:
            by_path[node.path[:-1]].append(node)
        else:
            layers.append([node])
            by_path[node.path] = layers[-1]
    return layers


def _row(nodes: list[Node], convention: Convention) -> Row:
    head = nodes[0]
    events = summed([ledger(head), *(ledger(node, head.op) for node in nodes[1:])])
    return Row(
        cost=convention.price(events),
        events=events,
        parameters=sum((parameters(node) for node in nodes), Parameters()),
        path=head.path,
        name=head.name,
        kind=kind(head.op, head.inputs),
        op=head.op,
        input=head.inputs[0],
        output=nodes[-1].output,
        formula=mult_adds(head),
    )
