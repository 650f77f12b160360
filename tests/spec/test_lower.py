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


def heights(graph: Graph) -> list[int]:
    return [node.output[1] for node in graph.nodes if isinstance(node.op, ops.Conv)]


def test_padding_in_pixels_is_the_kernels_and_not_of_1x1() -> None:
    """PyTorch's idiom, padding 1 for 3x3, must not let 1x1 convolutions grow the map."""
    assert heights(lowered({"op": "separable", "out": 8, "padding": 1})) == [16, 16]
    layers = ({"op": "separable", "out": 8}, {"op": "pointwise", "out": 8})
    assert heights(lowered(*layers, padding=1)) == [16, 16, 16]
    assert heights(lowered({"op": "pointwise", "out": 8, "padding": 1})) == [18]


def test_names_are_never_shared() -> None:
    graph = lowered(
        {"op": "conv", "out": 8, "kernel": 3, "id": "conv1"},
        {"op": "conv", "out": 8, "kernel": 3},
        {"op": "act", "type": "relu", "id": "a.1"},
        {"op": "act", "type": "relu", "id": "a", "repeat": 2},
    )
    names = [node.name for node in graph.nodes]
    assert len(set(names)) == len(names)
    assert "conv2" in names


def test_pools_keep_their_stride_in_a_repeat() -> None:
    graph = lowered({"op": "pool", "type": "max", "kernel": 2, "repeat": 3})
    assert [node.output[1] for node in graph.nodes] == [8, 4, 2]


def test_branches_by_id() -> None:
    graph = lowered(
        {"op": "pointwise", "out": 8, "id": "a"},
        {"op": "pointwise", "out": 4, "id": "b"},
        {"op": "pointwise", "out": 6, "from": "a", "id": "c"},
        {"op": "concat", "from": ["b", "c", "input"]},
    )
    last = graph.nodes[-1]
    assert last.op == ops.Concat()
    assert last.output == (4 + 6 + 8, 16, 16)


def test_residual_with_and_without_shortcut() -> None:
    plain = lowered({"op": "residual", "layers": [{"op": "pointwise", "out": 8}], "act": "relu"})
    assert [type(node.op).__name__ for node in plain.nodes[-2:]] == ["Add", "Act"]
    assert plain.nodes[-2].sources == (2, -1)
    assert len(mncost.analyze(plain).rows) == 2
    projected = lowered(
        {
            "op": "residual",
            "layers": [{"op": "conv", "out": 16, "kernel": 3, "stride": 2}],
            "shortcut": [{"op": "pointwise", "out": 16, "stride": 2}],
        }
    )
    assert projected.nodes[-1].output == (16, 8, 8)


def test_parallel_split_shuffle_as_in_shufflenet() -> None:
    graph = lowered(
        {
            "op": "parallel",
            "branches": [
                [{"op": "split", "part": 1}],
                [{"op": "split", "part": 2}, {"op": "depthwise"}, {"op": "pointwise", "out": 4}],
            ],
        },
        {"op": "shuffle", "groups": 2},
    )
    assert graph.nodes[0].op == ops.Slice(0, 4)
    assert graph.nodes[1].op == ops.Slice(4, 8)
    assert graph.nodes[-1].output == (8, 16, 16)
    depthwise = next(node for node in graph.nodes if isinstance(node.op, ops.Conv))
    assert depthwise.inputs == ((4, 16, 16),)


def test_squeeze_and_excitation_as_arithmetic() -> None:
    report = mncost.analyze(lowered({"op": "se", "ratio": 0.25}))
    assert report.totals.mult_adds == 8 * 2 + 2 * 8
    assert report.totals.parameters.trainable == (8 * 2 + 2) + (2 * 8 + 8)
    assert report.rows[-1].output == (8, 16, 16)


def test_custom_resize_pad_dropout() -> None:
    graph = lowered(
        {"op": "pad", "padding": [1, 0, 0, 1]},
        {"op": "resize", "scale": 2},
        {"op": "resize", "size": [5, 6]},
        {"op": "dropout"},
        {"op": "custom", "mult_adds": 1000, "params": 10, "out": [3, 2, 1]},
    )
    assert [node.output for node in graph.nodes] == [
        (8, 17, 17), (8, 34, 34), (8, 5, 6), (8, 5, 6), (3, 2, 1),
    ]  # fmt: skip
    report = mncost.analyze(graph)
    assert [row.cost for row in report] == [0, None, None, 0, 1000]
    assert report.totals.parameters.weights == 10


def test_repeat_of_layers_in_a_row() -> None:
    block = [{"op": "pointwise", "out": 8, "id": "p"}, {"op": "act", "type": "tanh"}]
    graph = lowered({"op": "repeat", "times": 3, "layers": block, "id": "b"})
    names = [node.name for node in graph.nodes if isinstance(node.op, ops.Conv)]
    assert names == ["b.1/p", "b.2/p", "b.3/p"]
    assert len({node.path for node in graph.nodes}) == len(graph.nodes)


def test_mobile_blocks_against_frameworks() -> None:
    """Mult-Adds, trainable parameters and BN statistics, counted on torchvision's and timm's."""
    v2 = [
        {"op": "conv", "out": 32, "kernel": 3, "stride": 2},
        {"op": "inverted_residual", "expand": 1, "out": 16},
        {"op": "inverted_residual", "expand": 6, "out": 24, "stride": 2, "repeat": 2},
        {"op": "inverted_residual", "expand": 6, "out": 32, "stride": 2, "repeat": 3},
        {"op": "inverted_residual", "expand": 6, "out": 64, "stride": 2, "repeat": 4},
        {"op": "inverted_residual", "expand": 6, "out": 96, "repeat": 3},
        {"op": "inverted_residual", "expand": 6, "out": 160, "stride": 2, "repeat": 3},
        {"op": "inverted_residual", "expand": 6, "out": 320},
        {"op": "pointwise", "out": 1280, "width": "grow"},
        {"op": "global_pool"},
        {"op": "linear", "out": 1000},
    ]
    network = Network.model_validate(
        {"name": "v2", "input": [3, 224, 224], "width": {"divisor": 8}, "layers": v2}
    )
    counted = {1.0: (300_774_272, 3_504_872, 34_112), 0.5: (97_131_840, 1_968_680, 18_544)}
    for alpha, (mult_adds, trainable, statistics) in counted.items():
        totals = mncost.analyze(mncost.scale(network, alpha=alpha)).totals
        assert totals.mult_adds == mult_adds
        assert totals.parameters.trainable == trainable
        assert totals.parameters.norm_statistics == statistics


def test_blocks_keep_what_they_are_told() -> None:
    fused = {"op": "fused_inverted_residual", "expand": 1, "out": 8, "se": {"squeeze": 2}}
    assert any(isinstance(node.op, ops.Mul) for node in lowered(fused).nodes)
    graph = lowered({"op": "inverted_residual", "expand": 1, "out": 8}, width={"divisor": 16})
    assert not any("expand" in node.name for node in graph.nodes)


def test_a_repeat_reads_its_source_once() -> None:
    graph = lowered(
        {"op": "pointwise", "out": 8, "id": "a"},
        {"op": "softmax"},
        {"op": "pointwise", "out": 4, "from": "a", "repeat": 3},
    )
    convs = [node for node in graph.nodes if isinstance(node.op, ops.Conv)]
    assert [node.inputs[0][0] for node in convs] == [8, 8, 4, 4]
