"""Estimates: their arithmetic spelled out, what bounds a layer, and what is said of doubt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mncost.graph import Builder, Graph, ops
from mncost.study.estimate import Estimate, estimate, load_device
from mncost.study.models import load, taken
from tests.timing import file, kind


def small(channels: int = 16) -> Graph:
    """A pointwise convolution of channels to 32, a hard-swish, a global pool."""
    builder = Builder("small", (channels, 10, 10))
    at = builder.add(ops.Conv(32, (1, 1)), (0,), "conv", -1)
    at = builder.add(ops.Act("hardswish"), (0, "act"), "conv/act", at)
    builder.add(ops.AdaptivePool(), (1,), "pool", at)
    return builder.build()


KINDS = [
    kind("pointwise", mult_adds_per_us=100.0, bytes_per_us=1000.0),
    kind("pointwise", False, mult_adds_per_us=25.0),
    kind("hardswish", overhead_us=0.0, bytes_per_us=500.0),
    kind("global pool", overhead_us=20.0, bytes_per_us=1000.0),
]


def told(folder: Path, graph: Graph, **more: object) -> Estimate:
    return estimate(graph, load_device(file(folder, **{"kinds": KINDS, **more})))


def test_the_arithmetic(tmp_path: Path) -> None:
    """o + max(Mult-Adds / P, bytes / B), for each part, in milliseconds."""
    found = told(tmp_path, small())
    pointwise = 2 + max(16 * 32 * 100 / 100, 4 * (1600 + 3200 + 512) / 1000)
    hardswish = 4 * 2 * 3200 / 500
    pool = 20 + 4 * (3200 + 32) / 1000
    assert found.rows[(0,)].time == pytest.approx((pointwise + hardswish) / 1000)
    assert found.rows[(1,)].time == pytest.approx(pool / 1000)
    assert found.time == pytest.approx((pointwise + hardswish + pool) / 1000)
    assert [found.rows[(0,)].bound, found.rows[(1,)].bound] == ["compute", "overhead"]


def test_the_band_is_the_devices(tmp_path: Path) -> None:
    found = told(tmp_path, small())
    assert (found.low, found.high) == (found.time * 0.8, found.time * 1.2)


def test_blocks_of_channels_cost_whole_ones(tmp_path: Path) -> None:
    """24 channels in blocks of 16 are 32, read and put out."""
    builder = Builder("block", (24, 10, 10))
    builder.add(ops.Conv(24, (1, 1)), (0,), "conv", -1)
    found = told(tmp_path, builder.build(), block=16)
    assert found.time == pytest.approx((2 + 32 * 32 * 100 / 100) / 1000)
    assert [each.name for each in found.slow] == ["conv"]
    assert found.slow[0].otherwise == pytest.approx((2 + 24 * 24 * 100 / 100) / 1000)


def test_channels_that_are_handled_slowly_are_named(tmp_path: Path) -> None:
    found = told(tmp_path, small(15))
    (slow,) = found.slow
    assert slow.name == "conv"
    assert slow.time == pytest.approx((2 + 15 * 32 * 100 / 25) / 1000)
    assert slow.otherwise == pytest.approx((2 + 15 * 32 * 100 / 100) / 1000)


def test_what_was_never_measured_is_named_and_never_nought(tmp_path: Path) -> None:
    found = told(tmp_path, small(), kinds=KINDS[:2] + KINDS[3:])
    assert found.partial
    assert [part.kind for part in found.unknown] == ["hardswish"]
    assert found.rows[(0,)].unknown == ("hardswish",)
    assert found.rows[(0,)].time == 0, "not that of a part of it"
    assert found.time == found.rows[(1,)].time


def test_what_is_computed_with_another_layer_says_nothing_of_one_by_itself(tmp_path: Path) -> None:
    """A law of nothing: of activations that convolutions compute, and not of those behind none."""
    free = kind("hardswish", overhead_us=0.0)
    del free["mult_adds_per_us"], free["bytes_per_us"]
    kinds = [*KINDS[:2], free, *KINDS[3:]]
    found = told(tmp_path, small(), kinds=kinds)
    assert not found.partial
    builder = Builder("alone", (16, 10, 10))
    pooled = builder.add(ops.AdaptivePool(), (0,), "pool", -1)
    builder.add(ops.Act("hardswish"), (1,), "act", pooled)
    alone = told(tmp_path, builder.build(), kinds=kinds)
    assert [part.name for part in alone.unknown] == ["act"]


def test_what_is_outside_is_named_with_its_own_kind(tmp_path: Path) -> None:
    narrow = kind("hardswish", overhead_us=0.0, bytes_per_us=500.0, bytes=[0, 100])
    found = told(tmp_path, small(), kinds=[*KINDS[:2], narrow, *KINDS[3:]])
    (outside,) = found.outside
    assert (outside.name, outside.kind, outside.span) == ("conv", "hardswish", (0, 100))


@pytest.mark.parametrize(("cache", "rate"), [(None, 1000.0), (10**5, 1000.0), (10**4, 100.0)])
def test_weights_beyond_the_cache_take_longer(
    cache: int | None, rate: float, tmp_path: Path
) -> None:
    """4 (16 + 16 · 100 + 100 + 100) bytes, and 4 (1600 + 16) before them."""
    builder = Builder("fc", (16, 10, 10))
    pooled = builder.add(ops.AdaptivePool(), (0,), "pool", -1)
    builder.add(ops.Linear(100), (1,), "fc", pooled)
    kinds = [
        *KINDS,
        kind("linear", bytes_per_us=1000.0),
        kind("linear, uncached", bytes_per_us=100.0),
    ]
    more = {} if cache is None else {"cache": cache}
    found = told(tmp_path, builder.build(), kinds=kinds, **more)
    assert found.rows[(1,)].time == pytest.approx((2 + 4 * (16 + 1600 + 100 + 100) / rate) / 1000)


def test_shared_weights_are_read_by_each(tmp_path: Path) -> None:
    builder = Builder("shared", (16, 10, 10))
    first = builder.add(ops.Conv(16, (1, 1)), (0,), "first", -1)
    builder.add(ops.Conv(16, (1, 1)), (1,), "second", first, shared="weights")
    found = told(tmp_path, builder.build())
    assert found.rows[(0,)] == found.rows[(1,)]


def test_an_operation_without_a_formula_has_no_time(tmp_path: Path) -> None:
    builder = Builder("odd", (8, 4, 4))
    builder.add(ops.Opaque("Magic", (8, 4, 4)), (0,), "magic", -1)
    found = told(tmp_path, builder.build())
    assert (found.partial, found.time) == (True, 0.0)
    assert [part.kind for part in found.unknown] == ["opaque"]


def test_layers_outside_of_what_was_measured_are_named(tmp_path: Path) -> None:
    narrow = kind("pointwise", mult_adds=[60_000, 70_000])
    found = told(tmp_path, small(), kinds=[narrow, *KINDS[2:]])
    (outside,) = found.outside
    assert (outside.name, outside.what, outside.amount) == ("conv", "Mult-Adds", 16 * 32 * 100)
    assert outside.span == (60_000, 70_000)


def test_what_is_computed_with_the_layer_before_is_never_outside(tmp_path: Path) -> None:
    free = {**kind("hardswish", overhead_us=0.0), "bytes": [0, 1]}
    del free["mult_adds_per_us"], free["bytes_per_us"]
    assert told(tmp_path, small(), kinds=[*KINDS[:2], free, KINDS[3]]).outside == ()


def test_more_mult_adds_may_take_less_time(tmp_path: Path) -> None:
    """The paper's measure and the clock: what slow channels make of V1."""
    device = load_device(file(tmp_path))
    narrow = taken(load("mobilenet_v1"), alpha=0.35, resolution=(224, 224))
    wide = taken(load("mobilenet_v1"), alpha=0.5, resolution=(160, 160))
    assert estimate(narrow, device).time > 1.3 * estimate(wide, device).time


def test_an_estimate_needs_neither_the_runtime_nor_numpy(tmp_path: Path) -> None:
    """Nor onnx: plain Python over the device file."""
    code = f"""
import sys
for name in ("onnx", "onnxruntime", "numpy"):
    sys.modules[name] = None
from mncost.cli.main import run
sys.exit(run(["estimate", "mobilenet_v2", "--device", {file(tmp_path)!r}]))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
