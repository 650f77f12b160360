"""JSON text to a `Tree`: the standard library reads it, and a scan of the tokens finds places."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from mncost.errors import Path, Problem, SpecError
from mncost.spec.tree import MOST_DEPTH, MOST_DIGITS, MOST_NODES, Tree

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def read_json(text: str, file: str) -> Tree:
    """The one value of a JSON text. Raises `SpecError` that says where and what."""
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_int=_whole, parse_float=_real)
    except json.JSONDecodeError as error:
        what = error.msg[0].lower() + error.msg[1:]
        place = (error.lineno, error.colno)
        raise SpecError(Problem(f"not valid JSON: {what}").at(file, *place)) from None
    except ValueError as error:
        raise SpecError(Problem(f"not valid JSON: {error}").at(file)) from None
    except RecursionError:
        raise SpecError(Problem(f"nested deeper than {MOST_DEPTH}").at(file)) from None
    return _placed(value, text, file)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of over {MOST_DIGITS} digits")
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number


def _placed(value: Any, text: str, file: str) -> Tree:
    """The value with the place of everything in it; refuses a key that stands twice."""
    tree, lines = Tree(value), _Lines(text)
    path: list[str | int] = []
    key_next = False
    for token in _TOKEN.finditer(text):
        mark, place = token.group(), lines.place(token.start())
        if mark in "}]":
            path.pop()
            key_next = False
        elif mark == ",":
            if isinstance(path[-1], int):
                path[-1] += 1
            else:
                key_next = True
        elif mark == ":":
            key_next = False
        elif key_next:
            path[-1] = json.loads(mark)
            _remember(tree, tuple(path), place, file)
        else:
            tree.values[tuple(path)] = place
            if len(tree.values) > MOST_NODES + 1:
                break  # refused in any case, and with its place
            if mark in "{[":
                path.append("" if mark == "{" else 0)
                key_next = mark == "{"
                if len(path) > MOST_DEPTH:
                    problem = Problem(f"nested deeper than {MOST_DEPTH}")
                    raise SpecError(problem.at(file, *place))
    return tree


def _remember(tree: Tree, path: Path, place: tuple[int, int], file: str) -> None:
    if path in tree.keys:
        line, column = tree.keys[path]
        problem = Problem(f'the key "{path[-1]}" twice', f"first at {line}:{column}")
        raise SpecError(problem.at(file, *place))
    tree.keys[path] = place


class _Lines:
    """Offsets, which only grow, to line and column."""

    def __init__(self, text: str) -> None:
        self.text, self.line, self.start = text, 1, 0
        self.end = self._end()

    def _end(self) -> int:
        end = self.text.find("\n", self.start)
        return len(self.text) if end < 0 else end

    def place(self, offset: int) -> tuple[int, int]:
        while self.end < offset:
            self.line, self.start = self.line + 1, self.end + 1
            self.end = self._end()
        return self.line, offset - self.start + 1
