"""What fits, in sentences: which is best, what binds, what is nearest, what was left out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from fractions import Fraction

from mncost import units
from mncost.formulas import Pair
from mncost.graph.notation import times
from mncost.study.fit import Fit, Raised, Step, used
from mncost.study.limits import TIME, Limit
from mncost.study.settings import Choice

NAMED = 5
"""So many are named where there may be many."""


def quality(fit: Fit) -> str:
    """What quality means here."""
    return {
        "accuracy": "published top-1 accuracy on ImageNet",
        "mult_adds": f"the most {fit.counting.convention.unit}, the largest under these limits",
        "params": "the most parameters, of equals the most "
        f"{fit.counting.convention.unit}: the largest under these limits",
    }[fit.prefer]


def results(fit: Fit) -> Iterator[str]:
    """What was found: the best, and what binds; or what is nearest."""
    if fit.best is None:
        yield from _of_nearest(fit)
    else:
        yield _of_best(fit, fit.best)
        yield from _of_binding(fit, fit.best)


def notes(fit: Fit, source: str) -> Iterator[str]:
    """What was left out and why, whose accuracies these are, and what to do next."""
    yield from _of_time(fit)
    yield from _of_accuracy(fit)
    yield from _of_unbuilt(fit)
    yield from _of_beyond(fit)
    if fit.best is not None:
        yield f"To write down the best: {_command(fit, fit.best, source)}"


def _of_best(fit: Fit, best: Choice) -> str:
    judged = len(fit.fitting) - len(fit.unjudged)
    if fit.prefer == "accuracy":
        top1 = best.top1.printed if best.top1 else ""
        return (
            f"Best: {_at(best)}, with the highest published top-1, {top1} %, of {judged:,} that "
            "fit and have one."
        )
    known = "" if any(each.top1 for each in fit.fitting) else "; none has a published accuracy"
    most = _exactly(fit, fit.prefer, best.amount(fit.prefer))
    return f"Best: {_at(best)}, the largest of {judged:,} that fit, with {most}{known}."


def _of_binding(fit: Fit, best: Choice) -> Iterator[str]:
    """What keeps the best from being larger, or better, and what the next would break."""
    named = [
        f"{metric_text(fit, each.metric)} ({_percent(used(each, best))} of the limit)"
        for each in fit.binding
    ]
    yield f"Binding: {', '.join(named)}." if named else "Binding: no limit."
    for step in fit.steps:
        yield _step(fit, step)


def _step(fit: Fit, step: Step) -> str:
    choice = step.choice
    if choice is None:
        larger = "higher accuracy is published" if step.direction == "accuracy" else ""
        return f"No {larger or f'larger {step.direction} is'} among these settings."
    if step.direction == "accuracy":
        top1 = choice.top1.printed if choice.top1 else ""
        larger = f"The next higher top-1, {top1} % of {_at(choice)},"
    else:
        size = times(*choice.resolution)
        value = alpha_text(choice.alpha) if step.direction == "α" else size
        larger = f"The next larger {step.direction}, {value},"
    if not step.broken:
        unjudged = choice in fit.unjudged
        why = "it has no published accuracy" if unjudged else "it is no better in what is preferred"
        return f"{larger} fits too; {why}."
    return f"{larger} has {'; '.join(_over(fit, Raised(each, choice)) for each in step.broken)}."


def _over(fit: Fit, raised: Raised) -> str:
    """By how much a setting misses a limit."""
    excess = abs(raised.amount - raised.limit.bound)
    side = "over" if raised.limit.relation == "max" else "under"
    by = units.time_text(excess) if raised.limit.metric == TIME else f"{excess:,}"
    return (
        f"{_exactly(fit, raised.limit.metric, raised.amount)}, {by} {side} the limit "
        f"({_percent(raised.share)})"
    )


def _of_time(fit: Fit) -> Iterator[str]:
    """How many may take longer than they may, for all that is known of the estimate."""
    most = next((limit.bound for limit in fit.limits if limit.metric == TIME), None)
    if fit.counting.device is None or most is None:
        return
    within = Fraction(str(fit.counting.device.calibration.within))
    doubtful = [each for each in fit.fitting if each.time * (1 + within) > most]
    if doubtful:
        best = ", the best among them," if fit.best in doubtful else ""
        yield (
            f"Time: {len(doubtful):,} of those that fit{best} may not by the clock: the estimate "
            "is too near the limit to tell."
        )


def _of_accuracy(fit: Fit) -> Iterator[str]:
    """What was not judged, and who published the accuracies."""
    if fit.prefer == "accuracy" and fit.unjudged:
        yield (
            f"Not judged: {len(fit.unjudged):,} that fit have no published accuracy; "
            "--prefer mult_adds ranks all by size."
        )
    sources = dict.fromkeys(each.top1.source for each in fit.fitting if each.top1)
    for source in sources:
        yield f"Top-1: {source}."
    if len(sources) > 1:
        yield "Accuracies of different sources were trained in different ways."


def _command(fit: Fit, best: Choice, source: str) -> str:
    """The command that writes a setting as an architecture file."""
    size = best.resolution
    parts = ["mncost", "convert", source, "--alpha", alpha_text(best.alpha)]
    parts += ["--allow-wider"] if best.alpha > 1 else []
    parts += ["--res", str(size[0]) if size[0] == size[1] else f"{size[0]}x{size[1]}"]
    if fit.counting.classes is not None:
        parts += ["--classes", str(fit.counting.classes)]
    return f"{shlex.join(parts)} -o FILE.yaml"


def _of_nearest(fit: Fit) -> Iterator[str]:
    """Which limit is nearest to allowing a setting, and by how much it would have to give way."""
    assert fit.nearest is not None
    for rank, raised in enumerate(fit.nearest.alone):
        word = "Nearest" if not rank else "Or"
        yield f"{word}: with {_wanted(fit, raised)} alone, {_at(raised.choice)} fits."
    if len(fit.nearest.raised) > 1:
        word = "Or" if fit.nearest.alone else "Nearest"
        every = listed([_wanted(fit, each) for each in fit.nearest.raised])
        yield f"{word}: with {every}, {_at(fit.nearest.raised[0].choice)} fits."
    if not fit.nearest.alone:
        yield "No limit alone, however it is changed, lets any of these settings fit."


def _wanted(fit: Fit, raised: Raised) -> str:
    limit = raised.limit
    verb = "raised" if limit.relation == "max" else "lowered"
    amount = _exactly(fit, limit.metric, raised.amount)
    return f"{_option(limit)} {verb} to {amount} (by {_percent(raised.share)})"


def _of_unbuilt(fit: Fit) -> Iterator[str]:
    """What could not be built, each reason once."""
    reasons: dict[str, list[str]] = {}
    for each in fit.unbuilt:
        reasons.setdefault(each.reason, []).append(_place(each.alpha, each.resolution))
    for reason, places in reasons.items():
        more = f" and {len(places) - NAMED:,} more" if len(places) > NAMED else ""
        yield f"Cannot be built, {len(places):,}: {', '.join(places[:NAMED])}{more}: {reason}."


def _of_beyond(fit: Fit) -> Iterator[str]:
    """Published accuracies that the settings have no place for."""
    if fit.beyond:
        places = [_place(alpha, size) for alpha, size in fit.beyond]
        more = f" and {len(places) - NAMED:,} more" if len(places) > NAMED else ""
        named = ", ".join(places[:NAMED])
        yield f"Not among the settings, though an accuracy is published: {named}{more}."


def _place(alpha: Fraction, size: Pair) -> str:
    return f"α = {alpha_text(alpha)} at {times(*size)}"


def _at(choice: Choice) -> str:
    return _place(choice.alpha, choice.resolution)


def alpha_text(alpha: Fraction) -> str:
    return units.significant(alpha, 12)


def _percent(share: Fraction) -> str:
    percent = units.fixed(share * 100, 2)
    return "<0.01 %" if share and percent == "0.00" else f"{percent} %"


def _option(limit: Limit) -> str:
    return f"--{limit.relation}-{limit.metric.replace('_', '-')}"


def stated(fit: Fit, limit: Limit) -> str:
    most = "at most" if limit.relation == "max" else "at least"
    return f"{most} {_exactly(fit, limit.metric, limit.bound)}"


def _exactly(fit: Fit, metric: str, amount: int) -> str:
    if metric == TIME:
        return f"{units.time_text(amount)} (estimated)"
    return f"{amount:,} {metric_text(fit, metric)}"


def metric_text(fit: Fit, metric: str) -> str:
    """A metric in words; a cost in the unit of its convention."""
    return {
        "mult_adds": fit.counting.convention.unit,
        "params": "parameters",
        "weight_bytes": "bytes of weights",
        "peak": "bytes of activations",
        TIME: "time",
    }[metric]


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `a, b and c`."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
