"""MobileNet V1 against the paper as printed, and against models counted in a framework."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import mncost
from mncost.cost.report import Report

ALPHAS, RESOLUTIONS = (1.0, 0.75, 0.5, 0.25), (224, 192, 160, 128)


def v1(alpha: float = 1.0, resolution: int = 224, **more: Any) -> Report:
    network = mncost.load("mobilenet_v1")
    return mncost.analyze(mncost.scale(network, alpha=alpha, resolution=resolution, **more))


def printed(value: Fraction | int, text: str) -> bool:
    """Whether `value` is within half a unit of the last digit of a number as printed."""
    exponent = Decimal(text).as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(Fraction(value) - Fraction(text)) <= Fraction(10) ** exponent / 2


@pytest.mark.parametrize(
    ("alpha", "resolution", "mult_adds", "weights", "trainable", "everything"),
    [
        (1.0, 224, 568_740_352, 4_209_088, 4_231_976, 4_253_864),
        (0.75, 192, 239_273_472, 2_568_144, 2_585_560, 2_601_976),
        (0.5, 160, 76_524_800, 1_319_648, 1_331_592, 1_342_536),
        (0.25, 128, 13_570_048, 463_600, 470_072, 475_544),
    ],
)
def test_totals(
    alpha: float, resolution: int, mult_adds: int, weights: int, trainable: int, everything: int
) -> None:
    totals = v1(alpha, resolution).totals
    assert totals.mult_adds == totals.cost == mult_adds
    assert totals.parameters.weights == weights
    assert totals.parameters.trainable == trainable
    assert totals.parameters.all == everything


def test_without_classifier_as_tf_slim_states_it() -> None:
    totals = v1(classes=0).totals
    assert totals.mult_adds == 567_716_352
    assert totals.parameters.weights == 3_185_088


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_all_sixteen_settings_equal_the_frameworks(
    alpha: float, resolution: int, reference: dict[str, Any]
) -> None:
    report, counted = v1(alpha, resolution), reference[f"own/mobilenet_v1_{alpha:g}_{resolution}"]
    kinds = report.by_kind()
    assert report.totals.mult_adds == counted["mult_adds"]
    for kind in ("conv", "depthwise", "pointwise", "linear"):
        assert kinds[kind].mult_adds == counted["mult_adds_by_kind"][kind]
        assert kinds[kind].parameters.weights == counted["weights_by_kind"][kind]
    assert report.totals.parameters.trainable == counted["params_trainable"]
    assert report.totals.parameters.norm_statistics == counted["bn_running_stats"]
    assert report.totals.parameters.norm_affine == (
        counted["params"]["bn_weight"] + counted["params"]["bn_bias"]
    )
    assert report.totals.parameters.biases == counted["params"]["linear_bias"]


@pytest.mark.parametrize(("alpha", "resolution"), [(1.0, 224), (0.75, 192)])
def test_every_layer_equals_the_frameworks(
    alpha: float, resolution: int, reference: dict[str, Any]
) -> None:
    rows = [row for row in v1(alpha, resolution).rows if row.formula is not None]
    layers = reference[f"own/mobilenet_v1_{alpha:g}_{resolution}"]["layers"]
    assert len(rows) == len(layers) == 28
    for row, (_, kind, _, out, *_, mult_adds, weights) in zip(rows, layers, strict=True):
        assert (row.kind, list(row.output)) == (kind, out)
        assert (row.mult_adds, row.parameters.weights) == (mult_adds, weights)


def test_table_2_as_printed_but_for_its_slip() -> None:
    report = v1()
    kinds, whole = report.by_kind(), report.totals
    expected = {
        "pointwise": ("94.86", "74.59"),
        "depthwise": ("3.06", "1.06"),
        "conv": ("1.91", "0.02"),  # printed: 1.19
        "linear": ("0.18", "24.33"),
    }
    for kind, (mult_adds, weights) in expected.items():
        assert printed(Fraction(100 * kinds[kind].mult_adds, whole.mult_adds), mult_adds)
        share = Fraction(100 * kinds[kind].parameters.weights, whole.parameters.weights)
        assert printed(share, weights)


@pytest.mark.parametrize(
    ("alpha", "resolution", "mult_adds"),
    [
        (1.0, 224, "569"), (0.75, 224, "325"), (0.5, 224, "149"), (0.25, 224, "41"),
        (1.0, 192, "418"), (1.0, 128, "186"), (0.75, 192, "239"),
    ],
)  # fmt: skip
def test_tables_6_7_and_10_as_printed(alpha: float, resolution: int, mult_adds: str) -> None:
    assert printed(Fraction(v1(alpha, resolution).totals.mult_adds, 10**6), mult_adds)


@pytest.mark.parametrize(
    ("alpha", "parameters"), [(1.0, "4.2"), (0.75, "2.6"), (0.5, "1.3"), (0.25, "0.5")]
)
def test_table_6_parameters_as_printed(alpha: float, parameters: str) -> None:
    assert printed(Fraction(v1(alpha).totals.parameters.weights, 10**6), parameters)


def test_odd_sizes_follow_same_padding() -> None:
    report = v1(1.0, 300)
    heights = [row.output[1] for row in report.rows if row.kind == "depthwise"]
    assert sorted({150, *heights}, reverse=True) == [150, 75, 38, 19, 10]
    assert printed(Fraction(report.totals.mult_adds, 10**6), "1056.23")


def test_twenty_eight_layers_as_section_3_2_counts_them() -> None:
    kinds = [row.kind for row in v1().rows]
    assert sum(kind in ("conv", "depthwise", "pointwise", "linear") for kind in kinds) == 28
