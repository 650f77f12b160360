"""`Faults`: combinations of choices that make no network, each kind once, with where and which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from mncost.errors import MncostError, Path, Problem, ShapeError, SpecError
from mncost.spec.choices import Chosen
from mncost.spec.rows import Row, ids_in
from mncost.spec.space import Space
from mncost.study.explore.plan import in_short

MOST = 20
"""So many are told, at most."""


@dataclass
class Faults:
    """What is wrong, with one combination of choices that makes it so, and how many others do."""

    space: Space
    lenient: bool = False
    found: dict[Problem, tuple[str, int]] = field(default_factory=dict)

    def add(
        self,
        error: MncostError,
        chosen: Chosen,
        row: Row | None,
        path: Path,
        paths: list[Path] | None = None,
    ) -> None:
        """Keeps what is wrong. `path` is of the whole, `paths` are those of the layers read."""
        self.lenient &= isinstance(error, ShapeError)  # a setting out of its range is a mistake
        for problem in error.problems:
            where = problem.path or path
            if isinstance(error, SpecError) and paths and len(where) > 1:
                where = (*paths[int(where[1])], *where[2:])
            place = self.space.place(where, chosen)
            located = Problem(problem.message, problem.hint).at(self.space.file, *place)
            told, count = self.found.get(located, ("", 0))
            self.found[located] = (told or self._told(chosen, row), count + 1)
        if len(self.found) >= MOST and not self.lenient:
            self.refuse()

    def refuse(self) -> NoReturn:
        """Raises `SpecError` with all of them."""
        raise SpecError(self.problems())

    def problems(self) -> list[Problem]:
        """All of them, in the order of the text."""
        told = [
            Problem(_with(problem.message, *which), problem.hint).at(
                problem.file, problem.line, problem.column
            )
            for problem, which in self.found.items()
        ]
        return sorted(told, key=lambda each: (each.line, each.column))

    def _told(self, chosen: Chosen, row: Row | None) -> str:
        """The choices that matter: of the whole and of the row, of the rows that it reads, and
        the nearest before it."""
        names = {each.path: each for each in self.space.dimensions}
        mine = {each.path for each in (*self.space.common, *(row.dimensions if row else ()))}
        reads = row.reads if row else frozenset[str]()
        mine |= {
            each.path
            for other in self.space.rows
            if reads & ids_in(other.value)
            for each in other.dimensions
        }
        first = [path for path in chosen if path in mine]
        nearest = [path for path in reversed(list(chosen)) if path not in mine]
        return ", ".join(
            f"{names[each].name} = {in_short(names[each].options[chosen[each]])}"
            for each in (*first, *nearest[: 4 if first else 6])
        )


def _with(message: str, told: str, count: int) -> str:
    """A message, and the choices with which it came."""
    if not told:
        return message
    others = f", and {count - 1:,} more" if count > 1 else ""
    return f"{message} (with {told}{others})"
