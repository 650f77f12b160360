"""`mncost init`: a commented example of everything that guards a network."""

from __future__ import annotations

import os
import sys

import click

from mncost.cli.output import write_file
from mncost.errors import OutputError, Problem

DATA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "init")

FILES = {
    "net.yaml": "net.yaml",
    "mncost.toml": "mncost.toml",
    "mncost.yml": os.path.join(".github", "workflows", "mncost.yml"),
}
"""What is written, and where."""


@click.command("init")
@click.argument("folder", default=".", metavar="[FOLDER]")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def command(folder: str, force: bool) -> None:
    """Writes an architecture file with a budget, a configuration, and a CI job, all commented.

    Asks before it overwrites a file; where nobody can be asked, it refuses.
    """
    targets = {name: os.path.join(folder, path) for name, path in FILES.items()}
    there = [path for path in targets.values() if os.path.exists(path)]
    if there and not force:
        _ask(there)
    for name, path in targets.items():
        with open(os.path.join(DATA, name), encoding="utf-8") as file:
            text = file.read()
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        except OSError as error:
            raise OutputError.of(error, os.path.dirname(path)) from None
        write_file(path, text, force=True)
        click.echo(f"wrote {path}", err=True)
    click.echo("try: mncost show net.yaml; mncost check; mncost check net.yaml", err=True)


def _ask(there: list[str]) -> None:
    """Asks whether files may be overwritten. Raises `OutputError` where they may not."""
    names = ", ".join(there)
    if sys.stdin is not None and sys.stdin.isatty():
        if click.confirm(f"Overwrite {names}?", err=True):
            return
        raise OutputError(Problem(f"kept {names}: nothing was written"))
    raise OutputError(Problem(f"{names} exists already", "add --force to overwrite"))
