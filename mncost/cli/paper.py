"""`mncost paper`: the paper's tables, and other published lists, against what is computed."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from mncost.cli.output import Output, output_options
from mncost.errors import did_you_mean

if TYPE_CHECKING:
    from mncost.study.paper import Outcome

FIGURES = ("figure4", "figure5")


class ListName(click.ParamType):  # type: ignore[type-arg]
    """A list of published figures, by its name."""

    name = "list"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from mncost.spec import published

        return [CompletionItem(name) for name in published.names() if name.startswith(incomplete)]


@click.command("paper")
@click.argument("what", required=False, metavar="[1-14|figure4|figure5]")
@click.option(
    "--published",
    "list_name",
    type=ListName(),
    metavar="LIST",
    help="Another list: slim, v2, v3, v4, mnasnet, …; `list` names them all.",
)
@click.option("--strict", is_flag=True, help="Exit 1 where a figure is worse than it was.")
@output_options(counts=False)
def command(what: str | None, list_name: str | None, strict: bool, output: Output) -> int:
    """Published figures as printed, as computed, and whether both agree.

    Without a number, every cost of the paper's Tables 1 to 14. A figure is a match within half a
    unit of its last printed digit, truncated where further digits are cut off, an erratum where
    something else explains it, or not derivable.
    """
    from mncost.render import published as render
    from mncost.spec import published as lists
    from mncost.study.paper import outcomes

    if what in FIGURES:
        if list_name or strict:
            raise click.UsageError(f"{what} takes neither --published nor --strict")
        return _draw(what, output)
    if list_name == "list":
        if what or strict:
            raise click.UsageError("--published list names the lists, and takes nothing else")
        output.emit(render.lists([lists.read(name) for name in lists.names()]))
        return 0
    published = lists.read(lists.OWN if list_name is None else list_name)
    asked = list(lists.tables(published, _number(what)))
    found = [outcome for table in asked for outcome in outcomes(table)]
    if len(asked) == 1:
        output.emit(render.one(published, asked[0], found))
    else:
        replace(output, exact=True).emit(render.many(published, asked, found))
    return _judge(found) if strict else 0


def _number(what: str | None) -> int | None:
    if what is None:
        return None
    if what.isascii() and what.isdigit() and len(what) < 4:
        return int(what)
    hint = did_you_mean(what, FIGURES) if what.startswith("f") else "a table's number, 1 to 14"
    raise click.UsageError(f"no table or figure {what!r}; {hint}")


def _judge(found: list[Outcome]) -> int:
    """Says what is worse than it was; 1 where anything is."""
    worse = [each for each in found if each.is_worse]
    for each in worse:
        place = f"{each.table}, {each.row}, {each.key}: {each.printed}"
        print(f"mncost: {place} was {each.stored}, and is {each.status}", file=sys.stderr)
    return 1 if worse else 0


def _draw(what: str, output: Output) -> int:
    from mncost.render import published as render
    from mncost.study.paper import sixteen

    points = sixteen()
    output.plot(render.figure(what, points), render.points(what, points))
    return 0
