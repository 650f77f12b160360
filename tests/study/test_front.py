"""The Pareto front against its definition, with every number of objectives."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mncost.errors import SettingError
from mncost.study.front import PAIRS, Sense, Value, front

SENSES = st.sampled_from(["min", "max"])


def by_definition(points: Sequence[Sequence[Value]], senses: Sequence[Sense]) -> tuple[int, ...]:
    """Each with each."""

    def dominates(one: Sequence[Value], other: Sequence[Value]) -> bool:
        gains = [
            (a - b) * (1 if sense == "max" else -1)
            for a, b, sense in zip(one, other, senses, strict=True)
        ]
        return min(gains) >= 0 and max(gains) > 0

    return tuple(
        at for at, point in enumerate(points) if not any(dominates(each, point) for each in points)
    )


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[tuple[Value, ...]], list[Sense]]:
    count = draw(st.integers(1, 5))
    value = draw(
        st.sampled_from(
            [
                st.integers(0, 3),
                st.integers(-(10**30), 10**30),
                st.fractions(),
                st.floats(allow_nan=False),
            ]
        )
    )
    points = draw(st.lists(st.tuples(*[value] * count), max_size=60))
    return points, draw(st.lists(SENSES, min_size=count, max_size=count))


@given(problems())
def test_it_is_the_front_by_definition(
    problem: tuple[list[tuple[Value, ...]], list[Sense]],
) -> None:
    points, senses = problem
    if not any(abs(value) == float("inf") for point in points for value in point):
        assert front(points, senses) == by_definition(points, senses)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("most", [2, 7, 10**9])
def test_more_points_than_are_compared_each_with_each(count: int, most: int) -> None:
    draw = random.Random(count)
    points = [tuple(draw.randint(0, most) for _ in range(count)) for _ in range(600)]
    senses: list[Sense] = [draw.choice(("min", "max")) for _ in range(count)]
    assert len(points) > PAIRS
    assert front(points, senses) == by_definition(points, senses)


def test_no_points_and_one() -> None:
    assert front([], ["min"]) == ()
    assert front([(1, 2)], ["min", "max"]) == (0,)


def test_equals_are_all_kept_or_all_left_out() -> None:
    assert front([(1, 1), (1, 1), (2, 1), (2, 1), (1, 1)], ["min", "min"]) == (0, 1, 4)


def test_it_is_exact() -> None:
    """Values that are one float, and two numbers."""
    assert front([(10**17 + 1,), (10**17,)], ["min"]) == (1,)
    assert front([(Fraction(1, 3),), (1 / 3,)], ["max"]) == (0,)


@pytest.mark.parametrize(
    ("points", "senses", "message"),
    [
        ([(1, float("nan"))], ["min", "min"], "NaN"),
        ([(1, 2), (1,)], ["min", "min"], "a point of 1 values, where there are 2"),
        ([(1,)], [], "objectives are min or max"),
        ([(1,)], ["most"], "objectives are min or max"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    points: list[tuple[Value, ...]], senses: list[Sense], message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        front(points, senses)


@pytest.mark.parametrize(("count", "size"), [(2, 100_000), (3, 100_000), (4, 20_000)])
def test_many_points_on_the_front(count: int, size: int) -> None:
    """The worst case: none dominates another, so that nothing is ever left out."""
    draw = random.Random(7)
    points = []
    for _ in range(size):
        some = [draw.randint(0, 10**9) for _ in range(count - 1)]
        points.append((*some, -sum(some)))
    began = time.monotonic()
    assert len(front(points, ["min"] * count)) == len(points)
    assert time.monotonic() - began < 60
