"""What a design space may not say, beyond what no network may: where no choice can stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mncost.errors import Path, Problem
from mncost.spec.choices import CHOICE, EACH, Dimension
from mncost.spec.network import Network
from mncost.spec.rows import Row, mappings, once_of, texts, turns_key
from mncost.spec.tree import Tree

MOST_IN_ALL = 10_000
"""So many options of all choices, at most: each is tried."""

COSTLY = ("input", "width", "norm", "act", "padding", "written", "layers")
"""What a network's cost depends on: there, choices may stand."""


def refusals(tree: Tree, found: Sequence[Dimension], rows: Sequence[Row]) -> Iterator[Problem]:
    """All that is wrong with where the choices stand, and how many they are."""
    count = sum(len(each.options) for each in found)
    if count > MOST_IN_ALL:
        hint = "leave some out, or choose in steps, as in [16, 24, 32]"
        most = max(found, key=lambda each: len(each.options))
        message = f"{count:,} options in all, and at most {MOST_IN_ALL:,} can be"
        yield Problem(message, hint, most.path)
    for each in found:
        yield from _of_no_cost(each)
    for row in rows:
        yield from _misplaced(row)
    yield from _ids_twice(tree)
    if rows and all(_may_be_empty(row.value) for row in rows):
        message = "every row can be left out, and a network has at least one layer"
        yield Problem(message, "give a row no empty option", ("layers",))


def _of_no_cost(dimension: Dimension) -> Iterator[Problem]:
    """A choice of what no cost depends on: the networks would be counted twice."""
    if not dimension.path:
        yield Problem("a choice of whole files", "make values of one file choices", (CHOICE,), True)
        return
    key = str(dimension.path[0])
    if key in Network.model_fields and key not in COSTLY:
        hint = "leave one; choices stand in " + ", ".join(COSTLY)
        yield Problem(f"a choice in {key}, on which no cost depends", hint, dimension.path)
    if key != "layers" and dimension.each:
        hint = "a row of the file's own layers has turns"
        yield Problem("each, and no turns to choose in", hint, (*dimension.path, EACH))


def _misplaced(row: Row) -> Iterator[Problem]:
    """`each` where no turns are, or of what is not each turn's own."""
    if not row.each:
        return
    value, turns = row.value, turns_key(row.value)
    if not isinstance(value, dict) or turns not in value:
        hint = "a row of the file's own layers says repeat, or is a repeat itself"
        yield Problem("each, and no turns to choose in", hint, (*row.each[0].path, EACH))
        return
    inside = [layer for layer in mappings(value) if layer is not value]
    if any("id" in layer for layer in inside):
        hint = "a row itself may have one, which is its last turn's"
        yield Problem("an id within turns that choose each", hint, (*row.each[0].path, EACH))
    if turns == "times" and "repeat" in value:
        where: Path = ("layers", row.index, "repeat")
        yield Problem("both repeat and times, and turns that choose each", "state times", where)
    ops = {op for text in texts(value.get("op")) for op in once_of(text)}
    for dimension in row.each:
        if dimension.path[2:] == (turns,):
            yield Problem("each turn cannot choose how many there are", "", dimension.path)
        elif len(dimension.path) > 2 and dimension.path[2] in {"from", "id", *ops}:
            message = f"{dimension.path[2]} is not each turn's own"
            yield Problem(message, "leave each out", (*dimension.path, EACH))


def _ids_twice(tree: Tree) -> Iterator[Problem]:
    """Ids that two layers of one network may have: all but options of one choice."""
    seen: dict[str, tuple[Path, Path | None, set[Any]]] = {}
    for path, name in _ids(tree.value["layers"], ("layers",)):
        around, option = _choice_around(path)
        first, before, options = seen.setdefault(name, (path, around, set()))
        if first != path and (around is None or around != before or option in options):
            line, column = tree.place(first)
            hint = f"first at {line}:{column}, and both can be in one network"
            yield Problem(f'the id "{name}" twice', hint, path)
        options.add(option)


def _ids(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every id that layers may have, with its path."""
    if isinstance(value, dict):
        match value.get("id"):
            case str() as name:
                yield (*path, "id"), name
            case {"choice": list() | tuple() as names}:
                for at, each in enumerate(names):
                    if isinstance(each, str):
                        yield (*path, "id", CHOICE, at), each
        for key, inner in value.items():
            if key != "id":
                yield from _ids(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _ids(inner, (*path, at))


def _choice_around(path: Path) -> tuple[Path | None, Any]:
    """The choice in which a path is, and of which option."""
    if CHOICE not in path:
        return None, None
    at = path.index(CHOICE)
    return path[:at], path[at + 1]


def _may_be_empty(row: Any) -> bool:
    """Whether a row can stand for no layers at all."""
    if isinstance(row, dict):
        options = row.get(CHOICE)
        return isinstance(options, list | tuple) and any(each in ((), []) for each in options)
    return row in ((), [])
