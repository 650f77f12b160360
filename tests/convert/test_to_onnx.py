"""Graphs written as ONNX: accepted, executed, and read back as they were."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import mncost
from mncost.convert.onnx import graph as onnx_graph
from mncost.convert.onnx import write as to_onnx
from mncost.cost.report import Row
from mncost.errors import OutputError, SettingError, SpecError
from mncost.formulas import output_size, output_size_ceil
from mncost.graph import Builder, Graph, ops
from mncost.graph.ops import Op
from mncost.spec import zoo
from mncost.spec.lower import lower
from mncost.spec.network import Network
from mncost.spec.values import ACTS
from tests.convert.networks import EVERY_LAYER, network, of_layers, thin

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
numpy = pytest.importorskip("numpy", reason="numpy is not installed")
runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

SMALL = [
    ("mobilenet_v1", 64), ("mobilenet_v2", 96), ("mobilenet_v3_small", 97), ("mnasnet_a1", 64),
    ("efficientnet_b0", 65), ("mobilenet_v4_conv_medium", 96), ("mobilenet_edgetpu", 64),
    ("squeezenet_1_0", 95), ("squeezenet_1_0_caffe", 97), ("shufflenet_v2_x1", 64),
    ("googlenet_2014", 64), ("googlenet", 70), ("inception_v3", 107), ("xception", 75),
    ("resnet50_v1", 64), ("alexnet_2012", 99), ("mlperf_tiny_dscnn", None),
    ("mlperf_tiny_autoencoder", None), ("mlperf_tiny_resnet8", None), ("mlperf_tiny_vww", None),
]  # fmt: skip
"""Zoo networks of every family, each at a resolution at which it takes no time."""


def small(name: str, resolution: int | None) -> Graph:
    whole = name.startswith(("shufflenet", "mlperf"))
    return lower(thin(name, 1.0 if whole else 0.25, resolution))


def layers(graph: Graph) -> list[tuple[Any, ...]]:
    """What each layer costs; what moves alone, and how code writes it, are no matter of ONNX."""
    moving = ops.Move | ops.Shuffle
    return [_told(row) for row in mncost.analyze(graph).rows if not isinstance(row.op, moving)]


def _told(row: Row) -> tuple[Any, ...]:
    events = sorted((event[:3], count) for event, count in row.events.items())
    return (row.name, row.kind, row.mult_adds, row.parameters, events, row.output)


def read_back(graph: Graph, folder: Path, **how: Any) -> Graph:
    data = to_onnx.model(graph, **how)
    onnx.checker.check_model(data, full_check=True)
    file = folder / "net.onnx"
    file.write_bytes(data)
    return onnx_graph.read(str(file))


def executed(data: bytes, every: bool = False) -> dict[str, Any]:
    """Outputs by their names, those in between as well where `every` is asked for."""
    model = onnx.load_from_string(data)
    if every:
        model.graph.output.extend(model.graph.value_info)
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    (given,) = session.get_inputs()
    x = numpy.random.default_rng(7).standard_normal(given.shape, dtype="float32")
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, {given.name: x}), strict=True))


@pytest.mark.parametrize("name", zoo.names())
def test_a_zoo_network_comes_back_layer_by_layer(name: str, tmp_path: Path) -> None:
    graph = lower(mncost.load(name))
    back = read_back(graph, tmp_path, weights="zero")
    assert layers(back) == layers(graph)
    assert (back.name, back.input, back.notes) == (graph.name, graph.input, {})


def test_random_weights_are_read_back_as_zero_ones_are(tmp_path: Path) -> None:
    graph = lower(thin("mobilenet_v3_small"))
    assert layers(read_back(graph, tmp_path)) == layers(graph)


@pytest.mark.parametrize(("name", "resolution"), SMALL)
def test_onnx_runtime_finds_our_sizes_and_finite_numbers(name: str, resolution: int | None) -> None:
    graph = small(name, resolution)
    out = executed(to_onnx.model(graph), every=True)
    shapes = {node.name: node.output for node in graph.nodes[:-1]}
    shapes["output"] = graph.nodes[-1].output
    assert {each: values.shape[1:] for each, values in out.items()} == shapes
    assert all(numpy.isfinite(values).all() for values in out.values())
    assert max(numpy.abs(values).max() for values in out.values()) < 1e7


def test_every_layer_of_the_language(tmp_path: Path) -> None:
    graph = lower(network(EVERY_LAYER.replace("[1, 2], type: max", "[5, 1], type: max")))
    read_back(graph, tmp_path)
    out = executed(to_onnx.model(graph), every=True)
    assert [out[node.name].shape[1:] for node in graph.nodes[:-1]] == [
        node.output for node in graph.nodes[:-1]
    ]
    assert out["output"].sum() == pytest.approx(1)


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v3_small", "xception", "googlenet"])
def test_folded_norms_compute_the_same(name: str, tmp_path: Path) -> None:
    graph = small(name, 97)
    plain, folded = (executed(to_onnx.model(graph, fold_bn=fold)) for fold in (False, True))
    assert folded["output"] == pytest.approx(plain["output"], rel=1e-3, abs=1e-4)
    back = mncost.analyze(read_back(graph, tmp_path, fold_bn=True)).totals
    ours = mncost.analyze(graph).totals
    assert (back.mult_adds, back.parameters.weights) == (ours.mult_adds, ours.parameters.weights)
    assert back.parameters.norm_statistics == 0
    assert back.events.count("norm") == 0


def test_folding_takes_a_norm_that_something_else_reads_around_for_what_it_is() -> None:
    rows = [
        "op: conv, out: 4, kernel: 3, norm: none, act: none, bias: true, id: a",
        "op: norm, id: b",
        "op: add, from: [a, b]",
        "op: norm",
        "op: linear, out: 3, norm: batch",
    ]
    graph = lower(of_layers(*rows))
    models = [to_onnx.model(graph, fold_bn=fold) for fold in (False, True)]
    kinds = [[node.op_type for node in onnx.load_from_string(m).graph.node] for m in models]
    assert [each.count("BatchNormalization") for each in kinds] == [3, 2]
    plain, folded = (executed(model)["output"] for model in models)
    assert folded == pytest.approx(plain, rel=1e-4, abs=1e-5)


def test_folded_noughts_are_noughts(tmp_path: Path) -> None:
    graph = lower(mncost.load("mobilenet_v2"))
    back = read_back(graph, tmp_path, weights="zero", fold_bn=True)
    assert mncost.analyze(back).totals.mult_adds == mncost.analyze(graph).totals.mult_adds


EXPECTED = {
    "relu": lambda x: max(x, 0),
    "relu6": lambda x: min(max(x, 0), 6),
    "hardswish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "hardsigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "swish": lambda x: x / (1 + math.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "gelu": lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2))),
    "tanh": math.tanh,
    "leakyrelu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "celu": lambda x: x if x > 0 else math.expm1(x),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
}


@pytest.mark.parametrize("function", ACTS[1:])
def test_an_activation_is_the_function_of_that_name(function: str, tmp_path: Path) -> None:
    rows = ("op: norm", f"op: act, type: {function}", f"op: act, type: {function}")
    graph = lower(of_layers(*rows, shape="[2, 20, 20]"))
    out = executed(to_onnx.model(graph), every=True)
    norm, once = (out[node.name].ravel() for node in graph.nodes[:2])
    assert once == pytest.approx([EXPECTED[function](float(x)) for x in norm], rel=1e-4, abs=1e-6)
    assert layers(read_back(graph, tmp_path)) == layers(graph)


def test_no_activation_is_the_identity() -> None:
    graph = lower(of_layers("op: norm", "op: act, type: none"))
    out = executed(to_onnx.model(graph), every=True)
    assert (out["norm1"] == out["output"]).all()


def test_pools_that_round_up_are_of_the_size_that_we_say() -> None:
    for size, kernel, stride, before, after in product(
        (5, 8, 11), (2, 3, 4), (1, 2, 3, 5), (0, 1), (0, 1)
    ):
        if max(before, after) >= kernel:
            continue
        for kind in ("max", "avg"):
            sides = (before, after, after, before)
            pool = ops.Pool(kind, (kernel, kernel), (stride, stride), sides, ceil=True)  # type: ignore[arg-type]
            out = executed(to_onnx.model(graph_of(pool, shape=(2, size, size))))["output"]
            wanted = output_size_ceil(size, kernel, stride, 1, (before, after))
            assert out.shape[2] == wanted >= output_size(size, kernel, stride, 1, (before, after))
            assert numpy.isfinite(out).all()


def graph_of(*operations: Op, shape: tuple[int, ...] = (4, 8, 8)) -> Graph:
    """Operations in a row."""
    builder = Builder("net", shape)
    for number, op in enumerate(operations):
        builder.add(op, (number,), f"op{number}", number - 1)
    return builder.build()


def test_operations_that_the_language_has_no_word_for() -> None:
    graph = graph_of(
        ops.ConvTranspose(6, (3, 3), (2, 2), (1, 1, 1, 1), (1, 1), groups=2, bias=True),
        ops.Move("reshape", (6, 256)),
        ops.Linear(5, each=True),
        ops.Act("leakyrelu"),
        ops.Linear(7, bias=False, each=True),
    )
    out = executed(to_onnx.model(graph), every=True)
    assert [out[name].shape[1:] for name in ("op0", "op1", "op2", "op3", "output")] == [
        node.output for node in graph.nodes
    ]


def test_a_seed_decides_all() -> None:
    graph = small("mobilenet_v1", 32)
    assert to_onnx.model(graph, seed=3) == to_onnx.model(graph, seed=3)
    assert to_onnx.model(graph, seed=3) != to_onnx.model(graph, seed=4)
    assert executed(to_onnx.model(graph, weights="zero"))["output"].std() < 1e-6
    with pytest.raises(SettingError, match="a seed from 0 up, not -1"):
        to_onnx.model(graph, seed=-1)


def test_names_carry_the_hierarchy() -> None:
    model = onnx.load_from_string(to_onnx.model(small("mobilenet_v1", 32)))
    names = [node.name for node in model.graph.node]
    assert names[:5] == [
        "/conv1/Conv",
        "/conv1/norm/BatchNormalization",
        "/conv1/act/Relu",
        "/separable1/depthwise/Conv",
        "/separable1/depthwise/norm/BatchNormalization",
    ]
    assert len(set(names)) == len(names)
    assert (model.producer_name, model.opset_import[0].version) == ("mncost", 17)


def test_noughts_take_no_room() -> None:
    assert len(to_onnx.model(lower(mncost.load("vgg16")), weights="zero")) < 20_000


REFUSED = [
    "op: custom, id: mine, mult_adds: 5, out: [4, 9, 9]",
    "op: custom, id: yours, mult_adds: 5, out: [4, 9, 9]",
    "op: local_norm, size: 4",
    "op: adaptive_pool, size: 4",
]


def test_what_cannot_be_written_is_told_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        to_onnx.model(lower(of_layers(*REFUSED)))
    assert [problem.message for problem in caught.value.problems] == [
        'ONNX: "mine" states what it costs, not what it computes',
        'ONNX: "yours" states what it costs, not what it computes',
        'ONNX: "local_norm1" normalises over 4 channels, and ONNX Runtime does over odd numbers',
        'ONNX: "adaptive_pool1" pools 9×9 to 4×4, which windows of one size cannot',
    ]
    assert [problem.path for problem in caught.value.problems] == [("layers", n) for n in range(4)]


@pytest.mark.parametrize(
    ("op", "why"),
    [
        (ops.Opaque("NonZero", (4, 8, 8)), "an operation that is not known here, NonZero"),
        (ops.Arithmetic("sub", (4, 8, 8)), "computes what the graph counts and does not tell, sub"),
        (ops.MatMul(8, 8, 8, 4, (4, 8, 8)), "multiplies matrices"),
        (ops.Move("transpose", (8, 8, 4)), "moves numbers in a way"),
        (ops.Act("mystery"), "an activation that is not known here, mystery"),
        (ops.Pool("max", (2, 2), (2, 2), (2, 2, 2, 2)), "padding as large as its window"),
    ],
)
def test_what_a_graph_does_not_tell_is_refused(op: Op, why: str) -> None:
    with pytest.raises(SpecError, match=why):
        to_onnx.model(graph_of(op))


def test_more_weights_than_a_file_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(to_onnx, "MOST_BYTES", 1000)
    graph = small("mobilenet_v1", 32)
    with pytest.raises(OutputError, match="write weights of zero, or a thinner network"):
        to_onnx.model(graph)
    assert to_onnx.model(graph, weights="zero")


def test_without_onnx_the_error_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("onnx", "onnx.helper", "onnx.numpy_helper"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SpecError, match=r"pip install 'mncost\[onnx\]'"):
        to_onnx.model(small("mobilenet_v1", 32))


def test_names_that_clash_are_told_apart(tmp_path: Path) -> None:
    rows = [
        "op: conv, out: 4, kernel: 3, id: input2",
        "op: conv, out: 4, kernel: 3, id: output",
        "op: act, type: relu, id: output/weight",
        "op: conv, out: 4, kernel: 3, id: a/b c",
    ]
    net: Network = of_layers(*rows)
    graph = lower(net)
    assert layers(read_back(graph, tmp_path)) == layers(graph)
    assert executed(to_onnx.model(graph))


def test_what_a_network_gives_is_written_though_others_read_it(tmp_path: Path) -> None:
    """In its order, and without what it does not give."""
    builder = Builder("taps", (3, 8, 8))
    at = -1
    for position in range(3):
        at = builder.add(ops.Conv(4, (1, 1)), (position,), f"conv{position}", at) or 0
    builder.add(ops.Conv(9, (1, 1)), (3,), "dead", 0)
    found = to_onnx.model(replace(builder.build(), outputs=(2, 0)))
    file = tmp_path / "taps.onnx"
    file.write_bytes(found)
    given = [[d.dim_value for d in each.type.tensor_type.shape.dim]
             for each in onnx.load_from_string(found).graph.output]  # fmt: skip
    assert given == [[1, 4, 8, 8], [1, 4, 8, 8]]
    assert onnx_graph.read(str(file)).outputs == (2, 0)
    assert len(runtime.InferenceSession(found).get_outputs()) == 2
