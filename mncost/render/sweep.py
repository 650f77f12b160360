"""A sweep as columns: what was chosen, what it costs, how good it is; as a table, and as points."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from mncost import units
from mncost.errors import Problem, SettingError
from mncost.graph.notation import times
from mncost.render import choices, words
from mncost.render.plot import Plot, Series
from mncost.render.space_words import without_scores
from mncost.render.table import Cell, Mark, Table
from mncost.render.table import Column as Heading
from mncost.spec.space import ALPHA, SIZE
from mncost.study.explore.plan import Column, Plan
from mncost.study.explore.rows import Chunk, values
from mncost.study.explore.sweep import Sweep, sides
from mncost.study.objectives import QUALITY

MOST_POINTS = 5_000
MOST_SERIES = 8
MOST_TOLD = 5

Kind = Literal["number", "choice", "mult_adds", "params", "quality", "top1"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a sweep: its heading, and where its values come from."""

    heading: Heading
    kind: Kind
    choice: Column | None = None

    def cells(self, sweep: Sweep, chunk: Chunk) -> list[Cell]:
        """The values of some rows."""
        if self.choice is not None:
            options = self.options
            return [options[pick] for pick in _listed(chunk.picks[self.choice])]
        if self.kind == "quality":
            assert sweep.quality is not None
            return [sweep.quality.value(amount) for amount in _listed(chunk.quality)]
        if self.kind == "top1":
            found = sweep.accuracies(chunk)
            return [top1.printed if top1 else Mark.EMPTY for top1 in found]
        return _listed(chunk.whole(self.kind))

    @property
    def options(self) -> list[Cell]:
        """The options of a choice, as they are shown; the last is for where it does not arise."""
        assert self.choice is not None
        return choices.cells(self.choice)


def _listed(numbers: Any) -> list[Any]:
    return numbers.tolist() if hasattr(numbers, "tolist") else list(numbers)


def fields(sweep: Sweep) -> tuple[Field, ...]:
    """The columns: the number, every choice, both costs, and quality where it is known."""
    cost, _, parameters, _ = words.cost_columns(sweep.plan.convention, sweep.plan.count)
    found = [Field(Heading("number", "Number", "number"), "number")]
    found += [Field(choices.heading(column), "choice", column) for column in sweep.plan.columns]
    found += [Field(cost, "mult_adds"), Field(parameters, "params")]
    if sweep.quality:
        found.append(Field(Heading("quality", "Quality", "number"), "quality"))
    if sweep.top1:
        found.append(Field(Heading("top1", "Top-1 %"), "top1"))
    return tuple(found)


def table(sweep: Sweep, shown: Chunk, objectives: Sequence[str] = ()) -> Table:
    """Some rows of a sweep: all of them, or with `objectives` the front of all."""
    columns = fields(sweep)
    cells = [field.cells(sweep, shown) for field in columns]
    count = sweep.numbers.stop - sweep.numbers.start
    some = f"{len(shown):,} of {count:,} architectures" if objectives else _counted(count)
    return Table(
        f"{sweep.plan.space.name}: {some}, convention {sweep.plan.convention.name}",
        tuple(field.heading for field in columns),
        tuple(zip(*cells, strict=True)),
        about=(
            *_about(sweep, objectives),
            *words.counting(sweep.plan.convention, sweep.plan.count),
        ),
        notes=tuple(_notes(sweep, shown, objectives)),
        facts=_facts(sweep, shown, objectives),
    )


def _counted(count: int) -> str:
    return f"{count:,} architecture{'' if count == 1 else 's'}"


def _about(sweep: Sweep, objectives: Sequence[str]) -> Iterator[str]:
    total = sweep.plan.total
    if sweep.numbers != range(total):
        first, last = sweep.numbers.start, sweep.numbers.stop
        yield f"Rows {first:,} to {last:,} of {total:,}, the first being 0 and the last left out."
    if objectives:
        texts = {"mult_adds": sweep.plan.convention.unit, "params": "parameters"}
        costs = [texts[name] for name in objectives if name != QUALITY]
        quality = "the sum of the scores of its options"
        if sweep.top1:
            quality = "published top-1 accuracy on ImageNet"
        yield f"Front: what no other beats in {', '.join(costs)} and quality: {quality}."


def _notes(sweep: Sweep, shown: Chunk, objectives: Sequence[str]) -> Iterator[str]:
    yield from words.not_known(sweep.plan.unmeasured, sweep.plan.convention)
    yield from unbuilt(sweep.plan)
    if sweep.top1:
        found = [top1 for top1 in sweep.accuracies(shown) if top1]
        for source in dict.fromkeys(top1.source for top1 in found):
            yield f"Top-1: {source}."
        missing = sweep.unjudged if objectives else len(shown) - len(found)
        if missing:
            yield f"Not judged, as no accuracy of theirs is published: {missing:,}."
    if sweep.quality:
        yield from without_scores(sweep.plan, sweep.quality)


def unbuilt(plan: Plan) -> Iterator[str]:
    """What was left out because it makes no network, and why."""
    if plan.unbuilt:
        every = math.prod(len(each.options) for each in plan.space.dimensions)
        told = [problem.message for problem in plan.unbuilt[:MOST_TOLD]]
        more = ", …" if len(plan.unbuilt) > MOST_TOLD else ""
        yield f"Cannot be built, {every - plan.total:,} of {every:,}: {', '.join(told)}{more}."


def _facts(sweep: Sweep, shown: Chunk, objectives: Sequence[str]) -> dict[str, Any]:
    return {
        "network": sweep.plan.space.name,
        **words.convention_facts(sweep.plan.convention, sweep.plan.count),
        "architectures": sweep.plan.total,
        "rows_from": sweep.numbers.start,
        "rows_to": sweep.numbers.stop,
        "unbuilt": [problem.message for problem in sweep.plan.unbuilt],
        **({"objectives": list(objectives), "front": _listed(shown.numbers)} if objectives else {}),
    }


def figure(sweep: Sweep, shown: Chunk) -> Plot:
    """Quality over cost, a series for each α; parameters in place of a quality that is unknown.

    Raises `SettingError` for more points than a picture shows.
    """
    if len(shown) > MOST_POINTS:
        message = f"{len(shown):,} points, and at most {MOST_POINTS:,} are drawn"
        raise SettingError(Problem(message, "draw their front, with --pareto"))
    ys, title = _heights(sweep, shown)
    names = _names(sweep, shown)
    series: dict[str, list[tuple[float, float, str]]] = {}
    for at, (x, y) in enumerate(zip(_listed(shown.mult_adds), ys, strict=True)):
        if y is not None and x:
            series.setdefault(names[at][0], []).append((float(x), float(y), names[at][1]))
    if not series:
        raise SettingError(Problem("no point to draw", "nothing has a quality"))
    return Plot(
        f"{sweep.plan.space.name}: {title} and {sweep.plan.convention.unit}",
        sweep.plan.convention.unit,
        title,
        tuple(Series(name, tuple(points)) for name, points in series.items()),
        log_x=True,
    )


def _heights(sweep: Sweep, shown: Chunk) -> tuple[list[Fraction | int | None], str]:
    if sweep.quality:
        return [sweep.quality.value(amount) for amount in _listed(shown.quality)], "quality"
    if sweep.top1:
        found = sweep.accuracies(shown)
        return [top1.value if top1 else None for top1 in found], "top-1 accuracy (%)"
    return _listed(shown.params), f"parameters ({sweep.plan.count})"


def _names(sweep: Sweep, shown: Chunk) -> list[tuple[str, str]]:
    """The series and the label of each point: its α, or else one for all, and its resolution."""
    columns = {column.dimension.path: column for column in sweep.plan.columns}
    alpha, size = columns.get(ALPHA), columns.get(SIZE)
    alphas = (
        [f"α = {units.significant(a, 12)}" for a in values(alpha, shown.picks[alpha])]
        if alpha
        else []
    )
    if not alphas or len(set(alphas)) > MOST_SERIES:
        alphas = [sweep.plan.space.name] * len(shown)
    sizes = [times(*sides(each)) for each in values(size, shown.picks[size])] if size else []
    few = size is not None and len(columns) <= 2 and len(shown) <= 100
    return list(zip(alphas, sizes if few else [""] * len(shown), strict=True))
