"""What is said of a design space: how many, between what costs, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mncost.render import words
from mncost.study.explore.count import Counted, Number
from mncost.study.explore.plan import Plan
from mncost.study.explore.quality import Quality
from mncost.study.explore.spans import BEYOND, Span, Spans
from mncost.study.objectives import QUALITY

MOST_NAMED = 5


def architectures(count: int) -> str:
    return f"{count:,} {'architecture' if count == 1 else 'architectures'}"


def choices(count: int) -> str:
    return f"{count:,} {'choice' if count == 1 else 'choices'}"


def number(found: Number) -> str:
    """So many, or from so many to so many."""
    if found.is_exact:
        return f"{found.least:,}" if found.most else "none"
    return f"{found.least:,} to {found.most:,}"


def are(found: Number) -> str:
    return "is" if found.most in (0, 1) else "are"


def metric(plan: Plan, at: int) -> str:
    """What a limit is on, in words."""
    if at == 0:
        return plan.convention.unit
    return "weights" if plan.count == "weights" else "parameters"


def spans(plan: Plan) -> Iterator[str]:
    """The least and the most of each cost."""
    for at, (least, most) in enumerate(zip(plan.least, plan.most, strict=True)):
        what = metric(plan, at)
        between = f"{least:,} to {most:,}" if least < most else f"{least:,}"
        yield f"{what[:1].upper()}{what[1:]}: {between}."


def maximum(high: int) -> dict[str, int]:
    """A limit from above, where there is one."""
    return {} if high == BEYOND else {"max": high}


def span(plan: Plan, at: int, span: Span) -> str:
    """Limits in words: `200,000,000 to 210,000,000 Mult-Adds`."""
    low, high = span
    what = metric(plan, at)
    if high == BEYOND:
        return f"at least {low:,} {what}"
    return f"{low:,} to {high:,} {what}" if low else f"at most {high:,} {what}"


def stated(plan: Plan, limits: Spans) -> str:
    """All limits, in a line."""
    told = [span(plan, at, each) for at, each in enumerate(limits) if each != (0, BEYOND)]
    return ", ".join(told)


def tolerance(found: Counted) -> Iterator[str]:
    """What at least and at most mean."""
    if found.tolerance is None:
        return
    share = f"{float(found.tolerance * 100):.12g} %"
    yield (
        f"At least, at most: costs are rounded, by no more than {share} of a limit in all; "
        "architectures that near to a limit are in or out."
    )


def beyond(found: Counted) -> Iterator[str]:
    """Limits that no architecture can keep."""
    yield from unreachable(found.plan, found.limits)


def unreachable(plan: Plan, limits: Spans) -> Iterator[str]:
    """Limits that no architecture can keep."""
    for at, (low, high) in enumerate(limits):
        least, most = plan.least[at], plan.most[at]
        if high < least:
            yield f"The least that there is, {least:,} {metric(plan, at)}, is above the limit."
        if low > most:
            yield f"The most that there is, {most:,} {metric(plan, at)}, is below the limit."


def notes(plan: Plan) -> Iterator[str]:
    """What a reader of a space should know: that it has no choice, or what is not counted."""
    if not plan.columns:
        yield 'No choice in it: one architecture; a choice is written "out: {choice: [16, 24]}".'
    yield from words.not_known(plan.unmeasured, plan.convention)


def drawn(plan: Plan, limits: Spans, within: int, count: int) -> str:
    """The heading of a sample."""
    limited = bool(stated(plan, limits))
    if not within:
        return f"none of {architectures(plan.total)} is within"
    return f"{count:,} of {architectures(within)}{' within limits' if limited else ''}"


def sampled(plan: Plan, limits: Spans, within: int, asked: int, seed: int) -> Iterator[str]:
    """How they were drawn."""
    told = stated(plan, limits)
    limited = " within limits" if told else ""
    if within == 0:
        yield from unreachable(plan, limits)
    elif within == 1:
        yield f"The only architecture{limited}."
    elif asked >= within:
        yield f"All {architectures(within)}{limited}: no more than were asked for."
    else:
        what = f"{'the' if told else 'all'} {architectures(within)}{limited}"
        yield f"Drawn from {what}, each as likely as any other, none twice; seed {seed}."
    if told:
        yield f"Limits: {told}."
    yield _numbers(plan)


def front(plan: Plan, count: int) -> str:
    """The heading of a front."""
    if not count:
        return f"none of {architectures(plan.total)} is within"
    return f"{count:,} of {architectures(plan.total)} {'is' if count == 1 else 'are'} on the front"


def weighed(
    plan: Plan, limits: Spans, quality: Quality, objectives: Sequence[str]
) -> Iterator[str]:
    """What the front weighs, and within what; which choices have no score."""
    names = {"mult_adds": metric(plan, 0), "params": metric(plan, 1), QUALITY: QUALITY}
    told, within = " and ".join(names[each] for each in objectives), stated(plan, limits)
    among = "no other within limits" if within else "no other"
    told += " together" if len(objectives) > 1 else ""
    yield (
        f"Front: what {among} beats in {told}; of equal ones, the first. "
        "Quality: the sum of the scores of what is chosen."
    )
    if within:
        yield f"Limits: {within}."
    yield from unreachable(plan, limits)
    yield from without_scores(plan, quality)
    yield _numbers(plan)


def without_scores(plan: Plan, quality: Quality) -> Iterator[str]:
    """Which choices add nothing to a quality."""
    without = [column.name for column in plan.columns if column not in quality.scores]
    if without:
        more = f" and {len(without) - MOST_NAMED:,} more" if len(without) > MOST_NAMED else ""
        yield f"Without scores, so that they add nothing: {', '.join(without[:MOST_NAMED])}{more}."


def _numbers(plan: Plan) -> str:
    return f"Number: of {architectures(plan.total)}, from 0; the last choice changes fastest."
