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
@network_options(hands="report or every")
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
def command(
    report: Report,
    columns: str,
    every: bool,
    by: str,
    sort: str,
    top: int | None,
    output: Output,
) -> None:
    """What NETWORK costs, layer by layer.

    NETWORK is a network of the zoo, an architecture file, an ONNX file, or py:module:function.
    """
    if every:
        _refuse_idle(output)
        from mncost.render.counters import counters

        output.emit(counters(report))
        return
    from mncost.render.show import layers

    explained = output.explain
    output.emit(
        layers(
            report,
            output.params,
            by=by,
            sort=sort,
            top=top,
            explained=explained,
            columns=columns,
        )
    )


def _refuse_idle(output: Output) -> None:
    """An option that says nothing of totals is a mistake, and not ignored."""
    source = click.get_current_context().get_parameter_source
    default = click.core.ParameterSource.DEFAULT
    idle = [
        name for name in ("by", "sort", "top", "params", "columns") if source(name) is not default
    ]
    if idle or output.explain:
        names = ", ".join(f"--{name}" for name in [*idle, *["explain"] * output.explain])
        raise click.UsageError(f"{names} says nothing of --convention all, which prints totals")
