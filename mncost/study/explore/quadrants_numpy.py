"""Sums of ways over points within two limits: for millions of limits at once, and for one of many.

`points` are ways with two costs, in order of the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy

np: Any = numpy
"""Its types tell apart what changes from version to version."""

SAFE = 2**62
"""What 64 bits hold, and twice as much."""


@dataclass(frozen=True)
class Points:
    """Ways with two costs, in order of the first."""

    first: Any
    second: Any
    ways: Any

    def __len__(self) -> int:
        return len(self.ways)

    def dominated(self, x: Any, y: Any) -> Any:
        """For each pair of x and y, the ways of all points of at most x and at most y.

        A wavelet matrix, never held as a whole: the points are parted by one bit after the other
        of their second costs' ranks. A pair of limits keeps the range of those that agree with it
        so far; where its bit is 1, all of the range whose bit is 0 are below it.
        """
        known, ranks = np.unique(self.second, return_inverse=True)
        ranks, ways = ranks.astype(np.int32), self.ways
        top = np.searchsorted(known, y, "right").astype(np.int32)
        high = np.searchsorted(self.first, x, "right").astype(np.int32)
        low, found = np.zeros_like(high), np.zeros(len(high), ways.dtype)
        for bit in reversed(range(len(known).bit_length())):
            zero = (ranks >> bit) & 1 == 0
            zeros = _sums(zero)
            ranks, ways = _parted(ranks, zero), _parted(ways, zero)
            sums = _sums(ways)
            low_zeros, high_zeros = zeros[low], zeros[high]
            one = (top >> bit) & 1 == 1
            found += np.where(one, sums[high_zeros] - sums[low_zeros], 0)
            low = np.where(one, zeros[-1] + low - low_zeros, low_zeros)
            high = np.where(one, zeros[-1] + high - high_zeros, high_zeros)
        return found

    @cached_property
    def _index(self) -> tuple[int, int, Any, Any] | None:
        """The points in blocks, each in order of the second cost; None where keys are too large.

        The size of a block, the step from block to block, the keys, and the sums of ways.
        """
        size = max(64, int(10 * len(self.first) ** 0.5))
        step = int(self.second.max()) + 2
        blocks = np.arange(len(self.first)) // size
        if (len(blocks) // size + 2) * step >= SAFE:
            return None
        keys = blocks * step + self.second
        order = np.argsort(keys, kind="stable")
        return size, step, keys[order], _sums(self.ways[order])

    def within(self, first: tuple[int, int], second: tuple[int, int]) -> int:
        """The ways of all points within limits."""
        start = int(np.searchsorted(self.first, first[0]))
        stop = int(np.searchsorted(self.first, first[1], "right"))
        if stop - start < 20_000 or self._index is None:
            return self._scanned(start, stop, second)
        size, step, keys, sums = self._index
        inside = np.arange(-(-start // size), stop // size)
        if not len(inside):
            return self._scanned(start, stop, second)
        least, most = (min(max(bound, -1), step - 1) for bound in (second[0] - 1, second[1]))
        ups = sums[np.searchsorted(keys, inside * step + most, "right")]
        downs = sums[np.searchsorted(keys, inside * step + least, "right")]
        before, after = int(inside[0]) * size, (int(inside[-1]) + 1) * size
        count = exact_sum(ups - downs) if most > least else 0
        count += self._scanned(start, before, second) + self._scanned(after, stop, second)
        return count

    def _scanned(self, start: int, stop: int, limits: tuple[int, int]) -> int:
        second = self.second[start:stop]
        kept = (second >= limits[0]) & (second <= limits[1])
        return exact_sum(self.ways[start:stop][kept])


def _parted(values: Any, zero: Any) -> Any:
    """Those that are marked, then the others, each in their order."""
    return np.concatenate([values[zero], values[~zero]])


def _sums(values: Any) -> Any:
    """Sums of the first 0, 1, 2, … of them."""
    kind = np.int32 if values.dtype == bool else values.dtype
    sums = np.zeros(len(values) + 1, kind)
    np.cumsum(values, out=sums[1:])
    return sums


def cumulative(ways: Any) -> Any:
    """Sums of the first 0, 1, 2, … of them, beyond 64 bits where need be."""
    return _sums(ways.astype(object) if exact_sum(ways) >= SAFE else ways)


def exact_sum(ways: Any) -> int:
    """A sum that cannot overflow."""
    if ways.dtype == object:
        return int(ways.sum())
    return (int((ways >> 31).sum()) << 31) + int((ways & (2**31 - 1)).sum())
