"""The zoo against models counted in frameworks: to the unit, by kind, and layer by layer."""

from __future__ import annotations

from typing import Any

import pytest

import mncost
from mncost.cost.report import Report
from mncost.spec import zoo

COUNTED = {
    "mobilenet_v2": "torchvision/mobilenet_v2_1_224",
    "mobilenet_v3_large": "torchvision/mobilenet_v3_large",
    "mobilenet_v4_conv_small": "timm/mobilenetv4_conv_small",
    "squeezenet_1_1": "torchvision/squeezenet1_1",
    "resnet18": "torchvision/resnet18",
    "shufflenet_v2_x1": "torchvision/shufflenet_v2_x1_0",
    "efficientnet_b0": "torchvision/efficientnet_b0",
}
SCALED = [
    *(
        (f"{stem}mobilenet_v1", alpha, size, f"own/{stem}mobilenet_v1_{alpha:g}_{size}")
        for stem in ("", "conv_", "shallow_")
        for alpha in (1.0, 0.75, 0.5, 0.25)
        for size in (224, 192, 160, 128)
    ),
    ("mobilenet_v2", 0.5, 224, "torchvision/mobilenet_v2_0.5_224"),
    ("mobilenet_v2", 1.4, 224, "torchvision/mobilenet_v2_1.4_224"),
]


def equals(report: Report, counted: dict[str, Any]) -> None:
    kinds, totals = report.by_kind(), report.totals
    assert totals.mult_adds == counted["mult_adds"]
    for kind, mult_adds in counted["mult_adds_by_kind"].items():
        assert kinds[kind].mult_adds == mult_adds
        assert kinds[kind].parameters.weights == counted["weights_by_kind"][kind]
    assert totals.parameters.trainable == counted["params_trainable"]
    assert totals.parameters.norm_statistics == counted["bn_running_stats"]


@pytest.mark.parametrize("name", COUNTED)
def test_equals_the_framework(name: str, reference: dict[str, Any]) -> None:
    equals(mncost.analyze(mncost.load(name)), reference[COUNTED[name]])


@pytest.mark.parametrize(("name", "alpha", "size", "key"), SCALED)
def test_equals_the_framework_at_every_setting(
    name: str, alpha: float, size: int, key: str, reference: dict[str, Any]
) -> None:
    if key not in reference:
        pytest.skip("not counted in a framework")
    network = mncost.scale(mncost.load(name), alpha=alpha, resolution=size, allow_wider=True)
    equals(mncost.analyze(network), reference[key])


@pytest.mark.parametrize("name", COUNTED)
def test_every_layer_equals_the_framework(name: str, reference: dict[str, Any]) -> None:
    """In order of execution, but for branches, which either may compute first."""
    layers = reference[COUNTED[name]].get("layers")
    if not layers:
        pytest.skip("counted as a whole alone")
    rows = [row for row in mncost.analyze(mncost.load(name)) if row.formula is not None]
    ours = [(row.kind, row.output[:1], row.mult_adds, row.parameters.weights) for row in rows]
    theirs = [(kind, (out[0],), macs, weights) for _, kind, _, out, *_, macs, weights in layers]
    assert sorted(ours) == sorted(theirs)
    if "parallel" not in name and name not in ("shufflenet_v2_x1",):
        assert ours == theirs


def test_every_network_of_the_zoo_is_counted_here() -> None:
    tested = {*COUNTED, *(name for name, *_ in SCALED)}
    assert set(zoo.names()) == tested
