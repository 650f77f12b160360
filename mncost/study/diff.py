"""Two networks, layer by layer: what came, what went, what changed, and what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
        return self.before != self.after

    @property
    def what(self) -> str:
        """The change in words: `new`, `gone`, or what is different."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        words = []
        if self.before.name != self.after.name:
            words.append(f"was {self.before.name}")
        if self.before.input != self.after.input:
            words.append(f"in {self.before.input} → {self.after.input}")
        if self.before.output != self.after.output:
            words.append(f"out {self.before.output} → {self.after.output}")
        if not words and self.mult_adds == self.weights == 0:
            return "" if self.before == self.after else "other kind"
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


def diff(before: Saved, after: Saved) -> Difference:
    """Aligns by name, then what is left between two aligned layers by kind and position."""
    return Difference(before, after, tuple(_aligned(before.layers, after.layers)))


def _aligned(before: Sequence[SavedLayer], after: Sequence[SavedLayer]) -> list[Change]:
    names = {layer.name: index for index, layer in enumerate(before)}
    changes: list[Change] = []
    start_before = start_after = 0
    for index, layer in enumerate(after):
        at = names.get(layer.name, -1)
        if at < start_before or before[at].kind != layer.kind:
            continue
        changes += _gap(before[start_before:at], after[start_after:index])
        changes.append(Change(before[at], layer))
        start_before, start_after = at + 1, index + 1
    return changes + _gap(before[start_before:], after[start_after:])


def _gap(before: Sequence[SavedLayer], after: Sequence[SavedLayer]) -> list[Change]:
    """What lies between two aligned layers, paired in order where kinds are equal."""
    left = list(before)
    changes = []
    for layer in after:
        at = next((i for i, other in enumerate(left) if other.kind == layer.kind), None)
        if at is None:
            changes.append(Change(None, layer))
            continue
        changes += [Change(gone, None) for gone in left[:at]]
        changes.append(Change(left[at], layer))
        left = left[at + 1 :]
    return changes + [Change(gone, None) for gone in left]


def _of(layer: SavedLayer | None, cost: str) -> int:
    return int(getattr(layer, cost)) if layer is not None else 0
