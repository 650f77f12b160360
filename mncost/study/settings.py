"""A network at every setting of a grid of α and resolutions: what each costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mncost.cost.conventions import PAPER, Convention
from mncost.errors import Problem, SettingError, ShapeError
from mncost.formulas import Pair, shrink
from mncost.study.accuracies import At, Top1
from mncost.study.costs import Cost, priced
from mncost.study.estimate import nanoseconds
from mncost.study.limits import TIME
from mncost.study.memory import DEFAULT, Planner
from mncost.study.models import taken

if TYPE_CHECKING:
    from mncost.spec.calibrated import Device
    from mncost.study.models import Model

MOST_SETTINGS = 10_000
"""Each is counted anew, in some milliseconds."""

USUAL = tuple((side, side) for side in range(96, 321, 32))
"""The resolutions at which networks for mobile devices are trained."""


@dataclass(frozen=True, slots=True)
class Counting:
    """How costs are counted: bits of each number, which parameters, the convention, the planner."""

    bits: int = 32
    params: str = "weights"
    convention: Convention = PAPER
    classes: int | None = None
    planner: Planner = DEFAULT
    device: Device | None = None
    """What the time is estimated for."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Every α with every resolution."""

    alphas: tuple[Fraction, ...]
    resolutions: tuple[Pair, ...]

    def __iter__(self) -> Iterator[At]:
        return ((alpha, size) for alpha in self.alphas for size in self.resolutions)

    def __len__(self) -> int:
        return len(self.alphas) * len(self.resolutions)


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting that can be built: what it costs, and how accurate somebody found it to be."""

    alpha: Fraction
    resolution: Pair
    cost: Cost
    top1: Top1 | None = None
    time: int = 0
    """Nanoseconds, estimated, where there is a device."""

    def amount(self, metric: str) -> int:
        """What it costs, by the name that budgets use."""
        if metric == TIME:
            return self.time
        return int(getattr(self.cost, metric))


@dataclass(frozen=True, slots=True)
class Unbuilt:
    """A setting at which the layers do not fit together, and why."""

    alpha: Fraction
    resolution: Pair
    reason: str


def counted(
    model: Model,
    grid: Grid,
    counting: Counting,
    accuracies: Mapping[At, Top1],
    allow_wider: bool = False,
    tick: Callable[[int], None] = lambda done: None,
) -> tuple[tuple[Choice, ...], tuple[Unbuilt, ...]]:
    """Every setting of the grid, counted. Raises `SettingError` where none can be built."""
    if not len(grid):
        raise SettingError(Problem("a grid without a setting", "state an α and a resolution"))
    if len(grid) > MOST_SETTINGS:
        sides = f"{len(grid.alphas):,} α × {len(grid.resolutions):,} resolutions"
        message = f"{sides} are {len(grid):,} settings, and at most {MOST_SETTINGS:,} are counted"
        raise SettingError(Problem(message, "take longer steps"))
    choices: list[Choice] = []
    unbuilt: list[Unbuilt] = []
    for done, (alpha, size) in enumerate(grid):
        tick(done)
        try:
            cost, time = _cost(model, alpha, size, counting, allow_wider)
        except ShapeError as error:
            unbuilt.append(Unbuilt(alpha, size, error.problems[0].message))
        else:
            choices.append(Choice(alpha, size, cost, accuracies.get((alpha, size)), time))
    if not choices:
        message = f"{model.name} can be built at none of {len(grid):,} settings"
        raise SettingError(Problem(f"{message}: {unbuilt[0].reason}", "take larger resolutions"))
    return tuple(choices), tuple(unbuilt)


def _cost(
    model: Model, alpha: Fraction, size: Pair, counting: Counting, allow_wider: bool
) -> tuple[Cost, int]:
    """What a setting costs, and its time on the device. Raises `SettingError`."""
    graph = taken(
        model,
        alpha=float(alpha),
        resolution=size,
        classes=counting.classes,
        allow_wider=allow_wider,
    )
    cost = priced(graph, counting.bits, counting.params, counting.convention, counting.planner)
    return cost, nanoseconds(graph, counting.device) if counting.device else 0


def resolutions_for(base: Pair) -> tuple[Pair, ...]:
    """The usual resolutions, with the network's own among them.

    Where its own is not of their kind, smaller or larger or no square: eighths of its own, from
    half of it to five quarters.

    >>> resolutions_for((299, 299))[-3:]
    ((288, 288), (299, 299), (320, 320))
    >>> resolutions_for((32, 32))
    ((16, 16), (20, 20), (24, 24), (28, 28), (32, 32), (36, 36), (40, 40))
    """
    if base[0] == base[1] and USUAL[0] <= base <= USUAL[-1]:
        return tuple(sorted({*USUAL, base}))
    eighths = [Fraction(n, 8) for n in range(4, 11)]
    sizes = ((shrink(base[0], rho), shrink(base[1], rho)) for rho in eighths)
    return tuple(dict.fromkeys((max(height, 1), max(width, 1)) for height, width in sizes))
