"""Quantised files: QuantizeLinear and DequantizeLinear say how maps are stored, and are no rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import mncost
from mncost.cost.engine import analyze
from mncost.cost.footprint import Bits
from mncost.graph import Graph
from mncost.spec.lift import lift, to_yaml
from mncost.spec.source import parse
from mncost.study.memory import PLANNERS, plan

onnx = pytest.importorskip("onnx")
np = pytest.importorskip("numpy")


class Net:
    """Nodes as an exporter writes them, with scales and zero points of a type."""

    def __init__(self, zero: Any = None) -> None:
        zero = np.uint8 if zero is None else zero
        self.nodes: list[Any] = []
        self.stored = {"s": np.array(0.5, np.float32), "z": np.array(0, zero)}

    def add(self, op: str, inputs: Sequence[str], output: str, **more: Any) -> str:
        made = onnx.helper.make_node(op, list(inputs), [output], name=output, **more)
        self.nodes.append(made)
        return output

    def pair(self, x: str) -> str:
        """Quantised and back."""
        self.add("QuantizeLinear", [x, "s", "z"], f"{x}_q")
        return self.add("DequantizeLinear", [f"{x}_q", "s", "z"], f"{x}_dq")

    def weights(self, name: str, *dims: int, kind: Any = None) -> str:
        self.stored[name] = np.zeros(dims, np.int8 if kind is None else kind)
        return name

    def conv(self, x: str, y: str, out: int, deep: int, kernel: int = 1) -> str:
        weights = self.weights(f"{y}_w", out, deep, kernel, kernel)
        unpacked = self.add("DequantizeLinear", [weights, "s", "zw"], f"{y}_wf")
        pads = [kernel // 2] * 4
        return self.add("Conv", [x, unpacked], y, pads=pads)

    def graph(self, folder: Path, output: Sequence[int], opset: int = 21) -> Graph:
        self.stored["zw"] = np.array(0, np.int8)
        tensor, real = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
        made = onnx.helper.make_graph(
            self.nodes,
            "net",
            [tensor("x", real, [1, 3, 8, 8])],
            [tensor("out", real, [1, *output])],
            [onnx.numpy_helper.from_array(value, name) for name, value in self.stored.items()],
        )
        sets = [onnx.helper.make_opsetid("", opset), onnx.helper.make_opsetid("com.microsoft", 1)]
        file = folder / "net.onnx"
        onnx.save(onnx.helper.make_model(made, opset_imports=sets, ir_version=10), str(file))
        found = mncost.load(file)
        assert isinstance(found, Graph)
        return found


def widths(graph: Graph) -> dict[str, int | None]:
    return {node.name: node.numbers.activation_bits for node in graph.nodes}


@pytest.fixture
def residual(tmp_path: Path) -> Graph:
    """As quantisers write a residual: every map stored in bytes, input and output in floats."""
    net = Net()
    x = net.pair("x")
    net.conv(x, "a", 16, 3, 3)
    a = net.pair(net.add("Relu", ["a"], "r"))
    net.conv(a, "b", 16, 16)
    b = net.pair("b")
    c = net.pair(net.add("Add", [a, b], "c"))
    p = net.pair(net.add("MaxPool", [c], "p", kernel_shape=[2, 2], strides=[2, 2]))
    net.conv(p, "d", 4, 16)
    net.add("QuantizeLinear", ["d", "s", "z"], "d_q")
    net.add("DequantizeLinear", ["d_q", "s", "z"], "out")
    return net.graph(tmp_path, [4, 4, 4])


def test_pairs_are_no_rows(residual: Graph) -> None:
    assert widths(residual) == {
        "x_q/quantizelinear": 8, "a": 8, "a/act": 8, "b": 8, "c/add": 8, "p/maxpool": 8, "d": 8,
        "out/dequantizelinear": None,
    }  # fmt: skip
    told = "Weights of 8 bits: 3 layers. Activations of 8 bits: 7 operations."
    assert residual.notes["all"] == told


@pytest.mark.parametrize("planner", PLANNERS)
def test_memory_is_that_of_the_same_network_in_bytes(residual: Graph, planner: Any) -> None:
    text = """
    input: [3, 8, 8]
    activation_bits: 8
    layers:
      - {op: arithmetic, function: quantizelinear, out: [3, 8, 8]}
      - {op: conv, out: 16, kernel: 3, norm: none, act: relu}
      - {op: residual, layers: [{op: conv, out: 16, kernel: 1, norm: none, act: none}]}
      - {op: pool, type: max, kernel: 2, stride: 2}
      - {op: conv, out: 4, kernel: 1, norm: none, act: none}
      - {op: arithmetic, function: dequantizelinear, out: [4, 4, 4]}
    """
    same = mncost.lower(parse(text.encode(), "same.yaml"))
    inner = [moment.bytes for moment in plan(residual, Bits(8, 32), planner).moments[2:-1]]
    assert inner[1] == 8 * 8 * (16 + 16) or planner == "sum"
    floats = (4 - 1) * 3 * 8 * 8 if planner == "sum" else 0  # the input, which all of sum keeps
    assert inner == [m.bytes + floats for m in plan(same, Bits(8, 8), planner).moments[2:-1]]


def test_a_converted_file_keeps_them(residual: Graph) -> None:
    again = mncost.lower(parse(to_yaml(lift(residual)).encode(), "again.yaml"))
    assert [node.numbers.activation_bits for node in again.nodes] == [8] * 7 + [None]
    for planner in PLANNERS:
        moments = plan(again, Bits(), planner).moments
        assert [each.bytes for each in moments] == [
            each.bytes for each in plan(residual, Bits(), planner).moments
        ]


def test_what_is_read_in_floats_too_is_stored_twice(tmp_path: Path) -> None:
    net = Net()
    net.conv("x", "a", 16, 3)
    q = net.pair("a")
    net.conv(q, "b", 16, 16)
    net.add("Add", ["a", "b"], "out")
    found = widths(net.graph(tmp_path, [16, 8, 8]))
    assert found == {"a": None, "a_q/quantizelinear": 8, "b": None, "out/add": None}


def test_so_is_what_another_name_reads_in_floats(tmp_path: Path) -> None:
    net = Net()
    net.conv("x", "a", 16, 3)
    net.add("Identity", ["a"], "same")
    q = net.pair("same")
    net.conv(q, "b", 16, 16)
    net.add("Add", ["a", "b"], "out")
    found = widths(net.graph(tmp_path, [16, 8, 8]))
    assert found == {"a": None, "same_q/quantizelinear": 8, "b": None, "out/add": None}


@pytest.mark.parametrize(("zero", "bits"), [("uint8", 8), ("int8", 8), ("int16", 16)])
def test_zero_points_say_how_many_bits(zero: str, bits: int, tmp_path: Path) -> None:
    net = Net(np.dtype(zero))
    net.conv("x", "a", 4, 3)
    q = net.pair("a")
    net.conv(q, "out", 4, 4)
    assert widths(net.graph(tmp_path, [4, 8, 8])) == {"a": bits, "out": None}


def test_so_does_a_type_that_is_stated(tmp_path: Path) -> None:
    net = Net()
    net.conv("x", "a", 4, 3)
    net.add("QuantizeLinear", ["a", "s"], "q", output_dtype=onnx.TensorProto.INT4)
    net.add("DequantizeLinear", ["q", "s"], "dq")
    net.conv("dq", "out", 4, 4)
    assert widths(net.graph(tmp_path, [4, 8, 8])) == {"a": 4, "out": None}


def test_weights_that_the_file_quantises_itself(tmp_path: Path) -> None:
    """As training with quantisation in mind is exported: weights in floats, and a pair."""
    net = Net(np.int8)
    net.weights("w", 4, 3, 1, 1, kind=np.float32)
    net.add("Conv", ["x", net.pair("w")], "out")
    (only,) = net.graph(tmp_path, [4, 8, 8]).nodes
    assert (only.numbers.weight_bits, only.numbers.activation_bits) == (8, None)


def test_operators_in_whole_numbers(tmp_path: Path) -> None:
    net = Net()
    scales, more = ["s", "z"], {"domain": "com.microsoft"}
    net.add("QuantizeLinear", ["x", *scales], "q")
    net.weights("w", 8, 3, 1, 1)
    net.add("QLinearConv", ["q", *scales, "w", "s", "zw", *scales], "a")
    net.add("QLinearAdd", ["a", *scales, "a", *scales, *scales], "b", **more)
    net.add("MaxPool", ["b"], "c", kernel_shape=[8, 8])
    net.add("Flatten", ["c"], "d")
    net.weights("v", 8, 5)
    net.add("QGemm", ["d", *scales, "v", "s", "zw", "", *scales], "e", **more)
    net.add("DequantizeLinear", ["e", *scales], "out")
    graph = net.graph(tmp_path, [5])
    assert set(widths(graph).values()) == {8, None}
    assert [name for name, bits in widths(graph).items() if bits is None] == [
        "out/dequantizelinear"
    ]
    assert analyze(graph).totals.mult_adds == 3 * 8 * 8 * 8 + 8 * 5


def test_an_activation_of_more_bits_has_a_map_of_its_own(tmp_path: Path) -> None:
    """Kept in floats behind a convolution in bytes: it does not fit into that map."""
    net = Net()
    net.add("QuantizeLinear", ["x", "s", "z"], "q")
    net.weights("w", 8, 3, 1, 1)
    net.add("QLinearConv", ["q", "s", "z", "w", "s", "zw", "s", "z"], "a")
    net.add("DequantizeLinear", ["a", "s", "z"], "b")
    net.add("Relu", ["b"], "out")
    graph = net.graph(tmp_path, [8, 8, 8])
    assert widths(graph) == {"q/quantizelinear": 8, "a": 8, "a/act": None}
    peak = plan(graph, Bits()).peak
    assert (peak.node.name, peak.bytes) == ("a/act", 8 * 8 * 8 * (1 + 4))


def test_what_is_stored_twice_in_different_bits_is_two_maps(tmp_path: Path) -> None:
    net = Net()
    net.stored["z16"] = np.array(0, np.int16)
    net.conv("x", "a", 4, 3)
    for name, zero in (("b", "z"), ("c", "z16")):
        net.add("QuantizeLinear", ["a", "s", zero], f"{name}_q")
        net.add("DequantizeLinear", [f"{name}_q", "s", zero], f"{name}_dq")
        net.conv(f"{name}_dq", name, 4, 4)
    net.add("Add", ["b", "c"], "out")
    found = widths(net.graph(tmp_path, [4, 8, 8]))
    assert found == {"a": 8, "c_q/quantizelinear": 16, "b": None, "c": None, "out/add": None}


def test_an_activation_in_other_bits_leaves_the_map_before_it_alone(tmp_path: Path) -> None:
    net = Net()
    net.stored["z16"] = np.array(0, np.int16)
    net.conv("x", "a", 4, 3)
    net.add("QuantizeLinear", ["a", "s", "z16"], "a_q")
    net.add("DequantizeLinear", ["a_q", "s", "z16"], "a_dq")
    q = net.pair(net.add("Relu", ["a_dq"], "r"))
    net.conv(q, "out", 4, 4)
    assert widths(net.graph(tmp_path, [4, 8, 8])) == {"a": 16, "a/act": 8, "out": None}


def test_a_map_behind_a_view_is_stored_as_the_view_is(tmp_path: Path) -> None:
    net = Net()
    net.conv("x", "a", 4, 3)
    q = net.pair(net.add("Reshape", ["a", "shape"], "v"))
    net.stored["shape"] = np.array([1, 4, 4, 16], np.int64)
    net.conv(q, "out", 4, 4)
    assert widths(net.graph(tmp_path, [4, 4, 16])) == {"a": 8, "v/reshape": 8, "out": None}


def test_more_operators_in_whole_numbers(tmp_path: Path) -> None:
    """What is only moved keeps its bits; stored numbers are counted; a softmax is known."""
    net = Net()
    scales, more = ["s", "z"], {"domain": "com.microsoft"}
    net.add("QuantizeLinear", ["x", *scales], "q")
    net.stored["sizes"] = np.array([1, 3, 16, 16], np.int64)
    net.add("Resize", ["q", "", "", "sizes"], "up", mode="nearest")
    net.weights("k", 3, 1, 1, kind=np.uint8)
    net.add("QLinearMul", ["up", *scales, "k", *scales, *scales], "m", **more)
    net.add("QLinearSoftmax", ["m", *scales, *scales], "sm", axis=1, opset=13, **more)
    net.add("DequantizeLinear", ["sm", *scales], "out")
    graph = net.graph(tmp_path, [3, 16, 16])
    bits = [node.numbers.activation_bits for node in graph.nodes]
    assert bits == [8, 8, 8, 8, None]
    total = analyze(graph).totals.parameters
    assert total.weights + total.biases == 3


def test_a_product_whose_output_has_no_scale_gives_floats(tmp_path: Path) -> None:
    net = Net()
    scales, more = ["s", "z"], {"domain": "com.microsoft"}
    net.stored["shape"] = np.array([1, 192], np.int64)
    net.add("Reshape", ["x", "shape"], "f")
    net.add("QuantizeLinear", ["f", *scales], "q")
    net.weights("v", 192, 5)
    net.add("QGemm", ["q", *scales, "v", "s", "zw", ""], "out", **more)
    graph = net.graph(tmp_path, [5])
    assert graph.nodes[-1].numbers.activation_bits is None
    assert analyze(graph).totals.mult_adds == 192 * 5


def test_a_quantised_image_is_no_weight(tmp_path: Path) -> None:
    """An input that is unpacked goes in; weights among the inputs are unpacked for a convolution."""
    net = Net()
    net.add("DequantizeLinear", ["x8", "s", "z"], "y")
    net.add("DequantizeLinear", ["w8", "s", "zw"], "w")
    net.add("Conv", ["y", "w"], "c")
    net.add("Add", ["c", "x"], "out")
    net.stored["zw"] = np.array(0, np.int8)
    helper, kinds = onnx.helper, onnx.TensorProto
    inputs = [("w8", kinds.INT8, [3, 3, 1, 1]), ("x", kinds.FLOAT, [1, 3, 8, 8]),
              ("x8", kinds.UINT8, [1, 3, 8, 8])]  # fmt: skip
    made = helper.make_graph(
        net.nodes, "net",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info("out", kinds.FLOAT, [1, 3, 8, 8])],
        [onnx.numpy_helper.from_array(value, name) for name, value in net.stored.items()],
    )  # fmt: skip
    file = tmp_path / "net.onnx"
    sets = [helper.make_opsetid("", 21)]
    onnx.save(helper.make_model(made, opset_imports=sets, ir_version=10), str(file))
    graph = mncost.load(file)
    assert isinstance(graph, Graph)
    assert len(graph.others) == 1
    assert analyze(graph).totals.parameters.weights == 9
    assert analyze(graph).totals.parameters.biases == 0
