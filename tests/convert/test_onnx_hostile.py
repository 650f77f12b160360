"""ONNX files made to hurt, and files that say one thing and are another."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

onnx = pytest.importorskip("onnx", reason="ONNX files need onnx")

from onnx import helper  # noqa: E402

import mncost  # noqa: E402
from mncost.convert.onnx.graph import read  # noqa: E402
from mncost.convert.onnx.wire import MOST_FIELDS, _varint  # noqa: E402
from mncost.errors import MncostError, SettingError, SpecError  # noqa: E402
from mncost.graph import Graph, ops  # noqa: E402
from mncost.study.models import as_network, load, taken  # noqa: E402
from tests.convert.test_onnx import FILES, model, mult_adds  # noqa: E402

node = helper.make_node
Build = Callable[..., Graph]


@pytest.fixture
def graph(tmp_path: Path) -> Build:
    def build(*args: Any, sizes: Any = None, **kwargs: Any) -> Graph:
        path = tmp_path / "net.onnx"
        path.write_bytes(model(*args, **kwargs))
        return read(str(path), sizes)

    return build


def framed(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(body)) + body


def nested(depth: int) -> bytes:
    """Graphs within attributes within nodes."""
    body = b"\x12\x01x" * 2000
    for _ in range(depth):
        body = framed(1, framed(5, framed(6, body)))
    return framed(7, body)


BOMBS = {
    "many tiny fields": b"\x08\x08" * (MOST_FIELDS + 10),
    "many empty nodes": framed(7, b"\x0a\x00" * (MOST_FIELDS + 10)),
    "many empty tensors": framed(7, b"\x2a\x00" * (MOST_FIELDS + 10)),
    "an attribute of many numbers": framed(
        7, framed(1, framed(5, framed(8, b"\x01" * 5_000_000)) + b"\x22\x04Relu")
    ),
    "a text without end": framed(6, b"a" * 30_000_000),
    "messages in messages": nested(40),
    "deeper still": nested(3000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_within_seconds(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.onnx"
    path.write_bytes(BOMBS[name])
    start = time.monotonic()
    with pytest.raises(MncostError):
        read(str(path))
    assert time.monotonic() - start < 20  # a slow machine; refused in one second


def test_numbers_do_not_grow_without_end(graph: Build) -> None:
    """A product squared again and again; and rows stacked and gathered again and again."""
    squares = [node("Mul", [f"k{i}", f"k{i}"], [f"k{i + 1}"]) for i in range(80)]
    wide = [node("Gather", [f"g{i}", "index"], [f"g{i + 1}"], axis=1) for i in range(4)]
    conv = [node("Relu", ["x"], ["y"])]
    numbers = {"k0": ([1], [3]), "g0": ([1, 50], [1] * 50), "index": ([1, 50], [0] * 50)}
    start = time.monotonic()
    graph([*squares, *wide, *conv], {}, values=numbers)
    assert time.monotonic() - start < 10


def test_a_file_that_shrinks_is_malformed(tmp_path: Path) -> None:
    from mncost.convert.onnx.wire import Malformed, Pages, without_weights

    path = tmp_path / "net.onnx"
    data = FILES[0].read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with path.open("rb") as file, pytest.raises(Malformed, match="ends too early"):
        without_weights(Pages(file.fileno(), len(data)))


def test_random_damage_is_told_plainly(tmp_path: Path) -> None:
    """Bytes changed at random in real files: read, or refused; nothing else."""
    path, dice = tmp_path / "net.onnx", random.Random(7)
    rounds = 400 if os.environ.get("CI") else 150
    small = [file.read_bytes() for file in FILES if file.stat().st_size < 50_000]
    for _ in range(rounds):
        data = bytearray(dice.choice(small))
        for _ in range(dice.randint(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.2:
            del data[dice.randrange(len(data)) :]
        path.write_bytes(bytes(data))
        try:
            mncost.analyze(read(str(path)))
        except MncostError as error:
            assert error.problems


def test_gates_without_inputs(graph: Build) -> None:
    nodes = [node("Sigmoid", [], ["q"]), node("Relu", ["x"], ["s"]), node("Mul", ["q", "s"], ["y"])]
    with pytest.raises(MncostError):
        graph(nodes, {})


# -- what is easily read wrong


def test_a_function_refers_to_how_it_was_called(graph: Build) -> None:
    inner = helper.make_function(
        "mine", "Stack", ["a", "b"], ["c"], [], [helper.make_opsetid("", 17)], ["side"]
    )
    concat = node("Concat", ["a", "b"], ["c"])
    reference = concat.attribute.add()
    reference.name, reference.ref_attr_name = "axis", "side"
    reference.type = onnx.AttributeProto.INT
    inner.node.append(concat)
    nodes = [node("Stack", ["x", "x"], ["y"], domain="mine", side=2)]
    built = graph(nodes, {}, functions=[inner])
    assert built.nodes[-1].output == (4, 16, 8)


def test_two_inputs_multiplied_are_no_weights(graph: Build) -> None:
    nodes = [node("MatMul", ["x", "z"], ["y"])]
    built = graph(nodes, {}, (1, 3, 4), inputs={"z": (1, 4, 5)})
    assert built.others == ((4, 5),)
    assert mult_adds(built) == 3 * 4 * 5
    assert mncost.analyze(built).totals.parameters.all == 0


def test_a_vector_added_to_a_product_of_maps_is_no_bias(graph: Build) -> None:
    nodes = [node("MatMul", ["x", "z"], ["p"]), node("Add", ["p", "c"], ["y"])]
    built = graph(nodes, {"c": (5,)}, (1, 3, 4), inputs={"z": (1, 4, 5)})
    assert mncost.analyze(built).totals.parameters.biases == 5


def test_shared_weights_and_biases_of_their_own(graph: Build) -> None:
    nodes = [
        node("Conv", ["x", "w", "b"], ["m"], pads=[1, 1, 1, 1]),
        node("Conv", ["m", "w", "c"], ["y"], pads=[1, 1, 1, 1]),
    ]
    kept = mncost.analyze(graph(nodes, {"w": (4, 4, 3, 3), "b": (4,), "c": (4,)})).totals.parameters
    assert (kept.weights, kept.biases) == (144, 8)


def test_a_batch_that_lies_elsewhere(graph: Build) -> None:
    nodes = [node("Transpose", ["x"], ["t"], perm=[1, 0, 2]), node("MatMul", ["t", "w"], ["y"])]
    built = graph(nodes, {"w": (4, 6)}, (2, 5, 4))
    assert mult_adds(built) == 5 * 4 * 6
    assert "the file has a batch of 2" in built.notes["all"]
    with pytest.raises(SpecError, match="costs are of one image"):
        graph(nodes, {"w": (4, 6)}, ("N", 5, 4), sizes={"x": (2, 5, 4)})


def test_a_batch_that_the_sizes_hold(graph: Build) -> None:
    nodes = [node("Reshape", ["x", "a"], ["y"])]
    with pytest.raises(SpecError, match="a batch of 2, which its sizes hold"):
        graph(nodes, {}, (2, 5, 4), values={"a": ([2], [2, 20])})


@pytest.mark.parametrize(
    ("scale", "size", "expected"), [(0.7, 10, 7), (1.4, 20, 28), (2.0, 8, 16), (0.5, 9, 4)]
)
def test_sizes_are_multiplied_in_single_precision(
    graph: Build, scale: float, size: int, expected: int
) -> None:
    made = node("Resize", ["x", "", "s"], ["y"])
    tensor = helper.make_tensor("value", onnx.TensorProto.FLOAT, [4], [1.0, 1.0, scale, scale])
    built = graph([node("Constant", [], ["s"], value=tensor), made], {}, (1, 4, size, size))
    assert built.nodes[-1].output == (4, expected, expected)


def test_some_sides_alone_are_resized(graph: Build) -> None:
    made = node("Resize", ["x", "", "", "n"], ["y"], axes=[2, 3])
    assert graph([made], {}, values={"n": ([2], [12, 16])}).nodes[-1].output == (4, 12, 16)


def test_a_transposed_convolution_that_keeps_its_ratio(graph: Build) -> None:
    made = node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2], auto_pad="SAME_UPPER")
    assert graph([made], {"w": (4, 6, 3, 2)}, (1, 4, 7, 11)).nodes[-1].output == (6, 14, 22)


def test_only_one_hard_sigmoid_makes_hard_swish(graph: Build) -> None:
    for options, expected in (({}, "mul"), ({"alpha": 1 / 6, "beta": 0.5}, "act")):
        nodes = [node("HardSigmoid", ["x"], ["s"], **options), node("Mul", ["x", "s"], ["y"])]
        assert type(graph(nodes, {}).nodes[-1].op).__name__.lower() == expected


def test_numbers_added_count_as_biases(graph: Build) -> None:
    built = graph([node("Add", ["x", "b"], ["y"])], {"b": (4, 1, 1)})
    kept = mncost.analyze(built).totals.parameters
    assert (kept.weights, kept.biases) == (0, 4)
    assert built.nodes[-1].op == ops.Arithmetic("add", (4, 8, 8), 4)


def test_what_states_its_size_is_not_scaled(graph: Build, tmp_path: Path) -> None:
    graph(
        [node("Conv", ["x", "w"], ["c"]), node("Add", ["c", "b"], ["y"])],
        {"w": (6, 4, 3, 3), "b": (6, 1, 1)},
    )
    network = as_network(load(tmp_path / "net.onnx"))
    with pytest.raises(SettingError, match="states its size"):
        taken(network, alpha=0.5)
    plain = as_network(load(str(FILES[1])))
    assert taken(plain, alpha=0.5).nodes[0].output[0] == plain.layers[0].out // 2  # type: ignore[attr-defined]


def test_source_of_what_others_made(tmp_path: Path, mncost: Any) -> None:
    out = tmp_path / "net.py"
    assert mncost("export", str(FILES[-1]), "-o", str(out)).code == 0
    path = tmp_path / "net.onnx"
    path.write_bytes(
        model([node("InstanceNormalization", ["x", "s", "b"], ["y"])], {"s": (4,), "b": (4,)})
    )
    ran = mncost("export", str(path), "-o", str(out), "--force")
    assert ran.code == 2
    assert "does not say what it computes" in ran.err
