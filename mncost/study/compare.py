"""One layer built in several ways, side by side; and the paper's Table 3, which is one of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mncost.cost.conventions import PAPER, Convention
from mncost.cost.engine import analyze
from mncost.cost.events import Application
from mncost.cost.footprint import Bits
from mncost.cost.report import Report
from mncost.errors import MncostError, Problem, SettingError, did_you_mean
from mncost.formulas import Pair, same_padding, shrink, thin
from mncost.graph import Builder, ops


@dataclass(frozen=True, slots=True)
class Task:
    """What the layer must do: map an input of `shape` to `out` channels with a kernel."""

    shape: tuple[int, int, int]
    kernel: Pair
    out: int
    stride: int = 1
    alpha: float = 1.0
    rho: Fraction | float = Fraction(1)

    @property
    def m(self) -> int:
        """αM, input channels."""
        return thin(self.shape[0], self.alpha)

    @property
    def n(self) -> int:
        """αN, output channels."""
        return thin(self.out, self.alpha)

    @property
    def fmap(self) -> Pair:
        """ρD_F, height and width of the input."""
        return shrink(self.shape[1], self.rho), shrink(self.shape[2], self.rho)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to do the task, and what it costs."""

    label: str
    equation: str
    task: Task
    report: Report

    @property
    def applications(self) -> list[Application]:
        """The formulas whose sum is the cost."""
        return [row.formula for row in self.report.rows if row.formula is not None]

    def remains(self, first: Candidate) -> Fraction:
        """The share of the first candidate's Mult-Adds that this one costs."""
        own, other = (each.report.totals for each in (self, first))
        return Fraction(own.cost or 0, other.cost or 1)


Step = tuple[int, Pair, Pair, int]
"""A convolution of a chain: output channels, kernel, stride, groups."""

Steps = Callable[[Task, int], Sequence[Step]]

ONE = (1, 1)


def _standard(task: Task, _: int) -> Sequence[Step]:
    return [(task.n, task.kernel, (task.stride, task.stride), 1)]


def _depthwise(task: Task, _: int) -> Sequence[Step]:
    return [(task.m, task.kernel, (task.stride, task.stride), task.m)]


def _pointwise(task: Task, _: int) -> Sequence[Step]:
    return [(task.n, ONE, (task.stride, task.stride), 1)]


def _separable(task: Task, _: int) -> Sequence[Step]:
    return [*_depthwise(task, 0), (task.n, ONE, ONE, 1)]


def _grouped(task: Task, groups: int) -> Sequence[Step]:
    return [(task.n, task.kernel, (task.stride, task.stride), groups)]


def _flattened(task: Task, _: int) -> Sequence[Step]:
    (tall, wide), m = task.kernel, task.m
    down, across = (task.stride, 1), (1, task.stride)
    return [(m, (tall, 1), down, m), (m, (1, wide), across, m), (task.n, ONE, ONE, 1)]


def _bottleneck(task: Task, ratio: int) -> Sequence[Step]:
    if task.m % ratio:
        raise SettingError(Problem(f"bottleneck:{ratio} does not divide {task.m} channels"))
    narrow, stride = task.m // ratio, (task.stride, task.stride)
    return [(narrow, ONE, ONE, 1), (narrow, task.kernel, stride, 1), (task.n, ONE, ONE, 1)]


def _inverted(task: Task, factor: int) -> Sequence[Step]:
    wide, stride = task.m * factor, (task.stride, task.stride)
    return [(wide, ONE, ONE, 1), (wide, task.kernel, stride, wide), (task.n, ONE, ONE, 1)]


KINDS: dict[str, tuple[Steps, str]] = {
    "standard": (_standard, "K×K over all channels, formula (2)"),
    "dwsep": (_separable, "depthwise K×K, then pointwise, formula (5)"),
    "depthwise": (_depthwise, "one K×K filter a channel, formula (4): keeps M channels"),
    "pointwise": (_pointwise, "1×1, second term of formula (5)"),
    "grouped": (_grouped, "grouped:G, K×K in G groups"),
    "flattened": (_flattened, "depthwise K×1, depthwise 1×K, then pointwise"),
    "bottleneck": (_bottleneck, "bottleneck:R, 1×1 to M/R channels, K×K, 1×1"),
    "inverted": (_inverted, "inverted:T, 1×1 to T·M channels, depthwise K×K, 1×1"),
}
"""Every kind of layer that can be compared, and what it is."""

WITH_NUMBER = ("grouped", "bottleneck", "inverted")


def compare(
    kinds: Sequence[str], task: Task, convention: Convention = PAPER, bits: Bits | None = None
) -> tuple[Candidate, ...]:
    """The task done by each kind, in order. Raises `SettingError` or `ShapeError`."""
    problems, candidates = list(_problems(task)), []
    for kind in kinds if 0 not in task.fmap else ():
        try:
            candidates.append(candidate(kind, task, convention, bits))
        except MncostError as error:
            problems += error.problems
    if problems:
        raise SettingError(dict.fromkeys(problems))
    return tuple(candidates)


def shrinking(
    task: Task, convention: Convention = PAPER, bits: Bits | None = None
) -> tuple[Candidate, ...]:
    """The paper's Table 3: each row applies one more method to the same layer."""
    check(task)
    full = Task(task.shape, task.kernel, task.out, task.stride)
    thin_ = Task(task.shape, task.kernel, task.out, task.stride, task.alpha)
    return (
        candidate("standard", full, convention, bits),
        candidate("dwsep", full, convention, bits),
        candidate("dwsep", thin_, convention, bits),
        candidate("dwsep", task, convention, bits),
    )


def candidate(kind: str, task: Task, convention: Convention, bits: Bits | None = None) -> Candidate:
    """One kind of layer, built as a graph and counted by the engine."""
    name, number = _parsed(kind)
    builder = Builder(kind, (task.m, *task.fmap))
    at: int | None = -1
    for index, step in enumerate(KINDS[name][0](task, number)):
        at = _append(builder, step, index, at)
    report = analyze(builder.build(), convention, bits)
    return Candidate(kind, _equation(name, task), task, report)


def check(task: Task) -> None:
    """Refuses a task that no layer could do as the paper has it. Raises `SettingError`."""
    problems = list(_problems(task))
    if problems:
        raise SettingError(problems)


def _problems(task: Task) -> Iterator[Problem]:
    tall, wide = task.kernel
    height, width = task.fmap
    if 0 in (height, width):
        yield Problem(f"ρ = {float(task.rho):g} leaves no pixel of the map")
    elif tall > height or wide > width:
        yield Problem(f"a kernel of {tall}×{wide} is larger than its map, {height}×{width}")
    if tall % 2 == 0 or wide % 2 == 0:
        hint = "take an odd one"
        yield Problem(
            f"a kernel of {tall}×{wide} has no centre, so that its padding is lopsided", hint
        )


def _append(builder: Builder, step: Step, index: int, at: int | None) -> int | None:
    """A convolution with "same" padding, then batch normalisation and ReLU, as in the paper."""
    if at is None:
        return None
    out, kernel, stride, groups = step
    _, height, width = builder.shape(at)
    top, bottom = same_padding(height, kernel[0], stride[0], 1)
    left, right = same_padding(width, kernel[1], stride[1], 1)
    conv = ops.Conv(out, kernel, stride, (top, bottom, left, right), (1, 1), groups)
    name = f"{builder.name}/{index + 1}"
    at = builder.add(conv, (index,), name, at)
    at = builder.add(ops.BatchNorm(), (index, "norm"), f"{name}/norm", at)
    return builder.add(ops.Act("relu"), (index, "act"), f"{name}/act", at)


def _parsed(kind: str) -> tuple[str, int]:
    """`grouped:4` as name and number."""
    name, _, number = kind.partition(":")
    if name not in KINDS:
        raise SettingError(Problem(f'no kind of layer "{kind}"', did_you_mean(name, KINDS)))
    if name not in WITH_NUMBER:
        if number or kind.endswith(":"):
            raise SettingError(Problem(f"{name} takes no number, got {kind}"))
        return name, 1
    if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number)):
        message = f"{name} takes a positive whole number, got {kind}"
        raise SettingError(Problem(message, f"as in {name}:4"))
    return name, int(number)


def _equation(name: str, task: Task) -> str:
    """Which equation of the paper counts this, α and ρ included."""
    if name != "dwsep":
        return ""
    if task.rho != 1:
        return "(7)"
    return "(6)" if task.alpha != 1 else "(5)"
