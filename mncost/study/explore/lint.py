"""What is legal in a design space, and odd: of its choices, and of the networks in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from mncost.errors import Problem
from mncost.spec.choices import CHOICE, EACH, Chosen, Dimension
from mncost.spec.chosen import OF_ANOTHER
from mncost.spec.located import located
from mncost.spec.rows import turns_key
from mncost.spec.source import network_of
from mncost.spec.space import Space, setting_of
from mncost.spec.tree import Tree
from mncost.study import lint as networks
from mncost.study.explore.plan import in_short
from mncost.study.explore.planner import plan

MOST_ROWS = 50_000
"""So many rows are looked at, at most, those of all networks: some twenty seconds."""


def lint(space: Space, named: Collection[str] = ()) -> list[Problem]:
    """Everything odd about a space, in the order of its text. Raises `SpecError` where a choice
    makes no network.

    Networks are looked at with one option other than the first; what is odd about each of them is
    told once, and what is odd with an option alone is told with it. Where there are too many, it is
    said how many were not looked at.
    """
    plan(space, allow_wider=True)
    found = dict.fromkeys(
        located([*_of_choices(space), *_of_another(space)], space.file, space.tree)
    )
    first = {each.path: 0 for each in space.dimensions}
    usual = _of_network(space, first, named)
    found |= dict.fromkeys(usual)
    places = {(each.line, each.column) for each in usual}
    others = _others(space)
    tried = others[: max(MOST_ROWS // len(space.rows), 1)]
    for dimension, option in tried:
        for problem in _of_network(space, {**first, dimension.path: option}, named):
            if problem not in found and (problem.line, problem.column) not in places:
                found[_with(problem, space, dimension, option)] = None
    if len(tried) < len(others):
        message = f"looked at {len(tried):,} of {len(others):,} options beside the first ones"
        found[Problem(message, "lint a space of fewer rows or choices").at(space.file)] = None
    return sorted(found, key=lambda each: (each.line, each.column))


def _others(space: Space) -> list[tuple[Dimension, int]]:
    return [(each, at) for each in space.dimensions for at in range(1, len(each.options))]


def _of_choices(space: Space) -> Iterator[Problem]:
    """Choices that leave none, turns that are one, and scores that some lack."""
    scored = any(each.quality for each in space.dimensions)
    for each in space.dimensions:
        if len(each.options) == 1:
            yield Problem("a choice of one option", "write the value itself", each.path)
        elif scored and each.quality is None:
            what = f"{each.name} has no quality, and other choices have"
            yield Problem(what, "its options then count as equally good", each.path)
    for row in space.rows:
        if row.each and max(row.turns) == 1:
            hint = f"raise {turns_key(row.value)}, or leave each out"
            yield Problem("each, and never more than one turn", hint, (*row.each[0].path, EACH))


def _of_another(space: Space) -> Iterator[Problem]:
    """What is known of one network, in a file of many."""
    if space.dimensions:
        for key in OF_ANOTHER:
            if key in space.tree.value:
                yield Problem(f"{key} is of one network, and this is a space of many", "", (key,))


def _of_network(space: Space, chosen: Chosen, named: Collection[str]) -> list[Problem]:
    tree, _ = setting_of(space.resolved(chosen))
    value = {
        k: each for k, each in tree.value.items() if k not in OF_ANOTHER or not space.dimensions
    }
    return networks.lint(network_of(Tree(value, tree.values, tree.keys), space.file), named)


def _with(problem: Problem, space: Space, dimension: Dimension, option: int) -> Problem:
    """What is odd with an option: at the option itself, or elsewhere because of it."""
    place = space.tree.place((*dimension.path, CHOICE, option))
    if (problem.line, problem.column) == place:
        return problem
    told = f"{dimension.name} = {in_short(dimension.options[option])}"
    return replace(problem, message=f"{problem.message} (with {told})")
