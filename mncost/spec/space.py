"""`Space`: an architecture file in which values may be choices, and what can be chosen in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mncost.errors import Path, Problem, SpecError
from mncost.spec import choices, zoo
from mncost.spec.choices import CHOICE, Chosen, Dimension, dimensions_in, under
from mncost.spec.located import located
from mncost.spec.refusals import refusals
from mncost.spec.rows import Row, row_of
from mncost.spec.source import STDIN, is_file, network_of, read_file, read_stdin, read_tree, stem
from mncost.spec.tree import Place, Tree, written
from mncost.spec.values import shown

ALPHA: Path = ("width", "alpha")
SIZE: Path = ("input", "size")


@dataclass(frozen=True)
class Space:
    """A design space: its text, and its choices; those of the whole network come first."""

    file: str
    tree: Tree
    common: tuple[Dimension, ...]
    rows: tuple[Row, ...]
    name: str = ""
    dimensions: tuple[Dimension, ...] = field(default=())

    def place(self, path: Path, chosen: Chosen) -> Place:
        """Line and column of what stands at `path` once the choices are made."""
        path = written(path)
        for dimension in self.dimensions:
            if dimension.path in chosen and under(path, dimension.path):
                rest = path[len(dimension.path) :]
                path = (*dimension.path, CHOICE, chosen[dimension.path], *rest)
        return self.tree.place(path)

    def resolved(self, chosen: Chosen) -> Tree:
        """The tree of a network in which every choice is made, each value at its place."""
        return choices.resolved(self.tree, self.dimensions, chosen)


def load(source: str | os.PathLike[str]) -> Space:
    """The space in a file, or - for stdin, or a zoo network as a space without choices.

    Raises `SpecError`.
    """
    name = os.fspath(source)
    if name == STDIN:
        return parse(read_tree(read_stdin(), "<stdin>"), "<stdin>")
    if not is_file(name):
        return parse(read_tree(zoo.read(name), zoo.path(name)), zoo.path(name))
    return parse(read_tree(read_file(name, "a design space"), name), name)


def parse(tree: Tree, file: str) -> Space:
    """The space that a tree describes. Raises `SpecError` with all that is wrong in it."""
    if not isinstance(tree.value, dict) or "mncost_snapshot" in tree.value:
        network_of(tree, file)  # says that it is no network
    problems: list[Problem] = []
    found = list(dimensions_in(tree.value, (), problems))
    layers = _layers(tree, problems)
    inside = _by_row(found)
    rows = tuple(row_of(at, row, inside.get(at, ())) for at, row in enumerate(layers))
    problems += refusals(tree, found, rows) if layers else ()
    if problems:
        raise SpecError(located(problems, file, tree))
    outside = [each for each in found if each.path[0] != "layers"]
    common = sorted(outside, key=lambda each: (not _is_alpha(each.path), each.path != SIZE))
    name = tree.value.get("name")
    space = Space(
        file,
        tree,
        tuple(common),
        rows,
        name if isinstance(name, str) else stem(file),
        (*common, *(each for row in rows for each in row.dimensions)),
    )
    try_options(space)
    return space


def _layers(tree: Tree, problems: list[Problem]) -> Sequence[Any]:
    """The rows; none and what is wrong, where they are no list."""
    layers = tree.value.get("layers")
    if isinstance(layers, list | tuple) and layers:
        return layers
    if isinstance(layers, dict) and CHOICE in layers:
        hint = "make a row the choice: - {choice: [[…], […]]}"
        problems.append(Problem("expected a list of rows, got a choice", hint, ("layers",)))
    elif "layers" not in tree.value:
        problems.append(Problem('missing key "layers"'))
    else:
        got = shown(layers) if layers else "none"
        problems.append(Problem(f"expected a list of rows, got {got}", "", ("layers",)))
    return ()


def _by_row(found: Sequence[Dimension]) -> dict[int, list[Dimension]]:
    """The choices in each row, by its index."""
    rows: dict[int, list[Dimension]] = {}
    for each in found:
        if each.path[:1] == ("layers",) and len(each.path) > 1:
            rows.setdefault(int(each.path[1]), []).append(each)
    return rows


def setting_of(tree: Tree) -> tuple[Tree, float]:
    """The tree without the width multiplier in its `width`, and that multiplier."""
    value = dict(tree.value)
    width = value.get("width")
    if isinstance(width, int | float) and not isinstance(width, bool):
        del value["width"]
        return Tree(value, tree.values, tree.keys), float(width)
    if isinstance(width, dict) and "alpha" in width:
        value["width"] = {key: each for key, each in width.items() if key != "alpha"}
        alpha = width["alpha"]
        if isinstance(alpha, bool) or not isinstance(alpha, int | float):
            message = f"the width multiplier α must be a number, got {shown(alpha)}"
            raise SpecError(Problem(message, "", ALPHA))
        return Tree(value, tree.values, tree.keys), float(alpha)
    return tree, 1.0


def _is_alpha(path: Path) -> bool:
    return path in (ALPHA, ALPHA[:1])


def try_options(space: Space) -> None:
    """Reads the network of the first options; then each row, and all that is no row, with every
    option of one choice beside the first ones of the others. Raises `SpecError`.
    """
    problems: dict[Problem, None] = {}
    _try(space, {each.path: 0 for each in space.dimensions}, problems)
    for part in _parts(space):
        first = {each.path: 0 for each in part.dimensions}
        for dimension in part.dimensions:
            for at in range(1, len(dimension.options)):
                _try(part, {**first, dimension.path: at}, problems)
    if problems:
        raise SpecError(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def _try(space: Space, chosen: Chosen, problems: dict[Problem, None]) -> None:
    try:
        tree, _ = setting_of(space.resolved(chosen))
        if tree.value["layers"]:
            network_of(tree, space.file)
    except SpecError as error:
        problems |= dict.fromkeys(
            each if each.line else each.at(space.file, *space.tree.place(each.path))
            for each in error.problems
        )


def _parts(space: Space) -> Iterator[Space]:
    """The file without its rows, and each row in the least of networks: none reads another."""
    file, value = space.file, space.tree.value
    values, keys = _by_part(space.tree.values), _by_part(space.tree.keys)
    around = Tree({**value, "layers": ({"op": "norm"},)}, values.get(None, {}), keys.get(None, {}))
    yield Space(file, around, space.common, (), "", space.common)
    for row in space.rows:
        if row.dimensions:
            inside = tuple(replace(each, path=_first_row(each.path)) for each in row.dimensions)
            at, alone = row.index, {"input": (1, 1, 1), "layers": (row.value,)}
            yield Space(file, Tree(alone, values.get(at, {}), keys.get(at, {})), (), (), "", inside)


def _by_part(places: Mapping[Path, Place]) -> dict[Any, dict[Path, Place]]:
    """The places in each row, by its index, as if it were the only one; by None, all others."""
    parts: dict[Any, dict[Path, Place]] = {}
    for path, place in places.items():
        at = path[1] if path[:1] == ("layers",) and len(path) > 1 else None
        parts.setdefault(at, {})[_first_row(path)] = place
    return parts


def _first_row(path: Path) -> Path:
    """The path of a row's value, were the row the only one."""
    return ("layers", 0, *path[2:]) if path[:1] == ("layers",) and len(path) > 1 else path
