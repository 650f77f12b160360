"""The configuration file: the nearest one upward, alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mncost.errors import Path, Problem, SpecError
from mncost.spec.budgets import Config, place
from mncost.spec.located import validate
from mncost.spec.source import read_file, read_tree
from mncost.spec.tree import Tree

NAMES = ("mncost.toml", ".mncost.toml")
PYPROJECT = "pyproject.toml"


@dataclass(frozen=True)
class Configured:
    """A configuration and the text that it came from."""

    config: Config
    file: str
    tree: Tree
    prefix: Path

    def place(self, *path: str | int) -> tuple[int, int]:
        """Line and column of something in it."""
        return place(self.tree, (*self.prefix, *path))


def read(path: str) -> Configured:
    """The configuration in a file. Raises `SpecError`."""
    tree = read_tree(read_file(path, "a configuration"), path)
    prefix: Path = ("tool", "mncost") if os.path.basename(path) == PYPROJECT else ()
    value = _section(tree.value, prefix)
    if value is None:
        raise SpecError(Problem("no [tool.mncost] in it").at(path))
    found = Configured(validate(Config, value, path, tree, prefix), path, tree, prefix)
    if twice := list(_names_twice(found)):
        raise SpecError(twice)
    return found


def nearest(folder: str) -> Configured | None:
    """The configuration of the nearest folder upward that has one. Raises `SpecError`."""
    folder = os.path.abspath(folder)
    while True:
        for name in NAMES:
            if os.path.lexists(path := os.path.join(folder, name)):
                return read(_shortest(path))
        if os.path.lexists(path := os.path.join(folder, PYPROJECT)) and _has_section(path):
            return read(_shortest(path))
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _has_section(path: str) -> bool:
    """Whether a `pyproject.toml` speaks of mncost; a broken one that does is blamed."""
    if b"mncost" not in read_file(path, "a configuration"):
        return False
    tree = read_tree(read_file(path, "a configuration"), path)
    return _section(tree.value, ("tool", "mncost")) is not None


def _names_twice(found: Configured) -> Iterator[Problem]:
    """Two budgets of one name: the base, and every report, would mix them up."""
    seen: dict[str, int] = {}
    for index, budget in enumerate(found.config.budget):
        if budget.name in seen:
            line, column = found.place("budget", seen[budget.name], "name")
            problem = Problem(f'the name "{budget.name}" twice', f"first at {line}:{column}")
            yield problem.at(found.file, *found.place("budget", index, "name"))
        seen.setdefault(budget.name, index)


def _section(value: Any, path: Path) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _shortest(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
