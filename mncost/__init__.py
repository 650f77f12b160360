"""mncost: what a MobileNet-style network costs, per layer, exactly, before anyone builds it.

    >>> import mncost
    >>> network = mncost.scale(mncost.load("mobilenet_v1"), alpha=0.75, resolution=192)
    >>> mncost.analyze(network).totals.mult_adds
    239273472

Names are loaded when they are first used, so that importing mncost costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.cost.report import Report
    from mncost.errors import MncostError, Problem
    from mncost.graph import Graph
    from mncost.render.table import Table
    from mncost.spec.lower import lower
    from mncost.spec.network import Network
    from mncost.spec.scale import scale
    from mncost.spec.space import Space
    from mncost.spec.space import load as load_space
    from mncost.study.constraints import Constraints, constraints
    from mncost.study.costs import Cost, cost
    from mncost.study.explore.plan import Plan
    from mncost.study.explore.planner import plan
    from mncost.study.explore.rows import rows, shard, steps
    from mncost.study.models import load

__version__ = "0.1.0"

__all__ = [
    "Constraints",
    "Convention",
    "Cost",
    "Graph",
    "MncostError",
    "Network",
    "Plan",
    "Problem",
    "Report",
    "Space",
    "analyze",
    "constraints",
    "cost",
    "load",
    "load_space",
    "lower",
    "plan",
    "rows",
    "scale",
    "shard",
    "steps",
    "to_text",
]

_HOMES = {
    "Constraints": "mncost.study.constraints",
    "Convention": "mncost.cost.conventions",
    "Cost": "mncost.study.costs",
    "Graph": "mncost.graph",
    "MncostError": "mncost.errors",
    "Network": "mncost.spec.network",
    "Plan": "mncost.study.explore.plan",
    "Problem": "mncost.errors",
    "Report": "mncost.cost.report",
    "Space": "mncost.spec.space",
    "constraints": "mncost.study.constraints",
    "cost": "mncost.cost",
    "load": "mncost.study.models",
    "lower": "mncost.spec.lower",
    "plan": "mncost.study.explore.planner",
    "rows": "mncost.study.explore.rows",
    "scale": "mncost.spec.scale",
    "shard": "mncost.study.explore.rows",
    "steps": "mncost.study.explore.rows",
}

_OTHER_NAMES = {"load_space": ("mncost.spec.space", "load")}


def analyze(
    network: Network | Graph, convention: Convention | str = "paper", bits: int | None = None
) -> Report:
    """What each layer of a network (or of its graph) costs, under a counting convention.

    With `bits`, of each weight and activation where the network does not say, each row has a
    `footprint`, what it holds and moves, and a `sight`, how much of the input it sees. Raises
    `ShapeError` where the layers do not fit together.
    """
    from mncost.cost import counters, engine
    from mncost.cost.footprint import Bits
    from mncost.cost.report import Report
    from mncost.graph import Graph

    Report.drawer = staticmethod(to_text)
    if not isinstance(network, Graph):
        from mncost.spec.lower import lower

        network = lower(network)
    chosen = counters.named(convention) if isinstance(convention, str) else convention
    return engine.analyze(network, chosen, Bits.of(bits) if bits is not None else None)


def to_text(
    result: Report | Table, format: str = "table", params: str = "weights", exact: bool = False
) -> str:
    """A report as text, in any format of the command line.

    `params`: weights, trainable or all. `exact`: whole numbers in place of k, M and G.
    """
    from mncost.render import drawing, show
    from mncost.render.table import Table

    table = result if isinstance(result, Table) else show.layers(result, params)
    return drawing.draw(table, format, exact)


def __getattr__(name: str) -> Any:
    where, named = _OTHER_NAMES.get(name) or (_HOMES.get(name), name)
    if where is None:
        raise AttributeError(f"module 'mncost' has no attribute {name!r}")
    import importlib

    home = importlib.import_module(where)
    # `cost` is a room that can be called: once any of it is imported, the name is the room's
    return home if name == "cost" else getattr(home, named)
