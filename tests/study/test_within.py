"""Counting within limits against every architecture, one by one; ranks, samples and brackets."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mncost.errors import SettingError
from mncost.spec import space as spaces
from mncost.study.explore import bags
from mncost.study.explore.plan import Costs, Plan
from mncost.study.explore.planner import plan
from mncost.study.explore.spans import BEYOND, Spans
from mncost.study.explore.within import Within, bounds, drawn
from tests.spaces import SPACES, paths, rows, space_of

OFA = Path(__file__).parent.parent.parent / "examples" / "once_for_all.yaml"
MIXED = rows(
    "{op: conv, out: {choice: [8, 16, 12]}, kernel: 3, stride: 2}",
    "{op: inverted_residual, expand: {choice: [2, 3], each: true}, out: {choice: [16, 24]},"
    " kernel: {choice: [3, 5], each: true}, stride: 2, repeat: {choice: [1, 2, 3]}}",
    "{choice: [[], {op: separable, out: 32}, {op: conv, out: 32, kernel: 1}]}",
    "{op: global_pool}",
    "{op: linear, out: 10}",
    input="{channels: 3, size: {choice: [32, 64]}}",
    more="width: {divisor: 8, alpha: {choice: [0.5, 1.0]}}",
)
"""3,024 architectures."""


def numpy_bags() -> ModuleType:
    found: ModuleType = pytest.importorskip("mncost.study.explore.bags_numpy")
    return found


@pytest.fixture(params=["plain", "numpy"])
def engine(request: pytest.FixtureRequest) -> ModuleType:
    return bags if request.param == "plain" else numpy_bags()


@cache
def table(name: str) -> Plan:
    if name == "once for all":
        return plan(spaces.load(OFA))
    return plan(space_of(MIXED if name == "mixed" else SPACES[name]))


@cache
def costs(name: str) -> list[Costs]:
    return [table(name).costs_of(path) for path in paths(table(name))]


def limits_of(chance: Random, all_: list[Costs]) -> Spans:
    """Two limits at random: none, from above, or from both sides, sometimes crossed."""

    def span(metric: int) -> tuple[int, int]:
        values = sorted(each[metric] for each in all_)
        kind, low, high = chance.random(), *sorted((chance.choice(values), chance.choice(values)))
        low, high = low + chance.randint(-1, 1), high + chance.randint(-1, 1)
        return (0, BEYOND) if kind < 0.2 else (0, high) if kind < 0.6 else (low, high)

    return span(0), span(1)


def kept(all_: list[Costs], limits: Spans) -> list[int]:
    """The architectures within limits, one by one."""
    (low, high), (least, most) = limits
    return [at for at, (a, b) in enumerate(all_) if low <= a <= high and least <= b <= most]


@pytest.mark.parametrize("name", ["mixed", "each", "deep", "blocks", "plain", "no choice"])
def test_counts_and_ranks_are_those_of_enumeration(name: str, engine: ModuleType) -> None:
    whole, all_, chance = table(name), costs(name), Random(name)
    for _ in range(12 if name == "mixed" else 25):
        limits = limits_of(chance, all_)
        wanted = kept(all_, limits)
        within = Within(whole, limits, engine)
        assert within.total == len(wanted)
        if len(wanted) <= 300:
            assert sorted(whole.index_of(within.path(at)) for at in range(within.total)) == wanted
        else:
            some = {whole.index_of(within.path(at)) for at in range(0, within.total, 17)}
            assert len(some) == len(range(0, within.total, 17))
            assert some <= set(wanted)


def test_every_rank_is_one_architecture(engine: ModuleType) -> None:
    whole, all_ = table("mixed"), costs("mixed")
    first, second = (sorted(each[metric] for each in all_) for metric in (0, 1))
    limits = ((first[400], first[2000]), (second[100], second[2500]))
    within = Within(whole, limits, engine)
    found = [whole.index_of(within.path(rank)) for rank in range(within.total)]
    assert sorted(found) == kept(all_, limits)


def test_no_rank_outside(engine: ModuleType) -> None:
    for limits in (((0, 10**9), (0, 500)), ((0, BEYOND), (0, BEYOND)), ((5, 4), (0, BEYOND))):
        within = Within(table("mixed"), limits, engine)
        for rank in (-1, within.total, within.total + 5):
            with pytest.raises(IndexError):
                within.path(rank)
    with pytest.raises(IndexError):
        table("mixed").path_of(-1)


@pytest.mark.parametrize(
    "limits",
    [
        ((0, -1), (0, BEYOND)), ((BEYOND, BEYOND), (0, BEYOND)), ((-BEYOND, BEYOND), (-5, BEYOND)),
        ((0, BEYOND), (BEYOND, 0)), ((-BEYOND, -BEYOND), (0, 10**40)), ((0, 0), (0, 0)),
    ],
)  # fmt: skip
def test_limits_that_none_or_all_keep(limits: Spans, engine: ModuleType) -> None:
    assert Within(table("each"), limits, engine).total == len(kept(costs("each"), limits))


@pytest.mark.parametrize("tolerance", ["0", "0.001", "0.02", "0.2"])
def test_a_bracket_holds_the_count(tolerance: str) -> None:
    whole, all_, chance = table("mixed"), costs("mixed"), Random(tolerance)
    for _ in range(8):
        limits = limits_of(chance, all_)
        least, most = bounds(whole, limits, Fraction(tolerance))
        wanted = len(kept(all_, limits))
        assert least <= wanted <= most
        if tolerance == "0":
            assert least == wanted == most


def test_a_bracket_of_no_limits_is_all() -> None:
    whole = table("mixed")
    for limits in (((0, BEYOND), (0, BEYOND)), ((0, whole.most[0]), (0, whole.most[1]))):
        assert bounds(whole, limits, Fraction(1, 10)) == (whole.total, whole.total)


def chi_square(name: str, limits: Spans, each: int, draws: int, seed: int) -> tuple[float, int]:
    """Pearson's statistic of so many draws against equal shares, and its degrees of freedom."""
    whole = table(name)
    within = Within(whole, limits)
    wanted = kept(costs(name), limits)
    assert within.total == len(wanted) > each
    found: Counter[int] = Counter()
    for draw in range(draws):
        some = [whole.index_of(path) for path in drawn(within, each, seed * 1_000 + draw)]
        assert len(set(some)) == each
        found.update(some)
    assert found.keys() <= set(wanted)
    share = each * draws / len(wanted)
    return sum((found[at] - share) ** 2 / share for at in wanted), len(wanted) - 1


def test_samples_are_uniform() -> None:
    """Below the 99.9th percentile of χ², by Wilson and Hilferty's approximation."""
    all_ = costs("mixed")
    first, second = (sorted(each[metric] for each in all_) for metric in (0, 1))
    cases: list[Spans] = [
        ((0, first[150]), (0, BEYOND)),
        ((0, first[700]), (0, second[700])),
        ((first[500], first[900]), (second[300], second[1800])),
        ((0, BEYOND), (second[-90], BEYOND)),
    ]
    for seed, limits in enumerate(cases):
        found, freedom = chi_square("mixed", limits, 20, 100, seed)
        share = 2 / (9 * freedom)
        assert found < freedom * (1 - share + 3.0902 * share**0.5) ** 3, limits


def test_a_sample_of_all_is_all_and_a_seed_repeats_itself() -> None:
    whole = table("each")
    within = Within(whole, ((0, whole.most[0] - 1), (0, BEYOND)))
    assert len(set(drawn(within, 10**9, 1))) == within.total
    assert drawn(within, 5, 7) == drawn(within, 5, 7) != drawn(within, 5, 8)


def test_once_for_all_has_as_many_as_its_paper_says() -> None:
    """Its five units of 2 to 4 blocks, three kernels and three expansions each: more than 10^19."""
    whole = table("once for all")
    assert whole.total == (9**2 + 9**3 + 9**4) ** 5 > 2 * 10**19
    assert Within(whole, ((0, BEYOND), (0, BEYOND))).total == whole.total


def by_dictionary(whole: Plan, most: Costs) -> int:
    """How many cost no more, from a dictionary of sums for each state, level after level.

    A cost whose limit is `BEYOND` is left out of the sums.
    """
    least = [whole.extreme(min, metric) for metric in (0, 1)]
    front: dict[int, Counter[Costs]] = {0: Counter({(0, 0): 1})}
    for depth, level in enumerate(whole.levels):
        after: dict[int, Counter[Costs]] = {}
        for state, sums in front.items():
            for option in level.options[state]:
                into = after.setdefault(option.next, Counter())
                a, b = (
                    cost if each < BEYOND else 0
                    for cost, each in zip(option.costs, most, strict=True)
                )
                x, y = (most[at] - least[at][depth + 1][option.next] for at in (0, 1))
                for (first, second), ways in sums.items():
                    if first + a <= x and second + b <= y:
                        into[first + a, second + b] += ways
        front = after
    return sum(front[0].values())


@pytest.mark.parametrize(("first", "second"), [(5, 100), (100, 6), (4, 3)])
def test_once_for_all_within_a_budget_by_another_way(first: int, second: int) -> None:
    """Limits at so many hundredths of the way from the least to the most of each cost."""
    numpy_bags()
    whole = table("once for all")
    shares = zip(whole.least, whole.most, (first, second), strict=True)
    x, y = (
        low + (high - low) * share // 100 if share < 100 else BEYOND for low, high, share in shares
    )
    count = Within(whole, ((0, x), (0, y))).total
    assert count == by_dictionary(whole, (x, y)) > 10**6


HUGE = rows(
    "{op: conv, out: {choice: [1000000000, 999999999]}, kernel: 3}",
    "{op: conv, out: {choice: [1000000000, 999999998]}, kernel: {choice: [99999, 3]}}",
    "{op: conv, out: {choice: [1000000000, 4]}, kernel: 3}",
    input="[3, 1000000, 1000000]",
)


def test_costs_beyond_64_bits_are_exact(engine: ModuleType) -> None:
    whole = plan(space_of(HUGE))
    all_ = [whole.costs_of(path) for path in paths(whole)]
    assert whole.most[0] > 2**100
    for first, second in itertools.product(all_, all_):
        limits = ((0, first[0]), (second[1], BEYOND))
        within = Within(whole, limits, engine)
        assert within.total == len(kept(all_, limits))
        found = [whole.index_of(within.path(at)) for at in range(within.total)]
        assert sorted(found) == kept(all_, limits)


@pytest.mark.parametrize("power", [30, 31, 32, 33, 59, 60, 61, 62, 63, 64, 65])
def test_costs_about_the_size_of_a_word_are_exact(power: int, engine: ModuleType) -> None:
    """Layers that state their cost, so that sums cross 2^31 and 2^63."""
    side = 2 ** (power // 2 - 3)
    lines = [
        f"{{op: conv, out: {{choice: [{side}, {side - 1}]}}, kernel: {{choice: [1, 3]}}}}"
        for _ in range(3)
    ]
    whole = plan(space_of(rows(*lines, input=f"[{side}, 7, {8 if power % 2 else 16}]")))
    all_ = [whole.costs_of(path) for path in paths(whole)]
    chance = Random(power)
    for _ in range(6):
        limits = limits_of(chance, all_)
        within = Within(whole, limits, engine)
        assert within.total == len(kept(all_, limits))
        for rank in range(within.total):
            assert whole.index_of(within.path(rank)) in kept(all_, limits)


def test_more_ways_than_a_word_holds(engine: ModuleType) -> None:
    """70 rows of two equal costs: 2^70 ways, counted by Pascal's triangle too."""
    from math import comb

    line = "{op: conv, out: {choice: [1, 2]}, kernel: 1, from: input}"
    whole = plan(space_of(rows(*[line] * 70, input="[1, 1, 1]")))
    one = Within(whole, ((0, 105), (0, BEYOND)), engine)
    assert one.total == sum(comb(70, more) for more in range(36))
    both = Within(whole, ((0, 105), (80, BEYOND)), engine)
    assert both.total == sum(comb(70, more) for more in range(10, 36))
    assert [sum(both.path(rank)) + 70 <= 105 for rank in (0, both.total - 1)] == [True, True]


def test_too_many_sums_are_told(monkeypatch: pytest.MonkeyPatch, engine: ModuleType) -> None:
    whole = table("mixed")
    limits = ((0, sorted(costs("mixed"))[1500][0]), (0, sorted(c[1] for c in costs("mixed"))[1500]))
    monkeypatch.setattr(engine, "MOST", 10)
    with pytest.raises(SettingError, match="more than 10 different sums of costs, too many"):
        Within(whole, limits, engine)


def test_where_numpy_does_not_help_it_is_no_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs beyond 64 bits are summed plainly, NumPy or not."""
    numpy_bags()
    monkeypatch.setattr(bags, "MOST", 1)
    whole = plan(space_of(HUGE))
    limits = ((0, whole.most[0] - 1), (0, whole.most[1] - 1))
    with pytest.raises(SettingError, match="limit one cost alone, or narrow the limits"):
        Within(whole, limits)


def test_equal_sums_are_joined_before_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "{op: conv, out: {choice: [1, 2, 3, 4, 5, 6, 7, 8, 9]}, kernel: 1, from: input}"
    whole = plan(space_of(rows(*[line] * 10, input="[1, 1, 1]")))
    limits: Spans = ((20, 55), (0, 54))
    wanted = Within(whole, limits, bags).total
    monkeypatch.setattr(numpy_bags(), "MOST", 200)
    within = Within(whole, limits, numpy_bags())
    assert within.total == wanted > 10**8
    assert 20 <= whole.costs_of(within.path(wanted // 3))[0] <= 54


@given(
    st.lists(st.tuples(*[st.integers(0, 30)] * 2, st.integers(1, 2**61)), max_size=60), st.data()
)
def test_ways_within_quadrants_and_rectangles(held: list[tuple[int, int, int]], data: Any) -> None:
    """Points against a loop over them; with ways so many that their sums need more than a word."""
    np = pytest.importorskip("numpy")
    quadrants = pytest.importorskip("mncost.study.explore.quadrants_numpy")
    found = sorted(held)
    kind = object if sum(ways for *_, ways in found) >= quadrants.SAFE else np.int64
    first, second, ways = (np.array([each[at] for each in found], dtype) for at, dtype in ((0, np.int64), (1, np.int64), (2, kind)))  # fmt: skip
    points = quadrants.Points(first, second, ways)
    asked = data.draw(st.lists(st.tuples(*[st.integers(-3, 33)] * 2), min_size=1, max_size=20))
    x, y = (np.array(each, np.int64) for each in zip(*asked, strict=True))
    assert points.dominated(x, y).tolist() == [
        sum(w for a, b, w in found if a <= one and b <= other) for one, other in asked
    ]
    for low, high in asked:
        for least, most in asked:
            kept = [w for a, b, w in found if low <= a <= high and least <= b <= most]
            assert points.within((low, high), (least, most)) == sum(kept)


def test_the_index_of_many_points_is_a_loop_over_them() -> None:
    np = pytest.importorskip("numpy")
    quadrants = pytest.importorskip("mncost.study.explore.quadrants_numpy")
    chance = np.random.default_rng(7)
    first = np.sort(chance.integers(0, 50_000, 200_000))
    second = chance.integers(0, 3_000, 200_000)
    ways = chance.integers(1, 10**12, 200_000)
    points = quadrants.Points(first, second, ways)
    for low, high, least, most in chance.integers(-100, 51_000, (60, 4)).tolist():
        limits = (low, high), (least // 17, most // 17)
        kept = (
            (first >= low) & (first <= high) & (second >= limits[1][0]) & (second <= limits[1][1])
        )
        assert points.within(*limits) == int(ways[kept].sum())
    assert points.within((0, 10**9), (-5, 10**9)) == int(ways.sum())
