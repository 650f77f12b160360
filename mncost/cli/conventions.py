"""`--convention`: the option of every command that counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

DEFAULT = "paper"

ALL = "all"
"""A row for each convention, where a command can print that."""


class ConventionName(click.ParamType):  # type: ignore[type-arg]
    """A counting convention by its name; `all`, where the command takes it, stays a word."""

    name = "convention"

    def __init__(self, takes_all: bool) -> None:
        self.takes_all = takes_all

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or (value == ALL and self.takes_all):
            return value
        from mncost.cost.counters import counting
        from mncost.errors import SettingError

        if value == ALL:
            self.fail("all goes with show alone, a row for each", param, ctx)
        try:
            return counting(value)
        except SettingError as error:
            self.fail("; ".join(str(problem) for problem in error.problems), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from mncost.cost.counters import CONVENTIONS

        names = [*CONVENTIONS, *[ALL] * self.takes_all]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def convention_option(takes_all: bool = False, of_budget: bool = False) -> Callable[..., Any]:
    """Hands the command a `convention`: a `Convention`, or the word `all`.

    With `of_budget`, it is None where it is not given, as each budget has its own.
    """
    more = ", or all, a row for each" if takes_all else ""
    more += "; by default as the budget says" if of_budget else ""
    return click.option(
        "--convention",
        type=ConventionName(takes_all),
        default=None if of_budget else DEFAULT,
        metavar="NAME",
        show_default=not of_budget,
        help=f"How to count: paper, or as another tool does (thop, fvcore, …){more}.",
    )
