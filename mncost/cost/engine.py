"""The engine: the one loop over a graph. It has no arithmetic; `formulas` has it all."""

from __future__ import annotations

from dataclasses import replace

from mncost.cost.conventions import PAPER, Convention
from mncost.cost.events import Parameters, ledger, mult_adds, parameters, summed
from mncost.cost.fields import sights
from mncost.cost.footprint import Bits, footprint
from mncost.cost.report import Report, Row
from mncost.errors import Path
from mncost.graph import PLAIN, Graph, Node
from mncost.graph.shapes import kind


def analyze(graph: Graph, convention: Convention = PAPER, bits: Bits | None = None) -> Report:
    """What every layer of the graph costs under a counting convention.

    With `bits`, each row also says what it holds and moves, and how much of the input it sees.
    """
    layers = _layers(graph)
    rows = tuple(_row([graph.nodes[at] for at in layer], convention) for layer in layers)
    if bits is not None:
        seen = sights(graph)
        rows = tuple(
            replace(
                row,
                footprint=footprint(graph, [graph.nodes[at] for at in layer], bits),
                sight=seen[layer[-1]],
            )
            for row, layer in zip(rows, layers, strict=True)
        )
    own = any(graph.input_bits) or any(node.numbers != PLAIN for node in graph.nodes)
    return Report(graph.name, graph.input, graph.setting, convention, rows, graph.notes, bits, own)


def _layers(graph: Graph) -> list[list[int]]:
    """Each operation with those that finish it: the norm and the act that hang under its path."""
    layers: list[list[int]] = []
    by_path: dict[Path, list[int]] = {}
    for at, node in enumerate(graph.nodes):
        if node.path[-1:] in (("norm",), ("act",)) and node.path[:-1] in by_path:
            by_path[node.path[:-1]].append(at)
        else:
            layers.append([at])
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
        weight_bits=head.numbers.weight_bits,
    )
