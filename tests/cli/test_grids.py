"""Lists and ranges, as they are typed."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mncost.cli.grids import BYTES, COUNT, MOST_VALUES, NUMBERS, RESOLUTIONS


def read(kind: click.ParamType, text: str) -> Any:  # type: ignore[type-arg]
    return kind.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1", [1.0]),
        ("1,0.75,.5", [1, 0.75, 0.5]),
        ("0.25:1.0:0.05", [n / 100 for n in range(25, 101, 5)]),
        ("1, 0.5:0.75:0.25 ,0.75,0.50", [1, 0.5, 0.75]),
        ("0.25:1:0.5", [0.25, 0.75]),
        ("0.5:0.5:0.1", [0.5]),
        ("0.1:0.3:0.1", [0.1, 0.2, 0.3]),
    ],
)
def test_numbers(text: str, values: list[float]) -> None:
    """As they are written: 0.3, and not 0.30000000000000004."""
    assert [float(value) for value in read(NUMBERS, text)] == values


def test_a_range_is_exact() -> None:
    found = read(NUMBERS, "0.25:1.0:0.05")
    assert len(found) == 16
    assert Fraction(3, 10) in found


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 40))
def test_ranges_by_definition(start: int, span: int, step: int) -> None:
    text = f"{start / 100:.2f}:{(start + span) / 100:.2f}:{step / 100:.2f}"
    expected = [Fraction(n, 100) for n in range(start, start + span + 1, step)]
    assert list(read(NUMBERS, text)) == expected


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("224", [(224, 224)]),
        ("96:160:32,192x256", [(96, 96), (128, 128), (160, 160), (192, 256)]),
        ("224,224,224x224", [(224, 224)]),
        ("160×96", [(160, 96)]),
    ],
)
def test_resolutions(text: str, sizes: list[tuple[int, int]]) -> None:
    assert list(read(RESOLUTIONS, text)) == sizes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty list"),
        (" ", "an empty list"),
        ("1,,2", "an empty place between commas"),
        ("1,", "an empty place between commas"),
        ("1:0.5:0.1", "is empty: it starts above its stop; write 0.5:1:0.1"),
        ("0.5:1:0", "a step of 0"),
        ("0.5:1:-0.1", "a step below 0"),
        ("0.5:1", "a range is START:STOP:STEP"),
        ("0.5:1:0.1:2", "a range is START:STOP:STEP"),
        ("nan", "expected numbers"),
        ("inf", "expected numbers"),
        ("0.5:nan:0.1", "expected numbers"),
        ("-0.5", "expected numbers"),
        ("1e-3", "expected numbers"),
        ("0x10", "expected numbers"),
        ("٣", "expected numbers"),
        ("0:1:0.000000001", "would be 1,000,000,001 values"),
    ],
)
def test_numbers_that_are_none(text: str, message: str) -> None:
    with pytest.raises(click.BadParameter, match=message):
        read(NUMBERS, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("224.5", "whole numbers"),
        ("0", "whole numbers from 1"),
        ("0:96:32", "from 1 to"),
        ("96:320:0.5", "expected whole numbers"),
        ("96:320:0", "a step of 0"),
        ("320:96:32", "is empty"),
        ("2000000000", "whole numbers from 1"),
        ("1x2x3", "whole numbers"),
    ],
)
def test_resolutions_that_are_none(text: str, message: str) -> None:
    with pytest.raises(click.BadParameter, match=message):
        read(RESOLUTIONS, text)


def test_how_many_there_would_be_is_known_before_they_are_made() -> None:
    began = time.monotonic()
    with pytest.raises(click.BadParameter, match="would be 1,000,000,000 values, at most 10,000"):
        read(RESOLUTIONS, "1:1000000000:1")
    with pytest.raises(click.BadParameter, match="10,001 values"):
        read(RESOLUTIONS, "1:10000:1,7")
    assert time.monotonic() - began < 1
    assert len(read(RESOLUTIONS, "1:10000:1")) == MOST_VALUES


def test_amounts() -> None:
    assert read(COUNT, "1.5M") == 1_500_000
    assert read(BYTES, "256KiB") == 262_144
    for kind, text in ((COUNT, "0"), (COUNT, "nan"), (COUNT, "-1"), (BYTES, "1M"), (COUNT, "")):
        with pytest.raises(click.BadParameter):
            read(kind, text)
