"""`mncost space pareto`: the exact front of a design space; 1 where no architecture is within."""

from __future__ import annotations

from typing import Any

import click

from mncost.cli.grids import OBJECTIVES
from mncost.cli.output import Output
from mncost.cli.spaces import folder
from mncost.cli.spaces.options import Taken, most_options, space_command, spans_of


@click.command("pareto")
@click.option(
    "--quality",
    "scores",
    type=click.Path(),
    metavar="FILE",
    help="Scores of options: a CSV file of choice,option,quality.  [default: those beside the "
    "choices of the space]",
)
@click.option(
    "--pareto",
    "--objectives",
    "objectives",
    type=OBJECTIVES,
    default="mult_adds,quality",
    show_default=True,
    metavar="LIST",
    help="What the front weighs, of mult_adds, params and quality.",
)
@most_options
@space_command
def command(
    taken: Taken, output: Output, scores: str | None, objectives: tuple[str, ...], **asked: Any
) -> int:
    """The architectures that no other of the design space beats, exactly, without listing all.

    An architecture's quality is the sum of the scores of what is chosen in it, as predictors state
    them. Costs alone make no front: the smallest architecture would win them all, so quality must
    be among the objectives. A row for each, or with -o FOLDER/ an architecture file for each.

    Exit codes: 0 there is a front, 1 no architecture is within the limits, 2 anything wrong with
    what was given.
    """
    from mncost.render import space_words as sentences
    from mncost.render.space_rows import Shown
    from mncost.study.explore import quality
    from mncost.study.explore.best import best, check
    from mncost.study.explore.picked import picked

    check(objectives)
    spans = spans_of(asked)
    target = folder.of(output)
    plan = taken.plan()
    known = quality.known(plan, scores)
    most = (spans[0][1], spans[1][1])
    found = picked(plan, best(plan, known, objectives, most), known)
    how = Shown(
        plan,
        spans,
        known,
        about=tuple(sentences.weighed(plan, spans, known, objectives)),
        facts={"objectives": list(objectives)},
    )
    title = sentences.front(plan, len(found))
    return target.write(found, how, title, f", of the front of {' and '.join(objectives)}")
