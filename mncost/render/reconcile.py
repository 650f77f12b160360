"""How one count becomes another, and what gives a number, as tables."""

from __future__ import annotations

from mncost.cost.conventions import Convention
from mncost.cost.report import Report
from mncost.render import words
from mncost.render.table import Column, Mark, Row, Table
from mncost.study.reconcile import Reconciled
from mncost.study.target import Explanation


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
        words.partial(report),
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
        words.partial(report),
        _facts(report, None, start, to),
    )


def explanations(subject: str, target: str, found: tuple[Explanation, ...], top: int) -> Table:
    """What gives a number, the plainest explanation first."""
    shown = found[:top]
    notes = ["Rounded: the count rounds to the number; cut off: its further digits are dropped."]
    if len(found) > top:
        notes.append(f"{len(found) - top} less plain explanations are left out; --top shows more.")
    if any(each.departures for each in shown):
        notes.append("That something fits a number is no proof that the number was made so.")
    notes += dict.fromkeys(f"{each.departures[0]}: {each.reason}" for each in shown if each.reason)
    return Table(
        f"{subject}: {len(found) or 'nothing'} found that gives {target}",
        (
            Column("departures", "As it is, but for"),
            Column("counted", "Counted"),
            Column("count", "Exactly"),
            Column("digits", "Digits"),
        ),
        tuple(
            (
                ", ".join(each.departures) or "nothing",
                f"as {', '.join(each.conventions)}" if each.conventions else each.what,
                f"{each.count:,} {each.unit}",
                "cut off" if each.cut else "rounded",
            )
            for each in shown
        ),
        notes=tuple(notes) if found else (),
        facts={"target": target, "found": len(found)},
    )


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
