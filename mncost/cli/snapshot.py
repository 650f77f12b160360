"""`mncost snapshot`: what every budgeted network costs now, as a base for later checks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from mncost.cli.conventions import convention_option
from mncost.cli.output import write_file, write_out
from mncost.errors import MncostError, Problem, SettingError, SpecError

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.study.saved import Saved


@click.command("snapshot")
@click.argument("networks", nargs=-1, metavar="[NETWORK…]")
@click.option(
    "--config", metavar="FILE", help="By default the nearest mncost.toml or pyproject.toml."
)
@convention_option(of_budget=True)
@click.option("-o", "--output", metavar="FILE", help="Write to a file.")
@click.option("--force", is_flag=True, help="Let -o overwrite a file.")
def command(
    networks: tuple[str, ...],
    config: str | None,
    convention: Convention | None,
    output: str | None,
    force: bool,
) -> None:
    """Stores what networks cost, layer by layer: sorted, one line a layer, so that it merges.

    Without NETWORK, every budget of the configuration, at its own setting.
    """
    from mncost.cli.budgets import entries
    from mncost.spec import config as configuration
    from mncost.study.saved import to_json

    found = configuration.read(config) if config else configuration.nearest(os.getcwd())
    saved: dict[str, Saved] = {}
    problems: list[Problem] = []
    for entry in entries(networks, found):
        try:
            name, measured = entry.measure(convention)
            if name in saved:
                message = f'two networks called "{name}", which one snapshot cannot hold'
                problems.append(Problem(message, "give one of them another name").at(entry.path))
            saved[name] = measured
        except MncostError as error:
            problems += error.problems
    if problems:
        raise SpecError(dict.fromkeys(problems))
    if not saved:
        raise SettingError(Problem("no budget and no network to take a snapshot of"))
    if output is None:
        write_out(to_json(saved))
    else:
        write_file(output, to_json(saved), force)
