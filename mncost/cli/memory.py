"""`mncost memory`: the most that activations need at once; 1 where that does not fit a device."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from mncost.cli.columns import BITS_OPTIONS, bits_of, planner_option
from mncost.cli.networks import Taken, network_options
from mncost.cli.output import Output, output_options
from mncost.cli.values import Whole

if TYPE_CHECKING:
    from mncost.cost.footprint import Bits
    from mncost.cost.report import Report
    from mncost.graph import Graph
    from mncost.spec.devices import Device
    from mncost.study.memory import Plan, Planner


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
@output_options(formulas=False)
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
    from mncost.render import memory as render
    from mncost.render.table import clean

    machine = _machine(device)
    report, graph, plans, chosen = _planned(taken, bits_of(asked, output.params), planner)
    found = None
    if machine is not None and report.bits is not None:
        from mncost.study.fitting import fitting

        found = fitting(graph, chosen, report.bits, machine)
    table = render.table(report, chosen, plans, found, top)
    output.show(table, plot, lambda: render.picture(report, chosen, found))
    if found is None or found.fits:
        return 0
    print(f"mncost: {clean(f'{graph.name} does not fit {found.device.name}')}", file=sys.stderr)
    return 1


def _machine(device: str | None) -> Device | None:
    """The device that was named, before anything is counted."""
    if device is None:
        return None
    from mncost.spec.devices import device as named

    return named(device)


def _planned(
    taken: Taken, bits: Bits, planner: str | None
) -> tuple[Report, Graph, dict[Planner, Plan], Plan]:
    """The report, its graph, the plans of the other planners, and of the one that is asked for."""
    from mncost.cost.engine import analyze
    from mncost.study.memory import DEFAULT, PLANNERS, check, plan

    chosen = check(planner or DEFAULT)
    graph = taken.graph()
    plans = {each: plan(graph, bits, each) for each in PLANNERS}
    return analyze(graph, bits=bits), graph, plans, plans.pop(chosen)
