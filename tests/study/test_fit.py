"""What fits, by brute force over every setting, and against the 16 published models of V1 and the 22
of V2."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mncost
from mncost.cost.footprint import Bits
from mncost.errors import SettingError
from mncost.formulas import Pair
from mncost.graph import Builder, ops
from mncost.spec import published
from mncost.study.accuracies import At, published_accuracies
from mncost.study.fit import Fit, fit, used
from mncost.study.limits import Limit, limits
from mncost.study.memory import plan
from mncost.study.settings import Choice, Counting, Grid, resolutions_for

V1, V2 = mncost.load("mobilenet_v1"), mncost.load("mobilenet_v2")
EVERY = tuple(Fraction(n, 100) for n in range(25, 101, 5))
SIDES = tuple((side, side) for side in range(96, 321, 32))


def of_v1(**budget: object) -> Fit:
    stated = limits(budget)  # type: ignore[arg-type]
    return fit(V1, Grid(EVERY, SIDES), stated, accuracies=published_accuracies("mobilenet_v1"))


def settings(choices: object) -> list[tuple[float, int]]:
    return [(float(each.alpha), each.resolution[0]) for each in choices]  # type: ignore[attr-defined]


SIXTEEN = [(alpha, side) for alpha in (1.0, 0.75, 0.5, 0.25) for side in (224, 192, 160, 128)]


def test_the_sixteen_models_of_v1_under_a_budget() -> None:
    """By the paper's own figures: Table 6's parameters rule out α = 1 and 0.75 (4.2 and 2.6 million),
    and of 0.5 and 0.25 the largest has 149 million Mult-Adds."""
    found = of_v1(mult_adds="150M", params="1.5M")
    judged = [each for each in found.fitting if each.top1]
    assert sorted(settings(judged)) == sorted(at for at in SIXTEEN if at[0] <= 0.5)
    assert found.best is not None
    assert (settings([found.best]), found.best.top1.printed) == ([(0.5, 224)], "64.0")  # type: ignore[union-attr]
    assert found.best.amount("mult_adds") == 149_497_088


def test_every_published_model_of_v1_is_known_as_it_is_published() -> None:
    known = published_accuracies("mobilenet_v1")
    table = published.read("slim").tables[0]
    printed = {}
    for row in table.rows:
        alpha, side = row.name.split("-")
        printed[Fraction(alpha), (int(side), int(side))] = row.accuracy
    assert {at: top1.printed for at, top1 in known.items()} == printed
    assert len(printed) == 16
    assert all("TF-Slim" in top1.source for top1 in known.values())


def test_every_published_model_of_v2_is_known_as_it_is_published() -> None:
    known = published_accuracies("mobilenet_v2")
    rows = published.read("v2").tables[1].rows
    assert len(rows) == 22
    for row in rows:
        alpha, side = row.name.split("-")
        assert known[Fraction(alpha), (int(side), int(side))].printed == row.accuracy
    elsewhere = {at: top1.source for at, top1 in known.items() if "checkpoints" not in top1.source}
    assert sorted(at[0] for at in elsewhere) == [Fraction(3, 2), 2]
    assert all("MobileNetV4" in source for source in elsewhere.values())


def v2_grid() -> Grid:
    alphas = tuple(map(Fraction, ("1.4", "1.3", "1", "0.75", "0.5", "0.35")))
    return Grid(alphas, tuple((side, side) for side in (224, 192, 160, 128, 96)))


@pytest.mark.parametrize(
    ("mult_adds", "params", "best", "top1"),
    [
        ("600M", "10M", (1.4, 224), "75.0"),
        ("550M", "10M", (1.3, 224), "74.4"),
        ("600M", "5M", (1.0, 224), "71.8"),
        ("150M", "3M", (0.75, 160), "66.4"),
        ("100M", "10M", (0.5, 224), "65.4"),  # 97 million, and 1.0-128 has 99 and 65.3 %
        ("20M", "2M", (0.5, 96), "51.2"),
        ("15M", "10M", (0.35, 96), "45.5"),
    ],
)
def test_the_twenty_two_models_of_v2(
    mult_adds: str, params: str, best: tuple[float, int], top1: str
) -> None:
    """The highest published top-1 of those within the budget, by TF-Slim's own table."""
    found = fit(
        V2,
        v2_grid(),
        limits({"mult_adds": mult_adds, "params": params}),
        accuracies=published_accuracies("mobilenet_v2"),
        allow_wider=True,
    )
    assert found.best is not None
    assert found.best.top1 is not None
    assert (settings([found.best])[0], found.best.top1.printed) == (best, top1)


def counted(alpha: Fraction, size: Pair, bits: int) -> dict[str, int]:
    """A setting's costs, the long way round."""
    graph = mncost.lower(mncost.scale(V1, alpha=float(alpha), resolution=size))
    totals = mncost.analyze(graph).totals
    weights = totals.parameters.weights
    return {
        "mult_adds": totals.mult_adds,
        "params": weights,
        "weight_bytes": weights * bits // 8,
        "peak": plan(graph, Bits(bits, bits)).peak.bytes,
    }


@pytest.fixture(scope="module")
def every() -> dict[At, dict[str, int]]:
    return {(alpha, size): counted(alpha, size, 8) for alpha in EVERY for size in SIDES}


@pytest.mark.parametrize(
    "budget",
    [
        {"mult_adds": "150M", "params": "1.5M"},
        {"peak": "256KiB", "weight_bytes": "512KiB"},
        {"mult_adds": {"min": "40M", "max": "60M"}},
        {"mult_adds": {"min": "40M"}, "params": {"max": "2M", "min": "1M"}, "peak": "1MiB"},
        {"mult_adds": 149_497_088},
        {"mult_adds": 149_497_087},
        {"params": 463_600},
    ],
)
def test_what_fits_by_brute_force(
    budget: dict[str, object], every: dict[At, dict[str, int]]
) -> None:
    stated = limits(budget)  # type: ignore[arg-type]
    found = fit(V1, Grid(EVERY, SIDES), stated, counting=Counting(bits=8))

    def within(costs: dict[str, int]) -> bool:
        return all(
            costs[limit.metric] <= limit.bound
            if limit.relation == "max"
            else costs[limit.metric] >= limit.bound
            for limit in stated
        )

    expected = {at for at, costs in every.items() if within(costs)}
    assert {(each.alpha, each.resolution) for each in found.fitting} == expected
    assert found.best is not None
    assert found.best.amount("mult_adds") == max(every[at]["mult_adds"] for at in expected)
    for each in found.fitting:
        costs = every[each.alpha, each.resolution]
        assert {name: each.amount(name) for name in costs} == costs


def test_the_best_is_on_the_front_and_no_other_beats_it() -> None:
    found = of_v1(mult_adds="300M")
    assert found.best in found.front
    assert all(each.top1 for each in found.front)
    assert found.unjudged == tuple(each for each in found.fitting if not each.top1)
    order = [each.top1.value for each in found.fitting if each.top1]
    assert order == sorted(order, reverse=True)


@pytest.mark.parametrize("prefer", ["accuracy", "mult_adds", "params"])
def test_what_is_preferred_is_best_and_on_the_front(prefer: str) -> None:
    found = fit(
        V1,
        Grid(EVERY, SIDES),
        limits({"mult_adds": "200M", "peak": "4MiB"}),
        accuracies=published_accuracies("mobilenet_v1"),
        prefer=prefer,  # type: ignore[arg-type]
    )
    assert found.best in found.front
    assert prefer not in found.objectives
    if prefer != "accuracy":
        assert found.best is not None
        amounts = [each.amount(prefer) for each in found.fitting]
        assert amounts == sorted(amounts, reverse=True)


def test_without_accuracies_the_largest_is_best() -> None:
    found = fit(V1, Grid(EVERY, SIDES), limits({"mult_adds": "150M"}))
    assert found.prefer == "mult_adds"
    assert found.objectives == ("params", "quality")
    assert not found.unjudged


def test_which_limit_binds() -> None:
    """Mult-Adds keep the best from every next step; parameters from one of them alone."""
    found = of_v1(mult_adds="150M", params="1.5M")
    assert [(limit.metric, limit.bound) for limit in found.binding] == [("mult_adds", 150_000_000)]
    assert found.best is not None
    assert used(found.binding[0], found.best) == Fraction(149_497_088, 150_000_000)
    wider, larger, better = found.steps
    assert [limit.metric for limit in wider.broken] == ["mult_adds", "params"]
    assert [limit.metric for limit in larger.broken] == ["mult_adds"]
    assert better.choice is not None
    assert settings([better.choice]) == [(1.0, 128)]  # 64.1 %, the next above 64.0


def test_no_limit_binds_where_the_grid_ends() -> None:
    found = of_v1(mult_adds="10G")
    assert found.binding == ()
    assert settings([found.best]) == [(1.0, 224)]


def test_nothing_fits_and_which_limit_is_nearest() -> None:
    """The smallest setting, 0.25-96, has 7,745,152 Mult-Adds and 463,600 weights."""
    found = of_v1(mult_adds="10M", params="400k")
    assert (found.best, found.fitting, found.front) == (None, (), frozenset())
    assert found.nearest is not None
    (alone,) = found.nearest.alone
    assert (alone.limit.metric, alone.amount) == ("params", 463_600)
    assert alone.share == Fraction(63_600, 400_000)
    assert settings([alone.choice]) == [(0.25, 96)]


def test_nothing_fits_though_one_limit_gives_way() -> None:
    found = of_v1(mult_adds="7M", params="400k")
    assert found.nearest is not None
    assert found.nearest.alone == ()
    assert [raised.limit.metric for raised in found.nearest.raised] == ["mult_adds", "params"]


def test_a_minimum_can_be_nearest() -> None:
    """α = 1 has 4,209,088 weights whatever the resolution."""
    found = of_v1(params={"min": "4.3M"}, mult_adds="150M")
    assert found.nearest is not None
    first = found.nearest.alone[0]
    assert (first.limit.metric, first.limit.relation, first.amount) == ("params", "min", 4_209_088)


@given(
    mult_adds=st.integers(1, 10**9),
    params=st.integers(1, 10**7),
    least=st.integers(1, 10**9),
)
def test_what_would_have_to_give_way_is_enough(mult_adds: int, params: int, least: int) -> None:
    """With the limits that it names as they would have to be, the nearest setting fits."""
    grid = Grid((Fraction(1, 4), Fraction(1)), ((96, 96), (224, 224)))
    stated = [Limit("mult_adds", max(mult_adds, least)), Limit("params", params)]
    stated.append(Limit("mult_adds", min(mult_adds, least), "min"))
    found = fit(V1, grid, stated)
    for way in (
        [found.nearest.raised, *([each] for each in found.nearest.alone)] if found.nearest else []
    ):
        given_way = {
            each.limit: Limit(each.limit.metric, each.amount, each.limit.relation) for each in way
        }
        again = [given_way.get(limit, limit) for limit in stated]
        assert way[0].choice in fit(V1, grid, again).fitting


def test_what_cannot_be_built_is_named() -> None:
    found = fit(
        mncost.load("alexnet"),
        Grid((Fraction(1),), ((16, 16), (224, 224))),
        limits({"mult_adds": "1G"}),
    )
    assert [(each.resolution, "does not fit" in each.reason) for each in found.unbuilt] == [
        ((16, 16), True)
    ]
    assert settings(found.fitting) == [(1.0, 224)]


def test_a_file_of_a_zoo_networks_name_is_not_it() -> None:
    assert published_accuracies("./mobilenet_v1") == {}
    assert published_accuracies("mobilenet_v1.yaml") == {}
    assert published_accuracies("no_such_network") == {}


def test_accuracies_are_of_imagenet_and_in_floating_point_first() -> None:
    """V3's 8-bit checkpoints stand below those in floating point; Stanford Dogs and mAP are other
    tasks."""
    one = (Fraction(1), (224, 224))
    assert published_accuracies("mobilenet_v3_large_slim")[one].printed == "75.2"
    assert published_accuracies("inception_v3")[Fraction(1), (299, 299)].printed == "77.294"
    assert published_accuracies("mobilenet_edgetpu")[Fraction(3, 4), (224, 224)].source.startswith(
        "MobileNetV3, EdgeTPU (8-bit)"
    )


@pytest.mark.parametrize("name", ["mobilenet_v4_conv_large", "mlperf_tiny_dscnn", "inception_v3"])
def test_its_own_resolution_is_among_the_usual(name: str) -> None:
    base = mncost.load(name).resolution
    assert base in resolutions_for(base)


@pytest.mark.parametrize(
    ("grid", "stated", "objectives", "message"),
    [
        (Grid((), SIDES), [Limit("params", 1)], (), "a grid without a setting"),
        (Grid(EVERY * 1000, SIDES), [Limit("params", 1)], (), "128,000 settings"),
        (Grid(EVERY, SIDES), [], (), "no limit to fit into"),
        (Grid(EVERY, SIDES), [Limit("params", 1)], ("params",), "costs alone"),
        (Grid(EVERY, SIDES), [Limit("params", 1)], ("speed", "quality"), 'no objective "speed"'),
        (
            Grid(EVERY, SIDES),
            [Limit("params", 1), Limit("params", 2, "min")],
            (),
            "a minimum of 2 params above the maximum of 1",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    grid: Grid, stated: list[Limit], objectives: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        fit(V1, grid, stated, objectives=objectives)


def test_a_network_counted_in_part_is_refused() -> None:
    builder = Builder("odd", (3, 8, 8))
    builder.add(ops.Opaque("Odd", (3, 8, 8)), ("x",), "x", -1)
    with pytest.raises(SettingError, match="odd has no cost: 1 of its layers without a formula"):
        mncost.cost(builder.build())


def test_choices_are_records() -> None:
    found = of_v1(params="500k")
    assert all(isinstance(each, Choice) for each in found.front)
    assert len({*found.fitting}) == len(found.fitting)
