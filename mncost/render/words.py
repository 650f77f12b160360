"""The words that results share: headings, conventions, shapes, types of layers."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from mncost import units
from mncost.cost.conventions import PAPER, Convention
from mncost.cost.events import Event
from mncost.cost.report import PARAMETERS, Report, Total
from mncost.formulas import Pair
from mncost.graph.shapes import size_text
from mncost.render.table import Cell, Column, Mark, Row
from mncost.study.reconcile import Step


def counting(convention: Convention, params: str) -> tuple[str, ...]:
    """What is counted and what is not, in two lines."""
    return (
        f"Counted ({convention.name}): {convention.unit} = {convention.counts}; "
        f"not {convention.omits}.",
        f"Parameters ({params}): {PARAMETERS[params][1]}.",
    )


def setting(report: Report) -> str:
    """The heading of a report: what it is of, and how it was counted."""
    return f"{subject(report)}, convention {report.convention.name}"


def subject(report: Report) -> str:
    """What a report is of: network, α, resolution and ρ."""
    words = [report.network, f"input {size_text(report.input)}"]
    if report.setting is not None:
        words.insert(1, f"α = {units.significant(report.setting.alpha, 12)}")
        words.append(f"ρ = {rho(report.setting.resolution, report.setting.base)}")
    return ", ".join(words)


def rho(size: Pair, base: Pair) -> str:
    """ρ as it came out in whole pixels; of both sides where they differ."""
    return " × ".join(units.significant(side) for side in dict.fromkeys(rhos(size, base)))


def rhos(size: Pair, base: Pair) -> tuple[Fraction, Fraction]:
    """ρ of the height and of the width."""
    return Fraction(size[0], base[0]), Fraction(size[1], base[1])


def facts(report: Report, params: str) -> dict[str, Any]:
    """What a machine wants to know about a report."""
    return {
        **subject_facts(report),
        **convention_facts(report.convention, params),
    }


def subject_facts(report: Report) -> dict[str, Any]:
    """Of which network a report is, at which setting, and whether it is of all of it."""
    at = report.setting
    return {
        "network": report.network,
        "input": list(report.input),
        "alpha": at.alpha if at else None,
        "resolution": list(at.resolution) if at else None,
        "rho": [float(side) for side in rhos(at.resolution, at.base)] if at else None,
        "partial": bool(report.uncounted),
    }


def convention_facts(convention: Convention, params: str) -> dict[str, Any]:
    """The counting convention, for machines."""
    return {
        "convention": described(convention),
        "parameters": {"mode": params, "counts": PARAMETERS[params][1]},
    }


def described(convention: Convention) -> dict[str, str]:
    """A counting convention, for machines."""
    return {
        "name": convention.name,
        "unit": convention.unit,
        "counts": convention.counts,
        "omits": convention.omits,
        **({"assumes": convention.assumes} if convention.assumes else {}),
        "source": convention.source,
    }


def cost_columns(convention: Convention, params: str) -> tuple[Column, ...]:
    """Cost and parameters, each with its share of the whole."""
    key = convention.unit.lower().replace("-", "_")
    return (
        Column(key, convention.unit, "count"),
        Column(f"{key}_share", "%", "share"),
        Column(params, parameters_title(params), "count"),
        Column(f"{params}_share", "%", "share"),
    )


def parameters_title(params: str) -> str:
    """The heading of a column of parameters."""
    return "Weights" if params == "weights" else "Params"


def cost_cells(total: Total, whole: Total, params: str) -> Row:
    """The cells of `cost_columns`."""
    count = PARAMETERS[params][0]
    stored, of_all = count(total.parameters), count(whole.parameters)
    if total.unknown and not stored:
        return (cost(total), share(total.cost, whole.cost), Mark.UNKNOWN, Mark.UNKNOWN)
    return (cost(total), share(total.cost, whole.cost), stored, share(stored, of_all))


def cost(total: Total) -> Cell:
    """A cost, or the mark that says why there is none."""
    if total.cost is not None:
        return total.cost
    return Mark.UNKNOWN if total.unknown else Mark.NOT_COUNTED


def nothing(total: Total) -> str:
    """Why a layer has no formula, in words."""
    if total.unknown:
        return "? no formula"
    return "not counted" if total.events else "free"


def share(part: int | None, whole: int | None) -> Cell:
    """A part of a whole; a mark where there is no part, or nothing to be a part of."""
    if part is None:
        return Mark.NOT_COUNTED
    return Fraction(part, whole) if whole else Mark.EMPTY


def notes(report: Report, table: str) -> tuple[str, ...]:
    """What a reader of this table should know: that it is partial, and what the network says."""
    convention = report.convention
    return (
        *partial(report),
        *unmeasured(report, convention),
        *(
            report.notes[key]
            for key in (table, "all")
            if key in report.notes and (key == "all" or convention is PAPER)
        ),
    )


def unmeasured(report: Report, convention: Convention) -> tuple[str, ...]:
    """The note that nobody knows what a tool makes of some events, where there are any."""
    return not_known(convention.unknown(report.totals.events), convention)


def not_known(events: Iterable[Event], convention: Convention) -> tuple[str, ...]:
    """The same, of events that are known to be such."""
    told = ", ".join(dict.fromkeys(map(event, events)))
    return (f"Not known what {convention.name} makes of: {told}.",) if told else ()


def partial(report: Report) -> tuple[str, ...]:
    """The note that a report is partial, where it is."""
    if not report.uncounted:
        return ()
    names = ", ".join(row.name for row in report.uncounted[:5])
    more = "" if len(report.uncounted) <= 5 else ", …"
    return (
        f"PARTIAL: not counted, for want of a formula: {len(report.uncounted)} ({names}{more})",
    )


_EVENTS = {
    "mac": "multiply-additions",
    "bias": "biases",
    "norm": "elements",
    "act": "elements",
    "softmax": "softmax",
    "add": "sums of maps",
    "mul": "products of maps",
    "resize": "resizing",
    "spread": "of transposed convolutions, by output",
    "arithmetic": "elements",
    "reduce": "elements reduced",
    "parameter": "parameters",
    "unknown": "operations without a formula",
}
_KINDS_OF = {
    "conv": "convolutions",
    "linear": "fully connected layers",
    "custom": "custom layers",
    "matmul": "products of matrices",
    "transposed": "transposed convolutions",
    "layer": "layer normalisation",
    "group": "group normalisation",
    "instance": "instance normalisation",
    "affine": "BatchNorm",
    "plain": "BatchNorm without scale and shift",
    "local": "local response normalisation",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "swish": "swish",
    "gelu": "GELU",
    "hardswish": "hard-swish",
    "hardsigmoid": "hard-sigmoid",
}
_PER = {
    "input": "read",
    "output": "put out",
    "window": "read by windows",
    "ratio": "read and put out",
    "place": "places",
}


def event(event: Event) -> str:
    """An event in words: `BatchNorm elements`."""
    of = _KINDS_OF.get(event.of, event.of)
    what = _PER.get(event.per, "")  # that a norm folds is said of no element
    if event.what == "pool":
        parts = [f"{of} pool, elements", what]
    elif event.what in ("mac", "bias", "parameter"):
        parts = [f"{_EVENTS[event.what]} of {of}"]
    else:
        parts = [of, _EVENTS[event.what], what]
    text = " ".join(part for part in parts if part)
    return text if event.written == "module" else f"{text} ({event.written})"


def step(step: Step) -> str:
    """A step from one count to another: `401,408 BatchNorm elements × 4`."""
    return f"{units.fixed(step.count, 0)} {event(step.event)} × {step.weight}"
