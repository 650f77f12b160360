"""Kinds of layers against their formulas, the paper's Table 3, and tasks that make no sense."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mncost import formulas
from mncost.errors import MncostError
from mncost.study.compare import KINDS, Task, compare, shrinking

LAYER = Task((512, 14, 14), (3, 3), 512)


def costs(task: Task, *kinds: str) -> list[tuple[int, int]]:
    return [
        (c.report.totals.mult_adds, c.report.totals.parameters.weights)
        for c in compare(kinds, task)
    ]


def test_each_kind_as_arithmetic() -> None:
    area = 14 * 14
    assert costs(LAYER, "standard", "dwsep", "depthwise", "pointwise", "grouped:4") == [
        (3 * 3 * 512 * 512 * area, 3 * 3 * 512 * 512),
        (3 * 3 * 512 * area + 512 * 512 * area, 3 * 3 * 512 + 512 * 512),
        (3 * 3 * 512 * area, 3 * 3 * 512),
        (512 * 512 * area, 512 * 512),
        (3 * 3 * 128 * 512 * area, 3 * 3 * 128 * 512),
    ]
    assert costs(LAYER, "flattened", "bottleneck:4", "inverted:6") == [
        ((3 + 3) * 512 * area + 512 * 512 * area, (3 + 3) * 512 + 512 * 512),
        (
            (512 * 128 + 3 * 3 * 128 * 128 + 128 * 512) * area,
            512 * 128 + 3 * 3 * 128 * 128 + 128 * 512,
        ),
        (
            (512 * 3072 + 3 * 3 * 3072 + 3072 * 512) * area,
            512 * 3072 + 3 * 3 * 3072 + 3072 * 512,
        ),
    ]


def test_flattening_the_depthwise_part_saves_little_as_section_3_1_says() -> None:
    (dwsep, _), (flattened, _) = costs(LAYER, "dwsep", "flattened")
    assert 0 < Fraction(dwsep - flattened, dwsep) < Fraction(1, 100)


def test_table_3() -> None:
    rows = shrinking(Task((512, 14, 14), (3, 3), 512, 1, 0.75, 0.714))
    assert [row.report.totals.mult_adds for row in rows] == [
        462_422_016,
        52_283_392,
        29_578_752,
        15_091_200,
    ]
    assert [row.report.totals.parameters.weights for row in rows] == [
        2_359_296,
        266_752,
        150_912,
        150_912,
    ]
    assert [row.equation for row in rows] == ["", "(5)", "(6)", "(7)"]
    assert rows[-1].report.input == (384, 10, 10)


sides = st.integers(3, 20)


@given(
    st.integers(1, 64), st.integers(1, 64), sides, st.sampled_from([1, 3]), st.floats(0.05, 1),
    st.floats(0.2, 1),
)  # fmt: skip
def test_dwsep_is_formula_7_at_any_setting(
    m: int, n: int, side: int, k: int, alpha: float, rho: float
) -> None:
    assume(formulas.shrink(side, rho) >= k)
    task = Task((m, side, side), (k, k), n, 1, alpha, rho)
    ((cost, _),) = costs(task, "dwsep")
    assert cost == formulas.separable_small((k, k), m, n, (side, side), alpha, rho)


@given(st.integers(1, 64), st.integers(1, 64), sides, st.sampled_from([1, 3]), st.integers(1, 3))
def test_the_reduction_holds_whatever_the_stride(
    m: int, n: int, side: int, k: int, stride: int
) -> None:
    task = Task((m, side, side), (k, k), n, stride)
    standard, dwsep = compare(["standard", "dwsep"], task)
    assert dwsep.remains(standard) == formulas.reduction(task.kernel, task.n)
    assert dwsep.report.rows[-1].output == standard.report.rows[-1].output


@given(st.sampled_from(sorted(KINDS)), sides, sides, st.integers(1, 3))
def test_all_kinds_put_out_maps_of_one_size(kind: str, tall: int, wide: int, stride: int) -> None:
    kind += ":2" if kind in ("grouped", "bottleneck", "inverted") else ""
    (candidate,) = compare([kind], Task((8, tall, wide), (3, 3), 8, stride))
    assert candidate.report.rows[-1].output == (8, -(-tall // stride), -(-wide // stride))


@pytest.mark.parametrize(
    ("kind", "task", "words"),
    [
        ("dwsp", LAYER, "did you mean dwsep"),
        ("grouped", LAYER, "positive whole number, got grouped; as in grouped:4"),
        ("grouped:0", LAYER, "positive whole number"),
        ("grouped:x", LAYER, "positive whole number"),
        ("grouped:²", LAYER, "positive whole number"),
        ("grouped:3", LAYER, "3 groups do not divide 512 input channels"),
        ("bottleneck:3", LAYER, "does not divide 512"),
        ("standard:2", LAYER, "takes no number"),
        ("standard", Task((512, 2, 2), (3, 3), 512), "larger than its map"),
        ("standard", Task((512, 14, 14), (4, 4), 512), "no centre"),
        ("standard", Task((512, 14, 14), (3, 3), 512, 1, 1.0, 0.01), "no pixel"),
    ],
)
def test_tasks_that_make_no_sense(kind: str, task: Task, words: str) -> None:
    with pytest.raises(MncostError, match=re.escape(words)):
        compare([kind], task)
