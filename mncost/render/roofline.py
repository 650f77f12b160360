"""The roofline as a table: what bounds each layer, and for how long at least."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from mncost import units
from mncost.cost.footprint import Bits
from mncost.cost.report import Report
from mncost.render import words
from mncost.render.footprints import bits_facts, bits_words
from mncost.render.table import Column, Mark, Row, Table
from mncost.render.times import figure
from mncost.study.roofline import Bound, Roofline

LABEL = "bound, not estimate"


def table(report: Report, found: Roofline) -> Table:
    """A row for each layer, and their sum: layers run one after the other."""
    totals = (
        sum(each.work for each in found.bounds),
        sum(each.moved for each in found.bounds),
    )
    intensity = Fraction(totals[0], totals[1]) if totals[1] else Mark.EMPTY
    whole = found.seconds
    attained = Fraction(totals[0], found.machine.peak) / whole if whole else Mark.EMPTY
    share = Fraction(1) if whole else Mark.EMPTY
    last = (Mark.EMPTY, *totals, intensity, attained, whole * 10**6, share, Mark.EMPTY)
    return Table(
        f"{words.subject(report)}, roofline: {LABEL}",
        (
            Column("layer", "Layer"),
            Column("kind", "Kind"),
            Column("mult_adds", "Mult-Adds", "count"),
            Column("bytes_moved", "Moved", "bytes"),
            Column("mult_adds_per_byte", "Mult-Adds/B", "ratio"),
            Column("of_peak", "% of peak", "share", panel="bound"),
            Column("bound_us", "Bound (µs)", "ratio", panel="bound"),
            Column("bound_share", "%", "share", panel="bound"),
            Column("bound_by", "Bound by", panel="bound"),
        ),
        tuple(_row(each, found) for each in found.bounds),
        ("Total", *last),
        tuple(_about(report, found)),
        words.partial(report),
        _facts(report, found),
    )


def _row(each: Bound, found: Roofline) -> Row:
    row, moved = each.row, each.moved
    if each.seconds is None:
        unknown = (Mark.UNKNOWN,) * 6
        return (row.name, row.kind, *unknown, each.by)
    nothing: Row = (Mark.NOT_COUNTED,) * 3
    work, intensity, attained = nothing
    if each.work:
        work = each.work
        intensity = Fraction(work, moved) if moved else Mark.NOT_COUNTED
        attained = Fraction(work, found.machine.peak) / each.seconds
    return (
        row.name,
        row.kind,
        work,
        moved,
        intensity,
        attained,
        each.seconds * 10**6,
        each.seconds / found.seconds if found.seconds else Mark.EMPTY,
        each.by,
    )


def _about(report: Report, found: Roofline) -> Iterator[str]:
    machine = found.machine
    rest = ", and what is not known" if found.by("unknown") else ""
    yield (
        f"{LABEL.capitalize()}: no less than {_time(found.seconds)}{rest}, with a peak of "
        f"{_rate(machine.peak, 'Mult-Adds')} and a bandwidth of {_rate(machine.bandwidth, 'B')}, "
        "as given."
    )
    for what in ("compute", "memory"):
        bounds = found.by(what)
        spent = sum((each.seconds or Fraction(0) for each in bounds), Fraction(0))
        yield f"Bound by {what}: {len(bounds)} of {len(found.bounds)} layers, {_time(spent)}."
    yield f"Compute bounds from {figure(float(machine.ridge))} Mult-Adds/B on (peak / bandwidth)."
    yield (
        "Each layer alone: its Mult-Adds at the peak, or its inputs, weights and output moved once "
        "at the bandwidth, whichever takes longer; nothing kept in a cache between layers."
    )
    if report.bits:
        yield bits_words([report], report.bits)


def _rate(count: int, of: str) -> str:
    """10 G Mult-Adds/s, 1 GB/s: in the unit that suits it."""
    power = (len(str(count)) - 1) // 3
    power = min(power, len(units.SUFFIXES) - 1)
    prefix = units.SUFFIXES[power]
    joint = " " if prefix and len(of) > 1 else ""
    return f"{units.plain(Fraction(count, 1000**power))} {prefix}{joint}{of}/s"


def _time(seconds: Fraction) -> str:
    """In milliseconds, or in microseconds where that is less than one."""
    if seconds >= Fraction(1, 1000):
        return f"{units.fixed(seconds * 1000, 2)} ms"
    return f"{units.fixed(seconds * 10**6, 2)} µs"


def _facts(report: Report, found: Roofline) -> dict[str, Any]:
    return {
        **words.subject_facts(report),
        "label": LABEL,
        "peak_mult_adds_per_second": found.machine.peak,
        "bandwidth_bytes_per_second": found.machine.bandwidth,
        "bound_seconds": float(found.seconds),
        **bits_facts(report, report.bits or Bits()),
    }
