"""`mncost.cost` and `mncost.constraints`: exact, picklable, and in the shape that optimisers take."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import FrozenInstanceError, dataclass, field
from fractions import Fraction
from functools import partial
from multiprocessing import get_context
from typing import Any

import pytest

import mncost
from mncost.cost.footprint import Bits
from mncost.errors import MncostError, SettingError
from mncost.study.memory import plan

BUDGET = {"mult_adds": "150M", "params": 1_500_000, "peak": "1MiB"}


@dataclass
class Trial:
    """What Optuna hands to a `constraints_func`, as far as it is read."""

    user_attrs: dict[str, Any] = field(default_factory=dict)

    def set_user_attr(self, key: str, value: Any) -> None:
        self.user_attrs[key] = value


def small() -> mncost.Cost:
    cost = mncost.cost("mobilenet_v1", alpha=0.5, resolution=160, bits=8)
    assert isinstance(cost, mncost.Cost)
    return cost


def test_a_cost_is_what_the_report_says() -> None:
    network = mncost.scale(mncost.load("mobilenet_v1"), alpha=0.5, resolution=160)
    totals = mncost.analyze(network).totals
    cost = small()
    assert (cost.mult_adds, cost.params) == (totals.mult_adds, totals.parameters.weights)
    assert cost.weight_bytes == totals.parameters.weights
    assert cost.peak_bytes == cost.peak == plan(mncost.lower(network), Bits(8, 8)).peak.bytes
    assert (cost.network, cost.alpha, cost.resolution) == ("mobilenet_v1", 0.5, (160, 160))
    assert (cost.bits, cost.counted, cost.convention) == (8, "weights", "paper")


def test_it_takes_what_load_returns_and_counts_as_asked() -> None:
    network = mncost.load("mobilenet_v2")
    assert mncost.cost(network) == mncost.cost("mobilenet_v2")
    everything = mncost.cost(network, params="all", convention="thop", classes=10, bits=16)
    report = mncost.analyze(mncost.scale(network, classes=10), "thop")
    assert everything.mult_adds == report.totals.cost
    assert everything.params == report.totals.parameters.all
    assert everything.weight_bytes == 2 * report.totals.parameters.all
    assert mncost.cost(mncost.lower(network)) == mncost.cost(network)
    assert mncost.cost(network, alpha=1.4, allow_wider=True).alpha == 1.4


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"alpha": 0}, "α must be in"),
        ({"alpha": float("nan")}, "α must be in"),
        ({"alpha": 1.4}, "allow_wider"),
        ({"resolution": 0}, "a resolution must be from 1"),
        ({"bits": 0}, "bits must be from 1 to 64"),
        ({"bits": True}, "bits must be from 1 to 64"),
        ({"params": "some"}, 'no parameters "some"'),
        ({"convention": "nope"}, "no counting convention"),
    ],
)
def test_settings_that_there_are_not(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(MncostError, match=message):
        mncost.cost("mobilenet_v1", **setting)


def test_everything_is_frozen_equal_and_picklable() -> None:
    cost, constraints = small(), mncost.constraints(BUDGET)
    for each in (cost, constraints, mncost.cost, mncost.constraints):
        assert pickle.loads(pickle.dumps(each)) == each
    assert hash(cost) == hash(small())
    with pytest.raises(FrozenInstanceError):
        cost.params = 0  # type: ignore[misc]


def test_other_processes_get_the_same() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        at = partial(mncost.cost, "mobilenet_v1", resolution=160, bits=8)
        (found,) = pool.map(
            partial(mncost.cost, alpha=0.5, resolution=160, bits=8), ["mobilenet_v1"]
        )
        assert found == small()
        assert pool.submit(at, alpha=0.5).result() == small()


@pytest.mark.parametrize(
    "before", ["", "import mncost.cost.engine; ", "mncost.load; from mncost import cost; "]
)
def test_the_name_is_the_room_and_the_call_whatever_came_before(before: str) -> None:
    code = (
        f"import mncost; {before}"
        "assert mncost.cost('mobilenet_v1').mult_adds == 568740352; "
        "from mncost.cost.engine import analyze; "
        "assert mncost.cost('mobilenet_v1').params == 4209088"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_constraints_are_at_most_nought_where_they_are_kept() -> None:
    constraints = mncost.constraints(BUDGET)
    cost = small()
    expected = (
        cost.mult_adds - 150_000_000,
        cost.params - 1_500_000,
        cost.peak_bytes - 2**20,
    )
    assert constraints(cost) == expected
    assert all(type(number) is int and number <= 0 for number in constraints(cost))
    assert max(constraints(mncost.cost("mobilenet_v1"))) > 0
    assert constraints.names == ("max mult_adds", "max params", "max peak")


def test_limits_that_are_just_met() -> None:
    constraints = mncost.constraints({"macs": {"min": 100, "max": 100}, "weight_bytes": "1kB"})
    assert constraints({"mult_adds": 100, "weight_bytes": 1000}) == (0, 0, 0)
    assert constraints({"macs": 99, "weight_bytes": 1001}) == (-1, 1, 1)


def test_a_trial_of_optuna() -> None:
    trial = Trial()
    for key, value in small().to_record().items():
        trial.set_user_attr(key, value)
    constraints = mncost.constraints(BUDGET)
    assert constraints(trial) == constraints(small())


def test_numbers_of_any_type_stay_exact() -> None:
    constraints = mncost.constraints({"mult_adds": 10**17})
    assert constraints({"mult_adds": 10**17 + 1}) == (1,)
    assert constraints({"mult_adds": Fraction(1, 2)}) == (Fraction(1, 2) - 10**17,)
    assert constraints({"mult_adds": 1e17}) == (0,)


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ({}, "a budget without a limit"),
        ([], "expected a budget by name"),
        ({"speed": 1}, 'no limit on "speed"'),
        ({"peek": "1MiB"}, "did you mean peak"),
        ({"params": float("nan")}, "params: expected a positive whole number, got nan"),
        ({"params": float("inf")}, "positive whole number"),
        ({"params": "NaN"}, "params: expected an amount"),
        ({"params": 0}, "positive whole number, got 0"),
        ({"params": -5}, "positive whole number"),
        ({"params": 1.5}, "positive whole number"),
        ({"params": True}, "positive whole number"),
        ({"params": None}, "positive whole number"),
        ({"params": {}}, "a limit without a bound"),
        ({"params": {"most": 5}}, 'no bound "most"'),
        ({"params": {"min": 2, "max": 1}}, "a minimum of 2 params above the maximum of 1"),
        ({"mult_adds": 1, "macs": 2}, "two limits on mult_adds"),
        ({"peak": "256k"}, "peak: expected an amount, as in 300 KiB"),
    ],
)
def test_budgets_that_make_no_sense(budget: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        mncost.constraints(budget)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingError) as caught:
        mncost.constraints({"params": 0, "speed": 1})
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ({"params": 1}, "no mult_adds among the costs"),
        (Trial(), "no mult_adds among the costs"),
        ({"mult_adds": float("nan")}, "mult_adds is no number: nan"),
        ({"mult_adds": "5"}, "mult_adds is no number"),
        (5, "no costs in int"),
        (None, "no costs in NoneType"),
    ],
)
def test_what_would_pass_for_feasible_is_refused(subject: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        mncost.constraints({"mult_adds": "1M"})(subject)
