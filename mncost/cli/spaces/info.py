"""`mncost space info`: how many architectures, what they cost, and each choice."""

from __future__ import annotations

import click

from mncost.cli.output import Output
from mncost.cli.spaces.options import Taken, space_command


@click.command("info")
@space_command
def command(taken: Taken, output: Output) -> None:
    """How many architectures a design space has, the least and the most of each cost, its choices.

    Of each choice: its options, which of them the architecture with the least Mult-Adds has and
    which that with the most, and what the choice is worth at both ends.
    """
    from mncost.render.space import info

    output.emit(info(taken.plan()))
