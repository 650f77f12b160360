"""Bits of ONNX files: quantised weights count at their own, floats at what is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import mncost
from mncost.cost.engine import analyze
from mncost.cost.footprint import Bits, stored_bytes
from mncost.graph import Graph
from mncost.spec.lift import lift, to_yaml
from mncost.spec.source import parse
from mncost.study.costs import cost

onnx = pytest.importorskip("onnx")
np = pytest.importorskip("numpy")


def quantised(path: Path) -> Path:
    """A convolution whose weights are unpacked from bytes, and one in floats."""
    from onnx import TensorProto, helper, numpy_helper

    weights = numpy_helper.from_array(np.zeros((8, 3, 3, 3), np.int8), "w")
    scale = numpy_helper.from_array(np.array(0.5, np.float32), "s")
    zero = numpy_helper.from_array(np.array(0, np.int8), "z")
    floats = numpy_helper.from_array(np.zeros((4, 8, 1, 1), np.float32), "v")
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "s", "z"], ["wf"]),
        helper.make_node("Conv", ["x", "wf"], ["y"], name="first", pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["y", "v"], ["t"], name="second"),
    ]
    made = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("t", TensorProto.FLOAT, [1, 4, 8, 8])],
        [weights, scale, zero, floats],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    file = path / "net.onnx"
    onnx.save(model, str(file))
    return file


def test_weights_take_what_the_file_says(tmp_path: Path) -> None:
    graph = mncost.load(quantised(tmp_path))
    assert isinstance(graph, Graph)
    first, second = analyze(graph, bits=Bits(16, 8)).rows
    assert (first.weight_bits, second.weight_bits) == (8, None)
    assert first.footprint is not None
    assert second.footprint is not None
    assert (first.footprint.weights, second.footprint.weights) == (8 * 3 * 9, 2 * 4 * 8)
    assert stored_bytes(graph, Bits()) == 8 * 3 * 9 + 4 * 4 * 8
    assert cost(graph).weight_bytes == 8 * 3 * 9 + 4 * 4 * 8
    assert graph.notes["all"] == "Weights of 8 bits: 1 layer."


def test_what_is_converted_keeps_them(tmp_path: Path) -> None:
    graph = mncost.load(quantised(tmp_path))
    assert isinstance(graph, Graph)
    again = mncost.lower(parse(to_yaml(lift(graph)).encode(), "again.yaml"))
    assert [node.numbers for node in again.nodes] == [node.numbers for node in graph.nodes]
    assert stored_bytes(again, Bits()) == stored_bytes(graph, Bits())


def test_a_file_of_floats_takes_what_is_asked_for(tmp_path: Path) -> None:
    """And bits of an architecture file change nothing in what is written as ONNX."""
    from mncost.cli.main import run

    text = (
        "input: [3, 8, 8]\nlayers: [{op: conv, out: 4, kernel: 3, weight_bits: 4, density: 0.5}]\n"
    )
    plain, bits = tmp_path / "a.yaml", tmp_path / "b.yaml"
    plain.write_text("name: net_\n" + text.replace(", weight_bits: 4, density: 0.5", ""), "utf-8")
    bits.write_text("name: net_\n" + text, "utf-8")
    for file in (plain, bits):
        assert run(["export", str(file), "-o", str(file.with_suffix(".onnx"))]) == 0
    assert plain.with_suffix(".onnx").read_bytes() == bits.with_suffix(".onnx").read_bytes()
    graph = mncost.load(bits.with_suffix(".onnx"))
    assert isinstance(graph, Graph)
    assert stored_bytes(graph, Bits(8, 8)) == 3 * 4 * 9


def test_a_converted_file_says_what_it_gives_in_the_middle() -> None:
    """The language has no word for that, and a peak may be larger for it."""
    text = """
    input: [3, 8, 8]
    layers: [{op: conv, out: 4, kernel: 3, id: stem}, {op: pointwise, out: 8}]
    """
    whole = mncost.lower(parse(text.encode(), "net.yaml"))
    assert "notes" not in lift(whole)
    given = replace(whole, outputs=(2, len(whole.nodes) - 1))
    assert given.nodes[2].name == "stem/act"
    told = "The network also gives stem: here memory of that ends with its last reader."
    assert lift(given)["notes"] == {"all": told}
