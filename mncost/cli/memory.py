"""`mncost memory`: the most that activations need at once; 1 where that does not fit a device."""

from __future__ import annotations

import sys
from typing import Any

import click

from mncost.cli.columns import BITS_OPTIONS, bits_of, planner_option
from mncost.cli.networks import Taken, network_options
from mncost.cli.output import Output, output_options
from mncost.cli.values import Whole


@click.command("memory")
@network_options(hands="taken")
@planner_option
@BITS_OPTIONS[0]
@BITS_OPTIONS[1]
@click.option(
    "--device",
    metavar="NAME|FILE",
    help="A device of mncost's list, or a file with ram and flash: does the network fit?",
)
@click.option("--top", type=Whole(), metavar="N", help="The N operations with the most in memory.")
@click.option(
    "--plot",
    is_flag=False,
    flag_value="-",
    metavar="[FILE]",
    help="Memory over the layers, into FILE (.svg .png .pdf), or in characters in place of the "
    "table.",
)
@output_options
def command(
    taken: Taken,
    planner: str | None,
    device: str | None,
    top: int | None,
    plot: str | None,
    output: Output,
    **asked: Any,
) -> int:
    """The peak of NETWORK's activation memory: the layer and the tensors that make it.

    A lower bound: arenas also hold scratch buffers and structures. The planner says what is kept:
    sum, every tensor at once; liveness, each until its last reader, in order of execution;
    in_place, and depthwise convolutions overwrite their input, channel by channel.

    Exit codes: 0 done, or it fits the device; 1 it does not fit; 2 anything wrong with what was
    given.
    """
    if output.explain:
        raise click.UsageError("--explain: memory has no formulas; the table says what is alive")
    from mncost.cost.engine import analyze
    from mncost.render import memory as render
    from mncost.study.fitting import fitting
    from mncost.study.memory import DEFAULT, PLANNERS, check, plan

    machine = None
    if device is not None:
        from mncost.spec.devices import device as named

        machine = named(device)
    bits = bits_of(asked, output.params)
    graph = taken.graph()
    report = analyze(graph, bits=bits)
    plans = {each: plan(graph, bits, each) for each in PLANNERS}
    chosen = plans.pop(check(planner or DEFAULT))
    found = fitting(graph, chosen, bits, machine) if machine else None
    table = render.table(report, chosen, plans, found, top)
    if plot == "-":
        output.plot(render.picture(report, chosen, found), table)
    else:
        if plot is not None:
            output.picture(render.picture(report, chosen, found), plot)
        output.emit(table)
    if found is None or found.fits:
        return 0
    print(f"mncost: {graph.name} does not fit {found.device.name}", file=sys.stderr)
    return 1
