"""Parts: what a runtime computes in one go, and how much work that is, spelled out."""

from __future__ import annotations

import pytest

from mncost.graph import Builder, ops
from mncost.measure.parts import Part, Parts, blocked, parts
from mncost.study.models import load, taken


def of(network: str, **setting: object) -> Parts:
    return parts(taken(load(network), **setting))


def test_a_convolution_with_its_norm_and_relu_is_one_part() -> None:
    builder = Builder("net", (16, 8, 8))
    at = builder.add(ops.Conv(24, (1, 1)), (0,), "conv", -1)
    at = builder.add(ops.BatchNorm(), (0, "norm"), "conv/norm", at)
    builder.add(ops.Act("relu"), (0, "act"), "conv/act", at)
    found = parts(builder.build())
    assert found.of == (0, 0, 0)
    (part,) = found.parts
    assert (part.kind, part.aligned, part.channels) == ("pointwise", True, (16, 24))
    assert part.mult_adds == 16 * 24 * 8 * 8
    assert part.bytes == 4 * (16 * 8 * 8 + 24 * 8 * 8 + 16 * 24)


def test_another_activation_is_a_part_behind_its_layer() -> None:
    """It may be computed with the layer or not: the runtime's version decides."""
    builder = Builder("net", (16, 8, 8))
    at = builder.add(ops.Conv(16, (3, 3), padding=(1, 1, 1, 1), groups=16), (0,), "dw", -1)
    builder.add(ops.Act("hardswish"), (0, "act"), "dw/act", at)
    found = parts(builder.build())
    assert [part.kind for part in found.parts] == ["depthwise", "hardswish"]
    assert [part.behind for part in found.parts] == [None, 0]
    assert {part.path for part in found.parts} == {(0,)}
    assert found.parts[1].bytes == 4 * 2 * 16 * 8 * 8
    assert found.parts[1].mult_adds == 0


def test_the_sum_of_a_residual_goes_into_the_convolution_before_it() -> None:
    found = of("mobilenet_v2")
    assert all(part.kind != "add" for part in found.parts)
    project = next(p for p in found.parts if p.name == "inverted_residual3/project")
    moved = 4 * (144 * 56 * 56 + 24 * 56 * 56 + 144 * 24)
    assert project.bytes == moved + 4 * 24 * 56 * 56


def test_channels_that_are_no_multiple_of_four_are_told_apart() -> None:
    kinds = {(part.kind, part.aligned) for part in of("mobilenet_v1", alpha=0.35).parts}
    assert {("depthwise", False), ("pointwise", False), ("pointwise", True)} <= kinds
    assert all(part.aligned for part in of("mobilenet_v1").parts)


def test_the_picture_is_read_by_a_kind_of_its_own() -> None:
    first, *rest = of("mobilenet_v1").parts
    assert (first.kind, first.aligned) == ("stem", True)
    assert all(part.kind != "stem" for part in rest)


@pytest.mark.parametrize("network", ["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small"])
def test_all_mult_adds_are_in_parts(network: str) -> None:
    from mncost.cost.engine import analyze

    graph = taken(load(network))
    found = parts(graph)
    assert sum(part.mult_adds for part in found.parts) == analyze(graph).totals.mult_adds
    assert len(found.of) == len(graph.nodes)
    assert {part.path for part in found.parts} <= {row.path for row in analyze(graph).rows}


def test_dropout_is_no_work_and_what_is_behind_it_still_has_a_home() -> None:
    builder = Builder("net", (8,))
    at = builder.add(ops.Dropout(), (0,), "dropout", -1)
    at = builder.add(ops.Linear(4), (1,), "linear", at)
    at = builder.add(ops.Dropout(), (2,), "dropout2", at)
    builder.add(ops.Softmax(), (3,), "softmax", at)
    found = parts(builder.build())
    assert found.of == (None, 0, 0, 1)


def test_what_leaves_numbers_as_they_are_is_no_work() -> None:
    """As exporters write it: a cast to halves, and a flatten before the classifier."""
    builder = Builder("net", (8, 6, 6))
    at = builder.add(ops.Move("cast", (8, 6, 6)), (0,), "cast", -1)
    at = builder.add(ops.Conv(4, (1, 1)), (1,), "conv", at)
    at = builder.add(ops.Move("flatten", (4 * 6 * 6,)), (2,), "flatten", at)
    at = builder.add(ops.Linear(5), (3,), "linear", at)
    builder.add(ops.Move("transpose", (5,)), (4,), "transpose", at)
    found = parts(builder.build())
    assert found.of == (None, 0, 0, 1, 2)
    assert [part.kind for part in found.parts] == ["pointwise", "linear", "move"]


@pytest.mark.parametrize(
    ("channels", "block", "times"),
    [((24, 24), 16, (32 * 32, 24 * 24)), ((16, 40), 16, (16 * 48, 16 * 40)), ((24, 24), 8, (1, 1))],
)
def test_a_part_of_a_block_costs_a_whole_one(
    channels: tuple[int, int], block: int, times: tuple[int, int]
) -> None:
    work = channels[0] * channels[1] * 49
    part = Part((0,), "a", "pointwise", True, work, 0, 1, channels)
    assert blocked(part, block).mult_adds * times[1] == work * times[0]
