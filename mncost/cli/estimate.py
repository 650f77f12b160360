"""`mncost estimate`: how long a network would take on a device that was calibrated."""

from __future__ import annotations

import click

from mncost.cli.bench import by_option
from mncost.cli.networks import Taken, network_options
from mncost.cli.output import Output, output_options


@click.command("estimate")
@network_options(hands="taken")
@click.option(
    "--device", required=True, metavar="FILE", help="A device file, as mncost calibrate writes it."
)
@by_option
@output_options(counts=False)
def command(taken: Taken, device: str, by: str, output: Output) -> None:
    """How long NETWORK would take on a device, without running it.

    The device is a file of mncost calibrate. A layer's time is o + max(Mult-Adds / P, bytes / B),
    with o, P and B as measured of its kind; what is printed beside the total is the error that 9
    of 10 chains stayed within which were measured and left out of the fit.
    """
    from mncost.cost.engine import analyze
    from mncost.render.estimates import estimated
    from mncost.study.estimate import estimate, load_device

    found = load_device(device)
    graph = taken.graph()
    output.emit(estimated(analyze(graph), estimate(graph, found), by))
