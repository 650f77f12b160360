"""The exact front of a space, against all of its architectures held one against the other."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from types import ModuleType
from typing import Any

import pytest

from mncost.errors import SettingError
from mncost.study.explore import fronts as plain
from mncost.study.explore.best import best, engine
from mncost.study.explore.picked import picked
from mncost.study.explore.plan import METRICS, Plan
from mncost.study.explore.quality import Quality
from mncost.study.front import front
from tests.choosing import SPACES, everyone, plan
from tests.study.test_rows import HUGE

OBJECTIVES = [
    ("mult_adds", "quality"),
    ("quality", "params"),
    ("mult_adds", "params", "quality"),
    ("quality",),
]


@pytest.fixture(params=["plain", "arrays"])
def fronts(request: pytest.FixtureRequest) -> ModuleType:
    if request.param == "plain":
        return plain
    found: ModuleType = pytest.importorskip("mncost.study.explore.fronts_numpy")
    return found


def scored(of: Plan, low: int, high: int, unit: int = 100) -> Quality:
    """Scores drawn at random; the fewer there are, the more ties."""
    draw = random.Random(f"{of.space.name}{low}{high}")
    return Quality(
        {c: tuple(draw.randint(low, high) for _ in c.dimension.options) for c in of.columns}, unit
    )


def point(each: Any, names: tuple[str, ...], score: int) -> tuple[int, ...]:
    costs = dict(zip(METRICS, each.costs, strict=True))
    return tuple(-score if name == "quality" else costs[name] for name in names)


def brute(
    of: Plan, quality: Quality, names: tuple[str, ...], most: tuple[int, int] | None
) -> set[tuple[int, ...]]:
    points = [
        point(each, names, quality.of(of.columns, each.picks))
        for each in everyone(of)
        if most is None or all(a <= b for a, b in zip(each.costs, most, strict=True))
    ]
    return {points[at] for at in front(points, ["min"] * len(names))} if points else set()


def told(
    of: Plan, quality: Quality, found: list[tuple[int, ...]], names: tuple[str, ...]
) -> list[tuple[int, ...]]:
    return [point(each, names, each.score or 0) for each in picked(of, found, quality)]


@pytest.mark.parametrize("scores", [(0, 999), (0, 3), (-500, 100), (0, 0)])
@pytest.mark.parametrize("name", ["turns", "once", "blocks"])
def test_the_front_is_that_of_all(name: str, scores: tuple[int, int], fronts: ModuleType) -> None:
    of = plan(SPACES[name])
    quality = scored(of, *scores)
    middle = tuple((a + b) // 2 for a, b in zip(of.least, of.most, strict=True))
    assert len(middle) == 2
    for names, most in product(
        OBJECTIVES, (None, middle, (middle[0], 10**30), (10**30, middle[1]))
    ):
        found = best(of, quality, names, most, fronts)
        points = told(of, quality, found, names)
        assert len(set(points)) == len(points)
        assert set(points) == brute(of, quality, names, most), (names, most)
        assert points == sorted(points, key=lambda each: each[0])


def test_of_equal_ones_the_first_is_kept(fronts: ModuleType) -> None:
    of = plan(
        "input: [3, 8, 8]\nlayers: [{op: conv, out: 4, kernel: 1, act: {choice: [relu, relu6]}}]"
    )
    (found,) = best(of, scored(of, 0, 0), ("mult_adds", "quality"), None, fronts)
    assert of.index_of(found) == 0


def test_nothing_within_the_limits(fronts: ModuleType) -> None:
    of = plan(SPACES["once"])
    assert best(of, scored(of, 0, 9), ("mult_adds", "quality"), (1, 1), fronts) == []


def test_a_front_too_large_is_refused(fronts: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fronts, "MOST", 2)
    of = plan(SPACES["once"])
    with pytest.raises(SettingError, match="more than 2 points; weigh two objectives"):
        best(of, scored(of, 0, 999), ("mult_adds", "params", "quality"), None, fronts)


def test_beyond_64_bits_fronts_are_plain() -> None:
    of = plan(HUGE)
    quality = scored(of, 0, 99)
    assert engine(of, quality) is plain
    names = ("mult_adds", "quality")
    assert set(told(of, quality, best(of, quality, names), names)) == brute(
        of, quality, names, None
    )
    small = plan(SPACES["once"])
    large = Quality({small.columns[0]: (0, 1 << 63, 5)}, 1)
    assert engine(small, large) is plain
    assert set(told(small, large, best(small, large, names), names)) == brute(
        small, large, names, None
    )


def test_without_numpy_fronts_are_plain(hide_numpy: Any) -> None:
    hide_numpy()
    of = plan(SPACES["once"])
    assert engine(of, scored(of, 0, 9)) is plain


BAD = [
    (("mult_adds", "qality"), "did you mean quality"),
    (("mult_adds", "mult_adds", "quality"), "the objective"),
    (("mult_adds", "params"), "a front of costs alone"),
]


@pytest.mark.parametrize(("names", "message"), BAD)
def test_objectives_that_are_none(names: tuple[str, ...], message: str) -> None:
    of = plan(SPACES["once"])
    with pytest.raises(SettingError, match=message):
        best(of, scored(of, 0, 9), names)


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("spread", [3, 30, 10**9])
def test_merged_fronts(width: int, spread: int, fronts: ModuleType) -> None:
    """Of points at random, with and without ties: those that none beats, and how each came about."""
    draw = random.Random(width * spread)
    unit = fronts.unit(width)
    moves = [tuple(draw.randrange(spread) for _ in range(width)) for _ in range(700)]
    first = fronts.merged([(unit, move) for move in moves], (10**18,) * width)
    bound = (spread * 3 // 2,) * width
    found = fronts.merged([(first, moves[0]), (first, moves[1])], bound)
    points, options, onward = found.lists()
    earlier = first.lists()[0]
    for reached, option, at in zip(points, options, onward, strict=True):
        assert reached == tuple(a + b for a, b in zip(earlier[at], moves[option], strict=True))
    every = [
        moved
        for by in moves[:2]
        for each in moves
        if (moved := tuple(a + b for a, b in zip(each, by, strict=True)))
        and all(a <= b for a, b in zip(moved, bound, strict=True))
    ]
    unbeaten = {every[at] for at in front(every, ["min"] * width)} if every else set()
    assert set(points) == unbeaten
    assert len(points) == len(unbeaten)


def test_scores_are_exact() -> None:
    of = plan(
        "input: [3, 8, 8]\nlayers:\n"
        "  - {op: conv, out: {choice: [4, 8], quality: [0.1, 0.3]}, kernel: 1}\n"
        "  - {op: conv, out: {choice: [4, 8], quality: [0.2, -1]}, kernel: 1}\n"
    )
    from mncost.study.explore.quality import stated

    quality = stated(of)
    assert quality is not None
    values = {quality.value(each.score or 0) for each in picked(of, best(of, quality), quality)}
    assert values == {Fraction(3, 10), Fraction(1, 2)}
