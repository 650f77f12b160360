"""The roofline, written as arithmetic; and the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mncost as package
from mncost.cost.engine import analyze
from mncost.cost.footprint import Bits
from mncost.formulas import attainable
from mncost.graph import Builder, ops
from mncost.study.roofline import Machine, roofline
from tests.conftest import Ran

Run = Callable[..., Ran]

GIGA = 10**9


def test_the_longer_of_both_is_the_bound() -> None:
    builder = Builder("two", (512, 14, 14))
    at = builder.add(ops.Conv(512, (3, 3), padding=(1, 1, 1, 1), groups=512), (0,), "dw", -1)
    builder.add(ops.Conv(512, (1, 1)), (1,), "pw", at)
    depthwise, pointwise = roofline(
        analyze(builder.build(), bits=Bits(8, 8)), Machine(10 * GIGA, GIGA)
    ).bounds
    assert depthwise.by == "memory"
    assert depthwise.seconds == Fraction(2 * 512 * 14 * 14 + 9 * 512, GIGA)
    assert pointwise.by == "compute"
    assert pointwise.seconds == Fraction(512 * 512 * 14 * 14, 10 * GIGA)


def test_the_ridge_is_both() -> None:
    builder = Builder("ridge", (4, 1, 1))
    builder.add(ops.Conv(4, (1, 1)), (0,), "pw", -1)
    report = analyze(builder.build(), bits=Bits(8, 8))
    (bound,) = roofline(report, Machine(16, 24)).bounds  # 16 Mult-Adds, 4 + 4 + 16 bytes
    assert (bound.by, bound.seconds) == ("both", Fraction(1))


def test_what_has_no_formula_has_no_bound() -> None:
    builder = Builder("odd", (4, 8, 8))
    at = builder.add(ops.Opaque("Strange", (4, 8, 8)), (0,), "odd", -1)
    builder.add(ops.Dropout(), (1,), "dropout", at)
    found = roofline(analyze(builder.build(), bits=Bits()), Machine(1, 1))
    assert [(each.by, each.seconds) for each in found.bounds] == [
        ("unknown", None), ("nothing", Fraction(0)),
    ]  # fmt: skip


RATES = st.integers(1, 10**15)


@given(RATES, RATES, st.integers(2, 9))
def test_a_faster_machine_is_never_slower(peak: int, bandwidth: int, times: int) -> None:
    report = analyze(package.lower(package.load("mlperf_tiny_vww")), bits=Bits(8, 8))
    here = roofline(report, Machine(peak, bandwidth)).seconds
    assert roofline(report, Machine(times * peak, bandwidth)).seconds <= here
    assert roofline(report, Machine(peak, times * bandwidth)).seconds <= here
    assert roofline(report, Machine(times * peak, times * bandwidth)).seconds == here / times


@given(st.integers(0, 10**12), st.integers(0, 10**12), RATES, RATES)
def test_a_bound_is_at_least_each_of_its_parts(
    work: int, moved: int, peak: int, bandwidth: int
) -> None:
    seconds = attainable(work, moved, peak, bandwidth)
    assert seconds >= Fraction(work, peak)
    assert seconds >= Fraction(moved, bandwidth)
    assert seconds in (Fraction(work, peak), Fraction(moved, bandwidth))


def test_the_command_labels_its_bound(mncost: Run) -> None:
    asked = "roofline mobilenet_v1 --peak 10G --bandwidth 1GB/s --weight-bits 8 --activation-bits 8"
    ran = mncost(asked)
    assert ran.out.splitlines()[0].endswith("roofline: bound, not estimate")
    assert "Bound, not estimate: no less than 61.15 ms, with a peak of 10 G Mult-Adds/s" in ran.out
    document = json.loads(mncost(f"{asked} --json").out)
    jsonschema.validate(document, json.loads(mncost("schema table").out))
    assert document["label"] == "bound, not estimate"
    assert (document["peak_mult_adds_per_second"], document["bandwidth_bytes_per_second"]) == (
        10 * GIGA, GIGA,
    )  # fmt: skip
    total = sum(row["bound_us"] for row in document["rows"])
    assert total == pytest.approx(document["bound_seconds"] * 1e6)
    assert sum(row["mult_adds"] or 0 for row in document["rows"]) == 568_740_352


def test_rates_with_and_without_their_second(mncost: Run) -> None:
    one = mncost("roofline mobilenet_v1 --peak 0.5G/s --bandwidth 100MB")
    other = mncost("roofline mobilenet_v1 --peak 500M --bandwidth 100MB/s")
    assert (one.code, one.out) == (0, other.out)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", "Missing option '--peak'"),
        ("--peak 10G", "Missing option '--bandwidth'"),
        ("--peak nan --bandwidth 1GB", 'expected an amount, as in 569M or 4.2 G, got "nan"'),
        ("--peak inf --bandwidth 1GB", 'expected an amount, as in 569M or 4.2 G, got "inf"'),
        ("--peak -1G --bandwidth 1GB", 'expected an amount, as in 569M or 4.2 G, got "-1G"'),
        ("--peak 0 --bandwidth 1GB", "expected a positive amount, got '0'"),
        ("--peak 10G --bandwidth 1G", 'expected an amount, as in 300 KiB or 1 MB, got "1G"'),
        ("--peak 10G --bandwidth 0", "expected a positive amount, got '0'"),
        ("--peak 10G --bandwidth 1GB --explain", "No such option"),
    ],
)
def test_bad_input(options: str, expected: str, mncost: Run) -> None:
    ran = mncost(f"roofline mobilenet_v1 {options}")
    assert (ran.code, ran.out) == (2, "")
    assert expected in ran.err
