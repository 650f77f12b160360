"""Times as tables: measured, beside Mult-Adds, and estimated, with what is known of the error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mncost.cost import report as cost_report
from mncost.cost.report import Report
from mncost.graph.shapes import size_text
from mncost.render import words
from mncost.render.table import Cell, Column, Mark, Row, Table

if TYPE_CHECKING:
    from mncost.measure.timing import Timing

Line = tuple[tuple[Cell, ...], tuple[cost_report.Row, ...]]
"""The labels of a line, and the layers that it stands for."""


def measured(report: Report, timing: Timing, ran_on: Mapping[str, Any], by: str) -> Table:
    """What a network took, by layer, kind or block, beside its Mult-Adds."""
    from mncost.measure.timing import by_row

    times = by_row(timing)
    titles, each = lines(report, by)

    def cells(rows: Sequence[cost_report.Row]) -> Row:
        took = sum(times.get(row.path, 0.0) for row in rows)
        total = report.total(rows)
        return (
            words.cost(total),
            words.share(total.cost, report.totals.cost),
            milliseconds(took),
            share(took, timing.best),
        )

    took = f"{figure(timing.best)} ms{'' if timing.sure else '?'}"
    return Table(
        f"{words.subject(report)}: {took}, measured",
        (
            *(column(title) for title in titles),
            *words.cost_columns(report.convention, "weights")[:2],
            Column("time_ms", "Time (ms)", "time"),
            Column("time_share", "%", "share"),
        ),
        tuple((*labels, *cells(rows)) for labels, rows in each),
        ("Total", *sums(titles, report.rows), *cells(report.rows)),
        tuple(_about(timing, ran_on)),
        tuple(_measured_notes(report, timing)),
        _measured_facts(report, timing, ran_on),
    )


def milliseconds(time: float) -> Fraction:
    """A time as a cell: to the nanosecond, which is finer than any clock."""
    return Fraction(round(time * 10**6), 10**6)


def figure(time: float) -> str:
    """A time with three significant digits, in ms.

    >>> figure(11.4321), figure(0.0123456), figure(1234.5)
    ('11.4', '0.0123', '1,234')
    """
    if time >= 1000:
        return f"{time:,.0f}"
    decimals = 2
    while time * 10**decimals < 99.5 and decimals < 9:
        decimals += 1
    while decimals and time * 10**decimals >= 999.5:
        decimals -= 1
    return f"{time:.{decimals}f}"


def share(part: float, whole: float) -> Cell:
    return Fraction(round(part / whole * 10**6), 10**6) if whole else Mark.EMPTY


def column(title: str) -> Column:
    return Column(title.lower(), title, "count" if title == "Layers" else "text")


def sums(titles: Sequence[str], rows: Sequence[cost_report.Row]) -> Row:
    return tuple(len(rows) if title == "Layers" else Mark.EMPTY for title in titles[1:])


def lines(report: Report, by: str) -> tuple[tuple[str, ...], list[Line]]:
    """The titles of the labels, and every line."""
    if by == "layer":
        each: Iterable[Line] = (
            ((row.name, row.kind, size_text(row.output)), (row,)) for row in report.rows
        )
        return ("Layer", "Kind", "Output"), list(each)
    if by == "kind":
        groups = report.group(lambda row: row.kind)
        return ("Kind", "Layers"), [((name, len(rows)), rows) for name, rows in groups.items()]
    blocks = report.group(lambda row: row.scope(1))
    return ("Block", "Output"), [
        ((name, size_text(rows[-1].output)), rows) for name, rows in blocks.items()
    ]


def _about(timing: Timing, ran_on: Mapping[str, Any]) -> Iterator[str]:
    rounds = f"{len(timing.rounds)} round{'' if len(timing.rounds) == 1 else 's'}"
    half = f"; half of the rounds within {percent(timing.spread)} of it" if timing.enough else ""
    yield f"Measured: the fastest of {timing.runs:,} runs, in {rounds}{half}."
    yield f"Ran on: {machine(ran_on)}."
    layout = sum(each.layout for each in timing.times)
    yield (
        "Per layer: the runtime's profile, corrected to add up to the fastest run; with what is "
        f"fused into a layer, and changes of layout ({layout:.3f} ms in all)."
    )


def machine(ran_on: Mapping[str, Any]) -> str:
    """What it ran on, and how, in a line."""
    threads = f"{ran_on['threads']} thread{'' if ran_on['threads'] == 1 else 's'}"
    return (
        f"{ran_on['processor']}, {ran_on['system']}; {ran_on['runtime']}, level "
        f"{ran_on['level']}, {threads}, {ran_on['data_type']}"
    )


def percent(ratio: float) -> str:
    """A ratio in per cent, whole ones from 1 up.

    >>> percent(0.214), percent(0.004), percent(0)
    ('21 %', '0.4 %', '0 %')
    """
    return f"{ratio * 100:.0f} %" if ratio >= 0.00995 or not ratio else f"{ratio * 100:.1g} %"


def in_floats(report: Report) -> Iterator[str]:
    """That times know nothing of a network's bits, where it states any."""
    if report.own_bits:
        yield "Timed in float32: the bits that the network states count for bytes alone."


def _measured_notes(report: Report, timing: Timing) -> Iterator[str]:
    yield from in_floats(report)
    if not timing.enough:
        yield "NOT SURE: so few rounds do not tell how busy the machine is."
    elif not timing.sure:
        yield (
            "NOT SURE: half of the rounds were slower than the fastest by "
            f"{percent(timing.spread)} or more; the machine is too busy to measure on."
        )
    if timing.outside:
        names = ", ".join(timing.outside[:5])
        yield f"Operators that are of no layer: {len(timing.outside)} ({names})."
    yield from words.partial(report)


def _measured_facts(report: Report, timing: Timing, ran_on: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **words.facts(report, "weights"),
        "ran_on": dict(ran_on),
        "measured": {
            "unit": "ms",
            "minimum": timing.best,
            "median": timing.median,
            "spread": timing.spread,
            "sure": timing.sure,
            "rounds": list(timing.rounds),
            "runs": timing.runs,
            "layout": sum(each.layout for each in timing.times),
        },
    }
