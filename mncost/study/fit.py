"""Which settings of a network meet every limit, which of them are best, and what is in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from mncost.errors import Problem, SettingError
from mncost.study.accuracies import At, Top1
from mncost.study.front import Sense, Value, front
from mncost.study.limits import METRICS, TIME, Limit, contradictions
from mncost.study.objectives import QUALITY, faults
from mncost.study.settings import Choice, Counting, Grid, Unbuilt, counted

if TYPE_CHECKING:
    from mncost.study.models import Model

Preference = Literal["accuracy", "mult_adds", "params"]

PREFERENCES: tuple[Preference, ...] = ("accuracy", "mult_adds", "params")


@dataclass(frozen=True, slots=True)
class Raised:
    """By how much a limit would have to give way for a setting to fit."""

    limit: Limit
    choice: Choice

    @property
    def amount(self) -> int:
        """What the limit would have to be."""
        return self.choice.amount(self.limit.metric)

    @property
    def share(self) -> Fraction:
        """The excess, as a share of the limit."""
        return Fraction(self.limit.excess(self.amount)) / self.limit.bound


@dataclass(frozen=True, slots=True)
class Nearest:
    """Where nothing fits: the setting nearest to fitting, and each limit that alone is in the way.

    `raised` are the limits that must give way for that setting; `alone` the least that one limit
    would have to, if all others stood, for each of which that would do; the nearest first.
    """

    raised: tuple[Raised, ...]
    alone: tuple[Raised, ...]

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(dict.fromkeys(each.choice for each in (*self.alone, *self.raised)))


@dataclass(frozen=True, slots=True)
class Step:
    """The next setting in one direction, larger or more accurate; None where there is none. It
    breaks limits, or it fits too."""

    direction: Literal["α", "resolution", "accuracy"]
    choice: Choice | None
    broken: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """The settings of a network that meet every limit, best first.

    `prefer` is what quality means here; settings of which it is not known are `unjudged`: they come
    last, and are not on the front.
    """

    network: str
    grid: Grid
    limits: tuple[Limit, ...]
    counting: Counting
    prefer: Preference
    objectives: tuple[str, ...]
    fitting: tuple[Choice, ...]
    front: frozenset[Choice]
    unjudged: tuple[Choice, ...]
    unbuilt: tuple[Unbuilt, ...]
    beyond: tuple[At, ...]
    steps: tuple[Step, ...] = ()
    nearest: Nearest | None = None

    @property
    def best(self) -> Choice | None:
        return self.fitting[0] if self.fitting else None

    @property
    def binding(self) -> tuple[Limit, ...]:
        """The limits that keep the best from being larger: those that every next setting breaks,
        or else those that any does."""
        broken = [step.broken for step in self.steps if step.choice is not None]
        both = [each for each in self.limits if broken and all(each in some for some in broken)]
        return tuple(both or (each for each in self.limits if any(each in b for b in broken)))


def used(limit: Limit, choice: Choice) -> Fraction:
    """How much of a limit a setting uses, as a share."""
    return Fraction(choice.amount(limit.metric), limit.bound)


def fit(
    model: Model,
    grid: Grid,
    limits: Sequence[Limit],
    *,
    counting: Counting | None = None,
    accuracies: Mapping[At, Top1] | None = None,
    prefer: Preference | None = None,
    objectives: Sequence[str] = (),
    allow_wider: bool = False,
    tick: Callable[[int], None] = lambda done: None,
) -> Fit:
    """The settings of the grid that meet every limit.

    Without a preference, quality is the published accuracy where any setting that fits has one,
    else the most Mult-Adds. Raises `SettingError`.
    """
    check(limits, objectives)
    counting, accuracies = counting or Counting(), accuracies or {}
    choices, unbuilt = counted(model, grid, counting, accuracies, allow_wider, tick)
    within = [each for each in choices if not _broken(each, limits)]
    prefer = prefer or ("accuracy" if any(each.top1 for each in within) else "mult_adds")
    _check_known(prefer, within, choices)
    weighed = _objectives(objectives, limits, prefer)
    judged, unjudged = _ranked(within, prefer, weighed)
    inside = set(grid)
    return Fit(
        model.name,
        grid,
        tuple(limits),
        counting,
        prefer,
        weighed,
        (*judged, *unjudged),
        frozenset(_front(judged, prefer, weighed)),
        unjudged,
        unbuilt,
        tuple(sorted(at for at in accuracies if at not in inside)),
        _steps(judged[0], choices, limits, prefer) if judged else (),
        None if within else _nearest(choices, limits),
    )


def check(limits: Sequence[Limit], objectives: Sequence[str]) -> None:
    """What is wrong with limits and objectives. Raises `SettingError`."""
    problems = contradictions(limits)
    if not limits:
        problems.append(Problem("no limit to fit into", "state the most Mult-Adds or parameters"))
    if objectives:
        problems += faults(objectives, (*METRICS, TIME))
    if problems:
        raise SettingError(problems)


def _check_known(prefer: Preference, within: Sequence[Choice], choices: Sequence[Choice]) -> None:
    """Refuses to rank by accuracy where none is known of anything that fits."""
    if prefer != "accuracy" or any(each.top1 for each in within):
        return
    if within or not any(each.top1 for each in choices):
        some = "setting that fits" if within else "of these settings"
        message = f"no accuracy is published of any {some}"
        raise SettingError(Problem(message, "prefer mult_adds or params"))


_QUALITIES: dict[Preference, tuple[str, ...]] = {
    "accuracy": (),
    "mult_adds": ("mult_adds",),
    "params": ("params", "mult_adds"),
}
"""What stands for quality in place of accuracy: more is better, and of equals more of the next.
Parameters do not depend on the resolution, which Mult-Adds tell apart."""


def _objectives(
    asked: Sequence[str], limits: Sequence[Limit], prefer: Preference
) -> tuple[str, ...]:
    """What the front weighs; what stands for quality is not a cost at the same time."""
    limited = {limit.metric for limit in limits if limit.relation == "max"}
    also = [name for name in ("peak", TIME) if name in limited]
    usual = ["mult_adds", "params", *also, QUALITY]
    return tuple(dict.fromkeys(name for name in asked or usual if name not in _QUALITIES[prefer]))


def _quality(choice: Choice, prefer: Preference) -> tuple[Value, ...] | None:
    """How good a setting is, to be compared in order; None where it is not known."""
    if prefer == "accuracy":
        return (choice.top1.value,) if choice.top1 else None
    return tuple(choice.amount(name) for name in _QUALITIES[prefer])


def _ranked(
    within: Sequence[Choice], prefer: Preference, objectives: Sequence[str]
) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """Those whose quality is known, best first, and the others, with most Mult-Adds first.

    Of equals the one that costs less in what the front weighs, so that the best is on the front.
    """
    costs = [name for name in dict.fromkeys((*objectives, *METRICS, TIME)) if name != QUALITY]

    def order(choice: Choice) -> tuple[object, ...]:
        worth = _quality(choice, prefer)
        first = [-value for value in worth or (choice.amount("mult_adds"),)]
        amounts = [choice.amount(name) for name in costs]
        return (worth is None, *first, *amounts, -choice.alpha, choice.resolution)

    ranked = sorted(within, key=order)
    known = tuple(each for each in ranked if _quality(each, prefer) is not None)
    return known, tuple(ranked[len(known) :])


def _front(judged: Sequence[Choice], prefer: Preference, objectives: Sequence[str]) -> list[Choice]:
    """The front of what is known; quality is a rank there, from the worst up."""
    qualities = [_quality(each, prefer) or () for each in judged]
    rank = {quality: at for at, quality in enumerate(sorted(set(qualities)))}
    senses: list[Sense] = ["max" if name == QUALITY else "min" for name in objectives]
    points = [
        [rank[quality] if name == QUALITY else each.amount(name) for name in objectives]
        for each, quality in zip(judged, qualities, strict=True)
    ]
    return [judged[at] for at in front(points, senses)]


def _broken(choice: Choice, limits: Sequence[Limit]) -> tuple[Limit, ...]:
    return tuple(each for each in limits if not each.holds(choice.amount(each.metric)))


def _steps(
    best: Choice, choices: Sequence[Choice], limits: Sequence[Limit], prefer: Preference
) -> tuple[Step, ...]:
    """The next larger α at this resolution, the next larger resolution at this α, and, where
    accuracy counts, the next higher one."""
    tall, worth = best.resolution, _top1(best)
    wider = [each for each in choices if each.resolution == tall and each.alpha > best.alpha]
    larger = [each for each in choices if each.alpha == best.alpha and _area(each) > _area(best)]
    better = [each for each in choices if _top1(each) > worth]
    found = [
        Step("α", min(wider, key=lambda each: each.alpha, default=None)),
        Step("resolution", min(larger, key=_area, default=None)),
    ]
    if prefer == "accuracy":
        found.append(Step("accuracy", min(better, key=_top1, default=None)))
    return tuple(
        replace(step, broken=_broken(step.choice, limits) if step.choice else ()) for step in found
    )


def _top1(choice: Choice) -> Fraction:
    return choice.top1.value if choice.top1 else Fraction(0)


def _area(choice: Choice) -> int:
    return choice.resolution[0] * choice.resolution[1]


def _nearest(choices: Sequence[Choice], limits: Sequence[Limit]) -> Nearest:
    """The setting whose worst excess is least; and for each limit the least excess of it alone."""
    missed = [tuple(Raised(each, choice) for each in _broken(choice, limits)) for choice in choices]
    least = min(missed, key=lambda raised: (max(each.share for each in raised), len(raised)))
    alone: dict[Limit, Raised] = {}
    for raised in missed:
        if len(raised) == 1:
            each = raised[0]
            alone[each.limit] = min(alone.get(each.limit, each), each, key=lambda r: r.share)
    return Nearest(least, tuple(sorted(alone.values(), key=lambda each: each.share)))
