"""A device calibrated: random chains measured, and a law fitted to each kind of work in them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mncost.measure.chains import chain
from mncost.measure.fits import CONFIDENCE, Measured, fit, left_out, samples, within
from mncost.measure.fitting import Sample
from mncost.measure.law import Key, Laws
from mncost.measure.runtime import Setting
from mncost.measure.timing import Tick, Timing, measure

PASSES = 8
"""All chains are measured so many times at most, one after the other: what disturbs a machine for
half a minute hits some of them in one pass, and the fastest counts."""

LONGEST = 270.0
"""Seconds: a pass that would end later is not begun, and of the first, what is left out."""

ROUNDS = 5
"""Of each chain in each pass."""

LEAST = 12
"""Of fewer chains nothing is fitted."""


@dataclass
class Calibration:
    """The chains as far as they are measured, and the laws that they follow."""

    seed: int
    chains: dict[int, list[Timing]] = field(default_factory=dict)

    def measured(self) -> list[Measured]:
        """Every chain, at its fastest."""
        return [_fastest(number, timings) for number, timings in self.chains.items()]


def calibrate(
    setting: Setting,
    chains: int,
    *,
    seed: int = 0,
    passes: int | None = None,
    tick: Tick = lambda done: None,
    stop: Callable[[], object] = lambda: False,
) -> Calibration:
    """Chains, measured, in so many passes at most. Once `stop` says so, or the first pass is too
    slow, those that are done are all."""
    found = Calibration(seed)
    began = time.monotonic()
    for done in range(1, (PASSES if passes is None else passes) + 1):
        if done > 1 and (time.monotonic() - began) * done / (done - 1) > LONGEST:
            break
        for number in range(chains):
            late = number >= LEAST and time.monotonic() - began > LONGEST
            if stop() or (late and done == 1):
                return found
            timing = measure(chain(seed, number), setting, ROUNDS)
            found.chains.setdefault(number, []).append(timing)
            tick(1)
    return found


def _fastest(number: int, timings: Sequence[Timing]) -> Measured:
    """Of each part the fastest, made to add up to the whole's fastest again."""
    best = min(timing.best for timing in timings) * 1000
    each = [min(timing.times[at].time for timing in timings) for at in range(len(timings[0].times))]
    factor = best / sum(each)
    return Measured(number, timings[0].parts.parts, tuple(t * factor for t in each))


def noise(found: Calibration) -> float:
    """By how much half of the chains, or more, took longer in a usual round, or a usual pass, than
    in the fastest."""
    rounds = [min(timing.spread for timing in each) for each in found.chains.values()]
    passes = [
        statistics.median(timing.best for timing in each) / min(timing.best for timing in each) - 1
        for each in found.chains.values()
    ]
    return max(statistics.median(rounds), statistics.median(passes))


def device(found: Calibration, name: str, ran_on: Mapping[str, Any]) -> dict[str, Any]:
    """What a device file says: all that an estimate needs, and what a reader wants to know."""
    chains = found.measured()
    laws = fit(chains)
    ratios = left_out(chains, laws.block)
    found_of = samples(chains, laws)
    return {
        "mncost_device": 1,
        "name": name,
        "ran_on": dict(ran_on),
        "calibration": {
            "chains": len(chains),
            "seed": found.seed,
            "rounds": ROUNDS * max(len(each) for each in found.chains.values()),
            "noise": _digits(noise(found)),
            "error": _digits(statistics.mean(abs(ratio - 1) for ratio in ratios)),
            "within": _digits(within(ratios)),
            "confidence": CONFIDENCE,
        },
        "block": laws.block,
        **({} if laws.cache is None else {"cache": laws.cache}),
        "kinds": [_kind(key, laws, found_of.get(key, ()), chains) for key in laws.of],
    }


def _kind(
    key: Key, laws: Laws, found: Sequence[Sample], chains: Sequence[Measured]
) -> dict[str, Any]:
    """A kind of work as the file has it."""
    (kind, aligned), law = key, laws.of[key]
    rates = {"mult_adds_per_us": law.per_mult_add, "bytes_per_us": law.per_byte}
    mine = [part for each in chains for part in each.parts if laws.key(part) == key]
    off = [abs(law.time(each.mult_adds, each.bytes) / each.time - 1) for each in found if each.time]
    fused = len(found) * 2 < len(mine)  # what an activation takes is then not seen by itself
    error = {} if fused or not any(rates.values()) else {"error": _digits(statistics.median(off))}
    return {
        "kind": kind,
        "aligned": aligned,
        "overhead_us": _digits(law.overhead),
        **{name: _digits(1 / each) for name, each in rates.items() if each},
        "layers": len(mine),
        "mult_adds": _span(part.mult_adds for part in mine),
        "bytes": _span(part.bytes for part in mine),
        "kernel": _span(part.kernel for part in mine),
        **error,
    }


def _span(numbers: Iterable[int]) -> list[int]:
    each = list(numbers)
    return [min(each), max(each)]


def _digits(number: float) -> float:
    """With five significant digits, for readers."""
    return float(f"{number:.5g}")
