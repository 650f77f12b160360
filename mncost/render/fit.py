"""What fits as a table: the settings, how much of each limit they use, and why the best is best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from mncost import units
from mncost.graph.notation import times
from mncost.render import estimates, words
from mncost.render import fit_words as sentences
from mncost.render.table import Cell, Column, Mark, Row, Table
from mncost.study.fit import Fit, Raised, used
from mncost.study.limits import TIME, Limit
from mncost.study.memory import TITLES
from mncost.study.objectives import QUALITY
from mncost.study.settings import Choice

IN_BYTES = ("weight_bytes", "peak")


def table(fit: Fit, source: str, every: bool = False) -> Table:
    """The front, or `every` setting that fits; where none does, those nearest to it."""
    shown = fit.nearest.choices if fit.nearest else fit.fitting
    if not (every or fit.nearest):
        shown = tuple(each for each in shown if each in fit.front)
    metrics = _metrics(fit)
    return Table(
        _title(fit),
        (
            Column("alpha", "α"),
            Column("resolution", "Resolution"),
            *(column for metric in metrics for column in _columns(fit, metric)),
            Column("top1", "Top-1 %"),
            Column("status", "Status"),
        ),
        tuple(_row(fit, choice, metrics) for choice in shown),
        about=(*_about(fit, every), *words.counting(fit.counting.convention, fit.counting.params)),
        notes=tuple(sentences.notes(fit, source)),
        facts=_facts(fit),
    )


def _title(fit: Fit) -> str:
    number, of = len(fit.fitting), f"{len(fit.grid):,} settings"
    what = (
        f"{number:,} of {of} {'fits' if number == 1 else 'fit'}" if number else f"none of {of} fits"
    )
    return f"{fit.network}: {what}, convention {fit.counting.convention.name}"


def _metrics(fit: Fit) -> tuple[str, ...]:
    """What has a column: Mult-Adds and parameters, and memory where it is limited or weighed."""
    asked = {limit.metric for limit in fit.limits} | set(fit.objectives)
    timed = (TIME,) if fit.counting.device else ()
    return ("mult_adds", "params", *(name for name in IN_BYTES if name in asked), *timed)


def _most(fit: Fit, metric: str) -> Limit | None:
    """The maximum of something."""
    both = (each for each in fit.limits if (each.metric, each.relation) == (metric, "max"))
    return next(both, None)


def _columns(fit: Fit, metric: str) -> Iterator[Column]:
    counting = fit.counting
    cost, _, parameters, _ = words.cost_columns(counting.convention, counting.params)
    yield {
        "mult_adds": cost,
        "params": parameters,
        "weight_bytes": Column("weight_bytes", "Weight Bytes", "count", units.EXACT),
        "peak": Column("peak_bytes", "Peak Bytes", "count", units.EXACT),
        TIME: Column("time_ms", "Time (ms)", "time"),
    }[metric]
    if _most(fit, metric):
        yield Column(f"{metric}_used", "% used", "share")


def _row(fit: Fit, choice: Choice, metrics: Sequence[str]) -> Row:
    cells: list[Cell] = []
    for metric in metrics:
        limit = _most(fit, metric)
        cells.append(_amount(choice, metric))
        cells += [used(limit, choice)] if limit else []
    top1 = choice.top1.printed if choice.top1 else Mark.EMPTY
    return (
        sentences.alpha_text(choice.alpha),
        times(*choice.resolution),
        *cells,
        top1,
        _status(fit, choice),
    )


def _amount(choice: Choice, metric: str) -> Cell:
    """What it costs; a time in milliseconds."""
    return Fraction(choice.time, 10**6) if metric == TIME else choice.amount(metric)


def _status(fit: Fit, choice: Choice) -> str:
    if fit.nearest:
        return "nearest" if choice == fit.nearest.choices[0] else "misses"
    if choice == fit.best:
        return "best"
    return "front" if choice in fit.front else "fits"


def _about(fit: Fit, every: bool) -> Iterator[str]:
    """What was found, what was asked, and what the front is."""
    yield from sentences.results(fit)
    yield f"Limits: {', '.join(sentences.stated(fit, limit) for limit in fit.limits)}."
    alphas, sizes = fit.grid.alphas, fit.grid.resolutions
    widths = _span(*(sentences.alpha_text(each) for each in (min(alphas), max(alphas))))
    heights = _span(*(times(*each) for each in (min(sizes), max(sizes))))
    several = "" if len(sizes) == 1 else "s"
    yield f"Settings: {len(alphas)} α ({widths}) × {len(sizes)} resolution{several} ({heights})."
    if any(each in IN_BYTES for each in _metrics(fit)):
        peak = f"peak: activations alive at once, by {TITLES[fit.counting.planner]}, a lower bound"
        yield f"Memory: {fit.counting.bits} bits a number; {peak}."
    if fit.counting.device:
        yield from estimates.about(fit.counting.device)
    if fit.best is None:
        return
    costs = [sentences.metric_text(fit, name) for name in fit.objectives if name != QUALITY]
    both = " together" if costs else ""
    yield (
        f"Front: what no other that fits beats in {sentences.listed([*costs, QUALITY])}{both}; "
        f"quality: {sentences.quality(fit)}."
    )
    if not every and len(fit.front) < len(fit.fitting):
        yield f"Shown: the front; --all shows all {len(fit.fitting):,} that fit."


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _facts(fit: Fit) -> dict[str, Any]:
    """What a machine wants to know: what was asked, the best, what binds, what is nearest."""
    counting = fit.counting
    device = fit.counting.device
    facts: dict[str, Any] = {
        "network": fit.network,
        **words.convention_facts(counting.convention, counting.params),
        "bits": counting.bits,
        "planner": counting.planner,
        **({"device": estimates.described(device)} if device else {}),
        "limits": [_limit(limit) for limit in fit.limits],
        "settings": len(fit.grid),
        "fitting": len(fit.fitting),
        "unjudged": len(fit.unjudged),
        "prefer": fit.prefer,
        "objectives": list(fit.objectives),
        "best": _choice(fit.best) if fit.best else None,
        "binding": [_limit(limit) for limit in fit.binding],
        "steps": [
            {
                "direction": {"α": "alpha"}.get(step.direction, step.direction),
                "setting": _choice(step.choice) if step.choice else None,
                "broken": [_limit(limit) for limit in step.broken],
            }
            for step in fit.steps
        ],
        "unbuilt": [
            {"alpha": float(each.alpha), "resolution": list(each.resolution), "why": each.reason}
            for each in fit.unbuilt
        ],
    }
    if fit.nearest:
        facts["nearest"] = {
            "alone": [_raise(each) for each in fit.nearest.alone],
            "together": [_raise(each) for each in fit.nearest.raised],
        }
    return facts


def _limit(limit: Limit) -> dict[str, Any]:
    if limit.metric == TIME:
        return {"metric": TIME, "unit": "ms", limit.relation: limit.bound / 10**6}
    return {"metric": limit.metric, limit.relation: limit.bound}


def _raise(raised: Raised) -> dict[str, Any]:
    needed = raised.amount / 10**6 if raised.limit.metric == TIME else raised.amount
    return {**_limit(raised.limit), "needed": needed, "setting": _choice(raised.choice)}


def _choice(choice: Choice) -> dict[str, Any]:
    """A setting, with raw integers."""
    cost, top1 = choice.cost, choice.top1
    return {
        "alpha": float(choice.alpha),
        "resolution": list(choice.resolution),
        **{name: getattr(cost, name) for name in ("mult_adds", "params", "weight_bytes")},
        "peak_bytes": cost.peak_bytes,
        **({"time_ms": choice.time / 10**6} if choice.time else {}),
        "top1": float(top1.value) if top1 else None,
        "top1_source": top1.source if top1 else None,
    }
