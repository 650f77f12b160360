"""`mncost compare`: kinds of layers that do the same task, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mncost.cli.layers import task_options
from mncost.cli.output import Output, output_options

if TYPE_CHECKING:
    from mncost.study.compare import Task


@click.command("compare")
@click.argument("kinds", nargs=-1, required=True, metavar="KIND KIND…")
@task_options(shape=None, alpha=1.0, rho=1.0)
@output_options
def command(kinds: tuple[str, ...], task: Task, output: Output) -> None:
    """Kinds of layers that map the same input to the same number of channels.

    \b
    KIND is one of
      standard      K×K over all channels, formula (2)
      dwsep         depthwise K×K, then pointwise, formula (5)
      depthwise     one K×K filter a channel, formula (4); keeps the channels
      pointwise     1×1, second term of formula (5)
      grouped:G     K×K in G groups
      flattened     depthwise K×1, depthwise 1×K, then pointwise
      bottleneck:R  1×1 to M/R channels, K×K, 1×1
      inverted:T    1×1 to T·M channels, depthwise K×K, 1×1
    """
    from mncost.render.paper import comparison
    from mncost.study.compare import compare

    output.emit(comparison(compare(kinds, task), output.params, explained=output.explain))
