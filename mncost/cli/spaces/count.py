"""`mncost space count`: how many architectures are within limits; 0 some are, 1 none is."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import click

from mncost.cli.output import Output
from mncost.cli.spaces.options import Taken, limit_options, space_command, spans_of
from mncost.cli.waiting import working


class Tolerance(click.ParamType):  # type: ignore[type-arg]
    """Per cent, more than nought and no more than 10."""

    name = "tolerance"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, Fraction):
            return value
        from mncost.units import parse_share

        try:
            share = parse_share(str(value))
        except ValueError:
            self.fail(f"expected per cent, as in 1%, got {str(value)[:40]!r}", param, ctx)
        if not Fraction(1, 1_000_000) <= share <= Fraction(1, 10):
            self.fail(f"expected from 0.0001% to 10%, got {str(value)[:40]!r}", param, ctx)
        return share


@click.command("count")
@limit_options
@click.option(
    "--tolerance",
    type=Tolerance(),
    metavar="PERCENT",
    help="How near to a limit an architecture may be counted either way, as in 1%: gives at "
    "least and at most so many, faster; 0.0001% to 10%.  [default: none, an exact count]",
)
@space_command
def command(taken: Taken, output: Output, tolerance: Fraction | None, **asked: Any) -> int:
    """How many architectures of a design space are within all limits, exactly, without listing.

    Limits include their ends. With several, it is also said how many keep each alone.

    Exit codes: 0 some architecture is within the limits, 1 none is, 2 anything wrong with what was
    given.
    """
    from mncost.render.space import counted
    from mncost.study.explore.count import count
    from mncost.study.explore.spans import is_limited

    spans = spans_of(asked)
    if not any(map(is_limited, spans)):
        hint = "mncost space info counts all of them"
        raise click.UsageError(f"no limit: give --max-mult-adds or --max-params; {hint}")
    plan = taken.plan()
    with working("sums counted") as tick:
        found = count(plan, spans, tolerance, tick)
    output.emit(counted(found))
    return 0 if found.together.most else 1
