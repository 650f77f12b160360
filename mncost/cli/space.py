"""`mncost space`: the group of commands on design spaces."""

from __future__ import annotations

import click

from mncost.cli.groups import Commands

COMMANDS = {
    "info": "How many architectures, the least and the most they cost, and each choice.",
    "count": "How many architectures are within limits, exactly.",
    "sample": "Architectures within limits, each as likely as any other.",
    "pareto": "The exact front of costs and quality, where options have scores.",
}
"""Every command, each in the module of its name in `cli/spaces`."""


@click.group("space", cls=Commands, known=COMMANDS, package="mncost.cli.spaces")
def command() -> None:
    """Design spaces: architecture files in which values may be choices.

    A choice stands where a value would, as in out: {choice: [16, 24, 32]}. How many networks there
    are, what they cost and which are within limits is known exactly, and none of them is listed
    for it.
    """
