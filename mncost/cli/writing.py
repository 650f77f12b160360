"""Rows of a sweep into CSV, TSV and Parquet, written while they are counted."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from mncost.cli.output import Output
from mncost.cli.streams import Growing, Stopped, Unread, interruptible, progress, write_on

if TYPE_CHECKING:
    from mncost.study.explore.sweep import Sweep

    Write: TypeAlias = Callable[[Sweep, Sequence[int]], int]

LONG = 1_000_000
"""From so many architectures on, there is a bar."""


def streaming(output: Output) -> Write | None:
    """What writes rows as they come, where the format allows for that."""
    path = None if output.output in (None, "-") else output.output
    if path is not None and path.lower().endswith(".parquet"):
        if output.json or output.format:
            raise click.UsageError("a Parquet file takes no --format")
        return functools.partial(_to_parquet, path, output.force)
    delimiter = {"csv": ",", "tsv": "\t"}.get(output.chosen())
    if delimiter is None:
        return None
    return functools.partial(_to_text, path, delimiter, output.force)


def _to_text(
    path: str | None, delimiter: str, force: bool, found: Sweep, numbers: Sequence[int]
) -> int:
    """CSV or TSV, chunk by chunk."""
    from mncost.render.rows import Separated
    from mncost.render.sweep import fields

    columns = fields(found)
    text = Separated([field.heading for field in columns], delimiter)
    with contextlib.nullcontext() if path is None else Growing(path, force) as file:
        write = file.write if file else write_on
        return _stream(
            found,
            numbers,
            file,
            lambda chunk: write(text.rows([field.cells(found, chunk) for field in columns])),
            before=lambda: write(text.head()),
        )


def _to_parquet(path: str, force: bool, found: Sweep, numbers: Sequence[int]) -> int:
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

        return _stream(found, numbers, file, write, after=close)


def _stream(
    found: Sweep,
    numbers: Sequence[int],
    file: Growing | None,
    write: Callable[[Any], None],
    *,
    before: Callable[[], None] = lambda: None,
    after: Callable[[], None] = lambda: None,
) -> int:
    """Counts and writes until all is done, or something stops it; says what is kept."""
    count, done = _length(numbers), 0
    stopped: str | int = 0
    with interruptible() as interrupted, progress(count, "counted", LONG) as tick:
        try:
            before()
            for chunk in found.chunks(numbers):
                if stopped := interrupted():
                    break
                write(chunk)
                done += len(chunk)
                tick(len(chunk))
        except Stopped as error:
            stopped = str(error)
        except Unread:
            return 0
        after()
    _note(found)
    return _told(numbers, file, done, stopped) if stopped else 0


def _note(found: Sweep) -> None:
    """On standard error, what a table says below: which settings are left out."""
    from mncost.render.sweep import unbuilt

    for line in unbuilt(found.plan):
        print(f"mncost: {line}", file=sys.stderr)


def _length(numbers: Sequence[int]) -> int:
    return numbers.stop - numbers.start if isinstance(numbers, range) else len(numbers)


def _told(numbers: Sequence[int], file: Growing | None, done: int, stopped: str | int) -> int:
    """What is kept of rows whose writing was stopped, and how to go on."""
    from mncost.errors import OutputError, Problem

    rest = ""
    if isinstance(numbers, range):
        rest = f"--rows {numbers.start + done}:{numbers.stop} counts the rest"
    kept = f"{done:,} of {_length(numbers):,} rows are written"
    where = file.path if file else "standard output"
    if isinstance(stopped, int):
        told = [f"mncost: interrupted: {kept} to {where}", *([rest] if rest else [])]
        print("; ".join(told), file=sys.stderr)
        return 128 + stopped
    raise OutputError(Problem(f"could not write: {stopped}; {kept}", rest).at(where))
