"""Laws for every kind of work, from chains of layers that were measured."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mncost.measure.fitting import Sample, fitted, loss
from mncost.measure.law import Key, Law, Laws
from mncost.measure.parts import LINEAR, READING, Part, blocked

PARTS = 8
"""In so many parts are chains left out to see how well others tell their time."""

BLOCKS = (1, 8, 16)
"""Channels that runtimes compute at once."""

LARGEST = max(BLOCKS)

FEWEST = 8
"""Of fewer fully connected layers, nothing tells the cached from the others."""

SPLITS = 8
"""They are parted at so many places, evenly, and where the parts fit best."""

CLEARLY = 0.9
"""Two laws are for what they explain with less error than one, by this factor."""

TURNS = 3
"""Of telling apart what a layer takes, and what an activation that is computed with it."""

CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class Measured:
    """A chain: its parts, and microseconds of each, which add up to the whole's fastest run."""

    number: int
    parts: tuple[Part, ...]
    times: tuple[float, ...]

    @property
    def whole(self) -> float:
        """Microseconds of the chain."""
        return sum(self.times)

    def fused(self, at: int) -> bool:
        """Whether a part is an activation that the runtime computed with the layer before it."""
        return self.parts[at].behind is not None and not self.times[at]


def fit(chains: Sequence[Measured], block: int | None = None) -> Laws:
    """The laws that chains follow, with the block of channels that explains their times best."""
    if block is None:
        block = min(BLOCKS, key=lambda each: round(_misfit(chains, each), 3))
    laws = Laws(block, cache=_cache(chains))
    for _ in range(TURNS if any(each.fused(at) for each in chains for at in _all(each)) else 1):
        laws = _fit_again(chains, laws)
    return laws


def _fit_again(chains: Sequence[Measured], laws: Laws) -> Laws:
    """Laws of layers without what their activations take, and of activations by what is left."""
    layers = {
        key: law
        for key, found in samples(chains, laws).items()
        if (law := fitted(found)) is not None
    }
    known = replace(laws, of=layers)
    return replace(laws, of={**layers, **_fused(chains, known)})


def samples(chains: Sequence[Measured], laws: Laws) -> dict[Key, list[Sample]]:
    """What was measured of each kind of work, without what `laws` say of fused activations."""
    found: dict[Key, list[Sample]] = {}
    for chain in chains:
        times = list(chain.times)
        for at in _all(chain):
            part, home = chain.parts[at], chain.parts[at].behind
            if home is not None and chain.fused(at):
                took = laws.time(part) or 0.0
                times[home] = max(times[home] - took, times[home] / 4)
        for at, (part, time) in enumerate(zip(chain.parts, times, strict=True)):
            if not chain.fused(at):
                work = blocked(part, laws.block).mult_adds
                sample = Sample(work, part.bytes, time)
                found.setdefault(laws.key(part), []).append(sample)
    return found


def _fused(chains: Sequence[Measured], layers: Laws) -> dict[Key, Law]:
    """The laws of activations that are computed with the layer before them: so long for a byte.

    It is what layers with them take longer than such layers do.
    """
    found: dict[Key, list[float]] = {}
    counts: dict[Key, int] = {}
    for chain in chains:
        for at, part in enumerate(chain.parts):
            if part.behind is None:
                continue
            key = (part.kind, part.aligned)
            counts[key] = counts.get(key, 0) + 1
            alone = layers.time(chain.parts[part.behind])
            if chain.fused(at) and alone is not None:
                left = chain.times[part.behind] - alone
                found.setdefault(key, []).append(left / part.bytes)
    return {
        key: Law(0.0, 0.0, max(statistics.median(each), 0.0))
        for key, each in found.items()
        if len(each) * 2 > counts[key]
    }


def _all(chain: Measured) -> range:
    return range(len(chain.parts))


def _cache(chains: Sequence[Measured]) -> int | None:
    """The bytes that a network moves beyond which its fully connected layers are slower, if so."""
    pairs = [(chain, at) for chain in chains for at in _all(chain)]
    linear = [(c.parts[at], c.times[at]) for c, at in pairs if c.parts[at].kind == LINEAR]
    linear.sort(key=lambda each: each[0].moved)
    found = [Sample(part.mult_adds, part.bytes, time) for part, time in linear]
    if len(found) < 2 * FEWEST:
        return None

    def misfit(split: int) -> float:
        sides = found[:split], found[split:]
        return sum(loss(law, side) for side in sides if (law := fitted(side)) is not None)

    splits = [len(found) * step // SPLITS for step in range(1, SPLITS)]
    best = min((each for each in splits if FEWEST <= each <= len(found) - FEWEST), key=misfit)
    return linear[best - 1][0].moved if misfit(best) < CLEARLY * misfit(0) else None


def _misfit(chains: Sequence[Measured], block: int) -> float:
    """How much longer than told convolutions of other channels take than those of whole blocks, or
    shorter: nothing else tells one block from another so well."""
    found = samples(chains, Laws(block))
    laws = Laws(block, {key: law for key in found if (law := fitted(found[key])) is not None})
    whole: list[float] = []
    others: list[float] = []
    for chain in chains:
        for part, time in zip(chain.parts, chain.times, strict=True):
            told = laws.time(part)
            counts = part.kind in READING and part.aligned and time and told
            if told and counts and laws.bound(part) == "compute":
                even = not any(channels % LARGEST for channels in part.channels)
                (whole if even else others).append(math.log(time / told))
    if not whole or not others:
        return 0.0
    return abs(statistics.median(whole) - statistics.median(others))


def left_out(chains: Sequence[Measured], block: int) -> list[float]:
    """Of each chain, its time over what the laws of the others say. Chains whose work others do not
    have say nothing."""
    ratios: list[float] = []
    for turn in range(min(PARTS, len(chains))):
        rest = [each for at, each in enumerate(chains) if at % PARTS != turn]
        laws = fit(rest, block)
        for measured in chains[turn::PARTS]:
            times = [laws.time(part) for part in measured.parts]
            known = [time for time in times if time is not None]
            if len(known) == len(times) and any(known):
                ratios.append(measured.whole / sum(known))
    return ratios


def within(ratios: Sequence[float], confidence: float = CONFIDENCE) -> float:
    """What a share of the errors stays within, with one more error to come.

    >>> within([1.1, 0.9, 1.05, 1.0, 1.2, 1.0, 1.0, 1.0, 0.95, 1.0])
    0.2
    """
    errors = sorted(abs(ratio - 1) for ratio in ratios)
    at = min(math.ceil(confidence * (len(errors) + 1)), len(errors)) - 1
    return round(errors[at], 6)
