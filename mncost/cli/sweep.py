"""`mncost sweep`: every combination of settings, layer by layer or of the whole, and its cost."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from mncost.cli.conventions import convention_option
from mncost.cli.grids import NUMBERS, RESOLUTIONS
from mncost.cli.networks import NetworkName, device_option, wider_option
from mncost.cli.output import Output, output_options
from mncost.cli.parts import Change, Part, Span
from mncost.cli.streams import Growing, Stopped, Unread, interruptible, progress, write_on

if TYPE_CHECKING:
    from mncost.render.table import Table
    from mncost.study.explore.rows import Chunk
    from mncost.study.explore.sweep import Sweep

MOST_SHOWN = 10_000
"""A table of more rows is for no reader, and would have to be held as a whole."""

LONG = 1_000_000
"""From so many architectures on, there is a bar."""

LONG_TIMED = 200
"""From so many on, where times are estimated."""


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
@output_options
def command(
    network: str,
    pareto: str | None,
    plot: str | None,
    device: str | None,
    output: Output,
    **asked: Any,
) -> int:
    """Every combination of the values given, and what each costs.

    NETWORK is a zoo network or a file, or a design space, whose choices are combined too. The last
    choice changes fastest; rows are numbered from 0 in that order, so that --shard and --rows take
    the same ones anywhere, and parts make the whole one after another.

    Tables and JSON are for up to 10,000 rows. CSV, TSV and -o FILE.parquet are written as rows are
    counted, however many there are; Ctrl-C keeps what is done. Times are for up to 2,000 rows.
    """
    if output.explain:
        raise click.UsageError("--explain: totals of networks have no formulas; see mncost show")
    objectives = None if pareto is None else tuple(name.strip() for name in pareto.split(","))
    if objectives:
        from mncost.study.explore.best import check

        check(objectives)
    found = _sweep(network, asked, output.params)
    count = found.numbers.stop - found.numbers.start
    kept: list[int] = []
    if objectives:
        kept = _front(found, objectives)
    elif plot is None and device is None and (write := _streaming(output)):
        return write(found)
    elif count > MOST_SHOWN:
        hint = "write them with -o FILE.csv or FILE.parquet, or find the best with --pareto"
        raise click.UsageError(f"{count:,} rows, and a table has {MOST_SHOWN:,} at most: {hint}")
    shown = _shown(found, kept if objectives else found.numbers)
    table = _table(found, shown, kept, objectives or (), device)
    _show(found, shown, table, plot, output)
    return 0


def _sweep(network: str, asked: dict[str, Any], params: str) -> Sweep:
    from mncost.study.explore.sweep import space_for, sweep

    if asked["shard"] and asked["rows"]:
        raise click.UsageError("--shard and --rows both take a part: give one")
    alphas = [float(alpha) for alpha in asked["alphas"] or ()]
    space = space_for(network, alphas, asked["sizes"] or (), asked["changes"])
    return sweep(
        space,
        network,
        convention=asked["convention"],
        count=params,
        scores=asked["scores"],
        allow_wider=asked["allow_wider"],
        part=_part(asked),
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


def _shown(found: Sweep, numbers: Sequence[int]) -> Chunk:
    from mncost.study.explore.sweep import some

    return some(found, numbers)


def _table(
    found: Sweep, shown: Chunk, kept: list[int], objectives: tuple[str, ...], device: str | None
) -> Table:
    """The table, with the time of each row where there is a device."""
    from mncost.render import sweep as render

    table = render.table(found, shown, objectives, kept)
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


def _show(found: Sweep, shown: Chunk, table: Table, plot: str | None, output: Output) -> None:
    """A table, a picture of it, or both."""
    from mncost.render import sweep as render

    if plot is None:
        output.emit(table)
    elif plot == "-":
        output.plot(render.figure(found, shown), table)
    else:
        output.picture(render.figure(found, shown), plot)
        output.emit(table)


def _streaming(output: Output) -> Callable[[Sweep], int] | None:
    """What writes rows as they come, where the format allows for that."""
    path = None if output.output in (None, "-") else output.output
    if path is not None and path.lower().endswith(".parquet"):
        if output.json or output.format:
            raise click.UsageError("a Parquet file takes no --format")
        return lambda found: _to_parquet(found, path, output.force)
    delimiter = {"csv": ",", "tsv": "\t"}.get(output.chosen())
    if delimiter is None:
        return None
    return lambda found: _to_text(found, path, delimiter, output.force)


def _to_text(found: Sweep, path: str | None, delimiter: str, force: bool) -> int:
    """CSV or TSV, chunk by chunk."""
    from mncost.render.rows import Separated
    from mncost.render.sweep import fields

    columns = fields(found)
    text = Separated([field.heading for field in columns], delimiter)
    with contextlib.nullcontext() if path is None else Growing(path, force) as file:
        write = file.write if file else write_on
        return _stream(
            found,
            file,
            lambda chunk: write(text.rows([field.cells(found, chunk) for field in columns])),
            before=lambda: write(text.head()),
        )


def _to_parquet(found: Sweep, path: str, force: bool) -> int:
    """Parquet, a group of rows at a time; space for the file's end is always kept ready."""
    from mncost.render.parquet import Parquet, check
    from mncost.render.sweep import fields

    check(found)  # before a file is opened
    with Growing(path, force) as file:
        writer = Parquet(found, fields(found), file.file)

        def write(chunk: Any) -> None:
            rows = writer.rows(chunk)
            file.reserve(writer.size(rows))
            writer.write(rows)

        def close() -> None:
            writer.close()
            file.keep(file.file.tell())

        return _stream(found, file, write, after=close)


def _stream(
    found: Sweep,
    file: Growing | None,
    write: Callable[[Any], None],
    *,
    before: Callable[[], None] = lambda: None,
    after: Callable[[], None] = lambda: None,
) -> int:
    """Counts and writes until all is done, or something stops it; says what is kept."""
    count, done = found.numbers.stop - found.numbers.start, 0
    stopped = ""
    with interruptible() as interrupted, progress(count, "counted", LONG) as tick:
        try:
            before()
            for numbers, chunk in found.chunks():
                if interrupted():
                    stopped = "interrupted"
                    break
                write(chunk)
                done = numbers.stop - found.numbers.start
                tick(len(numbers))
        except Stopped as error:
            stopped = str(error)
        except Unread:
            return 0
        after()
    return _told(found, file, done, stopped) if stopped else 0


def _told(found: Sweep, file: Growing | None, done: int, stopped: str) -> int:
    """What is kept of a sweep that was stopped, and how to go on."""
    from mncost.errors import OutputError, Problem

    count, at = found.numbers.stop - found.numbers.start, found.numbers.start + done
    rest = f"--rows {at}:{found.numbers.stop} counts the rest"
    kept = f"{done:,} of {count:,} rows are written"
    where = file.path if file else "standard output"
    if stopped == "interrupted":
        print(f"mncost: interrupted: {kept} to {where}; {rest}", file=sys.stderr)
        return 130
    raise OutputError(Problem(f"could not write: {stopped}; {kept}", rest).at(where))
