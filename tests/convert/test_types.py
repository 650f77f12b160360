"""Types of ONNX files: what is stored in halves, doubles, bytes and truths takes its own bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import mncost
from mncost.cost.footprint import Bits, stored_bytes
from mncost.errors import SpecError
from mncost.graph import Graph, ops
from mncost.spec.lift import lift, to_yaml
from mncost.spec.source import parse
from mncost.study.memory import PLANNERS, plan
from tests.convert.files import (
    BRAIN,
    DOUBLE,
    FLOAT,
    HALF,
    INT8,
    INT64,
    UINT8,
    node,
    numbers,
    packed,
    saved,
)

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
np = pytest.importorskip("numpy", reason="numpy is not installed")


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
    assert again.bits(-1) == graph.bits(-1)
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
    assert graph.input_bits == (8,)
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
        node("Own", "x", "a", domain="theirs"),
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
    assert graph.input_bits == (64,)
    assert graph.notes["all"].startswith("Weights of 16 bits: 5 layers.")


def test_a_norm_is_no_layer_with_weights_of_its_own(tmp_path: Path) -> None:
    nodes = [node("Conv", "x w", "a"), node("BatchNormalization", "a s b m v", "y")]
    stored = [numbers("w", [4, 3, 1, 1], HALF), *(numbers(n, [4], HALF) for n in "sbmv")]
    taken, given = {"x": (HALF, [1, 3, 8, 8])}, {"y": (HALF, [1, 4, 8, 8])}
    graph = saved(tmp_path, nodes, stored, taken=taken, given=given)
    assert graph.notes["all"].startswith("Weights of 16 bits: 1 layer.")
    assert stored_bytes(graph, Bits(counted="all")) == 2 * (4 * 3 + 4 * 4)
    stored[-1] = numbers("v", [4], FLOAT)  # of several, as the widest
    graph = saved(tmp_path, nodes, stored, taken=taken, given=given)
    assert stored_bytes(graph, Bits(counted="all")) == 2 * 4 * 3 + 4 * 4 * 4


# -- what has the type of numbers, however they are stored


def bits_of(graph: Graph) -> dict[str, int | None]:
    return {each.name: each.numbers.activation_bits for each in graph.nodes}


@pytest.mark.parametrize("first", [False, True])
def test_unpacked_weights_are_floats(first: bool, tmp_path: Path) -> None:
    """Stored in bytes, and read as floats: so is what is made of them."""
    unpacks, stored = packed("w", [8, 8], INT8)
    nodes = [*unpacks, node("MatMul", "w x" if first else "x w", "a"), node("Relu", "a", "y")]
    size: tuple[int, list[int]] = (FLOAT, [1, 8, 8])
    graph = saved(tmp_path, nodes, stored, taken={"x": size}, given={"y": size})
    assert set(bits_of(graph).values()) == {None}
    assert stored_bytes(graph, Bits()) == 8 * 8
    table = [*unpacks, node("Gather", "w ids", "e"), node("Relu", "e", "y")]
    taken, given = {"ids": (INT64, [1, 5])}, {"y": (FLOAT, [1, 5, 8])}
    graph = saved(tmp_path, table, stored, taken=taken, given=given)
    assert bits_of(graph) == {"e/gather": None, "e/gather/act": None}


def test_what_is_reckoned_beforehand_has_its_type(tmp_path: Path) -> None:
    """As masks and scales of attention are: constants that are cast, and stand first."""
    nodes = [
        onnx.helper.make_node("Constant", [], ["two"], name="two", value_float=2.0),
        node("Cast", "two", "half", to=HALF),
        node("Sqrt", "half", "root"),
        node("Mul", "root x", "m"),
        node("Greater", "m root", "g"),
        node("Cast", "fill", "filled", to=HALF),
        node("Where", "g filled m", "w"),
        node("Cast", "weights", "weights16", to=HALF),
        node("MatMul", "weights16 w", "y"),
    ]
    stored = [numbers("fill", [8], FLOAT), numbers("weights", [3, 4], FLOAT)]
    taken, given = {"x": (HALF, [1, 4, 8])}, {"y": (HALF, [1, 3, 8])}
    found = bits_of(saved(tmp_path, nodes, stored, taken=taken, given=given))
    assert found.pop("g/greater") == 8
    assert set(found.values()) == {16}
    nodes = [
        onnx.helper.make_node("Constant", [], ["three"], name="three", value_int=3),
        node("Add", "three x", "y"),
    ]
    taken = {"x": (INT64, [1, 4, 8])}
    found = bits_of(saved(tmp_path, nodes, [], taken=taken, given={"y": (INT64, [1, 4, 8])}))
    assert found == {"y/add": 64}


def test_a_cast_of_a_quantised_map_has_what_it_is_cast_to(tmp_path: Path) -> None:
    nodes = [
        node("QLinearConv", "x s z w s z s z", "a"),
        node("MaxPool", "a", "p", kernel_shape=[2, 2]),
        node("Cast", "p", "c", to=HALF),
        node("Transpose", "c", "y", perm=[0, 2, 3, 1]),
    ]
    stored = [
        numbers("w", [4, 3, 1, 1], UINT8),
        numbers("s", [], FLOAT, 1),
        numbers("z", [], UINT8),
    ]
    taken, given = {"x": (UINT8, [1, 3, 8, 8])}, {"y": (HALF, [1, 7, 7, 4])}
    found = bits_of(saved(tmp_path, nodes, stored, taken=taken, given=given))
    assert list(found.values()) == [8, 8, 16, 16]


def test_each_output_has_a_type_of_its_own(tmp_path: Path) -> None:
    """Scales of what is quantised as it comes are floats, and places of the largest whole."""
    make = onnx.helper.make_node
    nodes = [
        make("DynamicQuantizeLinear", ["x"], ["q", "s", "z"], name="q"),
        node("MatMulInteger", "q w z", "i"),
        node("Cast", "i", "f", to=FLOAT),
        node("Mul", "s weights_scale", "both"),
        node("Mul", "both f", "y"),
    ]
    stored = [numbers("w", [8, 4], UINT8), numbers("weights_scale", [], FLOAT, 1)]
    taken, given = {"x": (FLOAT, [1, 8])}, {"y": (FLOAT, [1, 4])}
    found = bits_of(saved(tmp_path, nodes, stored, taken=taken, given=given))
    assert [bits for bits in found.values() if bits] == [8]
    assert found["q/dynamicquantizelinear"] == 8
    nodes = [make("TopK", ["x", "k"], ["v", "at"], name="t"), node("Add", "at one", "y")]
    stored = [numbers("k", [1], INT64, 2), numbers("one", [], INT64, 1)]
    taken, given = {"x": (HALF, [1, 8])}, {"y": (INT64, [1, 2])}
    found = bits_of(saved(tmp_path, nodes, stored, taken=taken, given=given))
    assert list(found.values()) == [16, 64]


def test_a_product_of_bytes_may_come_out_in_floats(tmp_path: Path) -> None:
    nodes = [node("QGemm", "x s z w s z", "a", domain="com.microsoft"), node("Relu", "a", "y")]
    stored = [numbers("w", [8, 4], UINT8), numbers("s", [], FLOAT, 1), numbers("z", [], UINT8)]
    taken, given = {"x": (UINT8, [1, 8])}, {"y": (FLOAT, [1, 4])}
    found = bits_of(saved(tmp_path, nodes, stored, taken=taken, given=given))
    assert set(found.values()) == {None}


def test_a_function_that_is_called_twice_learns_twice(tmp_path: Path) -> None:
    """Calls without names: what is inside is called alike."""
    inside = [node("Relu", "a", "b"), node("CastLike", "b b", "c"), node("Sigmoid", "c", "d")]
    sets = [onnx.helper.make_opsetid("", 21)]
    function = onnx.helper.make_function("own", "F", ["a"], ["d"], inside, sets)
    nodes = [
        onnx.helper.make_node("F", ["x"], ["h"], domain="own"),
        node("Cast", "h", "f", to=FLOAT),
        onnx.helper.make_node("F", ["f"], ["y"], domain="own"),
    ]
    taken, given = {"x": (HALF, [1, 8])}, {"y": (FLOAT, [1, 8])}
    graph = saved(tmp_path, nodes, [], taken=taken, given=given, functions=[function])
    assert list(bits_of(graph).values()) == [16, 16, None, None, None]


def test_each_input_has_bits_of_its_own(tmp_path: Path) -> None:
    nodes = [node("Gather", "table ids", "e"), node("Mul", "e mask", "y")]
    taken = {"ids": (INT64, [1, 5]), "mask": (HALF, [1, 5, 8])}
    stored, given = [numbers("table", [9, 8], HALF)], {"y": (HALF, [1, 5, 8])}
    graph = saved(tmp_path, nodes, stored, taken=taken, given=given)
    assert graph.input_bits == (64, 16)
    first, second = plan(graph, Bits(8, 8)).moments
    assert first.bytes == 8 * 5 + 2 * 40 + 2 * 40
    assert second.bytes == 2 * 40 + 2 * 40 + 2 * 40


def test_what_is_asked_for_is_asked_of_a_converted_file_too(tmp_path: Path) -> None:
    """A picture in bytes, and floats of 32 bits behind it."""
    nodes = [node("Cast", "x", "f", to=FLOAT), node("Conv", "f w", "y")]
    taken, given = {"x": (UINT8, [1, 3, 8, 8])}, {"y": (FLOAT, [1, 4, 8, 8])}
    graph = saved(tmp_path, nodes, [numbers("w", [4, 3, 1, 1], FLOAT)], taken=taken, given=given)
    text = to_yaml(lift(graph))
    assert "input: {channels: 3, size: [8, 8], bits: 8}" in text
    again = mncost.lower(parse(text.encode(), "again.yaml"))
    for asked in (Bits(), Bits(8, 8), Bits(4, 4)):
        assert plan(again, asked).peak.bytes == plan(graph, asked).peak.bytes


# -- other ways of writing


def test_a_constant_may_take_the_type_of_a_map(tmp_path: Path) -> None:
    nodes = [node("CastLike", "one x", "c"), node("Add", "x c", "y")]
    size: tuple[int, list[int]] = (HALF, [1, 8])
    stored = [numbers("one", [], FLOAT, 1)]
    graph = saved(tmp_path, nodes, stored, taken={"x": size}, given={"y": size})
    assert bits_of(graph) == {"y/add": 16}


def test_operators_may_stand_before_what_they_read(tmp_path: Path) -> None:
    """Runtimes sort them, and converters to float16 put their casts at the end."""
    nodes = [
        node("Relu", "a", "r"),
        node("Cast", "r", "y", to=FLOAT),
        node("Conv", "x16 w", "a"),
        node("Cast", "x", "x16", to=HALF),
    ]
    stored = [numbers("w", [4, 3, 1, 1], HALF)]
    taken, given = {"x": (FLOAT, [1, 3, 8, 8])}, {"y": (FLOAT, [1, 4, 8, 8])}
    graph = saved(tmp_path, nodes, stored, taken=taken, given=given)
    assert list(bits_of(graph)) == ["x16/cast", "a", "a/act", "y/cast"]
    loop = [node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")]
    with pytest.raises(SpecError, match="which nothing before it puts out"):
        saved(tmp_path, loop, [], taken=taken, given=given)


@pytest.mark.parametrize("read", ["x", "s"])
def test_two_activations_of_one_map(read: str, tmp_path: Path) -> None:
    """The second finishes nothing that the first does; and a converted file has both."""
    nodes = [
        node("Conv", "x w", "c"),
        node("Add", "c c2", "s"),
        node("Relu", f"{'c' if read == 'x' else 's'}", "r"),
        node("Sigmoid", f"{'c' if read == 'x' else 's'}", "g"),
        node("Concat", "r g s", "y", axis=1),
    ]
    stored = [numbers("w", [4, 3, 1, 1], FLOAT), numbers("v", [4, 3, 1, 1], FLOAT)]
    nodes.insert(1, node("Conv", "x v", "c2"))
    taken, given = {"x": (FLOAT, [1, 3, 8, 8])}, {"y": (FLOAT, [1, 12, 8, 8])}
    graph = saved(tmp_path, nodes, stored, taken=taken, given=given)
    again = mncost.lower(parse(to_yaml(lift(graph)).encode(), "again.yaml"))
    assert [each.op for each in again.nodes] == [each.op for each in graph.nodes]
    assert [each.sources for each in again.nodes] == [each.sources for each in graph.nodes]
    for planner in PLANNERS:
        assert plan(again, Bits(), planner).peak.bytes == plan(graph, Bits(), planner).peak.bytes


def test_a_map_of_many_sides_has_no_word(tmp_path: Path) -> None:
    """Refused when it is written, and not when it is read again."""
    nodes = [node("Reshape", "x sides", "r"), node("Reshape", "r back", "y")]
    sides = onnx.numpy_helper.from_array(np.array([1, 3, 2, 2, 2, 2, 2, 2]), "sides")
    back = onnx.numpy_helper.from_array(np.array([1, 3, 8, 8]), "back")
    size: tuple[int, list[int]] = (FLOAT, [1, 3, 8, 8])
    graph = saved(tmp_path, nodes, [sides, back], taken={"x": size}, given={"y": size})
    with pytest.raises(SpecError, match="r/reshape puts out 3×2×2×2×2×2×2; a map here has 6 sides"):
        lift(graph)


# -- what is written of casts


def cast_network(folder: Path) -> Graph:
    """Floats go in and come out, and halves are within, as converters leave it."""
    nodes = [
        node("Cast", "x", "h", to=HALF),
        node("Conv", "h w", "a"),
        node("Relu", "a", "b"),
        node("Cast", "b", "y", to=FLOAT),
    ]
    taken, given = {"x": (FLOAT, [1, 3, 8, 8])}, {"y": (FLOAT, [1, 4, 8, 8])}
    return saved(folder, nodes, [numbers("w", [4, 3, 1, 1], HALF)], taken=taken, given=given)


def test_a_cast_is_exported_as_nothing_that_computes(tmp_path: Path) -> None:
    """What is exported has floats throughout."""
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from mncost.convert.onnx import write as to_onnx
    from mncost.convert.source import write as to_source

    graph = cast_network(tmp_path)
    written = to_onnx.model(graph)
    kinds = [each.op_type for each in onnx.load_from_string(written).graph.node]
    assert [kind for kind in kinds if kind not in ("Constant", "ConstantOfShape")] == [
        "Identity", "Conv", "Relu", "Identity",
    ]  # fmt: skip
    assert runtime.InferenceSession(written).get_outputs()[0].shape == [1, 4, 8, 8]
    network = parse(to_yaml(lift(graph)).encode(), "net.yaml")
    assert to_source.source(network).count("nn.Identity()") == 2


def test_a_cast_is_measured_with_the_rest(tmp_path: Path, mncost: Any) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    cast_network(tmp_path)
    ran = mncost("bench", str(tmp_path / "net.onnx"), "--rounds", "5", "--level", "none")
    assert ran.code == 0, ran.err


def test_a_cast_to_another_size_is_refused(tmp_path: Path) -> None:
    from mncost.convert.onnx import write as to_onnx

    text = "input: [3, 8, 8]\nlayers: [{op: move, function: cast, out: [3, 4, 4]}]"
    with pytest.raises(SpecError, match="moves numbers in a way that the graph does not tell"):
        to_onnx.model(mncost.lower(parse(text.encode(), "net.yaml")))


def test_functions_out_of_order_whose_insides_are_called_alike(tmp_path: Path) -> None:
    """Nothing tells which of two is meant."""
    inside = [node("Relu", "a", "b"), node("Sigmoid", "b", "d")]
    sets = [onnx.helper.make_opsetid("", 21)]
    function = onnx.helper.make_function("own", "F", ["a"], ["d"], inside[::-1], sets)
    nodes = [
        onnx.helper.make_node("F", ["x"], ["h"], domain="own"),
        onnx.helper.make_node("F", ["h"], ["y"], domain="own"),
    ]
    size: tuple[int, list[int]] = (FLOAT, [1, 8])
    with pytest.raises(SpecError, match="which nothing before it puts out"):
        saved(tmp_path, nodes, [], taken={"x": size}, given={"y": size}, functions=[function])
    graph = saved(
        tmp_path, nodes[:1], [], taken={"x": size}, given={"h": size}, functions=[function]
    )
    assert len(graph.nodes) == 2


def test_a_converted_file_says_what_is_given_otherwise(tmp_path: Path) -> None:
    """The input itself, and what nothing reads."""
    size: tuple[int, list[int]] = (FLOAT, [1, 3, 8, 8])
    nodes = [node("Relu", "x", "y"), node("Sigmoid", "x", "dead")]
    graph = saved(tmp_path, nodes, [], taken={"x": size}, given={"y": size, "x": size})
    assert lift(graph)["notes"]["all"] == (
        "The network also gives its input: here memory of that ends with its last reader. "
        "Nothing reads dead/sigmoid, and the network does not give it: here it does."
    )
