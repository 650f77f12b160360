"""What every counter reports of one network, a row for each."""

from __future__ import annotations

from mncost import units
from mncost.cost.conventions import Convention
from mncost.cost.counters import CONVENTIONS
from mncost.cost.report import Report
from mncost.render import words
from mncost.render.table import Cell, Column, Mark, Row, Table


def counters(report: Report) -> Table:
    """A row for each convention: its figure, how that stands to the paper's, its parameters."""
    return Table(
        f"{words.subject(report)}, as each convention counts it",
        (
            Column("convention", "Convention"),
            Column("unit", "Unit"),
            Column("figure", "Figure", "count", _scale(report)),
            Column("of_paper", "% of paper", "share"),
            Column("parameters", "Parameters", "count"),
        ),
        tuple(_row(report, convention) for convention in CONVENTIONS.values()),
        about=(
            "Each figure is counted by that tool's rule, in its own unit; "
            "mncost reconcile NETWORK --to NAME says where it differs from the paper's.",
        ),
        notes=(
            *words.partial(report),
            *dict.fromkeys(
                note for each in CONVENTIONS.values() for note in words.unmeasured(report, each)
            ),
        ),
        facts={
            "network": report.network,
            "input": list(report.input),
            "partial": bool(report.uncounted),
            "conventions": [words.described(each) for each in CONVENTIONS.values()],
        },
    )


def _scale(report: Report) -> units.Scale:
    """The unit of the paper's count: one tool of FLOPs must not take the digits of all others."""
    count = report.totals.mult_adds
    power = min((len(str(count)) - 1) // 3, 4) if count else 0
    return units.Scale(power, 2 if power else 0)


def _row(report: Report, convention: Convention) -> Row:
    events = report.totals.events
    stored = convention.stored(events)
    parameters: Cell = Mark.NOT_COUNTED if stored is None else stored
    if convention.unit == "parameters":
        figure, share = Mark.NOT_COUNTED, Mark.NOT_COUNTED
        return (convention.name, convention.unit, figure, share, parameters)
    cost = convention.price(events)
    return (
        convention.name,
        convention.unit,
        Mark.NOT_COUNTED if cost is None else cost,
        words.share(cost, report.totals.mult_adds),
        parameters,
    )
