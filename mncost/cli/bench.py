"""`mncost bench`: how long a network takes, measured with ONNX Runtime."""

from __future__ import annotations

import click

from mncost.cli.networks import Taken, network_options
from mncost.cli.output import Output, output_options
from mncost.cli.streams import interruptible, progress
from mncost.cli.values import Named, Whole

level_option = click.option(
    "--level",
    type=Named(("none", "basic", "extended", "all")),
    default="all",
    show_default=True,
    help="Of the runtime's graph optimisation.",
)
threads_option = click.option(
    "--threads", type=Whole(), default=1, show_default=True, metavar="N", help="Of the runtime."
)

by_option = click.option(
    "--by",
    type=Named(("layer", "kind", "block")),
    default="layer",
    show_default=True,
    help="A row for each of these.",
)

LONG = 1
"""A bar is always there on a terminal: nothing is printed before all is measured."""


@click.command("bench")
@network_options(hands="taken")
@by_option
@level_option
@threads_option
@click.option(
    "--rounds",
    type=Whole(3),
    default=30,
    show_default=True,
    metavar="N",
    help="Of 20 ms or more each; the fastest run counts.",
)
@output_options(counts=False)
def command(
    taken: Taken, by: str, level: str, threads: int, rounds: int, output: Output
) -> int | None:
    """How long NETWORK takes, measured: layer by layer, beside its Mult-Adds.

    NETWORK is exported to ONNX, with random weights, and run with ONNX Runtime on this machine.
    After a warm-up, rounds with and without the runtime's profile take turns; the fastest run
    counts, and how far the others were from it says how sure that is. Ctrl-C keeps what is done.

    Needs the extra bench: pip install 'mncost[bench]'.
    """
    from mncost.cost.engine import analyze
    from mncost.measure.runtime import Setting, ran_on
    from mncost.measure.timing import measure
    from mncost.render.times import measured

    setting = Setting(level, threads)
    machine = ran_on(setting)
    graph = taken.graph()
    with interruptible() as interrupted, progress(rounds, "measured", LONG) as tick:
        timing = measure(graph, setting, rounds, tick=tick, stop=interrupted)
        stopped = interrupted()
    output.emit(measured(analyze(graph), timing, machine, by))
    return 128 + stopped if stopped else None
