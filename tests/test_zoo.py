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
    "vgg16": "torchvision/vgg16",
    "alexnet": "torchvision/alexnet",
    "mnasnet_b1": "torchvision/mnasnet1_0",
    "mobilenet_v3_small": "timm/mobilenetv3_small_100",
    "efficientnet_lite0": "timm/efficientnet_lite0",
}
PUBLISHED: dict[str, dict[float, tuple[int, str]]] = {
    # α: parameters as published, to the unit, and which; each of a framework's or a paper's own model
    "resnet50": {1: (25_557_032, "trainable")},  # torchvision
    "squeezenet_1_0": {1: (1_248_424, "trainable")},  # torchvision
    "googlenet": {1: (6_624_904, "trainable")},  # torchvision
    "inception_v3": {1: (23_834_568, "trainable")},  # torchvision, without its second classifier
    "shufflenet_v2_x0_5": {1: (1_366_792, "trainable")},  # torchvision
    "shufflenet_v2_x1_5": {1: (3_503_624, "trainable")},
    "shufflenet_v2_x2": {1: (7_393_996, "trainable")},
    "xception": {1: (22_910_480, "all")},  # Keras
    "alexnet_2012": {1: (60_965_224, "trainable")},  # Caffe's bvlc_reference without its swap
    "googlenet_2014": {1: (6_998_552, "trainable")},  # Caffe's bvlc_googlenet
    "mobilenet_v3_small_torchvision": {1: (2_542_856, "trainable")},
    "mnasnet_b1": {
        0.5: (2_218_512, "trainable"),
        0.75: (3_170_208, "trainable"),
        1.3: (6_282_256, "trainable"),
    },
    "mobilenet_v4_conv_small": {0.5: (2_238_952, "trainable")},  # timm
    "mobilenet_v4_conv_medium": {1: (9_715_512, "trainable")},  # timm
    "mlperf_tiny_vww": {1: (221_794, "all")},
    "mlperf_tiny_resnet8": {1: (78_666, "all")},
    "mlperf_tiny_dscnn": {1: (24_908, "all")},
    "mlperf_tiny_autoencoder": {1: (269_992, "all")},
}
ALIKE = {
    "mobilenet_v1_as_printed": "mobilenet_v1",
    "mobilenet_v1_minimum_16": "mobilenet_v1",
    "mobilenet_v1_keras": "mobilenet_v1",
    "mobilenet_v2_scaled_head": "mobilenet_v2",
    "squeezenet_1_0_caffe": "squeezenet_1_0",
    # a variant that differs from a network counted here only where it says so
    "resnet50_v1": "resnet50",
    "mobilenet_v3_small_slim": "mobilenet_v3_small",
    "mobilenet_v3_large_slim": "mobilenet_v3_large",
    "mobilenet_v3_large_timm": "mobilenet_v3_large",
}
PRINTED = (
    # held to what is printed, in digits fewer than all: `mncost paper --strict`, test_paper
    "mobilenet_v3_small_paper",
    "mobilenet_v3_large_minimalistic",
    "mobilenet_v3_small_minimalistic",
    "mobilenet_edgetpu",
    "mobilenet_v4_conv_large",
    "mnasnet_a1",
)
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
    if name != "shufflenet_v2_x1":
        assert ours == theirs


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_as_published(name: str) -> None:
    for alpha, (count, mode) in PUBLISHED[name].items():
        network = mncost.scale(mncost.load(name), alpha=alpha, allow_wider=True)
        assert getattr(mncost.analyze(network).totals.parameters, mode) == count


def test_padding_of_keras_at_odd_sizes() -> None:
    """300 becomes 150, 75, 37, 18, 9 there: 964.167 million, and not 1056.23."""
    for name, millions in (("mobilenet_v1_keras", 964.167), ("mobilenet_v1", 1056.23)):
        network = mncost.scale(mncost.load(name), resolution=300)
        assert mncost.analyze(network).totals.mult_adds / 1e6 == pytest.approx(millions, abs=0.005)


@pytest.mark.parametrize("name", ALIKE)
def test_variants_store_the_same(name: str) -> None:
    network = mncost.load(name)
    assert network.variant is not None
    ours, theirs = (
        mncost.analyze(mncost.load(each)).totals.parameters for each in (name, ALIKE[name])
    )
    assert ours.trainable == theirs.trainable


@pytest.mark.parametrize("name", zoo.names())
def test_a_network_tests_itself(name: str) -> None:
    network = mncost.load(name)
    totals = mncost.analyze(network).totals
    assert network.expect is not None
    assert network.expect.model_dump() == {
        "mult_adds": totals.mult_adds,
        "weights": totals.parameters.weights,
        "trainable": totals.parameters.trainable,
        "all": totals.parameters.all,
    }
    assert network.family
    assert "http" in network.source
    assert network.published is None or "http" in network.published.source


@pytest.mark.parametrize("name", zoo.names())
def test_a_variant_says_of_what_and_why(name: str) -> None:
    variant = mncost.load(name).variant
    if variant is not None:
        assert variant.of in zoo.names()
        assert name in zoo.relatives(variant.of)
        assert len(variant.reason) > 20


def test_every_network_of_the_zoo_is_counted_here() -> None:
    scaled = {name for name, *_ in SCALED}
    assert set(zoo.names()) == {*COUNTED, *PUBLISHED, *ALIKE, *PRINTED, *scaled}
