"""`mncost fit`: the settings of a network that meet every budget; 0 some do, 1 none does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from mncost.cli.columns import planner_option
from mncost.cli.conventions import convention_option
from mncost.cli.grids import BYTES, COUNT, NUMBERS, OBJECTIVES, RESOLUTIONS, TIME
from mncost.cli.networks import NetworkName, device_option, wider_option
from mncost.cli.output import Output, output_options
from mncost.cli.values import RESOLUTION, Named, Whole
from mncost.cli.waiting import working

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.formulas import Pair
    from mncost.spec.network import Network
    from mncost.study.accuracies import At, Top1
    from mncost.study.limits import Limit
    from mncost.study.settings import Counting, Grid

LIMITS = {
    "max_mult_adds": (COUNT, "The most Mult-Adds, as in 150M."),
    "max_params": (COUNT, "The most parameters, as in 1.5M."),
    "max_weight_bytes": (BYTES, "The most memory for parameters, as in 1MiB, at --bits each."),
    "max_peak": (BYTES, "The most memory for activations at once, as in 256KiB, at --bits each."),
    "max_time": (TIME, "The longest time, as in 20ms, estimated for a --device."),
    "min_mult_adds": (COUNT, "The least Mult-Adds."),
    "min_params": (COUNT, "The least parameters."),
}
"""Every limit by its option, which names what it is on."""


def _limit_options(command: Any) -> Any:
    for name, (kind, words) in reversed(LIMITS.items()):
        option = f"--{name.replace('_', '-')}"
        command = click.option(option, name, type=kind, metavar="AMOUNT", help=words)(command)
    return command


@click.command("fit")
@click.argument("network", type=NetworkName())
@_limit_options
@click.option(
    "--bits",
    type=Whole(1),
    metavar="N",
    help="Of each number in memory, where the network does not say.  [default: 32]",
)
@planner_option
@click.option(
    "--alphas",
    type=NUMBERS,
    default="0.25:1:0.05",
    show_default=True,
    metavar="LIST",
    help="Width multipliers: 1,0.75,0.5 or START:STOP:STEP, both ends included.",
)
@click.option(
    "--resolutions",
    type=RESOLUTIONS,
    metavar="LIST",
    help="Input resolutions in pixels, in the same way, or HxW.  [default: 96:320:32 and the "
    "network's own; eighths of its own, from 1/2 to 5/4, where that is of another kind]",
)
@click.option("--min-res", type=RESOLUTION, metavar="R|HxW", help="Drops smaller resolutions.")
@device_option
@wider_option
@click.option(
    "--classes", type=Whole(0), metavar="N", help="Outputs of the classifier; 0 takes it away."
)
@click.option(
    "--prefer",
    type=Named(("accuracy", "mult_adds", "params")),
    help="What is best: the highest published top-1, the most Mult-Adds, or the most parameters "
    "(of equals the most Mult-Adds).  [default: accuracy where any setting that fits has one, else "
    "mult_adds]",
)
@click.option(
    "--pareto",
    "objectives",
    type=OBJECTIVES,
    default=(),
    metavar="LIST",
    help="What the front weighs, of mult_adds, params, weight_bytes, peak, time and "
    "quality.  [default: mult_adds,params,quality, and peak and time where they are limited]",
)
@click.option("--all", "every", is_flag=True, help="All settings that fit, not the front alone.")
@convention_option()
@output_options(formulas=False)
def command(
    network: str,
    every: bool,
    objectives: tuple[str, ...],
    output: Output,
    **asked: Any,
) -> int:
    """The settings of NETWORK, α and resolution, that meet every limit, and the best of them.

    Of the settings that fit, the Pareto front is shown: those that no other beats or equals in
    Mult-Adds, parameters and quality, and beats in one. Quality is the published top-1 accuracy,
    with its source; where none is known of any that fits, it means the most Mult-Adds within the
    limits. Then: how much of each limit is used, which one binds, and what the next larger setting
    would break.

    Exit codes: 0 some setting fits, 1 none does (what is shown is nearest to it), 2 anything wrong
    with what was given.
    """
    from mncost.render.fit import table
    from mncost.study.fit import check, fit

    limits = _limits(asked)
    _refuse_idle(asked, objectives)
    check(limits, objectives)
    model = _model(network)
    with working("settings counted") as tick:
        found = fit(
            model,
            _grid(model, asked),
            limits,
            counting=_counting(asked, output.params),
            accuracies=_accuracies(network, model, asked["classes"]),
            prefer=asked["prefer"],
            objectives=objectives,
            allow_wider=asked["allow_wider"],
            tick=tick,
        )
    output.emit(table(found, network, every))
    if found.best is None and output.output not in (None, "-"):
        print(f"mncost: none of {len(found.grid):,} settings fits", file=sys.stderr)
    return 0 if found.best else 1


def _limits(asked: Mapping[str, Any]) -> list[Limit]:
    from mncost.study.limits import Limit

    found = []
    for name in LIMITS:
        relation, _, metric = name.partition("_")
        if asked[name] is not None:
            found.append(Limit(metric, asked[name], "max" if relation == "max" else "min"))
    if not found:
        raise click.UsageError(
            "no limit: give --max-mult-adds, say; every --max- and --min- option is one"
        )
    return found


def _refuse_idle(asked: Mapping[str, Any], objectives: tuple[str, ...]) -> None:
    """An option that says nothing about what is asked is a mistake, and not ignored."""
    in_memory = asked["max_peak"] or asked["max_weight_bytes"]
    if asked["bits"] is not None and not in_memory and not {"peak", "weight_bytes"} & {*objectives}:
        raise click.UsageError(
            "--bits says how memory counts: give --max-peak or --max-weight-bytes too"
        )
    peaked = asked["max_peak"] or "peak" in objectives
    if asked["planner"] is not None and not peaked:
        raise click.UsageError("--planner says how the peak is planned: give --max-peak too")
    if asked["device"] is None and (asked["max_time"] is not None or "time" in objectives):
        raise click.UsageError("times are estimated for a device: give --device FILE")


def _model(source: str) -> Network:
    """The network, which must be one that can be scaled."""
    from mncost.graph import Graph
    from mncost.study.models import PYTHON, fixed, load

    if source.startswith(PYTHON):  # refused before its code runs
        raise fixed(source)
    model = load(source)
    if isinstance(model, Graph):
        raise fixed(model.name)
    return model


def _grid(model: Network, asked: Mapping[str, Any]) -> Grid:
    """The grid that is asked for, without resolutions below the least. Raises `SettingError`."""
    from mncost.errors import SettingError
    from mncost.spec.multipliers import alpha_problems
    from mncost.study.settings import Grid, resolutions_for

    alphas: tuple[Fraction, ...] = asked["alphas"]
    wrong = {alpha: [*alpha_problems(alpha, asked["allow_wider"])] for alpha in alphas}
    if problems := [problem for each in wrong.values() for problem in each]:
        raise SettingError(problems[:1])
    sizes: tuple[Pair, ...] = asked["resolutions"] or resolutions_for(model.resolution)
    least = asked["min_res"] or (1, 1)
    kept = tuple(each for each in sizes if each[0] >= least[0] and each[1] >= least[1])
    if not kept:
        tallest = max(sizes)
        raise click.UsageError(
            f"--min-res leaves no resolution: the largest is {tallest[0]}x{tallest[1]}; "
            "give --resolutions"
        )
    return Grid(alphas, kept)


def _counting(asked: Mapping[str, Any], params: str) -> Counting:
    from mncost.study.estimate import load_device
    from mncost.study.memory import DEFAULT, check
    from mncost.study.settings import Counting

    convention: Convention = asked["convention"]
    planner = check(asked["planner"] or DEFAULT)
    found = load_device(asked["device"]) if asked["device"] else None
    return Counting(asked["bits"] or 32, params, convention, asked["classes"], planner, found)


def _accuracies(source: str, model: Network, classes: int | None) -> Mapping[At, Top1]:
    """What is published of the network as it is; nothing of it with other classes."""
    from mncost.spec.scale import scale
    from mncost.study.accuracies import published_accuracies

    if classes is not None and scale(model, classes=classes).layers != model.layers:
        return {}
    return published_accuracies(source)
