"""Budgets: is a network within its limits, by how much not, who is to blame, and what would fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Literal

from mncost.cost.engine import analyze
from mncost.cost.report import PARAMETERS, Report
from mncost.errors import MncostError, Path, Problem, SpecError, did_you_mean
from mncost.formulas import Pair
from mncost.spec.budgets import AmountLimit, BytesLimit, Limits, ShareLimit
from mncost.spec.lower import lower
from mncost.spec.network import Network
from mncost.spec.scale import scale
from mncost.study.diff import diff
from mncost.study.memory import peak
from mncost.study.saved import Saved, save

Relation = Literal["max", "min", "max_increase"]
Number = int | Fraction

METRICS = {
    "mult_adds": "Mult-Adds",
    "params": "parameters",
    "weight_bytes": "weight bytes",
    "peak": "peak activation bytes",
}
"""What a budget can limit as a whole, in words."""

BLAMED = 3


@dataclass(frozen=True, slots=True)
class Fits:
    """What would be within the budget: the largest α at this resolution, and the other way."""

    alpha: Fraction | None
    resolution: Pair | None


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

    @property
    def holds(self) -> bool:
        """Whether the limit is kept: exact numbers compared exactly."""
        return self.actual >= self.limit if self.relation == "min" else self.actual <= self.limit

    @property
    def excess(self) -> Number:
        """By how much the limit is missed; at most 0 where it is kept."""
        return self.limit - self.actual if self.relation == "min" else self.actual - self.limit


@dataclass(frozen=True, slots=True)
class Checked:
    """A budget, checked."""

    name: str
    network: str
    file: str
    message: str
    report: Report
    saved: Saved
    findings: tuple[Finding, ...]
    partial: bool
    fits: Fits | None = field(default=None)

    def worst(self, strict: bool = False) -> str:
        """`pass`, `warn` or `fail`."""
        levels = {finding.level for finding in self.findings if not finding.holds}
        if self.partial or "error" in levels or (strict and "warn" in levels):
            return "fail"
        return "warn" if "warn" in levels else "pass"


Where = Callable[[Path], tuple[int, int]]


def check(
    name: str,
    source: str,
    network: Network,
    limits: Limits,
    file: str,
    where: Where,
    base: Saved | None = None,
) -> Checked:
    """Holds a network against its limits; `where` places a limit in `file`.

    Raises `SpecError` where the budget cannot be checked: a layer that is not there, an increase
    without a base.
    """
    report, saved = measure(network, limits, limits.alpha, limits.res)
    findings = tuple(_Checker(report, saved, limits, file, where, base).findings())
    partial = bool(report.uncounted) and not limits.allow_partial
    failed = any(not finding.holds and finding.relation == "max" for finding in findings)
    fits = _fits(network, limits) if failed else None
    return Checked(name, source, file, limits.message, report, saved, findings, partial, fits)


def measure(
    network: Network, limits: Limits, alpha: float, res: Pair | None
) -> tuple[Report, Saved]:
    """What a network costs at some α and resolution, under a budget's counting."""
    scaled = scale(network, alpha=alpha, resolution=res, classes=limits.classes, allow_wider=True)
    graph = lower(scaled)
    report = analyze(graph)
    most = peak(graph).elements
    return report, save(report, most, limits.weight_bits, limits.activation_bits, limits.count)


@dataclass
class _Checker:
    """Turns each limit of a budget into a finding."""

    report: Report
    saved: Saved
    limits: Limits
    file: str
    where: Where
    base: Saved | None

    def findings(self) -> Iterator[Finding]:
        for metric in METRICS:
            limit = getattr(self.limits, metric)
            if limit is not None:
                yield from self._amount(metric, limit)
        if self.limits.layer is not None:
            yield from self._largest(self.limits.layer)
        for kind, limit in self.limits.kinds.items():
            yield from self._kind(kind, limit)
        for name in self.limits.layers:
            yield from self._layer(name)

    def _amount(self, metric: str, limit: AmountLimit | BytesLimit) -> Iterator[Finding]:
        key = self.limits.count if metric == "params" else metric
        actual, blame = self.saved.totals[key], self._blame(metric)
        yield from self._bounds(METRICS[metric], metric, (metric,), limit, actual, blame)
        if limit.max_increase is None:
            return
        base = self._base(metric, key)
        most = int(base + base * limit.max_increase)
        line, column = self.where((metric, "max_increase"))
        level = limit.level or self.limits.level
        yield Finding(
            f"increase of {METRICS[metric]}", metric, "max_increase",
            most, actual, base, level, line, column, self._blame_of_change(),
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
        largest = max(self.report.rows, key=lambda row: row.mult_adds)
        share = self._share(largest.mult_adds)
        yield from self._shares(f"share of {largest.name}", ("layer",), limit, share)

    def _kind(self, kind: str, limit: ShareLimit) -> Iterator[Finding]:
        kinds = self.report.by_kind()
        if kind not in kinds:
            raise self._nothing("kind of layer", kind, list(kinds), ("kinds", kind))
        share = self._share(kinds[kind].mult_adds)
        yield from self._shares(f"share of {kind}", ("kinds", kind), limit, share)

    def _layer(self, name: str) -> Iterator[Finding]:
        rows = [row for row in self.report.rows if row.name == name or row.scope(1) == name]
        if not rows:
            names = [row.name for row in self.report.rows]
            raise self._nothing("layer", name, names, ("layers", name))
        limit, total = self.limits.layers[name], self.report.total(rows)
        count = PARAMETERS[self.limits.count][0](total.parameters)
        for metric, actual in (("mult_adds", total.mult_adds), ("params", count)):
            bound = getattr(limit, metric)
            if bound is not None:
                what = f"{METRICS[metric]} of {name}"
                yield from self._bounds(what, metric, ("layers", name, metric), bound, actual)

    def _share(self, part: int) -> Fraction:
        return Fraction(part, self.report.totals.mult_adds or 1)

    def _base(self, metric: str, key: str) -> int:
        if self.base is None or key not in self.base.totals:
            hint = "take one with: mncost snapshot -o base.json; then: check --base base.json"
            problem = Problem("a limit on the increase, and no base to measure it from", hint)
            raise SpecError(problem.at(self.file, *self.where((metric, "max_increase"))))
        return self.base.totals[key]

    def _blame(self, metric: str) -> tuple[tuple[str, int], ...]:
        """The layers that cost most."""
        if metric == "peak":
            return ()
        if metric == "mult_adds":
            costs = [(row.name, row.mult_adds) for row in self.report.rows]
        else:
            count = PARAMETERS[self.limits.count][0]
            costs = [(row.name, count(row.parameters)) for row in self.report.rows]
        return tuple(sorted(costs, key=lambda cost: -cost[1])[:BLAMED])

    def _blame_of_change(self) -> tuple[tuple[str, int], ...]:
        """The layers that grew most since the base."""
        assert self.base is not None
        grown = [
            (change.name, change.mult_adds)
            for change in diff(self.base, self.saved).changes
            if change.mult_adds > 0
        ]
        return tuple(grown[:BLAMED])

    def _nothing(self, what: str, name: str, names: list[str], path: Path) -> SpecError:
        problem = Problem(f'no {what} is called "{name}"', did_you_mean(name, names))
        return SpecError(problem.at(self.file, *self.where(path)))


def _fits(network: Network, limits: Limits) -> Fits:
    """The largest α in hundredths, and the largest resolution, within every maximum."""
    size = limits.res or network.resolution

    @cache
    def within(alpha: Fraction, side: int) -> bool:
        res = (side, max(side * size[1] // size[0], 1))
        try:
            _, saved = measure(network, limits, float(alpha), res)
        except MncostError:
            return False
        return all(_keeps(limits, saved, metric) for metric in METRICS)

    alpha = _largest(int(limits.alpha * 100), lambda n: within(Fraction(n, 100), size[0]))
    side = _largest(size[0], lambda n: within(Fraction(str(limits.alpha)), n))
    wide = max(side * size[1] // size[0], 1) if side else 0
    return Fits(Fraction(alpha, 100) if alpha else None, (side, wide) if side else None)


def _keeps(limits: Limits, saved: Saved, metric: str) -> bool:
    limit = getattr(limits, metric)
    key = limits.count if metric == "params" else metric
    return limit is None or limit.max is None or saved.totals[key] <= limit.max


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `most` that fits, by halving; 0 where none does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
