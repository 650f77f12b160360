"""The difference of two networks as a table: what changed, the dearest change first."""

from __future__ import annotations

from mncost import units
from mncost.cost.conventions import PAPER, Convention
from mncost.render import words
from mncost.render.table import Column, Row, Table
from mncost.study.diff import Difference
from mncost.study.saved import Saved


def table(difference: Difference, convention: Convention = PAPER) -> Table:
    """A row for each layer that is not as it was, and the totals before and after."""
    before, after = difference.before, difference.after
    rows: list[Row] = [
        (change.name, change.what, change.mult_adds, change.weights)
        for change in difference.changes
    ]
    costs = [(each.totals["mult_adds"], each.totals["weights"]) for each in (before, after)]
    total = (
        "Total",
        f"{len(rows)} of {len(difference.layers)} layers changed",
        costs[1][0] - costs[0][0],
        costs[1][1] - costs[0][1],
    )
    return Table(
        f"{before.network} ({_size(before)}) to {after.network} ({_size(after)}): "
        f"{units.scaled(costs[0][0])} to {units.scaled(costs[1][0])} {convention.unit}, "
        f"{units.scaled(costs[0][1])} to {units.scaled(costs[1][1])} weights",
        (
            Column("layer", "Layer"),
            Column("change", "Change"),
            Column(words.cost_columns(convention, "weights")[0].key, convention.unit, "delta"),
            Column("weights", "Weights", "delta"),
        ),
        tuple(rows),
        total,
        words.counting(convention, "weights"),
        facts={
            "before": {"network": before.network, "totals": dict(before.totals)},
            "after": {"network": after.network, "totals": dict(after.totals)},
            **words.convention_facts(convention, "weights"),
        },
    )


def _size(saved: Saved) -> str:
    """α and resolution, without the bits that a comparison of Mult-Adds has no use for."""
    return saved.setting.partition(",")[0]
