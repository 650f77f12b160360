"""`mncost sweep`: every combination of settings, layer by layer or of the whole, and its cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mncost.cli.conventions import convention_option
from mncost.cli.grids import NUMBERS, OBJECTIVES, RESOLUTIONS
from mncost.cli.networks import NetworkName, device_option, wider_option
from mncost.cli.output import Output, output_options
from mncost.cli.parts import Change, Part, Span
from mncost.cli.streams import progress
from mncost.cli.waiting import working
from mncost.cli.writing import LONG, streaming

if TYPE_CHECKING:
    from mncost.render.plot import Plot
    from mncost.render.table import Table
    from mncost.study.explore.rows import Chunk
    from mncost.study.explore.sweep import Sweep

MOST_SHOWN = 10_000
"""A table of more rows is for no reader, and would have to be held as a whole."""

LONG_TIMED = 200
"""From so many on, there is a bar where times are estimated."""


@click.command("sweep")
@click.argument("network", type=NetworkName(), metavar="NETWORK|SPACE")
@click.option(
    "--alpha",
    "alphas",
    type=NUMBERS,
    metavar="LIST",
    help="Width multipliers: 1,0.75,0.5 or START:STOP:STEP, both ends included.",
)
@click.option(
    "--res",
    "sizes",
    type=RESOLUTIONS,
    metavar="LIST",
    help="Input resolutions in pixels, in the same way, or HxW.",
)
@click.option(
    "--set",
    "changes",
    type=Change(),
    multiple=True,
    metavar="PATH=LIST",
    help="Values at a place in the file: layers.3.out=64,96,128, layers counted from 0 or by id.",
)
@wider_option
@click.option(
    "--quality",
    "scores",
    type=click.Path(),
    metavar="FILE",
    help="Scores of options: a CSV file of choice,option,quality.",
)
@click.option(
    "--pareto",
    "objectives",
    type=OBJECTIVES,
    default=(),
    metavar="LIST",
    help="Only what no other beats, in these: of mult_adds, params and quality.",
)
@click.option(
    "--plot",
    is_flag=False,
    flag_value="-",
    metavar="[FILE]",
    help="Draws it, into FILE (.svg .png .pdf), or in characters in place of the table.",
)
@click.option("--shard", type=Part(), metavar="I/N", help="The I-th of N parts of all rows.")
@click.option("--rows", type=Span(), metavar="FROM:TO", help="These rows alone, counted from 0.")
@device_option
@convention_option()
@output_options(formulas=False)
def command(
    network: str,
    objectives: tuple[str, ...],
    plot: str | None,
    device: str | None,
    output: Output,
    **asked: Any,
) -> int:
    """Every combination of the values given, and what each costs.

    NETWORK is a zoo network or a file, or a design space, whose choices are combined too. The last
    choice changes fastest; rows are numbered from 0 in that order, so that --shard and --rows take
    the same ones anywhere, and parts make the whole one after another.

    With --pareto, of rows that are equal in all that it weighs, all are kept. A setting at which
    the layers do not fit together is left out and named; a choice of a design space is refused.

    Tables and JSON are for up to 10,000 rows. CSV, TSV and -o FILE.parquet are written as rows are
    counted, however many there are; Ctrl-C keeps what is done. Times are for up to 2,000 rows.
    """
    if objectives:
        from mncost.study.explore.best import check

        check(objectives)
    found = _sweep(network, asked, output.params)
    numbers = _front(found, objectives) if objectives else found.numbers
    if plot is None and device is None and (write := streaming(output)):
        return write(found, numbers)
    count = numbers.stop - numbers.start if isinstance(numbers, range) else len(numbers)
    if count > MOST_SHOWN:
        hint = "write them with -o FILE.csv or FILE.parquet, or find the best with --pareto"
        raise click.UsageError(f"{count:,} rows, and a table has {MOST_SHOWN:,} at most: {hint}")
    shown = found.rows.at(numbers)
    table = _table(found, shown, objectives, device)
    output.show(table, plot, lambda: _figure(found, shown))
    return 0


def _figure(found: Sweep, shown: Chunk) -> Plot:
    from mncost.render.sweep import figure

    return figure(found, shown)


def _sweep(network: str, asked: dict[str, Any], params: str) -> Sweep:
    from mncost.study.explore.sweep import space_for, sweep

    if asked["shard"] and asked["rows"]:
        raise click.UsageError("--shard and --rows both take a part: give one")
    wider = asked["allow_wider"]
    alphas = [float(alpha) for alpha in asked["alphas"] or ()]
    space, lenient = space_for(network, alphas, asked["sizes"] or (), asked["changes"], wider)
    with working("rows counted") as tick:
        return sweep(
            space,
            network,
            convention=asked["convention"],
            count=params,
            scores=asked["scores"],
            allow_wider=wider,
            lenient=lenient,
            part=_part(asked),
            tick=tick,
        )


def _part(asked: dict[str, Any]) -> Callable[[int], range]:
    """Which of so many rows are asked for."""
    from mncost.study.explore.rows import shard

    def part(total: int) -> range:
        if asked["shard"]:
            return shard(total, *asked["shard"])
        start, stop = asked["rows"] or (0, None)
        if start and start >= total:
            raise click.UsageError(f"--rows from {start:,}: there are {total:,}, from 0")
        return range(start, total if stop is None else min(stop, total))

    return part


def _front(found: Sweep, objectives: tuple[str, ...]) -> list[int]:
    from mncost.study.explore.sweep import pareto

    with progress(found.numbers.stop - found.numbers.start, "compared", LONG) as tick:
        return pareto(found, objectives, tick)


def _table(found: Sweep, shown: Chunk, objectives: tuple[str, ...], device: str | None) -> Table:
    """The table, with the time of each row where there is a device."""
    from mncost.render import sweep as render

    table = render.table(found, shown, objectives)
    if device is None:
        return table
    from mncost.render.estimates import with_times_of_rows
    from mncost.study.estimate import load_device
    from mncost.study.explore.timed import MOST_TIMED, times

    known = load_device(device)
    if len(shown) > MOST_TIMED:
        hint = "take some with --rows, or the best with --pareto"
        raise click.UsageError(f"{len(shown):,} rows, and times are for {MOST_TIMED:,}: {hint}")
    with progress(len(shown), "estimated", LONG_TIMED) as tick:
        return with_times_of_rows(table, times(found, shown, known, tick), known)
