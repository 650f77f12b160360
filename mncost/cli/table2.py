"""`mncost table2`: Mult-Adds and parameters by type of layer, as the paper's Table 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mncost.cli.networks import network_options
from mncost.cli.output import Output, output_options

if TYPE_CHECKING:
    from mncost.cost.report import Report


@click.command("table2")
@network_options(default="mobilenet_v1")
@output_options
def command(report: Report, columns: str, output: Output) -> None:
    """The paper's Table 2: Mult-Adds and parameters by type of layer.

    NETWORK is a network of the zoo, an architecture file, an ONNX file, or py:module:function;
    MobileNet V1 by default.
    """
    from mncost.render.paper import table2

    output.emit(table2(report, output.params, explained=output.explain, columns=columns))
