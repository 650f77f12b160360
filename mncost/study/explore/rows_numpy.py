"""`Rows` with NumPy: numbers go through tables of consecutive levels, all at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

from mncost.study.explore.plan import ABSENT, Column, Plan
from mncost.study.explore.quality import Quality
from mncost.study.explore.rows import Chunk

np: Any = numpy
"""Its types tell apart what changes from version to version."""

WAYS = 1 << 16
"""A table of consecutive levels has so many rows, at most: it stays in a processor's cache."""


@dataclass(frozen=True)
class Ways:
    """Ways through consecutive levels from one state, in the order of their numbers.

    `sums` are their costs: Mult-Adds, parameters, and the quality where there is one.
    """

    sums: Any
    picks: Any
    next: Any

    def __len__(self) -> int:
        return len(self.next)


@dataclass(frozen=True)
class Table:
    """The ways of every state, one after another; `starts` is where those of a state begin.

    `each` is how many architectures go each of these ways; where they differ, `before` is how many
    go any earlier one, and `base` how many go those before a state's first.
    """

    columns: tuple[Column, ...]
    ways: Ways
    starts: Any
    each: int | None
    before: Any
    base: Any

    def step(self, state: Any, number: Any) -> tuple[Any, Any]:
        """Which way each takes, and its number among those that take it."""
        if self.each is None:
            position = self.base[state] + number
            way = np.searchsorted(self.before, position, "right") - 1
            return way, position - self.before[way]
        if self.each == 1:
            return self.starts[state] + number, np.zeros_like(number)
        way = number // self.each
        rest = number - way * self.each
        return (way if len(self.starts) == 1 else self.starts[state] + way), rest


class Rows:
    """The architectures of a plan, in arrays of 64-bit integers that none of them leaves."""

    def __init__(self, plan: Plan, quality: Quality | None = None) -> None:
        self.plan, self.quality = plan, quality
        self.tables = self._tables()

    def at(self, numbers: Any, picks: bool = True) -> Chunk:
        """The architectures of some numbers, a range or an array of them; without `picks`, their
        costs alone."""
        if isinstance(numbers, range):
            numbers = np.arange(numbers.start, numbers.stop, numbers.step, dtype=np.int64)
        numbers = np.asarray(numbers, np.int64)
        chosen: dict[Column, Any] = {}
        sums, state, rest = None, np.zeros(len(numbers), np.int64), numbers
        for table in self.tables:
            way, rest = table.step(state, rest)
            added = [column.take(way) for column in table.ways.sums]
            sums = added if sums is None else [a + b for a, b in zip(sums, added, strict=True)]
            state = table.ways.next.take(way)
            for column, options in zip(
                table.columns if picks else (), table.ways.picks, strict=False
            ):
                mine = options.take(way)
                before = chosen.get(column)
                chosen[column] = mine if before is None else np.where(mine == ABSENT, before, mine)
        assert sums is not None
        return Chunk(numbers, sums[0], sums[1], sums[2] if self.quality else None, chosen)

    def _tables(self) -> list[Table]:
        """The levels in as few tables as their size allows, from the end."""
        found: list[Table] = []
        stop = len(self.plan.levels)
        while stop:
            start, tails = stop - 1, self._through(stop - 1, self._nothing(stop))
            while start and self._size(start - 1, tails) <= WAYS:
                start, tails = start - 1, self._through(start - 1, tails)
            found.append(self._table(start, stop, tails))
            stop = start
        return found[::-1]

    def _nothing(self, depth: int) -> list[Ways]:
        """The way through no level at all, from each state."""
        sums = np.zeros((3 if self.quality else 2, 1), np.int64)
        picks = np.zeros((0, 1), np.int16)
        count = len(self.plan.completions[depth])
        return [Ways(sums, picks, np.full(1, state, np.int64)) for state in range(count)]

    def _size(self, depth: int, tails: list[Ways]) -> int:
        return sum(len(tails[o.next]) for each in self.plan.levels[depth].options for o in each)

    def _through(self, depth: int, tails: list[Ways]) -> list[Ways]:
        """Ways that begin one level earlier."""
        level = self.plan.levels[depth]
        width = len(level.columns)
        found = []
        for options in level.options:
            parts = []
            for option in options:
                tail = tails[option.next]
                scores = (self.quality.of(level.columns, option.picks),) if self.quality else ()
                add = np.array((*option.costs, *scores), np.int64)[:, None]
                mine = np.array(option.picks, np.int16).reshape(width, 1)
                picks = np.concatenate([np.repeat(mine, len(tail), 1), tail.picks])
                parts.append(Ways(tail.sums + add, picks, tail.next))
            found.append(_one(parts))
        return found

    def _table(self, start: int, stop: int, tails: list[Ways]) -> Table:
        after = np.array(self.plan.completions[stop], np.int64)
        ways = _one(tails)
        each = after[ways.next]
        starts = np.cumsum([0, *(len(tail) for tail in tails)])
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(each)])
        columns = tuple(c for level in self.plan.levels[start:stop] for c in level.columns)
        same = int(each[0]) if len(each) and (each == each[0]).all() else None
        return Table(columns, ways, starts[:-1], same, before[:-1], before[starts[:-1]])


def _one(parts: list[Ways]) -> Ways:
    """Ways one after another."""
    return Ways(
        np.concatenate([part.sums for part in parts], 1),
        np.concatenate([part.picks for part in parts], 1),
        np.concatenate([part.next for part in parts]),
    )
