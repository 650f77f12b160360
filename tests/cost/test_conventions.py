"""Conventions against what the tools themselves report: to the unit, network by network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mncost
from mncost.cost.conventions import PAPER, Convention
from mncost.cost.counters import CONVENTIONS, named
from mncost.cost.events import Ledger, ledger
from mncost.errors import SettingError
from mncost.graph import Op, Shape, ops
from mncost.graph.graph import Node
from mncost.graph.ops import Writing
from mncost.graph.shapes import infer

REPORTED: dict[str, dict[str, dict[str, int]]] = json.loads(
    (Path(__file__).parent.parent / "goldens" / "counters.json").read_text()
)
NETWORKS = {
    "own/mobilenet_v1_1_224": ("mobilenet_v1", 1, 224),
    "own/mobilenet_v1_0.25_128": ("mobilenet_v1", 0.25, 128),
    "own/conv_mobilenet_v1_0.25_128": ("conv_mobilenet_v1", 0.25, 128),
    "torchvision/mobilenet_v2_0.5_224": ("mobilenet_v2", 0.5, 224),
    "torchvision/mobilenet_v2_1_224": ("mobilenet_v2", 1, 224),
    "torchvision/mobilenet_v2_1.4_224": ("mobilenet_v2", 1.4, 224),
    "torchvision/mobilenet_v3_large": ("mobilenet_v3_large", 1, 224),
    "torchvision/mnasnet1_0": ("mnasnet_b1", 1, 224),
    "torchvision/shufflenet_v2_x1_0": ("shufflenet_v2_x1", 1, 224),
    "torchvision/squeezenet1_1": ("squeezenet_1_1", 1, 224),
    "torchvision/alexnet": ("alexnet", 1, 224),
    "torchvision/vgg16": ("vgg16", 1, 224),
    "torchvision/resnet18": ("resnet18", 1, 224),
    "torchvision/resnet50": ("resnet50", 1, 224),
    "torchvision/efficientnet_b0": ("efficientnet_b0", 1, 224),
    "timm/mobilenetv4_conv_small": ("mobilenet_v4_conv_small", 1, 224),
    "timm/mobilenetv3_small_100": ("mobilenet_v3_small", 1, 224),
    "timm/efficientnet_lite0": ("efficientnet_lite0", 1, 224),
}


@pytest.mark.parametrize("counted", REPORTED)
def test_every_figure_of_every_tool(counted: str) -> None:
    name, alpha, size = NETWORKS[counted]
    network = mncost.scale(mncost.load(name), alpha=alpha, resolution=size, allow_wider=True)
    events = mncost.analyze(network).totals.events
    for tool, figures in REPORTED[counted].items():
        for figure, reported in figures.items():
            assert counts(tool, figure, events) == reported, (tool, figure)


def counts(tool: str, figure: str, events: Ledger) -> int | None:
    """What our convention for the tool says; a tool of FLOPs may report its MACs beside them."""
    convention = named(tool)
    if figure in ("params", "trainable"):
        return convention.stored(events)
    if figure == "macs" and convention.unit == "FLOPs":
        convention = named(f"{convention.name}-macs")
    return convention.price(events)


MAP = (8, 10, 12)
MACS = 138240
COLUMNS = (
    "thop", "ultralytics-thop", "ptflops", "ptflops-aten", "fvcore", "torchinfo",
    "calflops", "calflops-macs", "deepspeed", "torchprofile", "torch-flop-counter",
)  # fmt: skip
SAME = (1, 1, 1, 1)
PROBES: list[tuple[Op, Shape, Writing, tuple[int, ...]]] = [
    (ops.Conv(16, (3, 3), padding=SAME, bias=True), MAP, "module",
     (MACS, MACS, 140160, 140160, MACS, 140160, 278400, MACS, 278400, MACS, 2 * MACS)),
    (ops.Conv(8, (3, 3), padding=SAME, groups=8), MAP, "module",
     (8640, 8640, 8640, 8640, 8640, 8640, 17280, 8640, 17280, 8640, 17280)),
    (ops.Conv(16, (3, 3), padding=SAME), MAP, "subclass",
     (0, MACS, 0, MACS, MACS, MACS, 2 * MACS, MACS, 2 * MACS, MACS, 2 * MACS)),
    (ops.Conv(8, (3, 3), padding=SAME, bias=True), MAP, "function",
     (0, 0, 0, 69120 + 960, 69120, 0, 138240 + 960, 69120, 138240 + 960, 69120, 138240)),
    (ops.Linear(20), (12,), "module", (240, 240, 260, 260, 240, 260, 480, 240, 480, 240, 480)),
    (ops.BatchNorm(), MAP, "module", (3840, 3840, 1920, 0, 1920, 16, 1920, 0, 1920, 960, 0)),
    (ops.BatchNorm(affine=False), MAP, "module", (1920, 1920, 960, 0, 960, 0, 960, 0, 960, 0, 0)),
    (ops.Act("relu"), MAP, "module", (0, 0, 1920, 0, 0, 0, 960, 0, 960, 0, 0)),
    (ops.Act("relu"), MAP, "function", (0, 0, 960, 0, 0, 0, 960, 0, 960, 0, 0)),
    (ops.Act("relu6"), MAP, "module", (0, 0, 960, 0, 0, 0, 0, 0, 0, 0, 0)),
    (ops.Act("relu6"), MAP, "function", (0, 0, 960, 0, 0, 0, 960, 0, 960, 0, 0)),
    (ops.Act("swish"), MAP, "module", (0, 0, 960, 0, 0, 0, 960, 0, 960, 0, 0)),
    (ops.Act("gelu"), MAP, "module", (0, 0, 1920, 0, 0, 0, 960, 0, 960, 0, 0)),
    (ops.Act("hardswish"), MAP, "module", (0,) * 11),
    (ops.Softmax(), MAP, "module", (2760, 2760, 960, 0, 0, 0, 960, 0, 960, 0, 0)),
    (ops.Pool("max", (2, 2), (2, 2)), MAP, "module", (0, 0, 1920, 0, 0, 0, 960, 0, 960, 0, 0)),
    (ops.Pool("avg", (2, 2), (2, 2)), MAP, "module",
     (240, 1200, 1920, 0, 0, 0, 960, 0, 960, 240, 0)),
    (ops.Pool("avg", (2, 2), (2, 2)), MAP, "function",
     (0, 0, 960, 0, 0, 0, 960, 0, 960, 240, 0)),
    (ops.AdaptivePool(), MAP, "module", (968, 968, 1920, 0, 960, 0, 960, 0, 960, 8, 0)),
    (ops.AdaptivePool("avg", (4, 4)), MAP, "module",
     (1088, 1280, 1920, 0, 960, 0, 960, 0, 960, 128, 0)),
    (ops.AdaptivePool(), MAP, "function", (0, 0, 960, 0, 960, 0, 960, 0, 960, 8, 0)),
    (ops.AdaptivePool(), MAP, "method", (0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0)),
    (ops.Resize((20, 24)), MAP, "module", (3840, 0, 7680, 0, 3840, 0, 960, 0, 3840, 0, 0)),
    (ops.Dropout(), MAP, "module", (0,) * 11),
    (ops.ConvTranspose(16, (2, 2), (2, 2)), MAP, "module",
     (245760, 61440, 61440, 61440, 61440, 245760, 122880, 61440, 122880, 245760, 122880)),
    (ops.Linear(20, each=True), MAP, "module",
     (19200, 19200, 20800, 20800, 19200, 260, 38400, 19200, 38400, 19200, 38400)),
    (ops.Norm("layer", 24), MAP, "module", (3840, 3840, 960, 0, 4800, 24, 4800, 0, 4800, 960, 0)),
    (ops.Norm("group", 16), MAP, "module", (0, 3840, 1920, 0, 4800, 16, 4800, 0, 4800, 960, 0)),
    (ops.MatMul(10, 12, 10, 8, (8, 10, 10)), MAP, "module",
     (0, 9600, 0, 9600, 9600, 0, 0, 0, 19200, 9600, 19200)),
    (ops.MatMul(10, 12, 10, 8, (8, 10, 10)), MAP, "function",
     (0, 0, 0, 0, 0, 0, 0, 0, 19200, 9600, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("op", "shape", "written", "reported"), PROBES, ids=lambda x: str(x)[:40])
def test_single_layers(op: Op, shape: Shape, written: Writing, reported: tuple[int, ...]) -> None:
    node = Node((), "", op, (shape,), infer(op, (shape,)), (-1,), written)
    assert tuple((named(name).price(ledger(node)) or 0) for name in COLUMNS) == reported


def test_norms_in_other_places() -> None:
    """A norm folds into a convolution before it; fvcore in train mode tells plain ones apart."""
    norm = Node((), "", ops.BatchNorm(), (MAP,), MAP, (-1,))
    plain = Node((), "", ops.BatchNorm(affine=False), (MAP,), MAP, (-1,))
    conv = ops.Conv(8, (3, 3), padding=SAME)
    biased = ops.Conv(8, (3, 3), padding=SAME, bias=True)
    folded = named("onnx-tool")
    assert folded.price(ledger(norm, conv)) == 960
    assert folded.price(ledger(norm, biased)) is None
    assert folded.price(ledger(norm)) == 31 * 960
    assert [folded.stored(ledger(norm, each)) for each in (conv, biased, None)] == [8, 0, 32]
    assert named("fvcore-train").price(ledger(norm)) == 5 * 960
    assert named("fvcore-train").price(ledger(plain)) == 4 * 960


def test_thop_loses_an_element_to_floating_point() -> None:
    node = Node((), "", ops.AdaptivePool("avg", (7, 7)), ((8, 8, 8),), (8, 7, 7), (-1,))
    assert named("thop").price(ledger(node)) == int(((8 / 7) * (8 / 7) + 1) * 8 * 7 * 7) == 903


def test_a_product_of_two_maps() -> None:
    node = Node((), "", ops.Mul(), (MAP, MAP), MAP, (0, 1))
    priced = {name: each.price(ledger(node)) for name, each in CONVENTIONS.items()}
    assert {name for name, cost in priced.items() if cost} == {
        "torchprofile", "onnx-tool", "onnx-tool-unfolded",
    }  # fmt: skip
    assert priced["torchprofile"] == 960
    assert priced["thop"] is None


@pytest.mark.parametrize("convention", CONVENTIONS.values(), ids=lambda each: each.name)
def test_a_convention_says_what_it_is(convention: Convention) -> None:
    assert convention.unit in ("Mult-Adds", "MACs", "FLOPs", "parameters")
    assert "http" in convention.source or "arXiv" in convention.source
    assert convention.counts
    assert convention.omits
    for name in (convention.name, *convention.aliases, convention.name.replace("-", "_")):
        assert named(name) is convention


def test_an_unknown_convention_is_told_the_nearest() -> None:
    with pytest.raises(SettingError, match="did you mean fvcore"):
        named("fvcor")


def test_nothing_is_not_nought() -> None:
    norm = Node((), "", ops.BatchNorm(), (MAP,), MAP, (-1,))
    shuffle = Node((), "", ops.Shuffle(2), (MAP,), MAP, (-1,))
    assert PAPER.price(ledger(norm)) is None
    assert PAPER.price(ledger(shuffle)) == 0
    assert named("keras").stored(ledger(norm)) == 4 * 8
    assert named("torchprofile").stored(ledger(norm)) is None


def test_the_front_door_takes_names(reference: dict[str, Any]) -> None:
    report = mncost.analyze(mncost.load("mobilenet_v1"), convention="torch_flop_counter")
    assert report.totals.cost == 2 * reference["own/mobilenet_v1_1_224"]["mult_adds"]
