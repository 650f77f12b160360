"""What a network cost once: a record that can be stored, compared and guarded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mncost.cost.conventions import PAPER
from mncost.cost.footprint import Bits, stored_bytes
from mncost.cost.report import PARAMETERS, Report
from mncost.errors import Problem, SpecError
from mncost.graph import Graph
from mncost.graph.shapes import size_text
from mncost.study.memory import DEFAULT, Planner

SCHEMA_VERSION = 1


TOTALS = ("mult_adds", *PARAMETERS, "weight_bytes", "peak")
"""What is stored of a whole network."""


@dataclass(frozen=True, slots=True)
class SavedLayer:
    """A layer as it was: what it is called and is, and what it cost."""

    name: str
    kind: str
    input: str
    output: str
    mult_adds: int
    weights: int


@dataclass(frozen=True, slots=True)
class Saved:
    """A network as it was. `totals` are by the names that budgets use; `mult_adds` is the cost as
    the `convention` counts it."""

    network: str
    setting: str
    totals: Mapping[str, int]
    layers: tuple[SavedLayer, ...]
    convention: str = PAPER.name

    @property
    def taken(self) -> tuple[str, str, str]:
        """Of what, and how: only numbers that were taken alike can be compared."""
        return self.network, self.setting, self.convention


def save(report: Report, graph: Graph, peak: int, planner: Planner = DEFAULT) -> Saved:
    """A report of a graph as a record; `peak` is in bytes, by the planner, at the report's bits."""
    bits, totals = report.bits or Bits(), report.totals
    parameters = {name: count(totals.parameters) for name, (count, _) in PARAMETERS.items()}
    return Saved(
        report.network,
        f"{_size(report)}, {bits.counted} of {bits.weights} bits, activations of "
        f"{bits.activations}{'' if planner == DEFAULT else f', {planner}'}",
        {
            "mult_adds": totals.cost or 0,
            **parameters,
            "weight_bytes": stored_bytes(graph, bits),
            "peak": peak,
        },
        tuple(
            SavedLayer(
                row.name,
                row.kind,
                size_text(row.input),
                size_text(row.output),
                row.cost or 0,
                row.parameters.weights,
            )
            for row in report.rows
        ),
        report.convention.name,
    )


def _size(report: Report) -> str:
    at = report.setting
    return f"α={at.alpha:.12g} {at.resolution[0]}×{at.resolution[1]}" if at else "as written"


def loosens(before: Saved | None, after: Saved) -> bool:
    """Whether any cost rose, or another network or setting stands in its place."""
    if before is None:
        return False
    if before.taken != after.taken:
        return True
    return any(count > before.totals.get(name, count) for name, count in after.totals.items())


def to_json(networks: Mapping[str, Saved]) -> str:
    """Networks by name: sorted, and one line a layer, so that changes merge."""
    lines = ["{", f'"mncost_snapshot": {SCHEMA_VERSION},', '"networks": {']
    for index, name in enumerate(sorted(networks)):
        saved = networks[name]
        head = {"network": saved.network, "setting": saved.setting, "totals": dict(saved.totals)}
        if saved.convention != PAPER.name:
            head["convention"] = saved.convention
        lines.append(f'{_text(name)}: {_text(head)[:-1]}, "layers": [')
        layers = [_text(asdict(layer)) for layer in saved.layers]
        lines.append(",\n".join(layers))
        lines.append("]}" + ("," if index < len(networks) - 1 else ""))
    return "\n".join([*lines, "}}"]) + "\n"


def is_snapshot(value: Any) -> bool:
    """Whether a value was stored by `to_json`."""
    return isinstance(value, dict) and "mncost_snapshot" in value


def from_value(value: Any, file: str) -> dict[str, Saved]:
    """Networks by name, from what was stored. Raises `SpecError`."""
    if not is_snapshot(value):
        hint = "take one with: mncost snapshot -o FILE"
        raise SpecError(Problem("not a snapshot of mncost", hint).at(file))
    try:
        version, networks = value["mncost_snapshot"], value["networks"]
        if version != SCHEMA_VERSION:
            message = f"a snapshot of version {version}, and this is version {SCHEMA_VERSION}"
            raise SpecError(Problem(message, "take it anew: mncost snapshot").at(file))
        return {name: _saved(each) for name, each in networks.items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"a broken snapshot ({type(error).__name__}: {error})"
        hint = "take one with: mncost snapshot -o FILE"
        raise SpecError(Problem(message, hint).at(file)) from None


def _saved(value: Any) -> Saved:
    totals = {name: _whole(value["totals"][name]) for name in TOTALS}
    layers = tuple(
        SavedLayer(
            str(each["name"]),
            str(each["kind"]),
            str(each["input"]),
            str(each["output"]),
            _whole(each["mult_adds"]),
            _whole(each["weights"]),
        )
        for each in value["layers"]
    )
    convention = str(value.get("convention", PAPER.name))
    return Saved(str(value["network"]), str(value["setting"]), totals, layers, convention)


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
