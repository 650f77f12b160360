"""The values of options: names, whole numbers, sizes, shapes, each refused in one clear line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from mncost.errors import did_you_mean
from mncost.units import MOST

_WHOLE = re.compile(r"[0-9]{1,20}", re.ASCII)


class Named(click.ParamType):  # type: ignore[type-arg]
    """One of a few names; a misspelled one is told the nearest."""

    name = "name"

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(self.names)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.names:
            self.fail(f"unknown {value!r}; {did_you_mean(str(value), self.names)}", param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(name) for name in self.names if name.startswith(incomplete)]


class Whole(click.ParamType):  # type: ignore[type-arg]
    """A whole number from `least` to `most`, in plain decimal digits."""

    name = "integer"

    def __init__(self, least: int = 1, most: int = MOST) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if not _WHOLE.fullmatch(value) or not self.least <= int(value) <= self.most:
            span = f"from {self.least} to {self.most:,}"
            self.fail(f"expected a whole number {span}, got {value[:40]!r}", param, ctx)
        return int(value)


class Sizes(click.ParamType):  # type: ignore[type-arg]
    """Whole numbers with x between them, as in 224x160; `make` gives them their meaning."""

    def __init__(
        self, name: str, example: str, counts: Sequence[int], make: Callable[[list[int]], Any]
    ) -> None:
        self.name, self.example, self.counts, self.make = name, example, counts, make

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        parts = re.split("[x×]", value)
        whole = all(_WHOLE.fullmatch(part) and 1 <= int(part) <= MOST for part in parts)
        if len(parts) not in self.counts or not whole:
            what = f"expected whole numbers from 1 to {MOST:,}, as in {self.example}"
            self.fail(f"{what}, got {value[:60]!r}", param, ctx)
        return self.make([int(part) for part in parts])


def _pair(sides: list[int]) -> tuple[int, int]:
    return sides[0], sides[-1]


RESOLUTION = Sizes("pixels", "192 or 192x256 (height x width)", (1, 2), _pair)
KERNEL = Sizes("pixels", "3 or 3x5 (height x width)", (1, 2), _pair)
SHAPE = Sizes("HxWxC", "14x14x512 (height x width x channels)", (3,), lambda s: (s[2], s[0], s[1]))
