"""Types of ONNX files: what is stored in halves, doubles, bytes and truths takes its own bits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import mncost
from mncost.cost.footprint import Bits, stored_bytes
from mncost.graph import Graph, ops
from mncost.spec.lift import lift, to_yaml
from mncost.spec.source import parse
from mncost.study.memory import PLANNERS, plan

onnx = pytest.importorskip("onnx")
np = pytest.importorskip("numpy")

FLOAT, HALF, BRAIN, DOUBLE = 1, 10, 16, 11
UINT8, INT64 = 2, 7


def numbers(name: str, dims: Sequence[int], kind: int, value: float = 0.0) -> Any:
    """A stored tensor; bfloat16 and float16 with their bits as whole numbers, as files may."""
    array = np.full(dims, value, np.float32)
    if kind in (BRAIN, HALF):
        bits = array.view(np.uint32) >> 16 if kind == BRAIN else array.astype("<f2").view(np.uint16)
        return onnx.TensorProto(
            name=name, data_type=kind, dims=dims, int32_data=[int(b) for b in bits.reshape(-1)]
        )
    made = array.astype(onnx.helper.tensor_dtype_to_np_dtype(kind))
    return onnx.numpy_helper.from_array(made, name)


def saved(
    folder: Path,
    nodes: Sequence[Any],
    stored: Sequence[Any],
    *,
    taken: dict[str, tuple[int, list[int]]],
    given: dict[str, tuple[int, list[int]]],
    stated: dict[str, tuple[int, list[int]]] | None = None,
) -> Graph:
    """A file of these, read: types and sizes are those of what it takes, gives, and states."""
    values = [
        [onnx.helper.make_tensor_value_info(name, *each) for name, each in group.items()]
        for group in (taken, given, stated or {})
    ]
    made = onnx.helper.make_graph(
        nodes, "net", values[0], values[1], list(stored), value_info=values[2]
    )
    model = onnx.helper.make_model(
        made, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8
    )
    file = folder / "net.onnx"
    onnx.save(model, str(file))
    found = mncost.load(file)
    assert isinstance(found, Graph)
    return found


def node(op: str, inputs: str, output: str, **more: Any) -> Any:
    return onnx.helper.make_node(op, inputs.split(), [output], name=output, **more)


def net(folder: Path, kind: int) -> Graph:
    """Two convolutions, with ReLU6 as a Clip whose limits are stored numbers, all of one type."""
    nodes = [
        node("Conv", "x w", "a", pads=[1, 1, 1, 1]),
        node("Clip", "a low high", "b"),
        node("Conv", "b v", "c"),
        node("Relu", "c", "y"),
    ]
    stored = [
        numbers("w", [8, 3, 3, 3], kind),
        numbers("v", [4, 8, 1, 1], kind),
        numbers("low", [], kind, 0.0),
        numbers("high", [], kind, 6.0),
    ]
    taken, given = {"x": (kind, [1, 3, 8, 8])}, {"y": (kind, [1, 4, 8, 8])}
    return saved(folder, nodes, stored, taken=taken, given=given)


@pytest.mark.parametrize(("kind", "bits"), [(HALF, 16), (BRAIN, 16), (DOUBLE, 64)])
def test_a_network_of_another_float_is_the_same_network(
    kind: int, bits: int, tmp_path: Path
) -> None:
    """With its own limits of ReLU6, and all that it holds by its own bits."""
    floats, other = net(tmp_path, FLOAT), net(tmp_path, kind)
    assert [each.op for each in other.nodes] == [each.op for each in floats.nodes]
    assert other.nodes[1].op == ops.Act("relu6")
    for planner in PLANNERS:
        wide, own = plan(floats, Bits(), planner).peak.bytes, plan(other, Bits(), planner).peak
        assert own.bytes * 32 == wide * bits
    told = f"Weights of {bits} bits: 2 layers. Activations of {bits} bits: 4 operations."
    assert other.notes["all"] == told
    assert "all" not in floats.notes


def test_floats_of_32_bits_take_what_is_asked_for_and_others_their_own(tmp_path: Path) -> None:
    asked = Bits(8, 8)
    assert plan(net(tmp_path, FLOAT), asked).peak.bytes == (8 + 4) * 8 * 8
    assert plan(net(tmp_path, HALF), asked).peak.bytes == 2 * (8 + 4) * 8 * 8


@pytest.mark.parametrize("kind", [FLOAT, HALF])
def test_what_is_converted_keeps_its_bits(kind: int, tmp_path: Path) -> None:
    graph = net(tmp_path, kind)
    again = mncost.lower(parse(to_yaml(lift(graph)).encode(), "again.yaml"))
    widths = [[each.numbers.activation_bits for each in net.nodes] for net in (again, graph)]
    assert widths[0] == widths[1]
    assert again.activation_bits == graph.activation_bits
    assert stored_bytes(again, Bits(8, 8)) == stored_bytes(graph, Bits(8, 8))


def test_a_cast_stores_a_map_anew(tmp_path: Path) -> None:
    """As converters of files write: floats go in and come out, halves are within."""
    nodes = [
        node("Cast", "x", "h", to=HALF),
        node("Conv", "h w", "a"),
        node("Cast", "a", "same", to=HALF),
        node("Cast", "same", "y", to=FLOAT),
    ]
    taken, given = {"x": (FLOAT, [1, 3, 8, 8])}, {"y": (FLOAT, [1, 16, 8, 8])}
    graph = saved(tmp_path, nodes, [numbers("w", [16, 3, 1, 1], HALF)], taken=taken, given=given)
    assert [each.op for each in graph.nodes if isinstance(each.op, ops.Move)] == [
        ops.Move("cast", (3, 8, 8)),
        ops.Move("cast", (16, 8, 8)),
    ]
    assert [each.numbers.activation_bits for each in graph.nodes] == [16, 16, None]
    assert [each.bytes for each in plan(graph, Bits()).moments] == [
        (4 + 2) * 3 * 64, 2 * (3 + 16) * 64, (2 + 4) * 16 * 64,
    ]  # fmt: skip


def test_a_picture_in_bytes(tmp_path: Path) -> None:
    """What a file does not state follows from what goes in; a converted file says both."""
    nodes = [node("Cast", "x", "f", to=FLOAT), node("Conv", "f w", "y")]
    taken, given = {"x": (UINT8, [1, 3, 8, 8])}, {"y": (FLOAT, [1, 4, 8, 8])}
    graph = saved(tmp_path, nodes, [numbers("w", [4, 3, 1, 1], FLOAT)], taken=taken, given=given)
    assert graph.activation_bits == 8
    moments = [(1 + 4) * 3 * 64, 4 * (3 + 4) * 64]
    again = mncost.lower(parse(to_yaml(lift(graph)).encode(), "again.yaml"))
    for each in (graph, again):
        assert [moment.bytes for moment in plan(each, Bits()).moments] == moments


def test_truths_and_places(tmp_path: Path) -> None:
    """A comparison puts out bytes, and the places of the largest are whole numbers of 64 bits."""
    nodes = [
        node("Greater", "x limit", "g"),
        node("Where", "g x limit", "w"),
        node("ArgMax", "w", "y", axis=1),
    ]
    taken, given = {"x": (HALF, [1, 4, 8, 8])}, {"y": (INT64, [1, 1, 8, 8])}
    graph = saved(tmp_path, nodes, [numbers("limit", [], HALF)], taken=taken, given=given)
    assert [each.numbers.activation_bits for each in graph.nodes] == [8, 16, 64]


def test_weights_that_stand_among_what_goes_in(tmp_path: Path) -> None:
    nodes = [node("Conv", "x w", "y")]
    taken = {"x": (HALF, [1, 3, 8, 8]), "w": (HALF, [4, 3, 1, 1])}
    graph = saved(tmp_path, nodes, [], taken=taken, given={"y": (HALF, [1, 4, 8, 8])})
    assert graph.nodes[0].numbers.weight_bits == 16


def test_a_type_that_is_stated_comes_first(tmp_path: Path) -> None:
    """Of an operator of somebody's own nobody else knows."""
    nodes = [
        onnx.helper.make_node("Own", ["x"], ["a"], name="a", domain="theirs"),
        node("Relu", "a", "y"),
    ]
    graph = saved(
        tmp_path, nodes, [],
        taken={"x": (FLOAT, [1, 3, 8, 8])},
        given={"y": (HALF, [1, 3, 8, 8])},
        stated={"a": (HALF, [1, 3, 8, 8])},
    )  # fmt: skip
    assert [each.numbers.activation_bits for each in graph.nodes] == [16, 16]


def test_every_number_that_is_stored_takes_its_own_bits(tmp_path: Path) -> None:
    """Tables of words, norms, products with stored stacks, sums: not kernels alone."""
    nodes = [
        node("Gather", "table ids", "e"),
        node("LayerNormalization", "e scale shift", "n"),
        node("MatMul", "n stack", "m"),
        node("Add", "m each", "s"),
        node("PRelu", "s slope", "y"),
    ]
    sizes = {"table": [10, 8], "scale": [8], "shift": [8], "stack": [1, 8, 8], "each": [5, 8]}
    stored = [numbers(name, dims, HALF) for name, dims in (sizes | {"slope": [5, 1]}).items()]
    taken, given = {"ids": (INT64, [1, 5])}, {"y": (HALF, [1, 5, 8])}
    graph = saved(tmp_path, nodes, stored, taken=taken, given=given)
    count = 10 * 8 + 2 * 8 + 8 * 8 + 5 * 8 + 5
    assert stored_bytes(graph, Bits(counted="all")) == 2 * count
    assert graph.activation_bits == 64
    assert graph.notes["all"].startswith("Weights of 16 bits: 5 layers.")


def test_a_norm_is_no_layer_with_weights_of_its_own(tmp_path: Path) -> None:
    nodes = [node("Conv", "x w", "a"), node("BatchNormalization", "a s b m v", "y")]
    stored = [numbers("w", [4, 3, 1, 1], HALF), *(numbers(n, [4], HALF) for n in "sbmv")]
    taken, given = {"x": (HALF, [1, 3, 8, 8])}, {"y": (HALF, [1, 4, 8, 8])}
    graph = saved(tmp_path, nodes, stored, taken=taken, given=given)
    assert graph.notes["all"].startswith("Weights of 16 bits: 1 layers.")
    assert stored_bytes(graph, Bits(counted="all")) == 2 * (4 * 3 + 4 * 4)
