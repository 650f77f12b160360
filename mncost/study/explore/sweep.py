"""A sweep: every architecture of a space, or a part of them, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from mncost.cost.conventions import PAPER, Convention
from mncost.errors import Path, Problem, SettingError, SpecError
from mncost.formulas import Pair
from mncost.spec import space as spaces
from mncost.spec.choices import CHOICE, path_of, with_choices
from mncost.spec.multipliers import alpha_problems
from mncost.spec.source import network_of
from mncost.spec.space import ALPHA, SIZE, Space
from mncost.spec.tree import Tree
from mncost.study.accuracies import At, Top1, published_accuracies
from mncost.study.explore import quality as qualities
from mncost.study.explore.best import check
from mncost.study.explore.plan import Plan
from mncost.study.explore.planner import plan
from mncost.study.explore.quality import Quality
from mncost.study.explore.rows import Chunk, PlainRows, Rows, rows, steps, values
from mncost.study.front import front
from mncost.study.objectives import QUALITY

MOST_ROWS = 10**10
"""So many are counted at once, at most: the better part of an hour, and hundreds of gigabytes."""

Change = tuple[str, tuple[Any, ...]]
"""A path as it is written, `layers.3.out`, and its options."""


@dataclass(frozen=True)
class Sweep:
    """The architectures of a plan from one number to another.

    `top1` is what is published of each setting, where only settings are chosen; or else `quality`
    is what the space or a file of scores says.
    """

    plan: Plan
    numbers: range
    quality: Quality | None = None
    top1: Mapping[At, Top1] | None = None

    @cached_property
    def rows(self) -> Rows:
        """What gives any of them by its number."""
        return rows(self.plan, self.quality)

    @property
    def judged(self) -> bool:
        """Whether anything is known of how good they are."""
        return bool(self.quality or self.top1)

    def chunks(self, numbers: Sequence[int] | None = None) -> Iterator[Chunk]:
        """All of them, or those of some numbers, some at a time."""
        return (self.rows.at(few) for few in steps(self.numbers if numbers is None else numbers))

    def accuracies(self, chunk: Chunk) -> list[Top1 | None]:
        """What is published of each of some."""
        chosen = {c.dimension.path: values(c, chunk.picks[c]) for c in self.plan.columns}
        alpha, size = self.own
        alphas = chosen.get(ALPHA) or [alpha] * len(chunk)
        sizes = chosen.get(SIZE) or [size] * len(chunk)
        found = self.top1 or {}
        pairs = zip(alphas, sizes, strict=True)
        return [found.get((Fraction(str(a)), sides(size))) for a, size in pairs]

    @cached_property
    def unjudged(self) -> int:
        """Of how many, where accuracies are published at all, nobody has published one."""
        return sum(top1 is None for each in self.chunks() for top1 in self.accuracies(each))

    @cached_property
    def own(self) -> tuple[float, Pair]:
        """α and resolution where they are not chosen."""
        space = self.plan.space
        first = dict.fromkeys((each.path for each in space.dimensions), 0)
        tree, alpha = spaces.setting_of(space.resolved(first))
        return alpha, network_of(tree, space.file).resolution


def sides(size: Any) -> Pair:
    """The height and width of a size as it is written."""
    height, width = size if isinstance(size, list | tuple) else (size, size)
    return int(height), int(width)


def space_for(
    source: str,
    alphas: Sequence[float],
    sizes: Sequence[Pair],
    changes: Sequence[Change],
    allow_wider: bool = False,
) -> tuple[Space, bool]:
    """The space of a network or a space file, with more choices; and whether all are given here.

    Raises `SpecError`.
    """
    if wrong := [each for alpha in alphas for each in alpha_problems(alpha, allow_wider)]:
        raise SettingError(wrong)
    tree, file = spaces.read(source)
    added: dict[Path, Sequence[Any]] = {}
    named: dict[Path, str] = {}
    if alphas:
        tree = Tree(_without_alpha(tree.value), tree.values, tree.keys)
        added[ALPHA] = alphas
    if sizes:
        added[SIZE] = [h if h == w else [h, w] for h, w in sizes]
    for written, options in changes:
        path = path_of(tree.value, written)
        if path in added:
            raise SpecError(Problem(f"{written} is set twice", "give all of its values at once"))
        added[path] = options
        named[path] = written
    try:
        space = spaces.parse(with_choices(tree, added), file)
    except SpecError as error:
        rows = {tree.place(path[:2])[0]: written for path, written in named.items()}
        raise SpecError(_naming(problem, rows) for problem in error.problems) from None
    return space, added.keys() >= {each.path for each in space.dimensions}


def _naming(problem: Problem, rows: Mapping[int, str]) -> Problem:
    """A problem in a row in which a value was set, with what was set: the file has it otherwise."""
    name = rows.get(problem.line)
    return replace(problem, message=f"{name}: {problem.message}") if name else problem


def _without_alpha(value: Any) -> Any:
    """A file's values without an α that stands in place of `width`."""
    width = value.get("width") if isinstance(value, dict) else {}
    if isinstance(width, dict) and CHOICE not in width:
        return value
    return {key: each for key, each in value.items() if key != "width"}


def sweep(
    space: Space,
    source: str,
    *,
    convention: Convention = PAPER,
    count: str = "weights",
    scores: str | None = None,
    allow_wider: bool = False,
    part: Callable[[int], range] = range,
    lenient: bool = False,
    tick: Callable[[int], None] = lambda done: None,
) -> Sweep:
    """The sweep of a space, or the part of its numbers that `part` takes of so many.

    `scores` is a file of scores for options; `lenient` leaves out what makes no network. Raises
    `MncostError`.
    """
    table = plan(space, convention, count, allow_wider=allow_wider, lenient=lenient, tick=tick)
    numbers = part(table.total)
    if len_of(numbers) > MOST_ROWS:
        message = (
            f"{len_of(numbers):,} architectures, and at most {MOST_ROWS:,} are counted at once"
        )
        hint = "take a part with --shard or --rows; mncost space counts, samples and ranks them all"
        raise SettingError(Problem(message, hint).at(space.file))
    quality = qualities.read(table, scores) if scores else qualities.stated(table)
    settings = {ALPHA, SIZE} >= {each.path for each in space.dimensions}
    top1 = published_accuracies(source) if settings and not quality else None
    return Sweep(table, numbers, quality, top1 or None)


def len_of(numbers: range) -> int:
    """How many there are; `len` stops at 64 bits."""
    return max(numbers.stop - numbers.start, 0)


def pareto(
    found: Sweep, objectives: Sequence[str], tick: Callable[[int], None] = lambda done: None
) -> list[int]:
    """The numbers of those that no other beats, in order; what is not judged is left out.

    Raises `SettingError` where no quality is known.
    """
    check(objectives)
    if not found.judged or (found.top1 and found.unjudged == len_of(found.numbers)):
        hint = "give --quality FILE, or state quality beside choices; mncost fit finds the largest"
        raise SettingError(Problem("no quality is known of any of these", hint))
    if found.quality and not isinstance(found.rows, PlainRows):
        return _streamed(found, objectives, tick)
    kept: dict[int, tuple[int, ...]] = {}
    for chunk in found.chunks():
        kept |= _points(found, objectives, chunk)
        points = list(kept.values())
        names = list(kept)
        best = [names[at] for at in front(points, ["min"] * len(objectives))] if points else []
        kept = {number: kept[number] for number in best}
        tick(len(chunk))
    return list(kept)


def _streamed(found: Sweep, objectives: Sequence[str], tick: Callable[[int], None]) -> list[int]:
    """The same in arrays: of what has gone by, the front alone is kept."""
    from mncost.study.explore.fronts_numpy import Kept

    kept = Kept()
    for numbers in steps(found.numbers):
        chunk: Any = found.rows.at(numbers, picks=False)
        columns = {"mult_adds": chunk.mult_adds, "params": chunk.params, QUALITY: -chunk.quality}
        kept.add([columns[name] for name in objectives], numbers[0])
        tick(len(numbers))
    return kept.numbers()


def _points(found: Sweep, objectives: Sequence[str], chunk: Chunk) -> dict[int, tuple[Any, ...]]:
    """Each that is judged as a point, with less being better."""
    worth: Sequence[Any] = chunk.quality or []
    if found.top1:
        worth = [top1 and top1.value for top1 in found.accuracies(chunk)]
    columns = {"mult_adds": chunk.mult_adds, "params": chunk.params}
    return {
        number: tuple(-worth[at] if name == QUALITY else columns[name][at] for name in objectives)
        for at, number in enumerate(chunk.numbers)
        if worth[at] is not None
    }
