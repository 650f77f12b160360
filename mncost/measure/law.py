"""The law of time: `t = o + max(Mult-Adds / P, bytes / B)`, for one kind of work on one device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mncost.measure.parts import LINEAR, WEIGHTED, Part, blocked


@dataclass(frozen=True, slots=True)
class Law:
    """Microseconds of a part: what each takes, a Mult-Add takes, and a byte takes.

    >>> law = Law(overhead=2.0, per_mult_add=1e-4, per_byte=1e-3)
    >>> law.time(1_000_000, 20_000), law.bound(1_000_000, 20_000)
    (102.0, 'compute')
    >>> law.time(1_000, 20_000), law.bound(1_000, 20_000)
    (22.0, 'memory')
    """

    overhead: float
    per_mult_add: float
    per_byte: float

    def time(self, mult_adds: int, bytes: int) -> float:
        """Microseconds."""
        return self.overhead + max(mult_adds * self.per_mult_add, bytes * self.per_byte)

    @property
    def free(self) -> bool:
        """Whether nothing takes any time: it is computed with the layer before it."""
        return not (self.overhead or self.per_mult_add or self.per_byte)

    def bound(self, mult_adds: int, bytes: int) -> str:
        """What the time is for: `compute`, `memory`, or neither, `overhead`."""
        compute, memory = mult_adds * self.per_mult_add, bytes * self.per_byte
        if self.overhead > max(compute, memory):
            return "overhead"
        return "compute" if compute >= memory else "memory"


Key = tuple[str, bool]
"""A kind of work, and whether its channels are aligned."""


UNCACHED = f"{LINEAR}, uncached"


@dataclass(frozen=True)
class Laws:
    """A law for each kind of work, of a runtime that computes so many channels at once.

    In networks that move more bytes than `cache`, the weights of fully connected layers, which are
    read once in a run, come from farther away: `UNCACHED`.
    """

    block: int = 1
    of: Mapping[Key, Law] = field(default_factory=dict)
    cache: int | None = None

    def time(self, part: Part) -> float | None:
        """Microseconds of a part; None where its kind was never measured."""
        law = self.law(part)
        return None if law is None else law.time(blocked(part, self.block).mult_adds, part.bytes)

    def bound(self, part: Part) -> str:
        """What the time of a part that has a law is for."""
        law = self.law(part)
        return law.bound(blocked(part, self.block).mult_adds, part.bytes) if law else ""

    def key(self, part: Part) -> Key:
        """What kind of work a part is."""
        far = part.kind == LINEAR and self.cache is not None and part.moved > self.cache
        return (UNCACHED if far else part.kind), part.aligned

    def law(self, part: Part) -> Law | None:
        """The law of a part. Where a convolution was only measured with channels of the other
        alignment, that tells nothing of this one; nor does what is computed with a layer of what
        is behind none."""
        law = self.of.get(self.key(part))
        if law is None and part.kind not in WEIGHTED:
            law = self.of.get((part.kind, not part.aligned))
        return None if law is not None and law.free and part.behind is None else law
