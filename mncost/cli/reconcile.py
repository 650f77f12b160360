"""`mncost reconcile`: why another tool counts something else, and what gives a number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mncost.cli.conventions import ConventionName
from mncost.cli.networks import network_options
from mncost.cli.output import Output, output_options
from mncost.cli.values import Named, Whole

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.spec.network import Network


@click.command("reconcile")
@network_options(counted=False)
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
@output_options
def command(
    network: Network,
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
    if output.explain or output.params != "weights":
        raise click.UsageError("reconcile explains costs: no --explain, no --params")
    exact = replace(output, exact=True)
    if to is not None:
        _explain(network, convention, to, by, exact)
    else:
        assert target is not None
        _search(network, target, top, exact)


def _explain(network: Network, start: Convention, to: Convention, by: str, output: Output) -> None:
    from mncost.cost.engine import analyze
    from mncost.render import reconcile as render
    from mncost.spec.lower import lower
    from mncost.study.reconcile import by_layer, reconcile

    report = analyze(lower(network))
    if by == "layer":
        output.emit(render.layers(report, by_layer(report, to, start), start, to))
    else:
        output.emit(render.terms(report, reconcile(report, to, start), start, to))


def _search(network: Network, target: str, top: int, output: Output) -> None:
    from mncost.cost.engine import analyze
    from mncost.render import words
    from mncost.render.reconcile import explanations
    from mncost.spec import zoo
    from mncost.spec.lower import lower
    from mncost.spec.source import load
    from mncost.study.target import explain_number
    from mncost.units import Printed

    try:
        number = Printed.parse(target)
    except ValueError as error:
        raise click.UsageError(f"--target: {error}") from None
    subject = words.subject(analyze(lower(network)))
    variants = [load(name) for name in zoo.variants(network.name)]
    output.emit(explanations(subject, target, explain_number(network, number, variants), top))
