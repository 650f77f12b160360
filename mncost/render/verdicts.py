"""Checked budgets as text for people, and as a neutral table for every other format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from mncost import units
from mncost.graph import notation
from mncost.render import words
from mncost.render.table import Cell, Column, Mark, Table, clean
from mncost.study.budget import Checked
from mncost.study.findings import MOST_TIME, Finding, Number

IN_BYTES = ("weight_bytes", "peak")

RELATIONS = {"max": "at most", "min": "at least", "max_increase": "at most"}


def to_text(checks: Sequence[Checked], strict: bool) -> str:
    """A block for each budget: how it stands, and, where it fails, why and what would fit."""
    lines = [line for check in checks for line in _block(check, strict)]
    return "\n".join([*lines, summary(checks, strict)]) + "\n"


def summary(checks: Sequence[Checked], strict: bool) -> str:
    """One line for all budgets."""
    worst = [check.worst(strict) for check in checks]
    counts = ", ".join(
        f"{worst.count(status)} {word}"
        for status, word in (("fail", "failed"), ("warn", "warned"), ("pass", "passed"))
        if status in worst
    )
    budgets = f"{len(checks)} budget{'' if len(checks) == 1 else 's'}"
    return f"{'FAIL' if 'fail' in worst else 'PASS'}: {budgets}, {counts}"


def table(checks: Sequence[Checked], strict: bool) -> Table:
    """A row for each limit of each budget."""
    columns = (
        Column("status", "Status"),
        Column("budget", "Budget"),
        Column("network", "Network"),
        Column("what", "What"),
        Column("actual", "Actual"),
        Column("relation", "Must be"),
        Column("limit", "Limit"),
        Column("excess", "Excess"),
        Column("place", "Stated at"),
    )
    rows = tuple(
        (
            status(finding, strict).upper(),
            check.name,
            check.network,
            finding.what,
            actual(finding),
            RELATIONS[finding.relation],
            amount(finding, finding.limit),
            _miss(finding),
            place(check, finding),
        )
        for check in checks
        for finding in check.findings
    )
    partial = tuple(
        f"{check.name}: {note}" for check in checks for note in words.partial(check.report)
    )
    convention = checks[0].report.convention
    about = words.counting(convention, "weights")[:1]
    return Table(summary(checks, strict), columns, rows, about=about, notes=partial)


def _miss(finding: Finding) -> Cell:
    if finding.inconclusive:
        return "inconclusive"
    return Mark.EMPTY if finding.holds else excess(finding)


def amount(finding: Finding, number: Number) -> str:
    """A number of a finding, in its unit; exactly, where rounding would hide the difference."""
    if finding.metric == "share":
        texts = {units.fixed(Fraction(n) * 100, 2) for n in (finding.actual, finding.limit)}
        digits = 2 if len(texts) == 2 or finding.actual == finding.limit else 8
        return f"{units.fixed(Fraction(number) * 100, digits)} %"
    if finding.metric in IN_BYTES:
        return _whole(number, units.bytes_text)
    if finding.metric == "time":
        return _whole(number, units.time_text)
    rounded = [_whole(n, units.scaled) for n in (finding.actual, finding.limit)]
    if rounded[0] == rounded[1] and finding.actual != finding.limit:
        return _whole(number, lambda n: f"{n:,}")
    return _whole(number, units.scaled)


def excess(finding: Finding) -> str:
    """By how much a limit is missed: absolute, and in per cent of the limit."""
    if not finding.limit:
        return _raw_excess(finding)
    part = Fraction(finding.excess) / finding.limit * 100
    share = "<0.01" if 0 < part < Fraction(1, 200) else units.fixed(part, 2)
    return f"{_raw_excess(finding)} ({share} %)"


def _raw_excess(finding: Finding) -> str:
    if finding.metric == "share":
        return f"{units.fixed(Fraction(finding.excess) * 100, 2)} points"
    if finding.metric in IN_BYTES:
        return _whole(finding.excess, units.bytes_text)
    if finding.metric == "time":
        return _whole(finding.excess, units.time_text)
    return _whole(finding.excess, lambda n: f"{n:,}")


def place(check: Checked, finding: Finding) -> str:
    """Where the limit is written."""
    return f"{check.file}:{finding.line}:{finding.column}"


def message(check: Checked, finding: Finding) -> str:
    """A missed limit in one sentence."""
    base = f", {amount(finding, finding.base)} in the base" if finding.base is not None else ""
    missed = "inconclusive" if finding.inconclusive else f"missed by {excess(finding)}"
    return (
        f"{check.name}: {finding.what} {actual(finding)}, must be "
        f"{RELATIONS[finding.relation]} {amount(finding, finding.limit)}{base}: {missed}"
    )


def actual(finding: Finding) -> str:
    """The number that a limit is on, with its band where it is an estimate."""
    text = amount(finding, finding.actual)
    if finding.band is None:
        return text
    if finding.band[1] == MOST_TIME:
        return f"about {text} and more"
    return f"{text} ({' to '.join(amount(finding, each) for each in finding.band)})"


def advice(check: Checked, finding: Finding) -> Iterator[str]:
    """Who is to blame for a missed limit."""
    if finding.blame:
        in_bytes = dict.fromkeys(IN_BYTES, units.bytes_text)
        unit = {**in_bytes, "time": units.time_text}.get(finding.metric, units.scaled)
        most = ", ".join(f"{name} {unit(cost)}" for name, cost in finding.blame)
        verb = "grew most" if finding.relation == "max_increase" else "cost most"
        verb = "at" if finding.metric == "peak" else verb
        yield f"{verb}: {most}"


def remedies(check: Checked) -> Iterator[str]:
    """What would fit, and what the budget's author wants to be known."""
    if check.fits is not None:
        yield f"would fit: {_fits(check)}"
    if check.message:
        yield check.message


def _block(check: Checked, strict: bool) -> Iterator[str]:
    yield clean(f"{check.worst(strict).upper()} {check.name}: {words.setting(check.report)}")
    for finding in check.findings:
        if finding.holds:
            within = f"{RELATIONS[finding.relation]} {amount(finding, finding.limit)}"
            yield clean(f"  ok    {finding.what} {actual(finding)}, {within}")
            continue
        where = place(check, finding)
        yield clean(f"  {status(finding, strict):5} {where}: {message(check, finding)}")
        for line in advice(check, finding):
            yield clean(f"        {line}")
    if check.partial:
        for note in words.partial(check.report):
            yield clean(f"  fail  {note}")
    if check.worst(strict) != "pass":
        for line in remedies(check):
            yield clean(f"        {line}")


def status(finding: Finding, strict: bool) -> str:
    if finding.holds:
        return "pass"
    if finding.level == "off":
        return "off"
    return "warn" if finding.severity == "warn" and not strict else "fail"


def _fits(check: Checked) -> str:
    at, fits = check.report.setting, check.fits
    assert at is not None
    assert fits is not None
    size, alpha = notation.times(*at.resolution), units.significant(at.alpha, 12)
    ways = []
    if fits.alpha is not None:
        ways.append(f"α = {units.significant(fits.alpha, 12)} at {size}")
    if fits.resolution is not None:
        ways.append(f"{notation.times(*fits.resolution)} at α = {alpha}")
    return " or ".join(ways) or "nothing at this resolution, nor at this α"


def _whole(number: Number, text: object) -> str:
    assert callable(text)
    return str(text(int(number))) if number == int(number) else units.fixed(number, 2)
