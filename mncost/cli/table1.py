"""`mncost table1`: the body of a network as the paper's Table 1, with costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mncost.cli.networks import network_options
from mncost.cli.output import Output, output_options

if TYPE_CHECKING:
    from mncost.cost.report import Report


@click.command("table1")
@network_options(default="mobilenet_v1")
@click.option("--fold", is_flag=True, help="Print equal blocks once, as the paper's 5×.")
@output_options
def command(report: Report, columns: str, fold: bool, output: Output) -> None:
    """The paper's Table 1, layer by layer, with Mult-Adds and parameters.

    NETWORK is a network of the zoo, an architecture file, an ONNX file, or py:module:function;
    MobileNet V1 by default.
    """
    from mncost.render.paper import table1

    explained = output.explain
    output.emit(table1(report, output.params, fold=fold, explained=explained, columns=columns))
