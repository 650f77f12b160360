"""`mncost compare`: kinds of layers that do the same task, or whole networks, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mncost.cli.layers import Asked, task_options
from mncost.cli.networks import device_option
from mncost.cli.output import Output, output_options
from mncost.cli.values import RESOLUTION
from mncost.errors import MncostError, Problem, SpecError

if TYPE_CHECKING:
    from mncost.graph import Graph
    from mncost.render.table import Table


@click.command("compare")
@click.argument("kinds", nargs=-1, required=True, metavar="KIND… | NETWORK…")
@task_options(shape=None, alpha=1.0, rho=1.0)
@click.option("--res", "resolution", type=RESOLUTION, metavar="R|HxW", help="Of all networks.")
@device_option
@output_options
def command(
    kinds: tuple[str, ...],
    task: Asked,
    resolution: tuple[int, int] | None,
    device: str | None,
    output: Output,
) -> None:
    """Kinds of layers that map the same input to the same number of channels; or networks.

    \b
    With --shape, KIND is one of
      standard      K×K over all channels, formula (2)
      dwsep         depthwise K×K, then pointwise, formula (5)
      depthwise     one K×K filter a channel, formula (4); keeps the channels
      pointwise     1×1, second term of formula (5)
      grouped:G     K×K in G groups
      flattened     depthwise K×1, depthwise 1×K, then pointwise
      bottleneck:R  1×1 to M/R channels, K×K, 1×1
      inverted:T    1×1 to T·M channels, depthwise K×K, 1×1
    Without, each NETWORK is one of the zoo, an architecture or ONNX file, or py:module:function.
    """
    _refuse_idle(task.shape is not None, resolution or device, output)
    if task.shape is not None:
        from mncost.render.paper import comparison
        from mncost.study.compare import compare

        candidates = compare(kinds, task.task(), task.convention, task.bits)
        explained, columns = output.explain, task.columns
        output.emit(comparison(candidates, output.params, explained=explained, columns=columns))
        return
    from mncost.cost.engine import analyze
    from mncost.render.show import side_by_side

    graphs = _graphs(kinds, task, resolution)
    reports = [analyze(graph, task.convention, task.bits) for graph in graphs]
    table = side_by_side(reports, output.params, columns=task.columns)
    output.emit(_timed(table, graphs, device) if device else table)


def _timed(table: Table, graphs: Sequence[Graph], device: str) -> Table:
    """The table with an estimated time in each row."""
    from mncost.render.estimates import with_times
    from mncost.study.estimate import estimate, load_device

    found = load_device(device)
    return with_times(table, [estimate(graph, found) for graph in graphs])


def _refuse_idle(layers: bool, resolution: object, output: Output) -> None:
    """An option that says nothing about what is compared is a mistake, and not ignored."""
    source = click.get_current_context().get_parameter_source
    if layers and resolution is not None:
        raise click.UsageError(
            "--res and --device are for networks; a layer's map is in --shape, or --rho"
        )
    given = [name for name in ("kernel", "out", "stride") if source(name) is not _DEFAULT]
    if not layers and (given or output.explain):
        names = ", ".join(f"--{name}" for name in [*given, *["explain"] * output.explain])
        raise click.UsageError(f"{names} says nothing of networks, and kinds need --shape HxWxC")


_DEFAULT = click.core.ParameterSource.DEFAULT


def _graphs(
    names: tuple[str, ...], asked: Asked, resolution: tuple[int, int] | None
) -> list[Graph]:
    """Every network at the same setting; all that is wrong with any of them, at once."""
    from mncost.study.compare import KINDS
    from mncost.study.models import load, taken

    if any(name.partition(":")[0] in KINDS for name in names):
        raise click.UsageError("kinds of layers need --shape HxWxC")
    rho = None if asked.rho == 1 else asked.rho
    graphs: list[Graph] = []
    problems: list[Problem] = []
    for name in names:
        try:
            graph = taken(
                load(name),
                alpha=asked.alpha,
                rho=rho,
                resolution=resolution,
                allow_wider=asked.allow_wider,
            )
            graphs.append(graph)
        except MncostError as error:
            problems += error.problems
    if problems:
        raise SpecError(dict.fromkeys(problems))
    return graphs
