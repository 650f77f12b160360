"""`mncost table3`: one layer, one shrinking method more in each row, as the paper's Table 3."""

from __future__ import annotations

import click

from mncost.cli.layers import Asked, task_options
from mncost.cli.output import Output, output_options


@click.command("table3")
@task_options(shape="14x14x512", alpha=0.75, rho=0.714)
@output_options
def command(task: Asked, output: Output) -> None:
    """The paper's Table 3: a standard convolution, made separable, thinner, and smaller."""
    from mncost.render.paper import table3
    from mncost.study.compare import shrinking

    rows = shrinking(task.task(), task.convention, task.bits)
    output.emit(table3(rows, output.params, explained=output.explain, columns=task.columns))
