"""`Space`: an architecture file in which values may be choices, and what can be chosen in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mncost.errors import Path, Problem, SpecError
from mncost.spec import choices, zoo
from mncost.spec.choices import CHOICE, EACH, Chosen, Dimension, chosen_in, dimensions_in, under
from mncost.spec.layers import LAYERS, Chain, Convolving, Layer
from mncost.spec.located import validate
from mncost.spec.source import is_file, network_of, read_file, read_tree, stem
from mncost.spec.tree import Place, Tree, written
from mncost.spec.values import Strict, shown

ALPHA: Path = ("width", "alpha")
SIZE: Path = ("input", "size")


class _Layers(Strict):
    layers: Chain


def read_layers(layers: Sequence[Any]) -> tuple[Layer, ...]:
    """Layers as they are written, as models. Raises `SpecError` with their paths among them."""
    if not layers:
        return ()
    return validate(_Layers, {"layers": list(layers)}, "", Tree()).layers


@dataclass(frozen=True)
class Row:
    """A row of the file's own layers, and its choices: those made once, and those of each turn.

    `times` is the choice of how many turns there are, where turns choose.
    """

    index: int
    value: Any
    once: tuple[Dimension, ...]
    each: tuple[Dimension, ...]
    times: Dimension | None = None

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """All of them, in the order in which they are made."""
        return (*self.once, *([self.times] if self.times else []), *self.each)

    @property
    def turns(self) -> dict[int, int]:
        """Each number of turns that may be, with its option; one turn where the row is a choice."""
        if not self.each:
            return {1: 0}
        if self.times is None:
            return {int(self.value[_turns_key(self.value)]): 0}
        return {int(count): at for at, count in enumerate(self.times.options)}

    def layers(self, chosen: Chosen, turn: int = 0) -> list[tuple[Path, Any]]:
        """The layers of one turn, as they would be written, each with its path."""
        path: Path = ("layers", self.index)
        value = chosen_in(self.value, path, (*self.once, *self.each), chosen)
        if isinstance(value, list | tuple):
            return [((*path, at), layer) for at, layer in enumerate(value)]
        if not self.each:
            return [(path, value)]
        if value.get("op") == "repeat":
            return [((*path, "layers", at), layer) for at, layer in enumerate(value["layers"])]
        left_out = {"repeat", *(() if turn == 0 else ("from", *_once(value)))}
        return [(path, {key: each for key, each in value.items() if key not in left_out})]

    @property
    def reads(self) -> frozenset[str]:
        """The ids that it names, whatever is chosen."""
        return frozenset(
            name for layer in _mappings(self.value) for name in _texts(layer.get("from"))
        )


def _once(layer: Mapping[str, Any]) -> tuple[str, ...]:
    """What counts for the first turn of a repeated layer alone."""
    model = LAYERS.get(str(layer.get("op")))
    return ("stride",) if model is not None and issubclass(model, Convolving) else ()


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
    """The space in a file, or a zoo network as a space without choices. Raises `SpecError`."""
    return parse(*read(source))


def read(source: str | os.PathLike[str]) -> tuple[Tree, str]:
    """The values in a file, or of a zoo network, and where they stand. Raises `SpecError`."""
    name = os.fspath(source)
    if not is_file(name):
        return read_tree(zoo.read(name), zoo.path(name)), zoo.path(name)
    return read_tree(read_file(name, "a design space"), name), name


def parse(tree: Tree, file: str) -> Space:
    """The space that a tree describes. Raises `SpecError` with all that is wrong in it.

    Every option is tried, alone, beside the first options of all other choices.
    """
    if not isinstance(tree.value, dict) or not isinstance(tree.value.get("layers"), list | tuple):
        network_of(tree, file)  # says what is missing
        raise SpecError(Problem("expected a network with layers").at(file))
    problems: list[Problem] = []
    found = list(dimensions_in(tree.value, (), problems))
    rows = tuple(_row(index, row, found) for index, row in enumerate(tree.value["layers"]))
    problems += [fault for row in rows for fault in _misplaced(row)]
    if problems:
        raise SpecError(problem.at(file, *tree.place(problem.path)) for problem in problems)
    outside = [each for each in found if each.path[0] != "layers"]
    common = sorted(outside, key=lambda each: (not _is_alpha(each.path), each.path != SIZE))
    inside = (each for row in rows for each in row.dimensions)
    name = tree.value.get("name")
    space = Space(
        file,
        tree,
        tuple(common),
        rows,
        name if isinstance(name, str) else stem(file),
        (*common, *inside),
    )
    _try_options(space)
    return space


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


def _row(index: int, value: Any, found: Sequence[Dimension]) -> Row:
    mine = [each for each in found if under(each.path, ("layers", index))]
    each = tuple(one for one in mine if one.each)
    once = tuple(one for one in mine if not one.each)
    times = [one for one in once if each and one.path[2:] == (_turns_key(value),)]
    kept = tuple(one for one in once if one not in times)
    return Row(index, value, kept, each, times[0] if times else None)


def _turns_key(value: Any) -> str:
    """Under which key a row says how many turns it has."""
    return "times" if isinstance(value, dict) and value.get("op") == "repeat" else "repeat"


def _misplaced(row: Row) -> Iterator[Problem]:
    """`each` where no turns are, and ids within turns that differ."""
    if not row.each:
        return
    first = row.each[0].path
    turns = _turns_key(row.value)
    is_block = turns == "times"
    if not isinstance(row.value, dict) or turns not in row.value:
        hint = "a row of the file's own layers says repeat, or is a repeat itself"
        yield Problem("each, and no turns to choose in", hint, (*first, EACH))
    elif is_block and any("id" in layer for layer in _mappings(row.value.get("layers"))):
        yield Problem("an id in a block whose turns choose each for itself", "", (*first, EACH))
    for dimension in row.each:
        if dimension.path[2:] == (turns,):
            yield Problem("each turn cannot choose how many there are", "", dimension.path)


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, a choice or not."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(value.get(CHOICE))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _mappings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _mappings(each)


def _try_options(space: Space) -> None:
    """Reads the network of the first options, and those with one option another."""
    first = {each.path: 0 for each in space.dimensions}
    problems: dict[Problem, None] = {}
    tries = [first, *({**first, d.path: at} for d in space.dimensions for at in _others(d))]
    for chosen in tries:
        try:
            tree, _ = setting_of(space.resolved(chosen))
            network_of(tree, space.file)
        except SpecError as error:
            problems |= dict.fromkeys(
                each if each.line else each.at(space.file, *space.tree.place(each.path))
                for each in error.problems
            )
    if problems:
        raise SpecError(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def _others(dimension: Dimension) -> range:
    return range(1, len(dimension.options))
