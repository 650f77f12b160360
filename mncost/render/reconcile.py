"""How one count becomes another, and what gives a number, as tables."""

from __future__ import annotations

from mncost import units
from mncost.cost.conventions import Convention
from mncost.cost.report import Report
from mncost.render import words
from mncost.render.table import Column, Mark, Row, Table
from mncost.study.reconcile import Reconciled
from mncost.study.target import Search
from mncost.units import Printed


def terms(report: Report, whole: Reconciled, start: Convention, to: Convention) -> Table:
    """A row for each kind of event that both conventions weigh differently, down to nothing."""
    first: Row = (f"{start.name}: {start.unit}", Mark.EMPTY, Mark.EMPTY, whole.start)
    steps: list[Row] = [
        (words.event(step.event), step.weight, step.count, step.amount) for step in whole.steps
    ]
    return Table(
        f"{words.subject(report)}: from {start.name} to {to.name}",
        (
            Column("term", "Term"),
            Column("weight", "Each", "delta"),
            Column("events", "Times", "count"),
            Column("amount", to.unit, "count"),
        ),
        (first, *steps, ("left over", Mark.EMPTY, Mark.EMPTY, whole.remainder)),
        (f"{to.name}: {to.unit}", Mark.EMPTY, Mark.EMPTY, whole.end),
        _about(start, to),
        (*words.partial(report), *words.unmeasured(report, to)),
        _facts(report, whole, start, to),
    )


def layers(
    report: Report, parts: tuple[Reconciled, ...], start: Convention, to: Convention
) -> Table:
    """The same layer by layer; those that both count alike are left out, and counted."""
    differing = [part for part in parts if part.steps]
    rows: list[Row] = [
        (
            part.name,
            part.start,
            part.end,
            part.end - part.start,
            " ".join(map(words.step, part.steps)),
        )
        for part in differing
    ]
    alike = [part for part in parts if not part.steps]
    if alike:
        rows.append(
            (
                f"{len(alike)} counted alike",
                sum(part.start for part in alike),
                sum(part.end for part in alike),
                0,
                Mark.EMPTY,
            )
        )
    ends = sum(part.start for part in parts), sum(part.end for part in parts)
    return Table(
        f"{words.subject(report)}: from {start.name} to {to.name}, layer by layer",
        (
            Column("layer", "Layer"),
            Column(start.name, start.name, "count"),
            Column(to.name, to.name, "count"),
            Column("difference", "Difference", "delta"),
            Column("because", "Because"),
        ),
        tuple(rows),
        ("Total", *ends, ends[1] - ends[0], Mark.EMPTY),
        _about(start, to),
        (*words.partial(report), *words.unmeasured(report, to)),
        _facts(report, None, start, to),
    )


def explanations(subject: str, target: Printed, search: Search, top: int) -> Table:
    """What gives a number, the plainest explanation first; or what comes nearest."""
    found = search.found
    shown = found[:top] or search.nearest
    notes = [_FITS] if any(each.departures for each in found[:top]) else []
    if len(found) > top:
        notes.append(f"Less plain, and left out: {len(found) - top}; --top shows more.")
    if not found and target.step == 1 and target.value < 10**6:
        notes.append(f"{target.text} is taken as it stands; for million write {target.text}M.")
    reasons = {each.departures[0]: each.reason for each in shown if each.reason}
    notes += [f"{name}: {reason}." for name, reason in reasons.items()]
    gives = f"what gives {target.text}" if found else f"nothing found that gives {target.text}"
    return Table(
        f"{subject}: {gives}{'' if found else '; the nearest'}",
        (
            Column("departures", "As it is, but for"),
            Column("counted", "Counted"),
            Column("count", "Exactly", "count"),
            Column("unit", "Unit"),
            Column("digits", "Digits" if found else "Off by"),
        ),
        tuple(
            (
                ", ".join(each.departures) or "nothing",
                f"as {', '.join(each.conventions)}" if each.conventions else each.what,
                each.count,
                each.unit,
                each.digits or _off(each.count, target),
            )
            for each in shown
        ),
        notes=tuple(notes),
        facts={"target": target.text, "found": len(found)},
    )


_FITS = "That something fits a number is no proof that the number was made so."


def _off(count: int, target: Printed) -> str:
    off = (target.value - count) / count * 100
    return f"{'+' if off > 0 else ''}{units.fixed(off, 2)} %"


def _about(start: Convention, to: Convention) -> tuple[str, ...]:
    return (
        *(
            f"{each.name} counts {each.counts}; not {each.omits}."
            + (f" It assumes {each.assumes}." if each.assumes else "")
            for each in (start, to)
        ),
        f"Source of {to.name}: {to.source}.",
    )


def _facts(
    report: Report, whole: Reconciled | None, start: Convention, to: Convention
) -> dict[str, object]:
    return {
        "network": report.network,
        "input": list(report.input),
        "from": words.described(start),
        "to": words.described(to),
        **({"remainder": whole.remainder} if whole else {}),
    }
