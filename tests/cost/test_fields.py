"""Receptive fields and effective strides, against published ones and against a walk by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mncost
from mncost.cost.fields import Sight, sights
from mncost.graph import Builder, Graph, ops
from mncost.spec.source import parse


def seen(text: str) -> dict[str, Sight]:
    graph = mncost.lower(parse(f"norm: none\nact: none\n{text}".encode(), "net.yaml"))
    return {node.name: sight for node, sight in zip(graph.nodes, sights(graph), strict=True)}


@pytest.mark.parametrize(
    ("name", "field", "stride"),
    [
        # Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields/, table 1
        ("alexnet", 195, 32),
        ("vgg16", 212, 32),
        ("mobilenet_v1", 315, 32),
        ("resnet50_v1", 483, 32),
    ],
)
def test_published_fields(name: str, field: int, stride: int) -> None:
    """Of the last map before what sees all of it: global pooling, or the classifier."""
    graph = mncost.lower(mncost.load(name))
    last = [sight for sight in sights(graph) if sight.what == "part"][-1]
    assert (last.field[0], last.stride[0]) == (field, stride)
    assert (last.field[1], last.stride[1]) == (field, stride)


def test_the_largest_over_all_paths() -> None:
    """1 + (3 - 1) + (5 - 1) by one way, 1 by the other."""
    found = seen("""input: [4, 16, 16]
layers:
  - op: parallel
    join: add
    branches: [[{op: depthwise, kernel: 3}, {op: depthwise, kernel: [5, 1]}], [{op: pointwise, out: 4}]]
""")
    assert found["parallel1/add"].field == (1 + 2 + 4, 1 + 2)


def test_a_gate_leaves_the_field_and_a_global_pool_ends_it() -> None:
    found = seen("""input: [4, 16, 16]
layers:
  - {op: depthwise, kernel: 3}
  - {op: se}
  - {op: global_pool}
  - {op: linear, out: 10}
""")
    assert found["se1/expand"].what == "whole"
    assert found["se1/scale"] == Sight((3, 3), (1, 1))
    assert found["global_pool1"].what == found["linear1"].what == "whole"


def test_larger_maps_look_closer_together() -> None:
    found = seen("""input: [4, 16, 16]
layers:
  - {op: depthwise, kernel: 3, stride: 4}
  - {op: resize, scale: 2}
  - {op: conv_transpose, out: 4, kernel: 4, stride: 2}
  - {op: depthwise, kernel: 3}
""")
    assert found["resize1"] == Sight((3, 3), (2, 2))
    assert found["conv_transpose1"] == Sight((3 + 2, 3 + 2), (1, 1))
    assert found["depthwise2"] == Sight((7, 7), (1, 1))
    assert seen("input: [4, 4, 4]\nlayers: [{op: resize, scale: 3}]")["resize1"].stride[
        0
    ] == Fraction(1, 3)


@pytest.mark.parametrize(
    ("size", "places", "window"), [(10, 4, 3), (11, 4, 4), (8, 4, 2), (7, 3, 3)]
)
def test_the_largest_window_of_an_adaptive_pool(size: int, places: int, window: int) -> None:
    windows = [-(-(i + 1) * size // places) - i * size // places for i in range(places)]
    assert max(windows) == window
    found = seen(f"input: [4, {size}, {size}]\nlayers: [{{op: adaptive_pool, size: {places}}}]")
    assert found["adaptive_pool1"].field == (window, window)


def test_where_numbers_come_to_lie_otherwise_nothing_is_known() -> None:
    found = seen("""input: [4, 8, 8]
layers:
  - {op: move, function: transpose, out: [2, 2, 8, 8]}
  - {op: move, out: [4, 8, 8]}
  - {op: move, out: [8, 4, 8]}
  - {op: depthwise, kernel: 3}
""")
    assert [sight.what for sight in found.values()] == ["part", "part", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("op", "what"),
    [
        (ops.Norm("instance"), "whole"),
        (ops.Norm("group"), "whole"),
        (ops.Norm("layer"), "part"),
        (ops.Reduce("mean", (4, 1, 1)), "whole"),
        (ops.Reduce("mean", (1, 8, 8)), "part"),
        (ops.MatMul(8, 8, 8, 4, (4, 8, 8)), "whole"),
        (ops.Linear(3, True, True), "part"),
        (ops.Linear(3), "whole"),
        (ops.Opaque("Magic", (4, 8, 8)), "unknown"),
    ],
)
def test_what_sees_the_whole_map(op: ops.Op, what: str) -> None:
    builder = Builder("net", (4, 8, 8))
    assert builder.add(op, (0,), "op", -1) == 0, builder.problems
    (sight,) = sights(builder.build())
    assert sight.what == what


def _line(layers: list[tuple[int, int, int, int]], size: int) -> Graph:
    builder, at = Builder("line", (1, 1, size)), -1
    for index, (kernel, stride, dilation, pad) in enumerate(layers):
        conv = ops.Conv(1, (1, kernel), (1, stride), (0, 0, pad, pad), (1, dilation))
        found = builder.add(conv, (index,), str(index), at)
        assert found is not None
        at = found
    return builder.build()


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2)),
        min_size=1,
        max_size=3,
    )
)
def test_a_field_is_what_an_output_reads(layers: list[tuple[int, int, int, int]]) -> None:
    """By hand: which pixels the middle output reads, through every layer, padding included."""
    graph = _line(layers, 200)
    sight = sights(graph)[-1]
    middle = graph.nodes[-1].output[2] // 2

    def read(at: int) -> set[int]:
        places = {at}
        for kernel, stride, dilation, pad in reversed(layers):
            places = {p * stride - pad + k * dilation for p in places for k in range(kernel)}
        return places

    here, beside = read(middle), read(middle + 1)
    assert max(here) - min(here) + 1 == sight.field[1]
    assert min(beside) - min(here) == sight.stride[1]


@given(
    kernel=st.integers(1, 6),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 4),
    padding=st.integers(0, 3),
)
def test_a_transposed_convolution_place_by_place(
    kernel: int, stride: int, dilation: int, padding: int
) -> None:
    """Input i reaches output i · stride + k · dilation - padding, for each k of the kernel."""
    most = 0
    for out in range(30 * stride, 31 * stride):
        found = [
            i
            for i in range(60)
            if any(i * stride + k * dilation - padding == out for k in range(kernel))
        ]
        most = max(most, max(found) - min(found) + 1 if found else 0)
    builder = Builder("net", (1, 60, 60))
    builder.add(
        ops.ConvTranspose(
            1, (kernel, 1), (stride, 1), (padding, padding, 0, 0), (0, 0), (dilation, 1)
        ),
        (0,),
        "up",
        -1,
    )
    (sight,) = sights(builder.build())
    assert sight.field == (most, 1)
    assert sight.stride == (Fraction(1, stride), 1)
