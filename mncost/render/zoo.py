"""The zoo as a table: a row for each network."""

from __future__ import annotations

from collections.abc import Sequence

from mncost.cost.conventions import PAPER
from mncost.graph.shapes import size_text
from mncost.render import words
from mncost.render.table import Column, Mark, Row, Table
from mncost.spec.network import Network


def networks(listed: Sequence[Network], params: str) -> Table:
    """Family, input, costs and published accuracy of each, family by family."""
    families = list(dict.fromkeys(network.family for network in listed))
    ordered = sorted(listed, key=lambda each: (families.index(each.family), each.name))
    return Table(
        f"{len(listed)} networks, each as its source has it",
        (
            Column("network", "Network"),
            Column("family", "Family"),
            Column("input", "Input Size"),
            Column("mult_adds", PAPER.unit, "count"),
            Column(params, words.parameters_title(params), "count"),
            Column("top1", "Top-1 %"),
            Column("top1_source", "Top-1 by"),
        ),
        tuple(_row(network, params) for network in ordered),
        about=(*words.counting(PAPER, params), "One as it is written: mncost zoo NAME."),
        notes=tuple(
            f"{network.name}, a variant of {network.variant.of}: {network.variant.reason}."
            for network in ordered
            if network.variant
        ),
        facts={
            **words.convention_facts(PAPER, params),
            "sources": {network.name: network.source for network in ordered},
            "top1_sources": {
                network.name: network.published.source for network in ordered if network.published
            },
        },
    )


def _row(network: Network, params: str) -> Row:
    """What a network states of itself: the zoo's own tests hold its `expect` to the count."""
    expect, published = network.expect, network.published
    counts = expect.model_dump() if expect else {}
    height, width = network.input.size
    return (
        network.name,
        network.family,
        size_text((network.input.channels, height, width)),
        counts.get("mult_adds") or Mark.UNKNOWN,
        counts.get(params) or Mark.UNKNOWN,
        f"{published.top1:g}" if published else Mark.EMPTY,
        published.source.partition(", http")[0] if published else Mark.EMPTY,
    )
