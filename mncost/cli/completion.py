"""`mncost completion`: the script that completes commands, options and networks in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from mncost.cli.values import Named


@click.command("completion")
@click.argument("shell", type=Named(("bash", "zsh", "fish")))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """A completion script for SHELL: bash, zsh or fish.

    \b
    bash: eval "$(mncost completion bash)"                in ~/.bashrc
    zsh:  eval "$(mncost completion zsh)"                 in ~/.zshrc
    fish: mncost completion fish > ~/.config/fish/completions/mncost.fish
    """
    kind = get_completion_class(shell)
    if kind is None:  # click knows all three
        raise click.UsageError(f"no completion for {shell}")
    root = context.find_root().command
    click.echo(kind(root, {}, "mncost", "_MNCOST_COMPLETE").source())
