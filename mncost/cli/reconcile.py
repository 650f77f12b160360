"""`mncost reconcile`: why another tool counts something else, and what gives a number."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mncost.cli.conventions import ConventionName
from mncost.cli.networks import Taken, network_options
from mncost.cli.output import Output, output_options
from mncost.cli.values import Named, Whole

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention


@click.command("reconcile")
@network_options(hands="taken and convention")
@click.option("--to", type=ConventionName(False), metavar="NAME", help="Explain this convention.")
@click.option("--target", metavar="NUMBER", help="Search for what gives this number, as in 589M.")
@click.option(
    "--by",
    type=Named(("term", "layer")),
    default="term",
    show_default=True,
    help="With --to: a row for each term of the difference, or for each layer.",
)
@click.option(
    "--top", type=Whole(), default=10, show_default=True, metavar="N", help="With --target: rows."
)
@output_options(counts=False)
def command(
    taken: Taken,
    convention: Convention,
    to: Convention | None,
    target: str | None,
    by: str,
    top: int,
    output: Output,
) -> None:
    """Why another tool counts something else, term by term, down to nothing left over.

    With --to, the difference between --convention (the paper's) and another. With --target, what
    gives a number that somebody printed: a convention, α, a resolution, other classes, a variant.
    """
    if (to is None) == (target is None):
        raise click.UsageError("give either --to NAME or --target NUMBER")
    _refuse_idle(("top",) if to is not None else ("by", "convention"))
    exact = replace(output, exact=True)
    if to is not None:
        if to is convention:
            raise click.UsageError(f"--to {to.name}: it is counted so already; name another")
        _explain(taken, convention, to, by, exact)
    else:
        assert target is not None
        _search(taken, target, top, exact)


def _refuse_idle(options: tuple[str, ...]) -> None:
    """An option that says nothing here is a mistake, and not ignored."""
    source = click.get_current_context().get_parameter_source
    for name in options:
        if source(name) is not click.core.ParameterSource.DEFAULT:
            other = "--target" if name == "top" else "--to"
            raise click.UsageError(f"--{name} goes with {other}")


def _explain(taken: Taken, start: Convention, to: Convention, by: str, output: Output) -> None:
    from mncost.cost.engine import analyze
    from mncost.render import reconcile as render
    from mncost.study.reconcile import by_layer, reconcile

    report = analyze(taken.graph())
    if by == "layer":
        output.emit(render.layers(report, by_layer(report, to, start), start, to))
    else:
        output.emit(render.terms(report, reconcile(report, to, start), start, to))


def _search(taken: Taken, target: str, top: int, output: Output) -> None:
    from mncost.cost.engine import analyze
    from mncost.render import words
    from mncost.render.reconcile import explanations
    from mncost.spec import zoo
    from mncost.spec.source import load
    from mncost.study.target import Setting, explain_number
    from mncost.units import Printed

    try:
        number = Printed.parse(_UNIT.sub("", target))
    except ValueError as error:
        raise click.UsageError(f"--target: {error}") from None
    if not number.value:
        raise click.UsageError("--target: nothing costs nothing; give a number above 0")
    graph, base = taken.graph(), taken.model()
    subject = words.subject(analyze(graph))
    resolution = graph.setting.resolution if graph.setting else None
    given = Setting(base, taken.alpha, resolution, taken.classes)
    relatives = [load(name) for name in zoo.relatives(base.name)]
    output.emit(explanations(subject, number, explain_number(given, number, relatives), top))


_UNIT = re.compile(r" ?(macs?|flops?|mult-adds|params?)$", re.IGNORECASE)
"""What people write behind a number, and what says nothing of how it was counted."""
