"""`mncost space sample`: architectures within limits, each as likely as any other."""

from __future__ import annotations

from typing import Any

import click

from mncost.cli.output import Output
from mncost.cli.spaces import folder
from mncost.cli.spaces.options import Taken, limit_options, space_command, spans_of
from mncost.cli.values import Whole
from mncost.cli.waiting import working

MOST = 100_000


@click.command("sample")
@click.option(
    "-n",
    "count",
    type=Whole(1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many; all of them where there are no more.",
)
@click.option(
    "--seed",
    type=Whole(0),
    default=0,
    show_default=True,
    metavar="N",
    help="What is drawn: the same of the same space, limits and seed.",
)
@limit_options
@space_command
def command(taken: Taken, output: Output, count: int, seed: int, **asked: Any) -> int:
    """Architectures of a design space within limits, each as likely as any other, and none twice.

    They are drawn by their numbers, and none is rejected. A row for each, or with -o FOLDER/ an
    architecture file for each, whose cost is the row's.

    Exit codes: 0 some architecture is within the limits, 1 none is, 2 anything wrong with what was
    given.
    """
    from mncost.render import space_words as sentences
    from mncost.render.space_rows import Shown
    from mncost.study.explore import quality
    from mncost.study.explore.picked import picked
    from mncost.study.explore.within import Within, drawn

    if count > MOST:
        raise click.UsageError(f"-n {count:,}: at most {MOST:,} at a time")
    spans = spans_of(asked)
    target = folder.of(output)
    plan = taken.plan()
    scores = quality.stated(plan)
    with working("sums counted") as tick:
        within = Within(plan, spans, tick=tick)
        found = picked(plan, drawn(within, count, seed), scores)
    how = Shown(
        plan,
        spans,
        scores,
        about=tuple(sentences.sampled(plan, spans, within.total, count, seed)),
        facts={"within": within.total, "seed": seed},
    )
    title = sentences.drawn(plan, spans, within.total, len(found))
    return target.write(found, how, title, f", drawn with seed {seed}")
