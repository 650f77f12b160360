"""Both multipliers as transforms: ranges, rules, and what came out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mncost
from mncost.errors import MncostError
from mncost.spec.network import Network, Width
from mncost.spec.scale import channels

V1 = mncost.load("mobilenet_v1")


def tiny(**more: object) -> Network:
    layers = [
        {"op": "conv", "out": 32, "kernel": 3},
        {"op": "pointwise", "out": 1280, "width": "grow"},
        {"op": "global_pool"},
        {"op": "linear", "out": 1000, "width": "fixed"},
    ]
    return Network.model_validate(
        {"name": "tiny", "input": {"channels": 3, "size": 32}, "layers": layers, **more}
    )


def outs(network: Network) -> list[int]:
    return [layer.out for layer in network.layers if hasattr(layer, "out")]


def test_alpha_one_and_no_resolution_change_nothing() -> None:
    scaled = mncost.scale(V1)
    assert mncost.lower(scaled) == mncost.lower(V1)


def test_width_rules() -> None:
    assert outs(mncost.scale(tiny(), alpha=0.5)) == [16, 1280, 1000]
    assert outs(mncost.scale(tiny(), alpha=2, allow_wider=True)) == [64, 2560, 1000]


def test_width_policies() -> None:
    assert channels(32, 0.1, Width()) == 3
    assert channels(32, 0.1, Width(minimum=8)) == 8
    assert channels(24, 0.35, Width(divisor=8)) == 8
    assert channels(24, 0.35, Width(divisor=8, minimum=16)) == 16


def test_rho_rounds_to_whole_pixels_and_reports_what_came_out() -> None:
    setting = mncost.scale(V1, rho=0.714).setting
    assert setting.resolution == (160, 160)


def test_resolution_may_be_rectangular() -> None:
    graph = mncost.lower(mncost.scale(V1, resolution=(192, 256)))
    assert graph.input == (3, 192, 256)
    assert [node.output for node in graph.nodes if node.name == "separable13/pointwise"] == [
        (1024, 6, 8)
    ]


def test_scaling_twice_multiplies_alpha_and_keeps_the_base() -> None:
    twice = mncost.scale(mncost.scale(V1, alpha=0.5), resolution=128)
    once = mncost.scale(V1, alpha=0.5, resolution=128)
    assert mncost.lower(twice) == mncost.lower(once)
    assert twice.setting.alpha == 0.5


@pytest.mark.parametrize("alpha", [0.0, -0.5, float("nan"), float("inf"), float("-inf")])
def test_alpha_outside_its_range(alpha: float) -> None:
    with pytest.raises(MncostError, match=r"must be in \(0, 1\]"):
        mncost.scale(V1, alpha=alpha)


def test_a_wider_network_is_asked_for() -> None:
    with pytest.raises(MncostError, match="--allow-wider"):
        mncost.scale(V1, alpha=1.5)
    assert outs(mncost.scale(V1, alpha=1.5, allow_wider=True))[0] == 48


@pytest.mark.parametrize("rho", [0.0, -1.0, 1.5, float("nan"), float("inf"), 0.001])
def test_rho_outside_its_range(rho: float) -> None:
    with pytest.raises(MncostError, match="ρ"):
        mncost.scale(V1, rho=rho)


def test_both_ways_to_set_the_resolution_at_once() -> None:
    with pytest.raises(MncostError, match="give one"):
        mncost.scale(V1, rho=0.5, resolution=112)


def test_classes() -> None:
    assert outs(mncost.scale(tiny(), classes=10)) == [32, 1280, 10]
    assert outs(mncost.scale(tiny(), classes=0)) == [32, 1280]
    headless = tiny(layers=[{"op": "conv", "out": 4, "kernel": 1}])
    with pytest.raises(MncostError, match="no classifier"):
        mncost.scale(headless, classes=10)


@given(st.floats(0.01, 1.0), st.floats(0.05, 1.0))
def test_smaller_is_never_dearer(alpha: float, rho: float) -> None:
    small = mncost.analyze(mncost.scale(V1, alpha=alpha, rho=rho)).totals
    full = mncost.analyze(V1).totals
    assert 0 < small.mult_adds <= full.mult_adds
    assert small.parameters.weights <= full.parameters.weights


def test_networks_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        V1.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    "wrong",
    [
        {"resolution": 192.5}, {"resolution": True}, {"resolution": "160x224"},
        {"resolution": (1, 2, 3)}, {"resolution": (224, 0)}, {"resolution": 10**10},
        {"classes": 1.5}, {"classes": -1}, {"alpha": "x"}, {"rho": "x"}, {"rho": None, "alpha": None},
    ],
)  # fmt: skip
def test_wrong_types_are_refused_and_never_counted(wrong: dict[str, object]) -> None:
    with pytest.raises(MncostError):
        mncost.scale(V1, **wrong)  # type: ignore[arg-type]


def test_a_list_is_a_size_too() -> None:
    assert mncost.scale(V1, resolution=[160, 224]).resolution == (160, 224)  # type: ignore[arg-type]


def test_both_multipliers_wrong_are_both_told() -> None:
    with pytest.raises(MncostError) as caught:
        mncost.scale(V1, alpha=3, rho=3)
    assert len(caught.value.problems) == 2


def test_nested_layers_are_thinned_too() -> None:
    inner = {"op": "inverted_residual", "hidden": 32, "out": 16}
    network = tiny(
        layers=[
            {"op": "residual", "layers": [{"op": "pointwise", "out": 3}]},
            {"op": "parallel", "branches": [[inner], [{"op": "pointwise", "out": 8}]]},
        ]
    )
    graph = mncost.lower(
        mncost.scale(network.model_copy(update={"layers": network.layers[1:]}), alpha=0.5)
    )
    assert graph.nodes[-1].output[0] == 8 + 4
    assert graph.nodes[0].output[0] == 16
