"""Which budgets apply: those of the configuration, and those in architecture files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mncost.errors import MncostError, Problem, SpecError
from mncost.graph import Graph

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.spec.budgets import Limits
    from mncost.spec.config import Configured
    from mncost.study.budget import Checked
    from mncost.study.findings import Base, Where
    from mncost.study.models import Model
    from mncost.study.saved import Saved


@dataclass(frozen=True)
class Entry:
    """A network, and the budget that is for it: number `index` of the configuration, or its own."""

    path: str
    load: Callable[[str], Model]
    found: Configured | None = None
    index: int = 0

    def check(self, base: Base, allow_unknown: bool, convention: Convention | None) -> Checked:
        """The budget, held against its network. Raises `SpecError`.

        A `convention` is in place of the budget's own.
        """
        from mncost.study.budget import check
        from mncost.study.findings import Stated

        name, network, limits = self._parts()
        if limits is None:
            hint = "write budget: in it, or a [[budget]] for it in mncost.toml"
            raise SpecError(Problem("no budget for this network", hint).at(self.path))
        partial = {"allow_partial": allow_unknown or limits.allow_partial}
        allowed = limits.model_copy(update=partial)
        file, where = self._origin(network)
        stated = Stated(name, self.path, allowed, file, where)
        return check(stated, network, base, convention or stated.convention())

    def measure(self, convention: Convention | None) -> tuple[str, Saved]:
        """What the network costs at the budget's setting, or as it is written."""
        from mncost.spec.budgets import Limits
        from mncost.study.budget import measure
        from mncost.study.findings import Stated

        name, network, limits = self._parts()
        at = limits or Limits.model_construct()
        if convention is None:
            convention = Stated(name, self.path, at, *self._origin(network)).convention()
        return name, measure(network, at, at.alpha, at.res, convention)[1]

    def _parts(self) -> tuple[str, Model, Limits | None]:
        if self.found is None:
            network = self.load(self.path)
            return network.name, network, getattr(network, "budget", None)
        budget = self.found.config.budget[self.index]
        try:
            return budget.name, self.load(self.path), budget
        except MncostError as error:
            raise SpecError(self._placed(problem) for problem in error.problems) from None

    def _placed(self, problem: Problem) -> Problem:
        """A network that is not there is a problem of the line that names it."""
        if problem.line or self.found is None:
            return problem
        place = self.found.place("budget", self.index, "network")
        words = f"{problem.file}: {problem.message}" if problem.file else problem.message
        return Problem(words, problem.hint).at(self.found.file, *place)

    def _origin(self, network: Model) -> tuple[str, Where]:
        """The file in which the limits are written, and where in it."""
        from mncost.spec.budgets import place

        if self.found is not None:
            found, index = self.found, self.index
            return found.file, lambda path: found.place("budget", index, *path)
        if isinstance(network, Graph) or network._origin is None:
            return self.path, lambda path: (1, 1)
        file, tree = network._origin
        return file, lambda path: place(tree, ("budget", *path))


def entries(networks: Sequence[str], found: Configured | None) -> list[Entry]:
    """The budgets of the configuration that are asked for, and those in the files themselves."""
    from mncost.study.models import load

    once = cache(load)  # several budgets may be for one network
    configured = _configured(found, once)
    asked = _once(networks or [entry.path for entry in configured])
    applying: list[Entry] = []
    for path in asked:
        mine = [entry for entry in configured if _same(entry.path, path)]
        applying += mine
        if (networks and not mine) or _states_a_budget(path, once):
            applying.append(Entry(path, once))
    return applying


def _configured(found: Configured | None, load: Callable[[str], Model]) -> list[Entry]:
    if found is None:
        return []
    paths = [_beside(found.file, budget.network) for budget in found.config.budget]
    return [Entry(path, load, found, index) for index, path in enumerate(paths)]


def _states_a_budget(path: str, load: Callable[[str], Model]) -> bool:
    try:
        return getattr(load(path), "budget", None) is not None
    except MncostError:
        return False  # whoever checks it says why


def _beside(file: str, network: str) -> str:
    """A path of the configuration is meant from the configuration's own folder."""
    from mncost.spec.source import is_file
    from mncost.study.models import PYTHON

    if network.startswith(PYTHON):
        return network
    folder = os.path.dirname(file)
    return os.path.join(folder, network) if is_file(network) and folder else network


def _once(paths: Sequence[str]) -> list[str]:
    """Each network once, however it is spelled."""
    kept: list[str] = []
    for path in paths:
        if not any(_same(path, other) for other in kept):
            kept.append(path)
    return kept


def _same(one: str, other: str) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)
