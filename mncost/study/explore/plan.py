"""`Plan`: what every choice of a space costs, stage by stage, counted once by the one engine.

A network's cost is the sum over its rows, and what a row costs depends on the map that comes in and
on its own choices alone. So the table holds, for each row (or turn of one) and each *state* in
which it can be met, every option: what it costs, and in which state the next row is met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mncost.cost.conventions import PAPER, Convention
from mncost.cost.events import Event
from mncost.errors import Problem
from mncost.spec.choices import Dimension
from mncost.spec.space import Space

Costs = tuple[int, int]
"""The cost under the convention, and parameters."""

METRICS = ("mult_adds", "params")

ABSENT = -1
"""In place of an option where a choice does not arise: a turn that is not there."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to go on from a state: an option of each choice of the level, the costs, the next."""

    picks: tuple[int, ...]
    costs: Costs
    next: int


@dataclass(frozen=True, slots=True)
class Column:
    """A choice as it arises: a dimension, and the turn that chooses (from 1), if each does."""

    dimension: Dimension
    turn: int | None = None

    @property
    def name(self) -> str:
        """`layers.3.kernel`, or `layers.3.kernel@2` for the second turn."""
        return self.dimension.name + (f"@{self.turn}" if self.turn else "")

    @property
    def options(self) -> tuple[str, ...]:
        """Its options, short; those that would be called the same by a number as well."""
        names = [in_short(each) for each in self.dimension.options]
        return tuple(
            f"{name}#{at + 1}" if names.count(name) > 1 else name for at, name in enumerate(names)
        )

    def value(self, pick: int) -> Any:
        """The option that was picked; None where the choice does not arise."""
        return None if pick == ABSENT else self.dimension.options[pick]


@dataclass(frozen=True, slots=True)
class Level:
    """A row, or one turn of it: the choices made in it, and the options in each state.

    How many turns a row has is chosen by going on or not, so that its column stands on several
    levels; one of them has its option, and all others `ABSENT`.
    """

    columns: tuple[Column, ...]
    options: tuple[tuple[Option, ...], ...]


@dataclass(frozen=True)
class Plan:
    """The table of a space. The first level is in one state, and the last leaves one behind.

    `unbuilt` is why some of it makes no network, where that is left out.
    """

    space: Space
    levels: tuple[Level, ...]
    convention: Convention = PAPER
    count: str = "weights"
    unmeasured: tuple[Event, ...] = ()
    """The events, of any architecture, of which nobody knows what the convention makes."""
    unbuilt: tuple[Problem, ...] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every choice, in the order of levels."""
        return tuple(dict.fromkeys(column for level in self.levels for column in level.columns))

    @cached_property
    def completions(self) -> list[list[int]]:
        """How many ways lead from each state of each level to the end."""
        ways: list[list[int]] = [[1]]
        for level in reversed(self.levels):
            ways.append([sum(ways[-1][o.next] for o in options) for options in level.options])
        return ways[::-1]

    @cached_property
    def arrivals(self) -> list[list[int]]:
        """How many ways lead from the start to each state of each level."""
        ways: list[list[int]] = [[1]]
        for level, after in zip(self.levels, self.completions[1:], strict=True):
            reached = [0] * len(after)
            for come, options in zip(ways[-1], level.options, strict=True):
                for option in options:
                    reached[option.next] += come
            ways.append(reached)
        return ways

    @property
    def total(self) -> int:
        """How many architectures there are."""
        return self.completions[0][0]

    def extreme(self, choose: Callable[[Iterator[int]], int], metric: int) -> list[list[int]]:
        """The least or the most that is still to come, from each state of each level."""
        ahead: list[list[int]] = [[0]]
        for level in reversed(self.levels):
            ahead.append(
                [
                    choose(o.costs[metric] + ahead[-1][o.next] for o in each)
                    for each in level.options
                ]
            )
        return ahead[::-1]

    @cached_property
    def least(self) -> Costs:
        """The least of each cost; not of one architecture."""
        return (self.extreme(min, 0)[0][0], self.extreme(min, 1)[0][0])

    @cached_property
    def most(self) -> Costs:
        """The most of each cost."""
        return (self.extreme(max, 0)[0][0], self.extreme(max, 1)[0][0])

    def picks_of(self, path: tuple[int, ...]) -> tuple[int, ...]:
        """The option of each column, for an architecture by its option on each level."""
        picks, state = dict.fromkeys(self.columns, ABSENT), 0
        for level, at in zip(self.levels, path, strict=True):
            option = level.options[state][at]
            for column, pick in zip(level.columns, option.picks, strict=True):
                picks[column] = max(picks[column], pick)
            state = option.next
        return tuple(picks.values())

    def costs_of(self, path: tuple[int, ...]) -> Costs:
        """What an architecture costs, or the start of one."""
        first = second = state = 0
        for level, at in zip(self.levels, path, strict=False):
            option = level.options[state][at]
            first, second, state = first + option.costs[0], second + option.costs[1], option.next
        return first, second

    def path_of(self, index: int) -> tuple[int, ...]:
        """The architecture of a number from 0, by its option on each level."""
        path, state = [], 0
        if index < 0:
            raise IndexError("no architecture of that number")
        for depth, level in enumerate(self.levels):
            for at, option in enumerate(level.options[state]):
                ways = self.completions[depth + 1][option.next]
                if index < ways:
                    path.append(at)
                    state = option.next
                    break
                index -= ways
            else:
                raise IndexError("no architecture of that number")
        return tuple(path)

    def index_of(self, path: tuple[int, ...]) -> int:
        """The number of an architecture, from 0: the last choice changes fastest."""
        index = state = 0
        for depth, (level, at) in enumerate(zip(self.levels, path, strict=True)):
            options = level.options[state]
            index += sum(self.completions[depth + 1][option.next] for option in options[:at])
            state = options[at].next
        return index


def in_short(value: Any) -> str:
    """An option, short."""
    if isinstance(value, dict):
        return str(value.get("op", "a mapping"))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(in_short(each) for each in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
