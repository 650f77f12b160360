"""`Cost`: what a network costs at one setting, in a few exact numbers."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from mncost.cost.conventions import PAPER, Convention
from mncost.cost.counters import counting
from mncost.cost.engine import analyze
from mncost.cost.footprint import Bits, stored_bytes
from mncost.cost.report import PARAMETERS, Report
from mncost.errors import Problem, SettingError, did_you_mean
from mncost.formulas import Pair
from mncost.graph import Graph
from mncost.study.memory import DEFAULT, Planner, check, plan
from mncost.study.models import load, taken

if TYPE_CHECKING:
    from mncost.study.models import Model


@dataclass(frozen=True, slots=True)
class Cost:
    """What a network costs at a setting. `mult_adds` is what the `convention` makes of it, as in
    budgets; `params` are those that `counted` names; both sizes are at `bits` a number, where the
    network does not say; the peak is by the `planner`."""

    network: str
    alpha: float
    resolution: Pair
    mult_adds: int
    params: int
    weight_bytes: int
    peak_bytes: int
    bits: int = 32
    counted: str = "weights"
    convention: str = PAPER.name
    planner: Planner = DEFAULT

    @property
    def peak(self) -> int:
        """`peak_bytes`, by the name that budgets use."""
        return self.peak_bytes

    def to_record(self) -> dict[str, Any]:
        """A plain dictionary of numbers and texts, ready for a trial's attributes."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, "resolution": list(self.resolution)}


def cost(
    network: str | os.PathLike[str] | Model,
    *,
    alpha: float = 1.0,
    resolution: int | Pair | None = None,
    classes: int | None = None,
    bits: int = 32,
    params: str = "weights",
    convention: Convention | str = PAPER,
    planner: str = DEFAULT,
    allow_wider: bool = False,
) -> Cost:
    """What a network costs at a setting: a zoo name, a file, or what `mncost.load` returned.

    Pure: the same arguments give the same `Cost`, in any process. `bits` are those of each weight
    and activation, where the network does not say; `params` is weights, trainable or all; `planner`
    is liveness, in_place or sum. Raises `MncostError`.
    """
    model = load(network) if isinstance(network, str | os.PathLike) else network
    graph = taken(
        model, alpha=alpha, resolution=resolution, classes=classes, allow_wider=allow_wider
    )
    chosen = counting(convention) if isinstance(convention, str) else convention
    return priced(graph, bits, params, chosen, check(planner))


def priced(
    graph: Graph,
    bits: int = 32,
    params: str = "weights",
    convention: Convention = PAPER,
    planner: Planner = DEFAULT,
) -> Cost:
    """What a graph costs. Raises `SettingError` where some of it has no formula."""
    if params not in PARAMETERS:
        raise SettingError(Problem(f'no parameters "{params}"', did_you_mean(params, PARAMETERS)))
    widths = Bits.of(bits, params)
    report = analyze(graph, convention)
    _whole(report)
    totals, at = report.totals, graph.setting
    return Cost(
        graph.name,
        at.alpha if at else 1.0,
        at.resolution if at else _sides(graph),
        totals.cost or 0,
        PARAMETERS[params][0](totals.parameters),
        stored_bytes(graph, widths),
        plan(graph, widths, planner).peak.bytes,
        bits,
        params,
        convention.name,
        planner,
    )


def _whole(report: Report) -> None:
    """Refuses what is counted in part: a lower bound would pass as a cost."""
    if report.uncounted:
        names = ", ".join(row.name for row in report.uncounted[:5])
        count = len(report.uncounted)
        message = f"{report.network} has no cost: {count} of its layers without a formula ({names})"
        raise SettingError(Problem(message, "mncost show counts the others"))


def _sides(graph: Graph) -> Pair:
    """Height and width of an input that nobody scaled; features are a map of one pixel."""
    return (graph.input[1], graph.input[2]) if len(graph.input) == 3 else (1, 1)
