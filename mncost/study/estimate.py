"""How long a network would take on a device that was calibrated, and how far to trust that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mncost.errors import Path, Problem, SettingError
from mncost.graph import Graph
from mncost.measure.law import Law, Laws
from mncost.measure.parts import Part, blocked, parts
from mncost.spec.calibrated import Device, Kind, read

SLOW = 1.5
"""Channels are slow where others would take less time by this factor."""


@dataclass(frozen=True, slots=True)
class RowTime:
    """What a row takes, in milliseconds, what bounds it (`fused`: nothing, as it is computed with
    the layer before it), and kinds of work in it of which nothing is known."""

    time: float
    bound: str
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outside:
    """A layer beyond what was measured of its kind: of what, how much, and what was."""

    name: str
    kind: str
    what: str
    amount: int
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Slow:
    """A layer with channels that the runtime handles slowly: its time, and that of others."""

    name: str
    time: float
    otherwise: float


@dataclass(frozen=True)
class Estimate:
    """A time in milliseconds, the sum of its rows, and how far to trust it.

    What was measured of chains that were left out of the fit stayed `within` that share of their
    estimates, in 9 of 10 cases (`confidence`). With kinds of work that are `unknown`, it is of the
    rest alone.
    """

    device: Device
    time: float
    rows: Mapping[Path, RowTime]
    unknown: tuple[Part, ...]
    outside: tuple[Outside, ...]
    slow: tuple[Slow, ...]

    @property
    def partial(self) -> bool:
        return bool(self.unknown)

    @property
    def within(self) -> float:
        """The error that most stay within, as a share of the estimate."""
        return self.device.calibration.within

    @property
    def low(self) -> float:
        return max(self.time * (1 - self.within), 0.0)

    @property
    def high(self) -> float:
        return self.time * (1 + self.within)


def estimate(graph: Graph, device: Device) -> Estimate:
    """How long a graph would take, part by part."""
    laws, kinds = laws_of(device), {(kind.kind, kind.aligned): kind for kind in device.kinds}
    found = tuple(replace(p, kind=laws.key(p)[0]) for p in parts(graph).parts)
    outside: list[Outside] = []
    for part in found:
        kind = kinds.get(laws.key(part))
        law = laws.law(part)
        if kind is not None and law is not None and not law.free:
            outside += _beyond(part, kind)
    rows = {path: _row(group, laws) for path, group in _by_row(found).items()}
    return Estimate(
        device,
        sum(row.time for row in rows.values()),
        rows,
        tuple(part for part in found if laws.time(part) is None),
        tuple(outside),
        tuple(_slow(found, laws)),
    )


def nanoseconds(graph: Graph, device: Device) -> int:
    """The estimated time, for whoever compares many. Raises `SettingError` where it is partial: a
    part would pass as a time."""
    found = estimate(graph, device)
    if found.unknown:
        part = found.unknown[0]
        channels = "" if part.aligned else " with channels that are no multiple of 4"
        message = f"no time for {part.name} on {device.name}: {part.kind}{channels}"
        raise SettingError(Problem(f"{message} was never measured", "mncost estimate tells more"))
    return round(found.time * 10**6)


def load_device(path: str) -> Device:
    """The device of a file. Raises `SpecError`."""
    return read(path)


def laws_of(device: Device) -> Laws:
    """The laws of a device."""
    return Laws(
        device.block,
        {
            (kind.kind, kind.aligned): Law(
                kind.overhead_us,
                1 / kind.mult_adds_per_us if kind.mult_adds_per_us else 0.0,
                1 / kind.bytes_per_us if kind.bytes_per_us else 0.0,
            )
            for kind in device.kinds
        },
        device.cache,
    )


def _by_row(found: tuple[Part, ...]) -> dict[Path, list[Part]]:
    rows: dict[Path, list[Part]] = {}
    for part in found:
        rows.setdefault(part.path, []).append(part)
    return rows


def _row(group: list[Part], laws: Laws) -> RowTime:
    """A row by its parts; what bounds it is what bounds the slowest of them. Of a row with a part
    that is unknown, nothing is."""
    times = [(time, part) for part in group if (time := laws.time(part)) is not None]
    unknown = tuple(part.kind for part in group if laws.time(part) is None)
    if unknown:
        return RowTime(0.0, "", unknown)
    slowest, part = max(times, key=lambda each: each[0])
    bound = laws.bound(part) if slowest else "fused"
    return RowTime(sum(time for time, _ in times) / 1000, bound, unknown)


def _beyond(part: Part, kind: Kind) -> Iterator[Outside]:
    """The first of a part's sizes that is outside what was measured."""
    for what, amount, span in (
        ("Mult-Adds", part.mult_adds, kind.mult_adds),
        ("bytes", part.bytes, kind.bytes),
        ("kernel", part.kernel, kind.kernel),
    ):
        if not span[0] <= amount <= span[1]:
            yield Outside(part.name, part.kind, what, amount, span)
            return


def _slow(found: tuple[Part, ...], laws: Laws) -> Iterator[Slow]:
    """The layers whose channels are slow: no multiples of four, or blocks in part."""
    for part in found:
        time = laws.time(part)
        fast = replace(part, aligned=True, channels=(0, 0)) if part.channels[1] else part
        otherwise = laws.time(fast)
        if time is None or otherwise is None or fast is part:
            continue
        wasted = blocked(part, laws.block).mult_adds >= SLOW * part.mult_adds
        if (not part.aligned or wasted) and time >= SLOW * otherwise:
            yield Slow(part.name, time / 1000, otherwise / 1000)
