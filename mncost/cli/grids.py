"""Values of options that are lists: `1,0.75,0.5`, inclusive ranges `0.25:1:0.05`, or both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import click

from mncost.cli.values import RESOLUTION
from mncost.units import MOST, parse_bytes, parse_count, parse_time

Range: TypeAlias = "tuple[Fraction, Fraction, Fraction]"

MOST_VALUES = 10_000
"""In one list; how many there would be is known before any is made."""

_DECIMAL = re.compile(r"([0-9]{1,10}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})", re.ASCII)


class Refused(ValueError):
    """What is wrong with a list, in words."""


def ranges(text: str, whole: bool, example: str) -> list[str | Range]:
    """The parts of a list: single values as they are written, and ranges as (start, stop, step)."""
    parts: list[str | Range] = []
    count = 0
    for part in text.split(","):
        part = part.strip()
        if not part:
            what = "an empty list" if not text.strip() else "an empty place between commas"
            raise Refused(f"{what}, expected values as in {example}")
        if ":" in part:
            each = _range(part, whole, example)
            count += (each[1] - each[0]) // each[2] + 1
            parts.append(each)
        else:
            count += 1
            parts.append(part)
    if count > MOST_VALUES:
        hint = "take a longer step" if ":" in text else "state fewer"
        raise Refused(f"{text[:40]!r} would be {count:,} values, at most {MOST_VALUES:,}; {hint}")
    return parts


def _range(part: str, whole: bool, example: str) -> Range:
    sides = part.split(":")
    if len(sides) != 3:
        raise Refused(f"a range is START:STOP:STEP, as in {example}, got {part[:60]!r}")
    if _DECIMAL.fullmatch(sides[2].removeprefix("-")) and sides[2].startswith("-"):
        raise Refused(f"a step below 0 in {part[:60]!r}; write the smaller end first")
    start, stop, step = (number(side, whole, example) for side in sides)
    if step == 0:
        raise Refused(f"a step of 0 in {part[:60]!r}; it would never end")
    if start > stop:
        hint = f"write {sides[1]}:{sides[0]}:{sides[2]}"[:60]
        raise Refused(f"the range {part[:60]!r} is empty: it starts above its stop; {hint}")
    return start, stop, step


def number(text: str, whole: bool, example: str) -> Fraction:
    """A number in plain decimal digits, exactly: neither NaN nor 1e3 nor a sign."""
    if not _DECIMAL.fullmatch(text) or (whole and not text.isdigit()):
        kind = "whole numbers" if whole else "numbers"
        raise Refused(f"expected {kind}, as in {example}, got {text[:60]!r}")
    return Fraction(text)


def stepped(each: Range) -> Iterator[Fraction]:
    """Every value of a range, its stop included where a step lands on it."""
    start, stop, step = each
    return (start + n * step for n in range((stop - start) // step + 1))


class Numbers(click.ParamType):  # type: ignore[type-arg]
    """Numbers as exact fractions, in their order, each once."""

    name = "numbers"
    example = "1,0.75,0.5 or 0.25:1:0.05"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            found: dict[Fraction, None] = {}
            for part in ranges(value, False, self.example):
                values = (
                    [number(part, False, self.example)] if isinstance(part, str) else stepped(part)
                )
                found.update(dict.fromkeys(values))
        except Refused as error:
            self.fail(str(error), param, ctx)
        return tuple(found)


class Resolutions(click.ParamType):  # type: ignore[type-arg]
    """Resolutions as (height, width), in their order, each once; ranges are of squares."""

    name = "resolutions"
    example = "224,192 or 96:320:32 or 192x256 (height x width)"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        found: dict[tuple[int, int], None] = {}
        try:
            for part in ranges(value, True, self.example):
                if isinstance(part, str):
                    found[RESOLUTION.convert(part, param, ctx)] = None
                    continue
                if not 1 <= part[0] <= part[1] <= MOST:
                    raise Refused(f"expected from 1 to {MOST:,} pixels, got {value[:60]!r}")
                found.update(((int(side), int(side)), None) for side in stepped(part))
        except Refused as error:
            self.fail(str(error), param, ctx)
        return tuple(found)


class Objectives(click.ParamType):  # type: ignore[type-arg]
    """What a front weighs: `mult_adds,params,quality`."""

    name = "objectives"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value


class Amount(click.ParamType):  # type: ignore[type-arg]
    """A positive amount with its unit: 150M, or 256KiB of memory, or 20ms."""

    name = "amount"

    def __init__(self, parse: Callable[[str], int] = parse_count) -> None:
        self.parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            amount = self.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if amount < 1:
            self.fail(f"expected a positive amount, got {value[:40]!r}", param, ctx)
        return amount


NUMBERS = Numbers()
RESOLUTIONS = Resolutions()
OBJECTIVES = Objectives()
COUNT = Amount()
BYTES = Amount(parse_bytes)
TIME = Amount(parse_time)
