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
    from mncost.study.constraints import Constraints, constraints
    from mncost.study.costs import Cost, cost
    from mncost.study.models import load

__version__ = "0.1.0"

__all__ = [
    "Constraints",
    "Convention",
    "Cost",
    "Graph",
    "MncostError",
    "Network",
    "Problem",
    "Report",
    "analyze",
    "constraints",
    "cost",
    "load",
    "lower",
    "scale",
    "to_text",
]

_HOMES = {
    "Constraints": "mncost.study.constraints",
    "Convention": "mncost.cost.conventions",
    "Cost": "mncost.study.costs",
    "Graph": "mncost.graph",
    "MncostError": "mncost.errors",
    "Network": "mncost.spec.network",
    "Problem": "mncost.errors",
    "Report": "mncost.cost.report",
    "constraints": "mncost.study.constraints",
    "cost": "mncost.cost",
    "load": "mncost.study.models",
    "lower": "mncost.spec.lower",
    "scale": "mncost.spec.scale",
}


def analyze(network: Network | Graph, convention: Convention | str = "paper") -> Report:
    """What each layer of a network (or of its graph) costs, under a counting convention.

    Raises `ShapeError` where the layers do not fit together.
    """
    from mncost.cost import conventions, engine
    from mncost.cost.report import Report
    from mncost.graph import Graph

    Report.drawer = staticmethod(to_text)
    if not isinstance(network, Graph):
        from mncost.spec.lower import lower

        network = lower(network)
    chosen = conventions.named(convention) if isinstance(convention, str) else convention
    return engine.analyze(network, chosen)


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
    if name not in _HOMES:
        raise AttributeError(f"module 'mncost' has no attribute {name!r}")
    import importlib

    home = importlib.import_module(_HOMES[name])
    # `cost` is a room that can be called: once any of it is imported, the name is the room's
    return home if name == "cost" else getattr(home, name)
