"""`Commands`: a group that imports a command when it is called, and not to list it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click


class Interrupted(Exception):
    """Ctrl-C, and what it left; click would turn it into an empty line."""


class Commands(click.Group):
    """Commands by name, each in the module of its name in a package."""

    def __init__(self, *rest: Any, known: Mapping[str, str], package: str, **named: Any) -> None:
        super().__init__(*rest, **named)
        self.known, self.package = known, package

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted(*error.args) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.known:
            return None
        command = importlib.import_module(f"{self.package}.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.known and not args[0].startswith("-"):
            from mncost.errors import did_you_mean

            ctx.fail(f"no command {args[0]!r}; {did_you_mean(args[0], self.known)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.known.items()))
