"""What commands with verdicts share: `--export FORMAT=FILE`, and GitHub's step summary."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mncost.cli.output import write_file, write_out
from mncost.errors import OutputError

if TYPE_CHECKING:
    from mncost.study.budget import Checked

FORMATS = ("text", "json", "csv", "markdown", "github", "junit", "sarif")

export_option = click.option(
    "--export",
    "exports",
    multiple=True,
    metavar="FORMAT=FILE",
    help=f"A report to a file as well ({', '.join(FORMATS)}), as in junit=report.xml; may be given "
    "again; - is standard output.",
)


def targets(exports: Sequence[str], inputs: Sequence[str] = ()) -> list[tuple[str, str]]:
    """`junit=report.xml` as format and file; never over what is read. Raises `UsageError`."""
    found: list[tuple[str, str]] = []
    taken = {os.path.realpath(path) for path in inputs if path}
    for text in exports:
        name, equals, file = text.partition("=")
        if name not in FORMATS or not equals or not file:
            example = f"one of {', '.join(FORMATS)}, as in junit=report.xml"
            raise click.UsageError(f"--export takes {example}, got {text!r}")
        if file != "-" and os.path.realpath(file) in taken:
            raise click.UsageError(f"--export {text}: {file} is read, or written to, already")
        taken.add(os.path.realpath(file))
        found.append((name, file))
    return found


def write(
    targets: Sequence[tuple[str, str]],
    checks: Sequence[Checked],
    strict: bool,
    summary: bool = True,
) -> None:
    """Every export, and the Markdown into the step's summary where GitHub asks for one."""
    from mncost.render.exports import FORMATS as RENDERERS

    for name, file in targets:
        text = RENDERERS[name](checks, strict)
        if file == "-":
            write_out(text)
        else:
            write_file(file, text, force=True)
    step = os.environ.get("GITHUB_STEP_SUMMARY") if summary else None
    if step:
        try:
            with open(step, "a", encoding="utf-8") as stream:
                stream.write(RENDERERS["markdown"](checks, strict))
        except OSError as error:
            raise OutputError.of(error, step) from None
