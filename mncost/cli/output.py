"""How a result leaves: the options that every command shares, and the writing."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TextIO

import click

from mncost.cli.values import Named
from mncost.errors import OutputError, Problem

if TYPE_CHECKING:
    from mncost.render.bars import Bars
    from mncost.render.plot import Plot
    from mncost.render.table import Table


@dataclass(frozen=True, slots=True)
class Output:
    """What was asked of the output."""

    params: str
    explain: bool
    exact: bool
    format: str | None
    json: bool
    output: str | None
    force: bool

    def emit(self, table: Table) -> None:
        """Draws the table and writes it, to the file given or to standard output."""
        from mncost.render import drawing

        if self.output not in (None, "-"):
            assert self.output is not None
            text = drawing.draw(table, self.chosen(), self.exact)
            write_file(self.output, text, self.force)
            return
        plain = not _takes_symbols(sys.stdout)
        write_out(drawing.draw(table, self.chosen(), self.exact, terminal=True, ascii=plain))

    def plot(self, plot: Plot | Bars, table: Table) -> None:
        """A picture for a file that is one, characters for a screen, else the table of points."""
        from mncost.render import drawing, picture

        path = self.output if self.output != "-" else None
        if path is not None and picture.is_picture(path):
            if self.json or self.format is not None:
                raise click.UsageError("a picture takes no --format")
            write_file(path, picture.draw(plot, path), self.force)
        elif path is None and not self.json and self.format in (None, "table"):
            columns = min(max(shutil.get_terminal_size().columns, 40), 100)
            plain = not _takes_symbols(sys.stdout)
            write_out(drawing.characters(plot, columns, ascii=plain))
        else:
            self.emit(table)

    def show(self, table: Table, plot: str | None, figure: Callable[[], Plot | Bars]) -> None:
        """The table; with a picture in a file beside it, or in characters in its place."""
        if plot is None:
            self.emit(table)
        elif plot != "-":
            self.picture(figure(), plot)
            self.emit(table)
        elif self.json or self.format or not self._is_drawn():
            raise click.UsageError(
                "--plot draws characters for a screen: give it a FILE beside these"
            )
        else:
            self.plot(figure(), table)

    def _is_drawn(self) -> bool:
        """Whether it goes where a picture can: to a screen, or into a file that is one."""
        from mncost.render import picture

        return self.output in (None, "-") or picture.is_picture(str(self.output))

    @property
    def is_data(self) -> bool:
        """Whether machines will read it: a column more costs nobody anything."""
        return self.chosen() in ("csv", "tsv", "json")

    def picture(self, plot: Plot | Bars, path: str) -> None:
        """A picture beside the table, in a file of its own."""
        from mncost.render import picture

        if not picture.is_picture(path):
            raise click.UsageError(f"--plot {path}: name it {', '.join(picture.FORMATS)}")
        write_file(path, picture.draw(plot, path), self.force)

    def chosen(self) -> str:
        """The format, by its option or by the file's suffix."""
        if self.json and self.format not in (None, "json"):
            raise click.UsageError(f"--json and --format {self.format}: give one")
        if self.json:
            return "json"
        if self.format is not None:
            return self.format
        if self.output in (None, "-"):
            return "table"
        from mncost.render.text import format_for

        return format_for(str(self.output))


def output_options(
    command: Callable[..., int | None] | None = None,
    *,
    counts: bool = True,
    formulas: bool = True,
) -> Callable[..., Any]:
    """Adds the options of `Output`, and hands the command one `output`.

    Without `counts`, the tables are not of layers: no --params, unless a command adds it, and no
    --explain; without `formulas`, the latter alone is left out.
    """
    if command is None:
        return functools.partial(output_options, counts=counts, formulas=formulas)

    @functools.wraps(command)
    def with_output(**options: Any) -> int | None:
        asked = {each.name: options.pop(each.name, None) for each in fields(Output)}
        if not counts:
            asked["params"] = asked["params"] or "weights"
        asked["explain"] = bool(asked["explain"])
        return command(**options, output=Output(**asked))

    counted = [params_option] * counts + [_explain_option] * (counts and formulas)
    for option in reversed([*counted, *_OPTIONS]):
        with_output = option(with_output)
    return with_output


def _format_named(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is None or value == "table":
        return value
    from mncost.render.text import check_format

    return check_format(value)


params_option = click.option(
    "--params",
    type=Named(("weights", "trainable", "all")),
    default="weights",
    show_default=True,
    help="Which parameters: weights alone; trainable, with biases and norms' scale and shift; "
    "all, with norms' running statistics.",
)

_explain_option = click.option(
    "--explain", is_flag=True, help="The formula of each row, numbers filled in."
)

_OPTIONS = (
    click.option("--exact", is_flag=True, help="Whole numbers in place of k, M and G."),
    click.option(
        "--format",
        metavar="FORMAT",
        callback=_format_named,
        help="table (default), csv, tsv, json, or a tabulate format: plain, github, "
        "latex_booktabs, html, …",
    ),
    click.option("--json", is_flag=True, help="Short for --format json."),
    click.option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write to a file; its suffix chooses the format (.csv .tsv .json .md .html .tex .rst "
        ".txt).",
    ),
    click.option("--force", is_flag=True, help="Let -o overwrite a file."),
)


def write_out(text: str) -> bool:
    """All of it to standard output. What its encoding lacks is escaped, never an error.

    A reader that goes away has seen enough: the exit code is as if it had read on. False then.
    """
    if sys.stdout is None:
        raise OutputError(Problem("standard output is closed"))
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        close_stdout()
        return False
    return True


def _takes_symbols(stream: TextIO | None) -> bool:
    """Whether ×, α and rules can be written there; into a text without an encoding they can."""
    try:
        "×·–─αρ²…".encode((stream and stream.encoding) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def write_file(path: str, content: str | bytes, force: bool) -> None:
    """A new file, or an old one where that is asked for. Raises `OutputError`."""
    try:
        old = os.path.isfile(path) or os.path.isdir(path)
        mode = "x" if old and not force else "w"
        data = content.encode("utf-8") if isinstance(content, str) else content
        with open(path, f"{mode}b") as file:
            file.write(data)
    except FileExistsError:
        if os.path.isdir(path):
            raise OutputError(Problem("is a directory", "name a file").at(path)) from None
        problem = Problem("exists already", "add --force to overwrite it").at(path)
        raise OutputError(problem) from None
    except (OSError, ValueError) as error:
        raise OutputError.of(error, path) from None


def close_stdout() -> None:
    """Nobody reads any more: keeps the interpreter from complaining about it at its end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
