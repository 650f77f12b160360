"""`mncost show`: the general table of any network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mncost.cli.networks import network_options
from mncost.cli.output import Output, output_options
from mncost.cli.values import Named, Whole

if TYPE_CHECKING:
    from mncost.cost.report import Report


@click.command("show")
@network_options()
@click.option(
    "--by",
    type=Named(("layer", "kind", "block", "stage")),
    default="layer",
    show_default=True,
    help="A row for each of these; a stage is a run of layers with maps of one size.",
)
@click.option(
    "--sort",
    type=Named(("order", "cost", "params", "name")),
    default="order",
    show_default=True,
    help="Largest first, but for names and the order of execution.",
)
@click.option(
    "--top", type=Whole(), metavar="N", help="The first N rows; the others in one row, summed."
)
@output_options
def command(report: Report, by: str, sort: str, top: int | None, output: Output) -> None:
    """What NETWORK costs, layer by layer.

    NETWORK is a network of the zoo, or an architecture file.
    """
    from mncost.render.show import layers

    output.emit(layers(report, output.params, by=by, sort=sort, top=top, explained=output.explain))
