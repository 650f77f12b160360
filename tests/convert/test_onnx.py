"""ONNX files in: real ones to the unit, and small ones made for each thing that exporters do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

onnx = pytest.importorskip("onnx", reason="ONNX files need onnx")

from onnx import TensorProto, helper  # noqa: E402

import mncost  # noqa: E402
from mncost.convert.onnx.graph import read  # noqa: E402
from mncost.errors import MncostError, ShapeError, SpecError  # noqa: E402
from mncost.graph import Graph, ops  # noqa: E402
from mncost.graph.shapes import kind  # noqa: E402
from mncost.spec.lift import lift, to_yaml  # noqa: E402
from mncost.spec.lower import lower  # noqa: E402
from mncost.spec.source import parse  # noqa: E402

Run = Callable[..., Any]
FILES = sorted((Path(__file__).parent.parent / "goldens" / "onnx").glob("*.onnx"))
COUNTED = {
    "mobilenet_v1_0.25_128": "own/mobilenet_v1_0.25_128",
    "mobilenet_v1_1_224": "own/mobilenet_v1_1_224",
    "mobilenet_v2": "torchvision/mobilenet_v2_1_224",
    "mobilenet_v3_small": "timm/mobilenetv3_small_100",
    "mobilenetv4_conv_small": "timm/mobilenetv4_conv_small",
    "squeezenet1_1": "torchvision/squeezenet1_1",
}


def counted(file: Path, reference: dict[str, Any]) -> dict[str, Any]:
    stem = next(s for s in sorted(COUNTED, reverse=True) if file.name.startswith(f"{s}."))
    found: dict[str, Any] = reference[COUNTED[stem]]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_real_file_equals_the_framework(file: Path, reference: dict[str, Any]) -> None:
    expected, totals = counted(file, reference), mncost.analyze(read(str(file))).totals
    weights = expected["params"]["conv_weight"] + expected["params"]["linear_weight"]
    assert totals.mult_adds == expected["mult_adds"]
    assert totals.parameters.weights == weights
    assert totals.unknown == 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_real_file_in_our_language_is_the_same(file: Path) -> None:
    graph = read(str(file))
    again = lower(parse(to_yaml(lift(graph)).encode(), "net.yaml"))
    assert [(n.op, n.inputs, n.output) for n in again.nodes] == [
        (n.op, n.inputs, n.output) for n in graph.nodes
    ]


def test_names_make_blocks_whatever_the_exporter() -> None:
    legacy = read(str(next(f for f in FILES if "v2.legacy17bn" in f.name)))
    newer = read(str(next(f for f in FILES if "dynamo" in f.name)))
    assert [*mncost.analyze(legacy).by_scope(1)][:3] == ["features.0.0", "features.1", "features.2"]
    assert [*mncost.analyze(newer).by_scope(1)][:3] == ["features.0.1", "features.1", "features.2"]


def test_a_row_is_a_convolution_with_its_norm_and_act() -> None:
    report = mncost.analyze(read(str(next(f for f in FILES if "legacy17bn" in f.name))))
    first = report.rows[0]
    assert {event.what for event in first.events} == {"mac", "norm", "act", "parameter"}
    assert first.parameters.norm_affine == 64


# -- small files


def model(
    nodes: Sequence[Any],
    weights: dict[str, Sequence[int]],
    size: Sequence[int | str] = (1, 4, 8, 8),
    opset: int = 17,
    values: dict[str, tuple[list[int], list[int]]] | None = None,
    functions: Sequence[Any] = (),
    inputs: dict[str, Sequence[int | str]] | None = None,
    output: Sequence[int | str] | None = None,
) -> bytes:
    """A file: these nodes, from x to y; weights by their sizes, and numbers by theirs."""
    tensors = []
    for name, dims in weights.items():
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims)
        tensor.data_location = TensorProto.EXTERNAL
        tensors.append(tensor)
    for name, (dims, numbers) in (values or {}).items():
        tensors.append(helper.make_tensor(name, TensorProto.INT64, dims, numbers))
    sizes = {"x": size} | (inputs or {})
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, d) for n, d in sizes.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, output)],
        tensors,
    )
    opsets = [helper.make_opsetid("", opset)]
    opsets += [helper.make_opsetid(f.domain, 1) for f in functions]
    made = helper.make_model(graph, opset_imports=opsets, functions=list(functions))
    return bytes(made.SerializeToString())


node = helper.make_node


@pytest.fixture
def graph(tmp_path: Path) -> Callable[..., Graph]:
    def build(*args: Any, sizes: Any = None, **kwargs: Any) -> Graph:
        path = tmp_path / "net.onnx"
        path.write_bytes(model(*args, **kwargs))
        return read(str(path), sizes)

    return build


Build = Callable[..., Graph]


def kinds(graph: Graph) -> list[str]:
    return [kind(each.op, each.inputs) for each in graph.nodes]


def mult_adds(graph: Graph) -> int:
    return mncost.analyze(graph).totals.mult_adds


def weights(graph: Graph) -> int:
    return mncost.analyze(graph).totals.parameters.weights


CASES: list[tuple[str, list[Any], dict[str, Sequence[int]], int, int]] = [
    ("same padding", [node("Conv", ["x", "w"], ["y"], auto_pad="SAME_UPPER", strides=[2, 2])],
     {"w": (6, 4, 3, 3)}, 3 * 3 * 4 * 6 * 4 * 4, 216),
    ("a grouped convolution", [node("Conv", ["x", "w"], ["y"], group=2)],
     {"w": (6, 2, 3, 3)}, 3 * 3 * 2 * 6 * 6 * 6, 108),
    ("a transposed convolution", [node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2])],
     {"w": (4, 6, 2, 2)}, 2 * 2 * 4 * 6 * 8 * 8, 96),
    ("a quantised convolution",
     [node("QLinearConv", ["x", "s", "z", "w", "s", "z", "s", "z", "b"], ["y"])],
     {"w": (6, 4, 3, 3), "s": (), "z": (), "b": (6,)}, 3 * 3 * 4 * 6 * 6 * 6, 216),
    ("weights that are unpacked", [
        node("DequantizeLinear", ["q", "s", "z"], ["w"]), node("Conv", ["x", "w"], ["y"])],
     {"q": (6, 4, 3, 3), "s": (), "z": ()}, 3 * 3 * 4 * 6 * 6 * 6, 216),
    ("a dense layer after a flattened map", [
        node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w", "b"], ["y"], transB=1)],
     {"w": (10, 256), "b": (10,)}, 2560, 2560),
    ("a product and a bias", [
        node("Flatten", ["x"], ["f"]), node("MatMul", ["f", "w"], ["p"]),
        node("Add", ["p", "b"], ["y"])],
     {"w": (256, 10), "b": (10,)}, 2560, 2560),
    ("a dense layer at each place", [node("MatMul", ["x", "w"], ["y"])],
     {"w": (8, 5)}, 4 * 8 * 8 * 5, 40),
    ("a mean as a pool", [node("ReduceMean", ["x"], ["y"], axes=[2, 3])], {}, 0, 0),
    ("a scale of its own", [node("Mul", ["x", "g"], ["y"])], {"g": (4, 1, 1)}, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "stored", "macs", "params"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_operators(graph: Build, nodes: Any, stored: Any, macs: int, params: int) -> None:
    built = graph(nodes, stored)
    assert (mult_adds(built), weights(built)) == (macs, params)


def test_a_product_keeps_its_bias(graph: Build) -> None:
    nodes = [
        node("Flatten", ["x"], ["f"]),
        node("MatMul", ["f", "w"], ["p"]),
        node("Add", ["b", "p"], ["y"]),
    ]
    built = graph(nodes, {"w": (256, 10), "b": (10,)})
    assert built.nodes[-1].op == ops.Linear(10, bias=True)


def test_attention_as_products(graph: Build) -> None:
    """Q·K' and the product with V: (8 tokens of 4 numbers) in 4 heads."""
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]),
        node("MatMul", ["x", "t"], ["s"]),
        node("Softmax", ["s"], ["a"]),
        node("MatMul", ["a", "x"], ["y"]),
    ]
    built = graph(nodes, {})
    assert kinds(built) == ["move", "matmul", "softmax", "matmul"]
    assert mult_adds(built) == 4 * 8 * 8 * 8 * 2


def test_einsum(graph: Build) -> None:
    built = graph([node("Einsum", ["x", "x"], ["y"], equation="bhid,bhjd->bhij")], {})
    assert mult_adds(built) == 4 * 8 * 8 * 8


def test_swish_in_two_halves(graph: Build) -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"]), node("Sigmoid", ["c"], ["s"]), node("Mul", ["c", "s"], ["y"]),
    ]  # fmt: skip
    built = graph(nodes, {"w": (6, 4, 3, 3)})
    assert [each.op for each in built.nodes][1:] == [ops.Act("swish")]
    assert len(mncost.analyze(built).rows) == 1


def test_shape_arithmetic_is_done_beforehand(graph: Build) -> None:
    """x.view(x.size(0), -1), as the older exporter writes it."""
    nodes = [
        node("Shape", ["x"], ["size"]),
        node("Gather", ["size", "zero"], ["n"], axis=0),
        node("Unsqueeze", ["n", "axes"], ["row"]),
        node("Concat", ["row", "rest"], ["wanted"], axis=0),
        node("Reshape", ["x", "wanted"], ["f"]),
        node("Gemm", ["f", "w"], ["y"], transB=1),
    ]
    numbers = {"zero": ([], [0]), "axes": ([1], [0]), "rest": ([1], [-1])}
    built = graph(nodes, {"w": (10, 256)}, values=numbers)
    assert mult_adds(built) == 2560
    assert kinds(built) == ["move", "linear"]


def test_channel_shuffle_and_split(graph: Build) -> None:
    nodes = [
        node("Reshape", ["x", "a"], ["r"]),
        node("Transpose", ["r"], ["t"], perm=[0, 2, 1, 3, 4]),
        node("Reshape", ["t", "b"], ["m"]),
        node("Split", ["m", "parts"], ["left", "right"], axis=1),
        node("Concat", ["right", "left"], ["y"], axis=1),
    ]
    numbers = {
        "a": ([5], [1, 2, 2, 8, 8]), "b": ([4], [0, -1, 8, 8]), "parts": ([2], [2, 2]),
    }  # fmt: skip
    built = graph(nodes, {}, values=numbers)
    assert built.nodes[-1].output == (4, 8, 8)
    assert mult_adds(built) == 0


def test_one_side_alone(graph: Build) -> None:
    built = graph([node("Conv", ["x", "w"], ["y"], pads=[1, 1])], {"w": (6, 4, 3)}, (1, 4, 20))
    assert mult_adds(built) == 3 * 4 * 6 * 20
    assert built.nodes[-1].output == (6, 20)


def test_weights_used_twice_are_stored_once(graph: Build) -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1]),
        node("Conv", ["a", "w"], ["y"], pads=[1, 1, 1, 1]),
    ]
    built = graph(nodes, {"w": (4, 4, 3, 3)})
    assert mult_adds(built) == 2 * 3 * 3 * 4 * 4 * 8 * 8
    assert weights(built) == 3 * 3 * 4 * 4


def test_weights_as_inputs(graph: Build) -> None:
    built = graph([node("Conv", ["x", "w"], ["y"])], {}, inputs={"w": (6, 4, 3, 3)})
    assert weights(built) == 216


def test_two_inputs(graph: Build) -> None:
    built = graph([node("Add", ["x", "z"], ["y"])], {}, inputs={"z": (1, 4, 8, 8)})
    assert (built.input, built.others) == ((4, 8, 8), ((4, 8, 8),))
    assert built.nodes[0].sources == (-1, -2)


def test_a_local_function_is_inlined(graph: Build) -> None:
    inner = helper.make_function(
        "mine", "Block", ["a", "k"], ["b"],
        [node("Conv", ["a", "k"], ["c"]), node("Relu", ["c"], ["b"])],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    nodes = [
        node("Block", ["x", "w"], ["m"], domain="mine", name="first"),
        node("Block", ["m", "v"], ["y"], domain="mine", name="second"),
    ]
    built = graph(nodes, {"w": (6, 4, 3, 3), "v": (2, 6, 3, 3)}, functions=[inner])
    assert mult_adds(built) == 3 * 3 * 4 * 6 * 6 * 6 + 3 * 3 * 6 * 2 * 4 * 4
    assert [row.scope(1) for row in mncost.analyze(built)] == ["first", "second"]


@pytest.mark.parametrize("opset", [9, 11, 13, 17, 20, 23])
def test_opsets(graph: Build, opset: int) -> None:
    built = graph([node("Conv", ["x", "w"], ["y"])], {"w": (6, 4, 3, 3)}, opset=opset)
    assert mult_adds(built) == 3 * 3 * 4 * 6 * 6 * 6


def test_an_open_batch_is_one_image_and_said(graph: Build) -> None:
    built = graph([node("Conv", ["x", "w"], ["y"])], {"w": (6, 4, 3, 3)}, ("N", 4, 8, 8))
    assert 'the batch of "x" is open (N)' in built.notes["all"]


def test_a_batch_is_counted_for_one_image(graph: Build) -> None:
    built = graph([node("Conv", ["x", "w"], ["y"])], {"w": (6, 4, 3, 3)}, (7, 4, 8, 8))
    assert mult_adds(built) == 3 * 3 * 4 * 6 * 6 * 6
    assert "the file has a batch of 7" in built.notes["all"]


def test_sizes_can_be_fixed(graph: Build) -> None:
    conv = [node("Conv", ["x", "w"], ["y"])]
    built = graph(conv, {"w": (6, 4, 3, 3)}, ("N", 4, "H", "W"), sizes={"x": (1, 4, 5, 6)})
    assert built.nodes[0].output == (6, 3, 4)
    built = graph(conv, {"w": (6, 4, 3, 3)}, ("N", 4, "H", "W"), sizes={"#0": (4, 5, 6)})
    assert built.nodes[0].output == (6, 3, 4)


def test_what_a_file_states_otherwise_is_told(graph: Build) -> None:
    built = graph([node("Conv", ["x", "w"], ["y"])], {"w": (6, 4, 3, 3)}, output=(1, 6, 30, 30))
    assert '"y" is 1×6×6×6, and stated as 1×6×30×30' in built.notes["all"]


def test_an_operator_without_a_formula_is_named(graph: Build) -> None:
    nodes = [node("Fourier", ["x"], ["y"], domain="my.own")]
    built = graph(nodes, {}, output=(1, 4, 8, 8))
    report = mncost.analyze(built)
    assert [row.op for row in report.uncounted] == [ops.Opaque("my.own.Fourier", (4, 8, 8))]
    assert "PARTIAL" in str(report)


WRONG: list[tuple[list[Any], dict[str, Sequence[int]], str]] = [
    ([node("Conv", ["x", "w"], ["y"])], {"w": (6, 5, 3, 3)}, "4 channels come in"),
    ([node("Conv", ["x", "w"], ["y"])], {"w": (6, 4, 9, 9)}, "does not fit its input"),
    ([node("Conv", ["x", "w"], ["y"], group=0)], {"w": (6, 4, 3, 3)}, "4 channels come in"),
    ([node("If", ["x"], ["y"])], {}, "control flow"),
    ([node("MatMul", ["x", "w"], ["y"])], {"w": (5, 5)}, "8 features come in"),
    ([node("Reshape", ["x", "w"], ["y"])], {"w": (2,)}, "not known before the network runs"),
    ([node("Add", ["x", "z"], ["y"])], {}, "which nothing before it puts out"),
    ([node("Fourier", ["x"], ["y"], domain="my.own")], {}, "no formula for my.own.Fourier"),
    ([node("Concat", ["x", "w"], ["y"], axis=1)], {"w": (1, 4, 7, 8)}, "stacked along side 1"),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "stored", "complaint"), WRONG)
def test_what_is_wrong_is_said(graph: Build, nodes: Any, stored: Any, complaint: str) -> None:
    with pytest.raises(MncostError, match=complaint):
        graph(nodes, stored)


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    good = model([node("Conv", ["x", "w"], ["y"])], {"w": (6, 4, 3, 3)})
    for data in (
        b"",
        b"\x00" * 40,
        good[: len(good) // 2],
        b"\x80\x04\x95",
        b"\x3a\xff\xff\xff\x7f",
    ):
        path.write_bytes(data)
        with pytest.raises((SpecError, ShapeError)):
            read(str(path))
    with pytest.raises(SpecError, match="a directory"):
        read(str(tmp_path))


def test_large_weights_are_never_held(tmp_path: Path) -> None:
    """A file of 300 MB, most of it a hole: the process stays small."""
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is measured on Linux")
    path = tmp_path / "large.onnx"
    data = 300 * 2**20
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=(data // 4 // 36, 4, 3, 3))
    head = tensor.SerializeToString()
    body = head + b"\x4a" + varint(data)
    rest = model([node("Conv", ["x", "w"], ["y"])], {})
    proto = onnx.ModelProto.FromString(rest)
    inner = proto.graph.SerializeToString()
    proto.ClearField("graph")
    lead = (
        proto.SerializeToString()
        + b"\x3a"
        + varint(len(inner) + 1 + len(varint(len(body) + data)) + len(body) + data)
    )
    lead += inner + b"\x2a" + varint(len(body) + data) + body
    with path.open("wb") as file:
        file.write(lead)
        file.truncate(len(lead) + data)
    code = (
        "from mncost.convert.onnx.graph import read;"
        f"g = read({str(path)!r}); print(g.nodes[0].op.out);"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    out, peak = map(int, ran.stdout.split())
    assert out == data // 4 // 36
    assert peak < 150_000  # kB


def varint(value: int) -> bytes:
    from mncost.convert.onnx.wire import _varint

    return _varint(value)


def test_the_command_line(mncost: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(
        model([node("Conv", ["x", "w"], ["y"])], {"w": (6, 4, 3, 3)}, ("N", 4, "H", 8))
    )
    ran = mncost("show", str(path))
    assert ran.code == 2
    assert 'net.onnx: the input "x" has no fixed size: N×4×H×8; add --input x=' in ran.err
    ran = mncost("show", str(path), "--input", "x=1x4x8x8")
    assert (ran.code, "7.78" in ran.out or "7.8" in ran.out) == (0, True)
    converted = tmp_path / "net.yaml"
    assert mncost("convert", str(path), "--input", "x=1x4x8x8", "-o", str(converted)).code == 0
    assert mncost("diff", str(converted), str(converted)).code == 0
    assert mncost("show", str(path), "--alpha", "0.5", "--input", "x=1x4x8x8").code == 2
    assert mncost("show", "mobilenet_v1", "--input", "1x3x8x8").code == 2


def test_budgets_hold_for_onnx(mncost: Run, tmp_path: Path) -> None:
    path, config = tmp_path / "net.onnx", tmp_path / "mncost.toml"
    path.write_bytes(model([node("Conv", ["x", "w"], ["y"])], {"w": (6, 4, 3, 3)}))
    macs = 3 * 3 * 4 * 6 * 6 * 6
    for limit, code in ((macs, 0), (macs - 1, 1)):
        config.write_text(f'[[budget]]\nname = "n"\nnetwork = "net.onnx"\nmult_adds = {limit}\n')
        assert mncost("check", "--config", str(config)).code == code
    path.write_bytes(
        model([node("Fourier", ["x"], ["y"], domain="my.own")], {}, output=(1, 4, 8, 8))
    )
    assert mncost("check", "--config", str(config)).code == 1
    assert mncost("check", "--config", str(config), "--allow-unknown").code == 0


def test_without_onnx(mncost: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    ran = mncost("show", str(FILES[0]))
    assert ran.code == 2
    assert "pip install 'mncost[onnx]'" in ran.err
