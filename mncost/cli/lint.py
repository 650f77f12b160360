"""`mncost lint`: what is legal in an architecture file, and odd."""

from __future__ import annotations

import os

import click

from mncost.cli.networks import NetworkName
from mncost.cli.output import write_out
from mncost.errors import MncostError, Problem, SpecError


@click.command("lint")
@click.argument("networks", nargs=-1, required=True, type=NetworkName(), metavar="NETWORK…")
@click.option("--strict", is_flag=True, help="Exit 1 where anything is odd.")
def command(networks: tuple[str, ...], strict: bool) -> int:
    """Finds what is legal and odd: broken width rules, maps of one pixel too early, convolutions
    that are depthwise by accident, unused ids, odd sizes where frameworks' paddings differ."""
    from mncost.render.table import clean
    from mncost.spec import config as configuration
    from mncost.spec.source import load
    from mncost.study.lint import lint

    found = configuration.nearest(os.getcwd())
    budgets = found.config.budget if found else ()
    named = {layer for budget in budgets for layer in budget.layers}
    odd: list[Problem] = []
    wrong: list[Problem] = []
    for name in networks:
        try:
            odd += lint(load(name), named)
        except MncostError as error:
            wrong += error.problems
    write_out("".join(f"{clean(str(problem))}\n" for problem in odd))
    if wrong:
        raise SpecError(wrong)
    return 1 if odd and strict else 0
