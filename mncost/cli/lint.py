"""`mncost lint`: what is legal in an architecture file, and odd."""

from __future__ import annotations

import os
from collections.abc import Collection

import click

from mncost.cli.networks import NetworkName
from mncost.cli.output import write_out
from mncost.errors import MncostError, Problem, SpecError


@click.command("lint")
@click.argument("networks", nargs=-1, required=True, type=NetworkName(), metavar="NETWORK…")
@click.option("--strict", is_flag=True, help="Exit 1 where anything is odd.")
def command(networks: tuple[str, ...], strict: bool) -> int:
    """Finds what is legal and odd: broken width rules, maps of one pixel too early, convolutions
    that are depthwise by accident, unused ids, odd sizes where frameworks' paddings differ.

    Of a design space, with each of its options; and choices that leave none, or lack a score."""
    from mncost.render.table import clean
    from mncost.spec import config as configuration

    found = configuration.nearest(os.getcwd())
    budgets = found.config.budget if found else ()
    named = {layer for budget in budgets for layer in budget.layers}
    odd: list[Problem] = []
    wrong: list[Problem] = []
    for name in networks:
        try:
            odd += _odd(name, named)
        except MncostError as error:
            wrong += error.problems
    write_out("".join(f"{clean(str(problem))}\n" for problem in odd))
    if wrong:
        raise SpecError(wrong)
    return 1 if odd and strict else 0


def _odd(name: str, named: Collection[str]) -> list[Problem]:
    """What is odd about a network, or a design space."""
    from mncost.spec import space as spaces
    from mncost.spec.choices import CHOICE
    from mncost.spec.source import network_of

    tree, file = spaces.read(name)
    if any(CHOICE in path for path in tree.keys):
        from mncost.study.explore.lint import lint as lint_space

        return lint_space(spaces.parse(tree, file), named)
    from mncost.study.lint import lint

    return lint(network_of(tree, file), named)
