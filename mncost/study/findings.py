"""Limits held against a network, one by one: each becomes a finding, whether it is kept or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from mncost.cost.conventions import PAPER, Convention
from mncost.cost.counters import counting
from mncost.cost.report import PARAMETERS, Report, Row
from mncost.errors import Path, Problem, SettingError, SpecError, did_you_mean
from mncost.formulas import bytes_of
from mncost.spec.budgets import AmountLimit, BytesLimit, Limits, ShareLimit, TimeLimit
from mncost.study.diff import diff
from mncost.study.estimate import Estimate
from mncost.study.memory import TITLES, Moment
from mncost.study.saved import Saved

Relation = Literal["max", "min", "max_increase"]
Number = int | Fraction

METRICS = {
    "mult_adds": "Mult-Adds",
    "params": "parameters",
    "weight_bytes": "weight bytes",
    "peak": "peak activation bytes",
}
"""What a budget can limit as a whole, in words; of a peak, its planner is named with it."""

BLAMED = 3

MOST_TIME = 10**30
"""Nanoseconds that no limit allows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One limit, and how the network stands to it. `line` is where the limit is written."""

    what: str
    metric: str
    relation: Relation
    limit: Number
    actual: Number
    base: int | None
    level: str
    line: int
    column: int
    blame: tuple[tuple[str, int], ...] = ()
    band: tuple[int, int] | None = None
    """Between which numbers the actual one is, in all likelihood, where it is an estimate."""

    @property
    def inconclusive(self) -> bool:
        """Whether an estimate is too near the limit to tell."""
        return self.band is not None and self.band[0] <= self.limit < self.band[1]

    @property
    def severity(self) -> str:
        """How bad it is where the limit is not kept: what cannot be told is only warned of."""
        return "warn" if self.inconclusive and self.level == "error" else self.level

    @property
    def holds(self) -> bool:
        """Whether the limit is kept: exact numbers compared exactly; of an estimate, surely."""
        if self.band is not None:
            return self.band[1] <= self.limit
        return self.actual >= self.limit if self.relation == "min" else self.actual <= self.limit

    @property
    def is_too_much(self) -> bool:
        """Whether a maximum that is not off is missed: what a smaller network could mend."""
        return self.may_be_too_much and not self.inconclusive

    @property
    def may_be_too_much(self) -> bool:
        """The same, or it cannot be told."""
        return not self.holds and self.relation != "min" and self.level != "off"

    @property
    def excess(self) -> Number:
        """By how much the limit is missed; at most 0 where it is kept."""
        return self.limit - self.actual if self.relation == "min" else self.actual - self.limit


Where = Callable[[Path], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Stated:
    """Limits, and where they are written: `file`, and the place in it of each by its path."""

    name: str
    network: str
    limits: Limits
    file: str
    where: Where

    def convention(self) -> Convention:
        """How it is counted. Raises `SpecError` at the line that names what there is not."""
        try:
            return counting(self.limits.convention)
        except SettingError as error:
            place = self.where(("convention",))
            raise SpecError(each.at(self.file, *place) for each in error.problems) from None


@dataclass(frozen=True, slots=True)
class Base:
    """What increases are measured from. One that is being taken anew need not hold everything;
    one that is only compared with may be another network at another setting."""

    file: str = ""
    saved: Mapping[str, Saved] = field(default_factory=dict)
    updating: bool = False
    comparing: bool = False


@dataclass
class Checker:
    """Turns each limit of a budget into a finding."""

    report: Report
    saved: Saved
    top: Moment
    stated: Stated
    base: Base
    at_other_setting: bool = False
    estimate: Estimate | None = None

    @property
    def limits(self) -> Limits:
        return self.stated.limits

    def where(self, path: Path) -> tuple[int, int]:
        return self.stated.where(path)

    def findings(self) -> Iterator[Finding]:
        for metric in METRICS:
            limit = getattr(self.limits, metric)
            if limit is not None:
                yield from self._amount(metric, limit)
        if self.limits.time is not None and self.estimate is not None:
            yield self._time(self.limits.time, self.estimate)
        if self.limits.layer is not None:
            yield from self._largest(self.limits.layer)
        for kind, limit in self.limits.kinds.items():
            yield from self._kind(kind, limit)
        for name in self.limits.layers:
            yield from self._layer(name)

    def _amount(self, metric: str, limit: AmountLimit | BytesLimit) -> Iterator[Finding]:
        key = self.limits.count if metric == "params" else metric
        actual, blame = self.saved.totals[key], self._blame(metric)
        yield from self._bounds(self._words(metric), metric, (metric,), limit, actual, blame)
        wanted = limit.max_increase is not None and (limit.level or self.limits.level) != "off"
        before = self._before(metric) if wanted else None
        if before is None or limit.max_increase is None:
            return
        base = before.totals[key]
        most = int(base + base * limit.max_increase)
        line, column = self.where((metric, "max_increase"))
        level = limit.level or self.limits.level
        yield Finding(
            f"{self._words(metric)} against the base", metric, "max_increase",
            most, actual, base, level, line, column, self._grown(before, metric),
        )  # fmt: skip

    def _time(self, limit: TimeLimit, found: Estimate) -> Finding:
        """A time in nanoseconds. What is partial has no upper end."""
        low, actual, high = (round(each * 10**6) for each in (found.low, found.time, found.high))
        names = {row.path: row.name for row in self.report.rows}
        costs = [
            (names.get(path, ""), round(row.time * 10**6))
            for path, row in found.rows.items()
            if row.time
        ]
        line, column = self.where(("time", "max"))
        unknown = ", ".join(sorted({part.kind for part in found.unknown}))
        known = f", without {unknown}, which was never measured" if unknown else ""
        what = f"time on {found.device.name} (estimated{known})"
        return Finding(
            what, "time", "max", limit.max, actual, None,
            limit.level or ("off" if self.limits.level == "off" else "warn"), line, column,
            _dearest(costs),
            (low, MOST_TIME if found.partial else high),
        )  # fmt: skip

    def _bounds(
        self,
        what: str,
        metric: str,
        path: Path,
        limit: AmountLimit | BytesLimit,
        actual: int,
        blame: tuple[tuple[str, int], ...] = (),
    ) -> Iterator[Finding]:
        level = limit.level or self.limits.level
        bounds: tuple[tuple[Relation, int | None], ...] = (("max", limit.max), ("min", limit.min))
        for relation, bound in bounds:
            if bound is not None:
                line, column = self.where((*path, relation))
                yield Finding(
                    what, metric, relation, bound, actual, None, level, line, column, blame
                )

    def _shares(
        self, what: str, path: Path, limit: ShareLimit, actual: Fraction
    ) -> Iterator[Finding]:
        level = limit.level or self.limits.level
        bounds: tuple[tuple[Relation, Fraction | None], ...] = (
            ("max", limit.max_share),
            ("min", limit.min_share),
        )
        for relation, bound in bounds:
            if bound is not None:
                line, column = self.where((*path, f"{relation}_share"))
                yield Finding(what, "share", relation, bound, actual, None, level, line, column)

    def _largest(self, limit: ShareLimit) -> Iterator[Finding]:
        largest = max(self.report.rows, key=lambda row: row.cost or 0)
        share = self._share(largest.cost)
        yield from self._shares(f"share of {largest.name}", ("layer",), limit, share)

    def _kind(self, kind: str, limit: ShareLimit) -> Iterator[Finding]:
        kinds = self.report.by_kind()
        if kind not in kinds:
            raise self._nothing("kind of layer", kind, list(kinds), ("kinds", kind))
        share = self._share(kinds[kind].cost)
        yield from self._shares(f"share of {kind}", ("kinds", kind), limit, share)

    def _layer(self, name: str) -> Iterator[Finding]:
        rows = [row for row in self.report.rows if row.name == name or row.scope(1) == name]
        if not rows:
            names = [row.name for row in self.report.rows]
            raise self._nothing("layer", name, names, ("layers", name))
        limit, total = self.limits.layers[name], self.report.total(rows)
        count = PARAMETERS[self.limits.count][0](total.parameters)
        for metric, actual in (("mult_adds", total.cost or 0), ("params", count)):
            bound = getattr(limit, metric)
            if bound is not None:
                what = f"{self._words(metric)} of {name}"
                yield from self._bounds(what, metric, ("layers", name, metric), bound, actual)

    def _share(self, part: int | None) -> Fraction:
        return Fraction(part or 0, self.report.totals.cost or 1)

    def _words(self, metric: str) -> str:
        """The metric in words; a cost in the unit of the convention, which is named if unusual."""
        convention = self.report.convention
        if metric == "peak":
            return f"{METRICS[metric]} (by {TITLES[self.limits.planner]})"
        if metric != "mult_adds" or convention is PAPER:
            return METRICS[metric]
        return f"{convention.unit} as {convention.name} counts"

    def _before(self, metric: str) -> Saved | None:
        """The network in the base; None where the base is only now being taken."""
        name, base = self.stated.name, self.base
        before = base.saved.get(name)
        if before is None and base.updating:
            return None
        if before is None:
            message = f'{base.file} has no "{name}"' if base.file else "no base to measure it from"
            hint = "take it with: mncost check --base FILE --update"
            raise self._refuse(f"a limit on the increase, and {message}", hint, metric)
        same = before.taken == self.saved.taken
        if not (same or base.updating or base.comparing or self.at_other_setting):
            taken, now = (" ".join(each.taken) for each in (before, self.saved))
            hint = "take it anew: --update --allow-loosen"
            raise self._refuse(f"the base was taken of {taken}, and this is {now}", hint, metric)
        return before

    def _refuse(self, message: str, hint: str, metric: str) -> SpecError:
        place = self.where((metric, "max_increase"))
        return SpecError(Problem(message, hint).at(self.stated.file, *place))

    def _blame(self, metric: str) -> tuple[tuple[str, int], ...]:
        """The layers that cost most, in the metric's own unit; of a peak, the one that makes it."""
        if metric == "peak":
            return ((self.top.node.name, self.saved.totals["peak"]),)
        return _dearest((row.name, self._of(row, metric)) for row in self.report.rows)

    def _of(self, row: Row, metric: str) -> int:
        """What a layer contributes to a metric."""
        if metric == "weight_bytes":
            return row.footprint.weights if row.footprint else 0
        count = PARAMETERS[self.limits.count][0]
        return (row.cost or 0) if metric == "mult_adds" else count(row.parameters)

    def _grown(self, before: Saved, metric: str) -> tuple[tuple[str, int], ...]:
        """The layers that grew most since the base, in the metric's own unit."""
        if metric == "peak":
            return ()
        changes = diff(before, self.saved).changes
        costs = [
            (change.name, change.mult_adds if metric == "mult_adds" else change.weights)
            for change in changes
        ]
        grown = [cost for cost in costs if cost[1] > 0]
        if metric == "weight_bytes":
            grown = [(name, bytes_of(count, self._bits(name))) for name, count in grown]
        return _dearest(grown)

    def _bits(self, name: str) -> int:
        """How many bits a layer's weights take: what it says itself, or the budget says."""
        own = [row.weight_bits for row in self.report.rows if row.name == name]
        return own[0] or self.limits.weight_bits if own else self.limits.weight_bits

    def _nothing(self, what: str, name: str, names: list[str], path: Path) -> SpecError:
        problem = Problem(f'no {what} is called "{name}"', did_you_mean(name, names))
        return SpecError(problem.at(self.stated.file, *self.where(path)))


def _dearest(costs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(costs, key=lambda cost: -cost[1])[:BLAMED])
