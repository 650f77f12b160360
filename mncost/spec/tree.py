"""`Tree`: plain values from a text of any format, each with its place, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mncost.errors import Path, Problem, SpecError

MOST_BYTES = 4 * 2**20
MOST_DEPTH = 32
MOST_NODES = 200_000
MOST_TEXT = 10_000
MOST_DIGITS = 40

Place = tuple[int, int]
"""Line and column, both from 1."""


@dataclass
class Tree:
    """Plain values, and the place of each value and key by its path."""

    value: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path, key: bool = False) -> Place:
        """Where the value (or key) at `path` stands, or the nearest thing around it."""
        path = written(path)
        if key and path in self.keys:
            return self.keys[path]
        if path in self.values:
            return self.values[path]
        for length in range(len(path) - 1, 0, -1):
            around = path[:length]
            if around in self.values:  # or the field of that name there: a block's parts share it
                return self.values.get((*around, path[-1]), self.values[around])
        return self.values.get((), (1, 1))


def decode(data: bytes, file: str, hint: str = "no architecture needs that") -> str:
    """UTF-8 text within bounds, a byte-order mark allowed and dropped."""
    if len(data) > MOST_BYTES:
        problem = Problem(f"larger than {MOST_BYTES // 2**20} MiB", hint)
        raise SpecError(problem.at(file))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = Problem(f"not UTF-8: byte 0x{data[error.start]:02x}", "save it as UTF-8")
        raise SpecError(problem.at(file, line)) from None
    if not text.strip():
        raise SpecError(Problem("empty").at(file))
    return text


def written(path: Path) -> Path:
    """A path without the turns of its repeats, which no text holds."""
    kept: list[str | int] = []
    for step in path:
        if kept[-1:] == ["repeat"] and isinstance(step, int):
            kept.pop()
        else:
            kept.append(step)
    return tuple(kept)


def check(tree: Tree, file: str) -> Tree:
    """The same tree, if it is within bounds, states every value, and can all be written again."""
    problems = []
    for count, (path, value) in enumerate(_walk(tree.value)):
        fault = _fault(value) or _fault(path[-1] if path else "")
        if count > MOST_NODES:
            raise SpecError(Problem(too_many(path[:-1])).at(file, *tree.place(path[:-1])))
        if len(path) > MOST_DEPTH:
            fault = f"nested deeper than {MOST_DEPTH}"
        if fault:
            problems.append(Problem(fault).at(file, *tree.place(path)))
    if problems:
        raise SpecError(sorted(problems, key=lambda problem: (problem.line, problem.column)))
    return tree


def too_many(path: Path) -> str:
    """What is said of too many values, and at what they became too many."""
    where = ".".join(str(step)[:40] for step in path)
    return f"more than {MOST_NODES:,} values{', up to those of ' if where else ''}{where}"


def _walk(value: Any) -> Iterator[tuple[Path, Any]]:
    """Every value with its path, without recursion."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        if len(path) > MOST_DEPTH:
            continue
        if isinstance(value, dict):
            waiting.extend(((*path, key), inner) for key, inner in value.items())
        elif isinstance(value, list | tuple):
            waiting.extend(((*path, index), inner) for index, inner in enumerate(value))


def _fault(value: Any) -> str:
    if value is None:
        return "expected a value, got nothing; state one, or leave the key out"
    if isinstance(value, str):
        if len(value) > MOST_TEXT:
            return f"a text of over {MOST_TEXT:,} characters"
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            return "a text with a character that cannot be written"
    if isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
        return f"a number of over {MOST_DIGITS} digits"
    return ""
