"""Two networks, layer by layer: what came, what went, what changed, and what each costs."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mncost.study.saved import Saved, SavedLayer


@dataclass(frozen=True, slots=True)
class Change:
    """A layer before and after; None where there is none."""

    before: SavedLayer | None
    after: SavedLayer | None

    @property
    def name(self) -> str:
        layer = self.after or self.before
        assert layer is not None
        return layer.name

    @property
    def mult_adds(self) -> int:
        """What the change adds, in Mult-Adds."""
        return _of(self.after, "mult_adds") - _of(self.before, "mult_adds")

    @property
    def weights(self) -> int:
        """What the change adds, in weights."""
        return _of(self.after, "weights") - _of(self.before, "weights")

    @property
    def is_change(self) -> bool:
        """Whether anything but the name is different: numbers in names shift with an insertion."""
        if self.before is None or self.after is None:
            return True
        return _content(self.before) != _content(self.after)

    @property
    def what(self) -> str:
        """The change in words: `new`, `gone`, or what is different."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        words = [] if self.before.kind == self.after.kind else [f"was {self.before.kind}"]
        if self.before.name != self.after.name:
            words.append(f"was {self.before.name}")
        if self.before.input != self.after.input:
            words.append(f"in {self.before.input} → {self.after.input}")
        if self.before.output != self.after.output:
            words.append(f"out {self.before.output} → {self.after.output}")
        return ", ".join(words) or "kernel or groups"


@dataclass(frozen=True, slots=True)
class Difference:
    """All layers of both networks, aligned, in the order of the second."""

    before: Saved
    after: Saved
    layers: tuple[Change, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """The layers that are not as they were, the dearest change first."""
        changed = [layer for layer in self.layers if layer.is_change]
        return tuple(sorted(changed, key=lambda change: -abs(change.mult_adds)))


MOST_MATCHED = 3000
"""Beyond so many layers the search for equal runs would take seconds; names align them."""


def diff(before: Saved, after: Saved) -> Difference:
    """Aligns runs of equal layers; what is left between two of them by name, then by kind.

    Equal runs come first because the numbers in names shift when a layer is inserted.
    """
    return Difference(before, after, tuple(_aligned(before.layers, after.layers)))


def _aligned(before: Sequence[SavedLayer], after: Sequence[SavedLayer]) -> list[Change]:
    changes: list[Change] = []
    done_before = done_after = 0
    for at_before, at_after, length in _equal_runs(before, after):
        changes += _by_name(before[done_before:at_before], after[done_after:at_after])
        done_before, done_after = at_before + length, at_after + length
        equal = zip(before[at_before:done_before], after[at_after:done_after], strict=True)
        changes += [Change(old, new) for old, new in equal]
    return changes


def _equal_runs(
    before: Sequence[SavedLayer], after: Sequence[SavedLayer]
) -> list[tuple[int, int, int]]:
    """Runs of layers with equal content: (start before, start after, length); the last is empty."""
    if len(before) + len(after) > MOST_MATCHED:
        return [(len(before), len(after), 0)]
    old, new = ([_content(layer) for layer in layers] for layers in (before, after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(run.a, run.b, run.size) for run in matcher.get_matching_blocks()]


def _by_name(before: Sequence[SavedLayer], after: Sequence[SavedLayer]) -> list[Change]:
    """What lies between equal runs: layers of one name and kind are one layer, in order."""
    places = {layer.name: index for index, layer in enumerate(before)}
    changes: list[Change] = []
    start_before = start_after = 0
    for index, layer in enumerate(after):
        at = places.get(layer.name, -1)
        if at < start_before or before[at].kind != layer.kind:
            continue
        changes += _by_kind(before[start_before:at], after[start_after:index])
        changes.append(Change(before[at], layer))
        start_before, start_after = at + 1, index + 1
    return changes + _by_kind(before[start_before:], after[start_after:])


def _by_kind(before: Sequence[SavedLayer], after: Sequence[SavedLayer]) -> list[Change]:
    """What is left, paired in order where kinds are equal."""
    places: dict[str, deque[int]] = {}
    for index, layer in enumerate(before):
        places.setdefault(layer.kind, deque()).append(index)
    changes: list[Change] = []
    start = 0
    for layer in after:
        waiting = places.get(layer.kind, deque())
        while waiting and waiting[0] < start:
            waiting.popleft()
        if not waiting:
            changes.append(Change(None, layer))
            continue
        at = waiting.popleft()
        changes += [Change(gone, None) for gone in before[start:at]]
        changes.append(Change(before[at], layer))
        start = at + 1
    return changes + [Change(gone, None) for gone in before[start:]]


def _content(layer: SavedLayer) -> tuple[str | int, ...]:
    """All but its name."""
    return (layer.kind, layer.input, layer.output, layer.mult_adds, layer.weights)


def _of(layer: SavedLayer | None, cost: str) -> int:
    return int(getattr(layer, cost)) if layer is not None else 0
