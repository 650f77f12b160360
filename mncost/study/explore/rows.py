"""Architectures by their numbers, many at a time: what each costs, and what was chosen in it.

Consecutive levels become one table, of every way through them, so that few steps lead through a
plan. `rows_numpy` does the same in arrays; here it is plain Python, for where NumPy is missing and
where a number leaves 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mncost.study.explore.plan import ABSENT, Column, Costs, Plan
from mncost.study.explore.quality import Quality

CHUNK = 1 << 16
"""So many at a time: few enough to stay in a processor's cache."""

WAYS = 1 << 12
"""A table of consecutive levels has so many rows, at most."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some architectures by number: a value of each for every column, as lists or as arrays.

    `picks` are positions among the options of a choice, or `ABSENT`; `quality` is in the unit of
    the plan's `Quality`, and None where nothing has a score.
    """

    numbers: Sequence[int]
    mult_adds: Sequence[int]
    params: Sequence[int]
    quality: Sequence[int] | None
    picks: Mapping[Column, Sequence[int]]

    def __len__(self) -> int:
        return len(self.mult_adds)

    def whole(self, name: str) -> Sequence[int]:
        """What is a whole number of each: number, mult_adds or params."""
        named = {"number": self.numbers, "mult_adds": self.mult_adds, "params": self.params}
        return named[name]


class Rows(Protocol):
    """The architectures of a plan."""

    def at(self, numbers: Sequence[int], picks: bool = True) -> Chunk:
        """Some of them; without `picks`, what they cost alone."""


def rows(plan: Plan, quality: Quality | None = None) -> Rows:
    """The architectures of a plan: in arrays where that is possible, or else plain."""
    try:
        from mncost.study.explore import rows_numpy
    except ImportError:
        return PlainRows(plan, quality)
    return rows_numpy.Rows(plan, quality) if fits(plan, quality) else PlainRows(plan, quality)


def fits(plan: Plan, quality: Quality | None = None) -> bool:
    """Whether no number that can arise leaves 64 bits."""
    largest = max(*plan.most, quality.largest if quality else 0)
    ways = max(sum(of_level) for of_level in plan.completions)
    return max(largest, ways) < 1 << 62


def steps(numbers: Sequence[int], size: int = CHUNK) -> Iterator[Sequence[int]]:
    """Numbers, so many at a time."""
    if isinstance(numbers, range):  # which may be longer than `len` can say
        for start in range(numbers.start, numbers.stop, size):
            yield range(start, min(start + size, numbers.stop))
        return
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def shard(total: int, number: int, of: int) -> range:
    """The `number`-th of so many parts of all numbers, from 1; parts differ by one at most."""
    return range(total * (number - 1) // of, total * number // of)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way through consecutive levels."""

    picks: tuple[int, ...]
    costs: Costs
    quality: int
    next: int


class PlainRows:
    """The architectures of a plan, in lists of exact integers."""

    def __init__(self, plan: Plan, quality: Quality | None = None) -> None:
        self.plan, self.quality = plan, quality
        self.split = self._split()
        self.columns = [column for level in plan.levels for column in level.columns]
        self.tails: dict[int, list[_Way]] = {}

    def at(self, numbers: Sequence[int], picks: bool = True) -> Chunk:
        """Some of them."""
        runs = [numbers] if isinstance(numbers, range) else [range(n, n + 1) for n in numbers]
        ways = [way for run in runs for way in self._ways(run)]
        found: dict[Column, list[int]] = {}
        for at, column in enumerate(self.columns if picks else ()):
            found[column] = joined(found.get(column), [way.picks[at] for way in ways])
        return Chunk(
            numbers,
            [way.costs[0] for way in ways],
            [way.costs[1] for way in ways],
            [way.quality for way in ways] if self.quality else None,
            found,
        )

    def _split(self) -> int:
        """From which level on all ways to the end stand in a table."""
        depth = len(self.plan.levels)
        while depth and sum(self.plan.completions[depth - 1]) <= WAYS:
            depth -= 1
        return depth

    def _ways(self, numbers: range) -> Iterator[_Way]:
        at = numbers.start
        while at < numbers.stop:
            head, state, rest = self._head(at)
            tail = self._tail(state)[rest : rest + numbers.stop - at]
            yield from (_after(head, way) for way in tail)
            at += len(tail)

    def _head(self, number: int) -> tuple[_Way, int, int]:
        """The way to the table, in which state it comes there, and the row where it goes on."""
        way, ways = _Way((), (0, 0), 0, 0), self.plan.completions
        for depth in range(self.split):
            for option in self._options(depth, way.next):
                if number < ways[depth + 1][option.next]:
                    way = _after(way, option)
                    break
                number -= ways[depth + 1][option.next]
        return way, way.next, number

    def _tail(self, state: int) -> list[_Way]:
        if state not in self.tails:
            self.tails[state] = list(self._onward(self.split, _Way((), (0, 0), 0, state)))
        return self.tails[state]

    def _onward(self, depth: int, way: _Way) -> Iterable[_Way]:
        if depth == len(self.plan.levels):
            yield way
            return
        for option in self._options(depth, way.next):
            yield from self._onward(depth + 1, _after(way, option))

    def _options(self, depth: int, state: int) -> Iterator[_Way]:
        level = self.plan.levels[depth]
        for option in level.options[state]:
            score = self.quality.of(level.columns, option.picks) if self.quality else 0
            yield _Way(option.picks, option.costs, score, option.next)


def joined(before: list[int] | None, picks: Sequence[int]) -> list[int]:
    """A column that stands on several levels: one of them has its option."""
    if before is None:
        return list(picks)
    return [one if other == ABSENT else other for one, other in zip(before, picks, strict=True)]


def _after(way: _Way, then: _Way) -> _Way:
    costs = (way.costs[0] + then.costs[0], way.costs[1] + then.costs[1])
    return _Way(way.picks + then.picks, costs, way.quality + then.quality, then.next)


def values(column: Column, picks: Any) -> list[Any]:
    """The options that were picked, as they are written; None where the choice does not arise."""
    options = [*column.dimension.options, None]  # at ABSENT, the last
    return [options[pick] for pick in (picks.tolist() if hasattr(picks, "tolist") else picks)]
