"""The `Plan` of a space: every row counted, once for each map that can come into it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mncost.cost.conventions import PAPER, Convention
from mncost.cost.engine import analyze
from mncost.cost.events import Event
from mncost.cost.report import PARAMETERS
from mncost.errors import MncostError, Path, Problem, SpecError
from mncost.graph import Shape
from mncost.spec import space as spaces
from mncost.spec.choices import Chosen, Dimension
from mncost.spec.located import located
from mncost.spec.lower import INPUT, lower_part
from mncost.spec.rows import read_layers
from mncost.spec.scale import scale
from mncost.spec.source import network_of
from mncost.spec.space import Space
from mncost.study.explore.faults import Faults
from mncost.study.explore.most import (
    HINT_MAPS,
    MOST_PARTS,
    MOST_WAYS,
    beyond,
    combinations,
    oversized,
)
from mncost.study.explore.plan import ABSENT, Column, Costs, Level, Option, Plan

if TYPE_CHECKING:
    from mncost.spec.network import Network
    from mncost.spec.rows import Row


def plan(
    space: Space,
    convention: Convention = PAPER,
    count: str = "weights",
    *,
    allow_wider: bool = False,
    lenient: bool = False,
    tick: Callable[[int], None] = lambda done: None,
) -> Plan:
    """The table of a space. Raises `SpecError`: a choice that makes an illegal network.

    `count` says which parameters; `tick` is told how many rows have been counted. If `lenient`,
    what makes no network is left out, and told, as long as something else does.
    """
    if problems := list(oversized(space)):
        raise SpecError(located(problems, space.file, space.tree))
    planner = _Planner(space, convention, count, allow_wider, tick, Faults(space, lenient))
    levels = list(planner.levels())
    faults = planner.faults
    if faults.found:
        levels = _pruned(levels) if faults.lenient else []
    if not levels:
        faults.refuse()
    unmeasured, unbuilt = tuple(planner.unmeasured), tuple(faults.problems())
    return Plan(space, tuple(_folded(levels)), convention, count, unmeasured, unbuilt)


@dataclass(frozen=True, slots=True)
class _State:
    """What a row depends on: the setting, the maps there are, and the choices of the row so far.

    `stopped`: the row has had all of its turns.
    """

    setting: int
    shape: Shape
    ends: tuple[tuple[str, Shape], ...] = ()
    once: tuple[int, ...] = ()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to make the choices of a level; with `stops`, the row has no more turns."""

    picks: tuple[int, ...]
    chosen: dict[Path, int]
    stops: bool = False


@dataclass
class _Planner:
    """Walks the rows, and keeps each state that it meets, with one way to have come there."""

    space: Space
    convention: Convention
    count: str
    allow_wider: bool
    tick: Callable[[int], None]
    faults: Faults
    networks: list[tuple[Network, float]] = field(default_factory=list)
    met: dict[_State, Chosen] = field(default_factory=dict)
    done: int = 0
    ways: int = 0
    counted: dict[Any, tuple[Costs, Shape, Mapping[str, Shape]]] = field(default_factory=dict)
    unmeasured: dict[Event, None] = field(default_factory=dict)
    seen: set[Any] = field(default_factory=set)

    def levels(self) -> Iterator[Level]:
        yield self._settings()
        reads = [row.reads for row in self.space.rows]
        for at, row in enumerate(self.space.rows):
            later = frozenset[str]().union(*reads[at + 1 :])
            most = max(row.turns)
            for turn in range(most):
                keep = later if turn + 1 == most else later | row.reads
                yield self._level(row, turn, keep, last=turn + 1 == most)
        yield self._end()

    def _settings(self) -> Level:
        """The first level: a network for each choice that concerns it as a whole."""
        options: list[Option] = []
        first = {each.path: 0 for each in self.space.dimensions}
        reads_input = any(INPUT in row.reads for row in self.space.rows)
        for picks in itertools.product(*(range(len(d.options)) for d in self.space.common)):
            self._told_one()
            chosen = dict(zip((d.path for d in self.space.common), picks, strict=True))
            tree, alpha = spaces.setting_of(self.space.resolved({**first, **chosen}))
            network = network_of(tree, self.space.file)
            try:
                scale(network, alpha=alpha, allow_wider=self.allow_wider)
            except MncostError as error:
                self.faults.add(error, chosen, None, spaces.ALPHA)
                continue
            shape = (network.input.channels, *network.input.size)
            ends = ((INPUT, shape),) if reads_input else ()
            state = _State(len(self.networks), shape, ends)
            self.networks.append((network, alpha))
            self.met[state] = chosen
            options.append(Option(picks, (0, 0), len(self.met) - 1))
        columns = tuple(Column(dimension) for dimension in self.space.common)
        return Level(columns, (tuple(options),))

    def _level(self, row: Row, turn: int, keep: frozenset[str], last: bool) -> Level:
        """Every option of a row, or of one of its turns, in every state in which it is met."""
        self._foresee(row, turn)
        before, self.met = self.met, {}
        positions: dict[_State, int] = {}
        options = []
        for state, chosen in before.items():
            found = []
            for way in self._ways(row, turn, state, last):
                here = {**chosen, **way.chosen}
                reached = self._count(row, turn, state, here, way.stops)
                if reached is None:
                    continue
                costs, shape, ends = reached
                gone = last or way.stops
                once = () if gone else tuple(here[d.path] for d in row.once)
                kept = tuple((name, ends[name]) for name in sorted(ends) if name in keep)
                after = _State(state.setting, shape, kept, once, way.stops and not last)
                self.met.setdefault(after, here)
                at = positions.setdefault(after, len(positions))
                found.append(Option(way.picks, costs, at))
            options.append(tuple(found))
        return Level(tuple(_columns(row, turn)), tuple(options))

    def _ways(self, row: Row, turn: int, state: _State, last: bool) -> Iterator[_Way]:
        """The ways to make the choices of a turn; among them, to stop before it."""
        times = [ABSENT] if row.times else []
        nothing = [ABSENT] * len(row.each)
        stop = row.turns.get(turn)
        if turn and (state.stopped or stop is not None):
            decided = [stop or 0] if row.times and not state.stopped else times
            yield _Way((*decided, *nothing), {}, stops=True)
        if state.stopped:
            return
        if last and row.times:
            times = [row.turns[turn + 1]]
        for once in _picks(row.once) if turn == 0 else [{}]:
            for each in _picks(row.each):
                picks = (*once.values(), *times, *each.values())
                chosen = {**once, **each}
                if row.times:
                    chosen[row.times.path] = max(times[0], 0)
                yield _Way(picks, chosen)

    def _count(
        self, row: Row, turn: int, state: _State, chosen: Chosen, stops: bool
    ) -> tuple[Costs, Shape, Mapping[str, Shape]] | None:
        """What a turn costs, and what it leaves; None where it does not fit, which is noted."""
        ends = dict(state.ends)
        if stops:
            return (0, 0), state.shape, ends
        written = row.layers(chosen, turn)
        key = (state.setting, state.shape, state.ends, repr(written))
        if key not in self.counted:
            self._told_one()
            try:
                self.counted[key] = self._part(state, written, ends)
            except MncostError as error:
                paths = [path for path, _ in written]
                self.faults.add(error, chosen, row, ("layers", row.index), paths)
                return None
        return self.counted[key]

    def _part(
        self, state: _State, written: list[tuple[Path, Any]], ends: Mapping[str, Shape]
    ) -> tuple[Costs, Shape, Mapping[str, Shape]]:
        network, alpha = self.networks[state.setting]
        layers = read_layers([layer for _, layer in written])
        if layers and alpha != 1:
            alone = network.model_copy(update={"layers": layers})
            layers = scale(alone, alpha=alpha, allow_wider=True).layers
        paths = [path for path, _ in written]
        part = lower_part(network, list(zip(paths, layers, strict=True)), state.shape, ends)
        totals = analyze(part.graph, self.convention).totals
        assert not totals.unknown  # a file states what its layers cost
        self.unmeasured |= dict.fromkeys(self.convention.unknown(totals.events))
        params = PARAMETERS[self.count][0](totals.parameters)
        return (totals.cost or 0, params), part.output, {**ends, **part.ends}

    def _end(self) -> Level:
        """The last level: whatever state is left, the end."""
        return Level((), tuple((Option((), (0, 0), 0),) for _ in self.met))

    def _foresee(self, row: Row, turn: int) -> None:
        """Raises `SpecError` where a turn makes the table too large, before anything is counted.

        Of the rows to count, those are foreseen that certainly are new: later turns may be alike.
        """
        going = [state for state in self.met if not state.stopped]
        each = combinations(row.each)
        picks = each if turn else each * combinations(row.once)
        stops = len(going) if turn and turn in row.turns else 0
        maps = {(state.setting, state.shape, state.ends) for state in going}
        new = len(maps - self.seen if turn else maps)
        self.seen = self.seen | maps if turn else set()
        self.ways += len(self.met) - len(going) + len(going) * picks + stops
        for total, most, what in (
            (self.done + new * picks, MOST_PARTS, "rows to count"),
            (self.ways, MOST_WAYS, "options in the table"),
        ):
            if total > most:
                path = ("layers", row.index)
                problem = beyond(f"{total:,} {what}", most, len(maps), picks, turn)
                place = self.space.tree.place(path)
                raise SpecError(problem.at(self.space.file, *place))

    def _told_one(self) -> None:
        self.done += 1
        self.tick(self.done)
        if self.done > MOST_PARTS:
            problem = Problem(f"more than {MOST_PARTS:,} rows to count", HINT_MAPS)
            raise SpecError(problem.at(self.space.file))


def _columns(row: Row, turn: int) -> Iterator[Column]:
    """The choices made in a turn of a row."""
    if turn == 0:
        yield from (Column(each) for each in row.once)
    if row.times:
        yield Column(row.times)
    yield from (Column(each, turn + 1) for each in row.each)


def _picks(dimensions: tuple[Dimension, ...]) -> Iterator[dict[Path, int]]:
    """Every way to choose, as the option of each dimension by its path."""
    paths = [each.path for each in dimensions]
    for picks in itertools.product(*(range(len(each.options)) for each in dimensions)):
        yield dict(zip(paths, picks, strict=True))


def _pruned(levels: list[Level]) -> list[Level]:
    """The levels without what leads to no network; none, where nothing leads to one."""
    kept: list[Level] = []
    onward = {0: 0}
    for level in reversed(levels):
        options = [
            tuple(replace(o, next=onward[o.next]) for o in each if o.next in onward)
            for each in level.options
        ]
        alive = [state for state, each in enumerate(options) if each]
        onward = {state: at for at, state in enumerate(alive)}
        kept.append(Level(level.columns, tuple(options[state] for state in alive)))
    return kept[::-1] if onward else []


def _folded(levels: list[Level]) -> list[Level]:
    """The levels, those without a choice added to the one before them."""
    kept: list[Level] = []
    for level in levels:
        if not kept or level.columns:
            kept.append(level)
            continue
        before = kept.pop()
        options = tuple(
            tuple(_after(option, level.options[option.next]) for option in of_state)
            for of_state in before.options
        )
        kept.append(Level(before.columns, options))
    return kept


def _after(option: Option, only: tuple[Option, ...]) -> Option:
    """An option, and the one that always follows."""
    costs = (option.costs[0] + only[0].costs[0], option.costs[1] + only[0].costs[1])
    return Option(option.picks, costs, only[0].next)
