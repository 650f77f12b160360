"""A law fitted to what was measured: never negative, and no outlier has more than its say.

`max(Mult-Adds / P, bytes / B)` is the first where Mult-Adds for each byte are above some threshold,
and the second below. So for each of some thresholds what is left is linear in three unknowns, and
the best of these is the fit. Errors are relative: small layers count as large ones do.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from mncost.measure.law import Law

THRESHOLDS = 10
ROUNDS = 12
"""Of reweighting, at most."""

LEAST = 6
"""Of a kind of work measured less often, no law is made."""

TUNING = 1.345
"""Huber's constant: residuals of so many spreads are taken as they are, larger ones as outliers."""

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """A part as it was measured, in microseconds."""

    mult_adds: int
    bytes: int
    time: float


def fitted(samples: Sequence[Sample]) -> Law | None:
    """The law of some samples; None of too few. Where most took no time at all, neither does it:
    the runtime computes such parts with the layer before them."""
    if len(samples) < LEAST:
        return None
    timed = [each for each in samples if each.time > 0]
    if len(timed) * 2 <= len(samples):
        return Law(0.0, 0.0, 0.0)
    laws = [_solved(timed, threshold) for threshold in _thresholds(timed)]
    return min(laws, key=lambda law: loss(law, timed))


def _thresholds(samples: Sequence[Sample]) -> list[float]:
    """Mult-Adds for each byte from which on work is bound by them: all, none, and some between."""
    ratios = sorted({each.mult_adds / max(each.bytes, 1) for each in samples})
    steps = range(1, THRESHOLDS)
    between = [ratios[len(ratios) * step // THRESHOLDS] for step in steps]
    return list(dict.fromkeys([-1.0, *between, math.inf]))


def _solved(samples: Sequence[Sample], threshold: float) -> Law:
    """The best law, if the threshold is where it says."""
    rows: list[Vector] = []
    for each in samples:
        computes = each.mult_adds > threshold * max(each.bytes, 1)
        rows.append((1.0, each.mult_adds * computes * 1.0, each.bytes * (not computes) * 1.0))
    times = [each.time for each in samples]
    weights = [1.0] * len(samples)
    found: Vector = (0.0, 0.0, 0.0)
    for _ in range(ROUNDS):
        scaled = [weight / time**2 for weight, time in zip(weights, times, strict=True)]
        before, found = found, _least_squares(rows, times, scaled)
        residuals = [
            abs(_dot(row, found) / time - 1) for row, time in zip(rows, times, strict=True)
        ]
        spread = max(sorted(residuals)[len(residuals) // 2] * 1.4826, 1e-9)
        weights = [min(1.0, TUNING * spread / max(each, 1e-12)) for each in residuals]
        if all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(before, found, strict=True)):
            break
    return Law(*found)


def loss(law: Law, samples: Sequence[Sample]) -> float:
    """The sum of relative errors, which large ones do not rule; of parts that take any time."""
    total = 0.0
    for each in (sample for sample in samples if sample.time > 0):
        predicted = law.time(each.mult_adds, each.bytes)
        total += abs(math.log(max(predicted, each.time * 1e-3) / each.time))
    return total


def _least_squares(
    rows: Sequence[Vector], times: Sequence[float], weights: Sequence[float]
) -> Vector:
    """The best three numbers from 0 up: of each set of them that may be more, the best, in turn."""
    scale = [max(abs(row[at]) for row in rows) or 1.0 for at in range(3)]
    matrix = [[0.0] * 3 for _ in range(3)]
    right = [0.0] * 3
    for row, time, weight in zip(rows, times, weights, strict=True):
        scaled = [row[at] / scale[at] for at in range(3)]
        for i in range(3):
            right[i] += weight * scaled[i] * time
            for j in range(3):
                matrix[i][j] += weight * scaled[i] * scaled[j]
    best, least = [0.0, 0.0, 0.0], 0.0
    for size in (3, 2, 1):
        for free in itertools.combinations(range(3), size):
            found = _linear(matrix, right, free)
            if found is None or min(found) < 0:
                continue
            quality = sum(
                found[i] * (sum(matrix[i][j] * found[j] for j in range(3)) - 2 * right[i])
                for i in range(3)
            )
            if quality < least:
                best, least = found, quality
    return best[0] / scale[0], best[1] / scale[1], best[2] / scale[2]


def _linear(
    matrix: Sequence[Sequence[float]], right: Sequence[float], free: Sequence[int]
) -> list[float] | None:
    """The numbers that are `free`, by elimination, all others being 0; None of a singular set."""
    rows = [[*(matrix[i][j] for j in free), right[i]] for i in free]
    size = len(free)
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        if abs(rows[pivot][at]) < 1e-12 * max(matrix[i][i] for i in range(3)):
            return None
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for row in range(size):
            if row != at:
                factor = rows[row][at] / rows[at][at]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[at], strict=True)]
    found = [0.0, 0.0, 0.0]
    for at, name in enumerate(free):
        found[name] = rows[at][size] / rows[at][at]
    return found


def _dot(row: Vector, law: Vector) -> float:
    return row[0] * law[0] + row[1] * law[1] + row[2] * law[2]
