"""`{choice: [16, 24, 32]}` where one value would stand: finding choices, and making them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

from mncost.errors import Path, Problem, SpecError, did_you_mean
from mncost.spec.tree import Tree
from mncost.spec.values import shown

CHOICE, EACH, QUALITY = "choice", "each", "quality"
"""The keys of a choice: its options, whether each turn of a repeat chooses, and a score of each."""

MOST_OPTIONS = 1000
"""So many options of one choice, at most."""

LARGEST_SCORE, MOST_DECIMALS = 10**18, 30
"""A score is below the one, and has no exponent beyond the other, so that sums stay exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """One value that may be chosen: where it stands, and its options in the order of the text.

    With `each`, every turn of its repeated row chooses anew. `quality` is a score of each option.
    """

    path: Path
    options: tuple[Any, ...]
    each: bool = False
    quality: tuple[Fraction, ...] | None = None

    @property
    def name(self) -> str:
        """Its path, as people write it: `layers.3.kernel`."""
        return ".".join(str(step) for step in self.path)


Chosen = Mapping[Path, int]
"""Which option of each dimension, by its path."""


def dimensions_in(value: Any, path: Path, problems: list[Problem]) -> Iterator[Dimension]:
    """Every choice in a value, in the order of the text."""
    if isinstance(value, dict) and CHOICE in value:
        dimension = _dimension(value, path, problems)
        if dimension is not None:
            yield dimension
        return
    for step, each in _steps(value):
        yield from dimensions_in(each, (*path, step), problems)


def _steps(value: Any) -> Iterable[tuple[Any, Any]]:
    """What is in a mapping or a list, and where."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list | tuple) else ()


def _dimension(value: dict[str, Any], path: Path, problems: list[Problem]) -> Dimension | None:
    """One choice, or None and what is wrong with it."""
    before = len(problems)
    options, each, quality = value[CHOICE], value.get(EACH, False), value.get(QUALITY)
    for key in value:
        if key not in (CHOICE, EACH, QUALITY):
            hint = did_you_mean(str(key), (CHOICE, EACH, QUALITY))
            problems.append(Problem(f'unknown key "{key}" beside choice', hint, (*path, key), True))
    if not isinstance(each, bool):
        problems.append(Problem(f"each is true or false, and got {shown(each)}", "", (*path, EACH)))
    if not isinstance(options, list | tuple) or not options:
        message = f"expected a list of options, got {_none(options)}"
        problems.append(Problem(message, "as in choice: [16, 24]", (*path, CHOICE)))
        return None
    if len(options) > MOST_OPTIONS:
        message = f"{len(options):,} options of one choice, and at most {MOST_OPTIONS:,} can be"
        hint = "leave some out, or choose in steps, as in [16, 24, 32]"
        problems.append(Problem(message, hint, (*path, CHOICE)))
        return None
    problems += _of_options(options, (*path, CHOICE))
    scores = _scores(quality, len(options), path, problems)
    if len(problems) > before:
        return None
    return Dimension(path, tuple(options), each, scores)


def _of_options(options: Sequence[Any], path: Path) -> Iterator[Problem]:
    """What is wrong with the options of a choice, one beside the other."""
    seen = set()
    for at, option in enumerate(options):
        known = json.dumps(option, sort_keys=True, default=str)  # 1, 1.0, true and "1" differ
        if known in seen:
            yield Problem(f"the option {_none(option)} twice", "leave one out", (*path, at))
        seen.add(known)
        for inner in _inner_choices(option, (*path, at)):
            yield Problem("a choice within a choice", "make it a choice of its own", inner)


def _none(value: Any) -> str:
    return "none" if value in ((), []) else shown(value)


def _inner_choices(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict) and CHOICE in value:
        yield path
    for step, each in _steps(value):
        yield from _inner_choices(each, (*path, step))


def _scores(
    value: Any, count: int, path: Path, problems: list[Problem]
) -> tuple[Fraction, ...] | None:
    """A score for each option, exact as they are written."""
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != count:
        what = f"expected a number for each of {count} options, got {shown(value)}"
        problems.append(Problem(what, "", (*path, QUALITY)))
        return None
    wrong = {at: what for at, each in enumerate(value) if (what := _no_score(each))}
    problems += [
        Problem(f"expected {what}, got {shown(value[at])}", "", (*path, QUALITY, at))
        for at, what in wrong.items()
    ]
    return None if wrong else tuple(Fraction(str(each)) for each in value)


def _no_score(value: Any) -> str:
    """What was expected in place of a value that is no score."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "a number"
    if isinstance(value, float) and not isfinite(value):
        return "a number"
    if abs(value) >= LARGEST_SCORE:
        return "a number below 10^18"
    return f"0 or at least 1e-{MOST_DECIMALS}" if 0 < abs(value) < 10**-MOST_DECIMALS else ""


def chosen_in(value: Any, path: Path, dimensions: Iterable[Dimension], chosen: Chosen) -> Any:
    """A value in which the choices are made."""
    taken = {each.path: each.options[chosen[each.path]] for each in dimensions}
    around = {place[:length] for place in taken for length in range(len(place))}
    return _made(value, path, taken, around)


def _made(value: Any, path: Path, taken: Mapping[Path, Any], around: Collection[Path]) -> Any:
    if path in taken:
        return taken[path]
    if path not in around:
        return value
    made = {step: _made(each, (*path, step), taken, around) for step, each in _steps(value)}
    return made if isinstance(value, dict) else list(made.values())


def resolved(tree: Tree, dimensions: Sequence[Dimension], chosen: Chosen) -> Tree:
    """The tree of a network in which every choice is made, each value at its place."""
    value = dict(chosen_in(tree.value, (), dimensions, chosen))
    spliced = _splices(value, dimensions)
    taken = {each.path: (*each.path, CHOICE, chosen[each.path]) for each in dimensions}

    def moved(places: Mapping[Path, Any]) -> dict[Path, Any]:
        kept = {}
        for path, place in places.items():
            starts = (path[:length] for length in range(len(path) + 1))
            around = next((each for each in starts if each in taken), None)
            if around is None or path == around:
                kept[path] = place
            elif under(path, taken[around]):
                kept[(*around, *path[len(taken[around]) :])] = place
        return {spliced(path): place for path, place in kept.items()}

    value["layers"] = [
        layer
        for row in value["layers"]
        for layer in (row if isinstance(row, list | tuple) else [row])
    ]
    return Tree(value, moved(tree.values), moved(tree.keys))


def _splices(value: dict[str, Any], dimensions: Sequence[Dimension]) -> Any:
    """Where a path ends up once rows that are lists of layers stand as these layers."""
    rows = value["layers"]
    if not any(isinstance(row, list | tuple) for row in rows):
        return lambda path: path
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + (len(row) if isinstance(row, list | tuple) else 1))

    def place(path: Path) -> Path:
        if path[:1] != ("layers",) or len(path) < 2 or not isinstance(path[1], int):
            return path
        start = starts[path[1]]
        if not isinstance(rows[path[1]], list | tuple):
            return ("layers", start, *path[2:])
        if len(path) == 2:
            return ("layers", start)
        return ("layers", start + int(path[2]), *path[3:])

    return place


def with_choices(tree: Tree, added: Mapping[Path, Sequence[Any]]) -> Tree:
    """The tree with more choices, each at its path, in place of what stands there."""
    value = tree.value
    for path, options in added.items():
        value = _put(value, path, {CHOICE: list(options)}, path)
    kept = {p: place for p, place in tree.values.items() if not any(under(p, d) for d in added)}
    return Tree(value, {**kept, **{d: tree.place(d) for d in added}}, tree.keys)


def path_of(value: Any, written: str) -> Path:
    """The path that is written as `layers.3.out`, or with a layer's id, `layers.stem.out`.

    Raises `SpecError` where nothing can stand there.
    """
    path: Path = ()
    for step in written.split("."):
        if isinstance(value, list | tuple):
            ids = [each.get("id") if isinstance(each, dict) else None for each in value]
            at = int(step) if step.isascii() and step.isdigit() else None
            at = ids.index(step) if step in ids else at
            if at is None or at >= len(value):
                message = f"nothing stands at {written}: no {step} of {len(value)}"
                raise SpecError(Problem(message, "count from 0, or name an id"))
            path, value = (*path, at), value[at]
        elif isinstance(value, dict) and step:
            path, value = (*path, step), value.get(step)
        elif value is None and step and path[:1] != ("layers",):
            path = (*path, step)
        else:
            message = f"nothing stands at {written}: no {step} there"
            raise SpecError(Problem(message, "a path as in layers.3.out"))
    return path


def _put(value: Any, path: Path, new: Any, whole: Path) -> Any:
    """A copy of a value with another at `path`."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, list | tuple) and isinstance(step, int) and 0 <= step < len(value):
        return [*value[:step], _put(value[step], rest, new, whole), *value[step + 1 :]]
    if isinstance(value, dict) and isinstance(step, str):
        return {**value, step: _put(value.get(step, {}), rest, new, whole)}
    if isinstance(value, list | tuple) and whole[:1] == ("input",) and len(value) == 3:
        return _put({"channels": value[0], "size": list(value[1:])}, path, new, whole)
    raise SpecError(Problem(f"nothing stands at {'.'.join(map(str, whole))}", "as in layers.3.out"))


def under(path: Path, around: Path) -> bool:
    return path[: len(around)] == around
