"""`mncost check`: budgets held against networks; 0 within, 1 exceeded, 2 anything wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mncost.cli.budgets import Entry, entries
from mncost.cli.conventions import convention_option
from mncost.cli.exports import FORMATS, export_option, targets, write
from mncost.cli.networks import NetworkName
from mncost.cli.output import write_file, write_out
from mncost.cli.values import Named
from mncost.errors import MncostError, Problem, SettingError, SpecError

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.spec.config import Configured
    from mncost.study.budget import Checked
    from mncost.study.findings import Base


@click.command("check")
@click.argument("networks", nargs=-1, type=NetworkName(), metavar="[NETWORK…]")
@click.option(
    "--config", metavar="FILE", help="By default the nearest mncost.toml or pyproject.toml."
)
@click.option("--base", metavar="FILE", help="A snapshot, for limits on an increase.")
@click.option("--update", is_flag=True, help="Tighten the base to what was measured.")
@click.option("--allow-loosen", is_flag=True, help="Let --update raise the base too.")
@click.option("--strict", is_flag=True, help="Warnings fail.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even where a budget is exceeded.")
@click.option("--allow-unknown", is_flag=True, help="Let a partial report pass.")
@click.option(
    "--format", type=Named(FORMATS), default="text", show_default=True, help="Of standard output."
)
@convention_option(of_budget=True)
@export_option
def command(
    networks: tuple[str, ...],
    config: str | None,
    base: str | None,
    update: bool,
    allow_loosen: bool,
    strict: bool,
    exit_zero: bool,
    allow_unknown: bool,
    format: str,
    convention: Convention | None,
    exports: tuple[str, ...],
) -> int:
    """Holds budgets against networks.

    Budgets stand in mncost.toml, in [tool.mncost] of pyproject.toml, or under budget: in an
    architecture file. Without NETWORK, all of the configuration are checked, and those in the
    files that it names.

    Exit codes: 0 within budget, 1 exceeded, 2 anything wrong with what was given.
    """
    from mncost.render.exports import FORMATS as RENDERERS
    from mncost.spec import config as configuration

    if allow_loosen and not update:
        raise click.UsageError("--allow-loosen goes with --update")
    found = configuration.read(config) if config else configuration.nearest(os.getcwd())
    measured = _base(_base_file(base, found), update)
    asked = entries(networks, found)
    inputs = [measured.file, found.file if found else "", *(entry.path for entry in asked)]
    files = targets(exports, inputs)
    checks = _checked(asked, found, measured, allow_unknown, convention)
    write([each for each in files if each[1] != "-"], checks, strict)
    if update:
        _update(measured, checks, allow_loosen)
    failed = any(check.worst(strict) == "fail" for check in checks)
    write_out(RENDERERS[format](checks, strict))
    write([each for each in files if each[1] == "-"], checks, strict, summary=False)
    return 1 if failed and not exit_zero else 0


def _checked(
    asked: Sequence[Entry],
    found: Configured | None,
    base: Base,
    allow_unknown: bool,
    convention: Convention | None,
) -> list[Checked]:
    """Every budget that applies, checked; all that is wrong with any of them, at once."""
    checks: list[Checked] = []
    problems: list[Problem] = []
    for entry in asked:
        try:
            checks.append(entry.check(base, allow_unknown, convention))
        except MncostError as error:
            problems += error.problems
    if problems:
        raise SpecError(dict.fromkeys(problems))
    if not checks:
        where = found.file if found else "mncost.toml"
        hint = "see: mncost init" if found is None else "add a [[budget]]"
        raise SettingError(Problem(f"no budget to check in {where}", hint))
    return checks


def _base_file(given: str | None, found: Configured | None) -> str | None:
    """The base that was named, on the command line or in the configuration."""
    if given is None and found is not None and found.config.base is not None:
        return os.path.join(os.path.dirname(found.file), found.config.base)
    return given


def _base(path: str | None, update: bool) -> Base:
    """What increases are measured from. A base that is named must be there, but to be written."""
    from mncost.spec.source import read_file, read_tree
    from mncost.study.findings import Base
    from mncost.study.saved import from_value

    if path is None:
        if update:
            raise click.UsageError("--update needs --base FILE, or base = in the configuration")
        return Base()
    if update and not os.path.lexists(path):
        return Base(path, {}, updating=True)
    value = read_tree(read_file(path, "a snapshot"), path).value
    return Base(path, from_value(value, path), updating=update)


def _update(base: Base, checks: Sequence[Checked], allow_loosen: bool) -> None:
    """Writes the base anew where costs fell; where they rose, only if that is allowed."""
    from mncost.render.table import clean
    from mncost.study.saved import loosens, to_json

    updated, kept = dict(base.saved), []
    for check in checks:
        if loosens(base.saved.get(check.name), check.saved) and not allow_loosen:
            kept.append(check.name)
        else:
            updated[check.name] = check.saved
    if kept:
        message = f"base kept for {', '.join(kept)}: costs rose; --allow-loosen raises it"
        print(f"mncost: {clean(message)}", file=sys.stderr)
    if updated != base.saved:
        write_file(base.file, to_json(updated), force=True)
        print(f"mncost: wrote {clean(base.file)}", file=sys.stderr)
