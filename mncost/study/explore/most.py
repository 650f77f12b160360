"""How large the table of a space may be, and what is refused before anything is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod

from mncost.errors import Problem
from mncost.spec.choices import Dimension
from mncost.spec.space import Space

MOST_PARTS = 300_000
"""So many rows are counted for one table, at most: about a minute."""

MOST_SETTINGS = 10_000
"""So many combinations of what concerns the network as a whole, at most: it is read for each."""

MOST_WAYS = 1_000_000
"""So many options are in one table, at most, those of all states."""

MOST_LEVELS = 1000
"""So many rows and turns in which something is chosen, at most."""

HINT = "choose among fewer, or the same for several"
HINT_MAPS = "give a row fewer choices, or its turns fewer maps that can come in"


def oversized(space: Space) -> Iterator[Problem]:
    """What makes the table of a space too large, as far as one can tell before it is made."""
    settings, levels = combinations(space.common), 0
    parts = [combinations((*row.once, *row.each)) for row in space.rows]
    if settings > MOST_SETTINGS:
        names = ", ".join(each.name for each in space.common)
        yield _more(settings, f"combinations of {names}", MOST_SETTINGS, space.common[0].path)
    for row, ways in zip(space.rows, parts, strict=True):
        where = ("layers", row.index)
        if ways > MOST_PARTS:
            yield _more(ways, "combinations of the choices in this row", MOST_PARTS, where)
        before, levels = levels, levels + (max(row.turns) if row.dimensions else 0)
        if before <= MOST_LEVELS < levels:
            what = "rows and turns in which something is chosen, up to here"
            yield _more(levels, what, MOST_LEVELS, where)
    if settings <= MOST_SETTINGS and max(parts) <= MOST_PARTS < settings * sum(parts):
        yield _more(settings * sum(parts), "rows to count", MOST_PARTS, ("layers",))


def beyond(total: str, most: int, maps: int, ways: int, turn: int) -> Problem:
    """A row, or a turn of it, that makes the table too large: so many maps come into it."""
    where = f"turn {turn + 1} of this row" if turn else "this row"
    chosen = f", with {ways:,} ways to choose for each" if ways > 1 else ""
    come = f"{maps:,} {'map' if maps == 1 else 'different maps'} can come into {where}{chosen}"
    message = f"{come}: {total} up to here, and at most {most:,} can be"
    return Problem(message, HINT_MAPS)


def _more(count: int, what: str, most: int, path: tuple[str | int, ...]) -> Problem:
    return Problem(f"{count:,} {what}, and at most {most:,} can be", HINT, path)


def combinations(dimensions: Iterable[Dimension]) -> int:
    """How many ways there are to choose in all of them."""
    return prod(len(each.options) for each in dimensions)
