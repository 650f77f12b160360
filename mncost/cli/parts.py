"""Values of options that say what is swept: values at a place, and a part of all rows."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import click

from mncost.cli.grids import Refused, ranges, stepped

_PART = re.compile(r"([0-9]{1,30})/([0-9]{1,30})", re.ASCII)
_SPAN = re.compile(r"([0-9]{0,30}):([0-9]{0,30})", re.ASCII)
_PAIR = re.compile(r"([0-9]{1,9})[x×]([0-9]{1,9})", re.ASCII)
_FLOAT = re.compile(r"-?[0-9]{1,12}\.[0-9]{1,12}", re.ASCII)


class Change(click.ParamType):  # type: ignore[type-arg]
    """`layers.3.out=64,96,128`: a path, and the values that stand there in turn."""

    name = "change"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path, equals, written = str(value).partition("=")
        if not equals or not path.strip():
            self.fail(f"expected PATH=VALUES, as in layers.3.out=64,96, got {value!r}", param, ctx)
        found: dict[tuple[type, Any], None] = {}
        try:
            for part in ranges(written, False, "64,96,128 or 16:64:16"):
                values = [_scalar(part)] if isinstance(part, str) else map(_plain, stepped(part))
                found.update(((type(each), each), None) for each in values)
        except Refused as error:
            self.fail(f"{path}: {error}", param, ctx)
        return path.strip(), tuple(each for _, each in found)


def _scalar(text: str) -> Any:
    """A value as a file would have it."""
    if text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if pair := _PAIR.fullmatch(text):
        return int(pair[1]), int(pair[2])
    return {"true": True, "false": False}.get(text, text)


def _plain(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)


class Part(click.ParamType):  # type: ignore[type-arg]
    """`2/8`: the second of eight parts, as nearly equal as can be."""

    name = "part"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = _PART.fullmatch(str(value))
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"expected a part, from 1/8 to 8/8, got {str(value)[:40]!r}", param, ctx)
        return int(found[1]), int(found[2])


class Span(click.ParamType):  # type: ignore[type-arg]
    """`1000:2000`: rows from the first number to before the second; either may be left out."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = _SPAN.fullmatch(str(value))
        start, stop = (int(each) if each else None for each in found.groups()) if found else (0, 0)
        if not found or (stop is not None and (start or 0) >= stop):
            self.fail(f"expected FROM:TO, as in 0:1000000, got {str(value)[:40]!r}", param, ctx)
        return start or 0, stop
