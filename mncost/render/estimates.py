"""An estimated time as a table: layer by layer, with its bounds, its band and its warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from mncost.cost import report as cost_report
from mncost.cost.report import Report
from mncost.render import words
from mncost.render.table import Column, Mark, Row, Table
from mncost.render.times import (
    column,
    figure,
    in_floats,
    lines,
    machine,
    milliseconds,
    percent,
    share,
    sums,
)
from mncost.spec.calibrated import Device
from mncost.study.estimate import Estimate, Slow

MOST_NOISE = 0.25
"""A device that was calibrated on a busier machine is said to be."""

MOST_NAMES = 5


def estimated(report: Report, found: Estimate, by: str) -> Table:
    """What a network would take, by layer, kind or block, beside its Mult-Adds."""
    titles, each = lines(report, by)

    def cells(rows: Sequence[cost_report.Row]) -> Row:
        times = [found.rows[row.path] for row in rows if row.path in found.rows]
        total, took = report.total(rows), sum(time.time for time in times)
        unknown = any(time.unknown for time in times)
        alone = Mark.UNKNOWN if unknown and not took else milliseconds(took)
        return (
            words.cost(total),
            words.share(total.cost, report.totals.cost),
            alone,
            Mark.UNKNOWN if found.partial else share(took, found.time),
            *([_bound(times)] if by == "layer" else []),
        )

    last = cells(report.rows)
    return Table(
        f"{words.subject(report)}: {sentence(found)}",
        (
            *(column(title) for title in titles),
            *words.cost_columns(report.convention, "weights")[:2],
            Column("time_ms", "Time (ms)", "time"),
            Column("time_share", "%", "share"),
            *([Column("bound", "Bound by")] if by == "layer" else []),
        ),
        tuple((*labels, *cells(rows)) for labels, rows in each),
        ("Total", *sums(titles, report.rows), *last[:4], *[Mark.EMPTY] * (by == "layer")),
        tuple(about(found.device)),
        tuple(notes(report, found)),
        {**words.facts(report, "weights"), "device": described(found.device), **facts(found)},
    )


def sentence(found: Estimate) -> str:
    """The figure, and how sure it is: `11.4 ms (90 % within 21 %)`."""
    if found.partial:
        return f"about {figure(found.time)} ms for a part of it, and more in all"
    sure = percent(found.device.calibration.confidence)
    return f"{figure(found.time)} ms ({sure} within {percent(found.within)})"


def with_times(table: Table, found: Sequence[Estimate]) -> Table:
    """A table of networks, with the time that each would take, and that against the first's."""
    first, several = found[0], len(found) > 1
    columns = [Column("time_ms", "Time (ms)", "time")]
    columns += [Column("time_of_first", "% of first", "share")] * several
    rows: list[Row] = []
    for row, each in zip(table.rows, found, strict=True):
        alone = Mark.UNKNOWN if each.partial else milliseconds(each.time)
        of_first = Mark.UNKNOWN if each.partial or first.partial else share(each.time, first.time)
        rows.append((*row, alone, *[of_first] * several))
    names = [str(row[0]) for row in table.rows]
    return replace(
        table,
        columns=(*table.columns, *columns),
        rows=tuple(rows),
        about=(*table.about, *about(first.device)),
        notes=(*table.notes, *_each(names, found), *of_noise(first.device)),
        facts={
            **table.facts,
            "device": described(first.device),
            "estimated": [facts(each)["estimated"] for each in found],
        },
    )


def with_times_of_rows(table: Table, found: Sequence[Estimate], device: Device) -> Table:
    """A table of many settings of one network, with the time that each would take."""
    cells = [Mark.UNKNOWN if each.partial else milliseconds(each.time) for each in found]
    unknown = sorted({part.kind for each in found for part in each.unknown})
    missing = f"No time, as it was never measured: {', '.join(unknown)}."
    outside = sum(bool(each.outside) for each in found)
    beyond = f"Rows with layers outside of what was calibrated: {outside:,}; see mncost estimate."
    remarks = (*[missing] * bool(unknown), *[beyond] * bool(outside), *of_noise(device))
    return replace(
        table,
        columns=(*table.columns, Column("time_ms", "Time (ms)", "time")),
        rows=tuple((*row, cell) for row, cell in zip(table.rows, cells, strict=True)),
        about=(*table.about, *about(device)),
        notes=(*table.notes, *remarks),
        facts={**table.facts, "device": described(device)},
    )


def _each(names: Sequence[str], found: Sequence[Estimate]) -> Iterator[str]:
    for name, each in zip(names, found, strict=True):
        if each.unknown:
            kinds = ", ".join(sorted({part.kind for part in each.unknown}))
            yield f"No time for {name}: it has what was never measured ({kinds})."
        elif each.outside:
            many = f"{len(each.outside)} layer{'' if len(each.outside) == 1 else 's'}"
            yield f"{name}: {many} outside of what was calibrated; see mncost estimate."


def _bound(times: Sequence[Any]) -> str:
    return " ".join(dict.fromkeys(time.bound for time in times if time.bound))


def about(device: Device) -> Iterator[str]:
    """What an estimate is made from."""
    quality = device.calibration
    yield f"Estimated for {device.name}: {machine(device.ran_on.model_dump())}."
    yield (
        f"Calibrated on {quality.chains} random chains of layers; of chains left out of the fit, "
        f"{percent(quality.confidence)} were within {percent(quality.within)} of their estimate, "
        f"{percent(quality.error)} off on average."
    )


def notes(report: Report, found: Estimate) -> Iterator[str]:
    """What a reader of an estimate should know."""
    yield from words.partial(report)
    if found.unknown:
        kinds = groupby(sorted(found.unknown, key=lambda part: part.kind), lambda part: part.kind)
        for kind, parts in kinds:
            names = [part.name for part in parts]
            yield f"PARTIAL: {kind} was never measured, and has no time here: {_names(names)}."
    if found.outside:
        each = [
            f"{it.name} ({it.kind}: {it.amount:,} {it.what}, measured {it.span[0]:,} to "
            f"{it.span[1]:,})"
            for it in found.outside
        ]
        yield f"Outside of what was calibrated: {_names(each)}."
    yield from _slow(found.slow, found.device.block)
    yield from in_floats(report)
    yield from of_noise(found.device)


def of_noise(device: Device) -> Iterator[str]:
    """The note that a device was calibrated on a busy machine, if so."""
    if device.calibration.noise > MOST_NOISE:
        noise = percent(device.calibration.noise)
        yield f"{device.name} was calibrated on a busy machine: rounds differed by {noise}."


def _slow(slow: Sequence[Slow], block: int) -> Iterator[str]:
    if slow:
        took, otherwise = (sum(getattr(it, key) for it in slow) for key in ("time", "otherwise"))
        fast = f"multiples of {block}" if block > 1 else "multiples of 4"
        yield (
            f"Slow numbers of channels: {_names([it.name for it in slow])}; {figure(took)} ms "
            f"together, and {fast} would do as much in {figure(otherwise)} ms."
        )


def _names(names: Sequence[str]) -> str:
    more = f", … {len(names)} in all" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def described(device: Device) -> dict[str, Any]:
    """A device, for machines."""
    return {
        "name": device.name,
        "ran_on": device.ran_on.model_dump(),
        "calibration": device.calibration.model_dump(),
    }


def facts(found: Estimate) -> dict[str, Any]:
    """An estimate, for machines; times in milliseconds."""
    return {
        "estimated": {
            "unit": "ms",
            "time": found.time,
            "low": None if found.partial else found.low,
            "high": None if found.partial else found.high,
            "partial": found.partial,
            "unknown": sorted({part.kind for part in found.unknown}),
            "outside": [
                {
                    "layer": it.name,
                    "kind": it.kind,
                    "what": it.what,
                    "amount": it.amount,
                    "measured": list(it.span),
                }
                for it in found.outside
            ],
            "slow": [it.name for it in found.slow],
        }
    }
