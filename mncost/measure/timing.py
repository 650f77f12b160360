"""A network run again and again: warm-up, rounds that take turns, the minimum and the spread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from mncost.convert.onnx import write
from mncost.convert.onnx.names import Names
from mncost.graph import Graph
from mncost.measure.parts import Parts, parts
from mncost.measure.profile import CONVOLUTIONS, LAYOUT, Mapped, Timed, mapped, timed
from mncost.measure.runtime import Session, Setting

WARM_UP = 0.05
"""Seconds of running before anything is noted."""

LEAST_RUNS = 3
MOST_RUNS = 10_000

ROUND = 0.02
"""Seconds that a round lasts, at least; of its runs the fastest counts."""

MOST_WATCHED = 1000
"""Runs with a profile, in all: each operator of each is a line of it."""

LEAST_ROUNDS = 3
"""Of fewer, nobody knows whether the machine is busy."""

MOST_SPREAD = 0.25
"""Where half of the rounds are slower than the fastest by more, the machine is too busy."""


@dataclass(frozen=True, slots=True)
class PartTime:
    """Milliseconds of a part, and how much of them changes the layout of its maps."""

    time: float
    layout: float = 0.0


@dataclass(frozen=True, slots=True)
class Timing:
    """What a network took, in milliseconds: each round's fastest run, and its parts.

    The parts' times are the profile's, corrected so that they add up to the fastest run.
    """

    rounds: tuple[float, ...]
    parts: Parts
    times: tuple[PartTime, ...]
    outside: tuple[str, ...]
    runs: int

    @property
    def best(self) -> float:
        """The fastest run of all."""
        return min(self.rounds)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float:
        """By how much half of the rounds, or more, were slower than the fastest."""
        return self.median / self.best - 1

    @property
    def enough(self) -> bool:
        """Whether there are rounds enough to tell."""
        return len(self.rounds) >= LEAST_ROUNDS

    @property
    def sure(self) -> bool:
        """Whether the machine was idle enough for the figure to be one."""
        return self.enough and self.spread <= MOST_SPREAD


Tick = Callable[[int], None]


def measure(
    graph: Graph,
    setting: Setting,
    rounds: int,
    *,
    seed: int = 0,
    tick: Tick = lambda done: None,
    stop: Callable[[], object] = lambda: False,
) -> Timing:
    """The network's time. Rounds with and without a profile take turns.

    Once `stop` says so, what has been measured is all. Raises `SpecError` for what cannot be
    written, or run.
    """
    model = write.model(graph, seed=seed)
    with ExitStack() as stack:
        plain = stack.enter_context(Session(model, setting))
        watched = stack.enter_context(Session(model, setting, profile=True))
        del model
        _warmed(plain, MOST_RUNS)
        share = max(MOST_WATCHED // (rounds + 1), LEAST_RUNS)
        skipped = 1 + _warmed(watched, share)
        found: list[float] = []
        count = 0
        for _ in range(rounds):
            runs = _round(plain)
            found.append(min(runs) * 1000)
            for _ in runs[:share]:
                watched.run()
            count += len(runs)
            tick(1)
            if stop():
                break
        events, rewritten = watched.profile()
    operators = [_after(each, skipped) for each in timed(events)]
    return _timing(graph, found, count, mapped(operators, rewritten, Names(graph)))


def _warmed(session: Session, most: int) -> int:
    """Runs for a while, so many times at most; how many times."""
    end, runs = time.perf_counter() + WARM_UP, 0
    while runs < 2 or (runs < most and time.perf_counter() < end):
        session.run()
        runs += 1
    return runs


def _round(session: Session) -> list[float]:
    """So many runs as a round takes, three or more: enough for one undisturbed."""
    runs: list[float] = []
    while len(runs) < LEAST_RUNS or sum(runs) < ROUND:
        runs.append(session.run())
    return runs


def _after(operator: Timed, skipped: int) -> Timed:
    """An operator without its first runs."""
    kept = operator.times[skipped:] or operator.times
    return Timed(operator.name, operator.op, kept)


def _timing(graph: Graph, rounds: Sequence[float], runs: int, found: Mapped) -> Timing:
    """Every part's time, such that all add up to the fastest run."""
    gathered = parts(graph)
    profiled = [each for operators in found.by_node.values() for each in operators]
    exact = corrected([typical(each.times) for each in (*profiled, *found.outside)], min(rounds))
    times = [PartTime(0.0)] * len(gathered.parts)
    homes = [
        _home(gathered, at, each) for at, found_of in found.by_node.items() for each in found_of
    ]
    for home, operator, took in zip(homes, profiled, exact, strict=False):
        if home is not None:
            before, layout = times[home], took if operator.op in LAYOUT else 0.0
            times[home] = PartTime(before.time + took, before.layout + layout)
    outside = tuple(each.name for each in found.outside)
    return Timing(tuple(rounds), gathered, tuple(times), outside, runs)


def _home(gathered: Parts, at: int, operator: Timed) -> int | None:
    """The part that an operator is of: a convolution may be named after the activation in it."""
    home = gathered.of[at]
    behind = None if home is None else gathered.parts[home].behind
    return behind if behind is not None and operator.op in CONVOLUTIONS else home


def corrected(times: Sequence[float], whole: float) -> list[float]:
    """Operators' times in a profile, microseconds, as shares of a whole run, milliseconds.

    Watching an operator takes its time as well, the same for each, and that is taken off first.

    >>> corrected([12.0, 4.0, 3.0, 3.0], 0.014)
    [0.01, 0.002, 0.001, 0.001]
    """
    total = sum(times)
    if not total:
        return [0.0] * len(times)
    watching = max(total - whole * 1000, 0.0) / len(times)
    left = [max(time - watching, time / 4) for time in times]
    factor = whole / sum(left)
    return [round(time * factor, 9) for time in left]


def typical(times: Sequence[int]) -> float:
    """Of what an operator took in whole microseconds: the mean of the faster half.

    >>> typical([5, 4, 5, 90])
    4.5
    """
    faster = sorted(times)[: (len(times) + 1) // 2]
    return sum(faster) / len(faster) if faster else 0.0


def by_row(timing: Timing) -> Mapping[object, float]:
    """Milliseconds of each row, by its path."""
    found: dict[object, float] = {}
    for part, taken in zip(timing.parts.parts, timing.times, strict=True):
        found[part.path] = found.get(part.path, 0.0) + taken.time
    return found
