"""`mncost roofline`: the least time that a peak and a bandwidth allow. A bound, not an estimate."""

from __future__ import annotations

from typing import Any

import click

from mncost.cli.columns import BITS_OPTIONS, bits_of
from mncost.cli.grids import Amount
from mncost.cli.networks import Taken, network_options
from mncost.cli.output import Output, output_options
from mncost.units import parse_bytes


class Rate(Amount):
    """An amount a second, with or without `/s`: 10G, 1GB/s."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = value.removesuffix("/s") if isinstance(value, str) else value
        return super().convert(text, param, ctx)


@click.command("roofline")
@network_options(hands="taken")
@click.option(
    "--peak", type=Rate(), required=True, metavar="RATE", help="Mult-Adds a second, as in 10G."
)
@click.option(
    "--bandwidth",
    type=Rate(parse_bytes),
    required=True,
    metavar="RATE",
    help="Bytes a second to and from memory, as in 1GB/s.",
)
@BITS_OPTIONS[0]
@BITS_OPTIONS[1]
@output_options(formulas=False)
def command(taken: Taken, peak: int, bandwidth: int, output: Output, **asked: Any) -> None:
    """The least time that NETWORK takes on a machine of this peak and this bandwidth: its roofline.

    A bound, not an estimate. Layer by layer: its Mult-Adds at the peak, or what it reads and writes
    at the bandwidth, whichever takes longer. Both numbers are yours; a vendor's operations are
    often two for each Mult-Add.
    """
    from mncost.cost.engine import analyze
    from mncost.render.roofline import table
    from mncost.study.roofline import Machine, roofline

    report = analyze(taken.graph(), bits=bits_of(asked, output.params))
    output.emit(table(report, roofline(report, Machine(peak, bandwidth))))
