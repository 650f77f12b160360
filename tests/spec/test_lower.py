"""Lowering: what each layer stands for, and what it is called."""

from __future__ import annotations

from typing import Any

import mncost
from mncost.graph import Graph, ops
from mncost.spec.network import Network


def lowered(*layers: dict[str, Any], **more: Any) -> Graph:
    return mncost.lower(
        Network.model_validate(
            {"name": "n", "input": {"channels": 8, "size": 16}, "layers": layers, **more}
        )
    )


def test_a_separable_layer_is_both_halves_with_norm_and_act() -> None:
    graph = lowered({"op": "separable", "out": 16, "stride": 2})
    assert [node.name for node in graph.nodes] == [
        "separable1/depthwise",
        "separable1/depthwise/norm",
        "separable1/depthwise/act",
        "separable1/pointwise",
        "separable1/pointwise/norm",
        "separable1/pointwise/act",
    ]
    depthwise, pointwise = graph.nodes[0].op, graph.nodes[3].op
    assert depthwise == ops.Conv(8, (3, 3), (2, 2), (0, 1, 0, 1), groups=8)
    assert pointwise == ops.Conv(16, (1, 1))


def test_biases_stand_where_no_norm_does() -> None:
    conv = {"op": "conv", "out": 4, "kernel": 1}
    with_norm, without = lowered(conv).nodes[0].op, lowered(conv, norm="none").nodes[0].op
    forced = lowered({**conv, "bias": True}).nodes[0].op
    assert (with_norm, without, forced) == (
        ops.Conv(4, (1, 1)),
        ops.Conv(4, (1, 1), bias=True),
        ops.Conv(4, (1, 1), bias=True),
    )


def test_defaults_of_the_network_and_of_the_layer() -> None:
    graph = lowered(
        {"op": "conv", "out": 4, "kernel": 3},
        {"op": "conv", "out": 4, "kernel": 3, "act": "none", "norm": "batch", "padding": "same"},
        norm="none", act="relu6", padding="valid",
    )  # fmt: skip
    assert [type(node.op).__name__ for node in graph.nodes] == ["Conv", "Act", "Conv", "BatchNorm"]
    assert graph.nodes[1].op == ops.Act("relu6")
    assert [node.output for node in graph.nodes][:3] == [(4, 14, 14)] * 3


def test_paddings() -> None:
    for padding, size in (("valid", 14), ("same", 16), (1, 16), (2, 18), ((1, 0, 0, 0), (15, 14))):
        graph = lowered({"op": "conv", "out": 4, "kernel": 3, "padding": padding})
        tall, wide = size if isinstance(size, tuple) else (size, size)
        assert graph.nodes[0].output == (4, tall, wide)


def test_a_repeat_takes_its_stride_once() -> None:
    graph = lowered({"op": "separable", "out": 8, "stride": 2, "repeat": 3, "id": "b"})
    heights = [node.output[1] for node in graph.nodes if node.name.endswith("depthwise")]
    assert heights == [8, 8, 8]
    assert [node.name for node in graph.nodes if node.name.endswith("depthwise")] == [
        "b.1/depthwise",
        "b.2/depthwise",
        "b.3/depthwise",
    ]


def test_depthwise_with_more_filters_a_channel() -> None:
    node = lowered({"op": "depthwise", "multiplier": 2}).nodes[0]
    assert node.op == ops.Conv(16, (3, 3), padding=(1, 1, 1, 1), groups=8)
    report = mncost.analyze(lowered({"op": "depthwise", "multiplier": 2}))
    assert report.rows[0].kind == "depthwise"
    assert report.totals.mult_adds == 3 * 3 * 1 * 16 * 16 * 16


def test_pools_linear_and_the_rest() -> None:
    graph = lowered(
        {"op": "pool", "type": "max", "kernel": 3, "stride": 2, "ceil": True},
        {"op": "norm"},
        {"op": "act", "type": "swish"},
        {"op": "pool", "type": "avg", "kernel": 2},
        {"op": "global_pool"},
        {"op": "linear", "out": 5},
        {"op": "softmax"},
    )
    assert [node.output for node in graph.nodes] == [
        (8, 8, 8), (8, 8, 8), (8, 8, 8), (8, 4, 4), (8, 1, 1), (5,), (5,),
    ]  # fmt: skip


def test_nodes_come_after_what_they_read() -> None:
    graph = mncost.lower(mncost.load("mobilenet_v1"))
    for position, node in enumerate(graph.nodes):
        assert all(source < position for source in node.sources)
        assert node.inputs == tuple(
            graph.input if source < 0 else graph.nodes[source].output for source in node.sources
        )
