"""YAML text to a `Tree`: strict, safe, iterative.

PyYAML's C *events* feed a tree builder of our own. Its loaders overflow the stack on deep nesting,
expand merge keys without end, keep the last of duplicate keys and read `no` as false; here depth,
size and count are bounded, duplicates, anchors, tags and second documents are refused, and a plain
word that YAML 1.1 and 1.2 read differently asks to be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mncost.errors import Path, Problem, SpecError
from mncost.spec.tree import MOST_DEPTH, MOST_DIGITS, MOST_NODES, MOST_TEXT, Tree, too_many

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_REAL = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)(e[-+][0-9]+)?", re.IGNORECASE)
_NO_NUMBER = re.compile(r"[-+]?\.inf|\.nan", re.IGNORECASE)
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DISPUTED = re.compile(
    r"y|n|yes|no|on|off|[-+]?0[0-9_]+|[-+]?0[xob][0-9a-f_]*"
    r"|[-+]?[0-9][0-9_]*(:[0-9_.]+)+|[-+]?[0-9.]*_[0-9_.]*|[-+]?[0-9.]+e[0-9]+"
    r"|\d{4}-\d\d?-\d\d?([tT\s].*)?|=|<<",
    re.ASCII | re.IGNORECASE,
)


class _Refused(Exception):
    """Something in the text that stops the reading, and where."""

    def __init__(self, mark: Any, message: str, hint: str = "") -> None:
        self.problem = Problem(message, hint).at("", mark.line + 1, mark.column + 1)


def read_yaml(text: str, file: str) -> Tree:
    """The one document of a YAML text. Raises `SpecError` that says where and what."""
    import yaml  # late: JSON and TOML do without

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Reader().read(yaml.parse(text, Loader=loader))
    except _Refused as refused:
        problem = refused.problem
        raise SpecError(problem.at(file, problem.line, problem.column)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise SpecError(Problem(f"not valid YAML: {what}").at(file, *place)) from None
    except yaml.YAMLError as error:
        what = str(error).splitlines()[0]
        raise SpecError(Problem(f"not valid YAML: {what}").at(file, 1)) from None


@dataclass(slots=True)
class _Open:
    """A mapping or list that has begun and not ended."""

    path: Path
    value: dict[str, Any] | list[Any]
    key: str | None = None


class _Reader:
    """Builds one tree from events, with a stack of its own in place of recursion."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.stack: list[_Open] = []
        self.nodes = 0
        self.documents = 0

    def read(self, events: Iterator[Any]) -> Tree:
        for event in events:
            step = getattr(self, f"_{type(event).__name__}", None)
            if step is not None:
                step(event)
        return self.tree

    def _DocumentStartEvent(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _Refused(event.start_mark, "a second document", "one network a file")

    def _AliasEvent(self, event: Any) -> None:
        raise _Refused(event.start_mark, f"an alias, *{event.anchor[:40]}", "write it out")

    def _MappingStartEvent(self, event: Any) -> None:
        self._open(event, {})

    def _SequenceStartEvent(self, event: Any) -> None:
        self._open(event, [])

    def _MappingEndEvent(self, event: Any) -> None:
        self.stack.pop()

    def _SequenceEndEvent(self, event: Any) -> None:
        done = self.stack.pop()
        self._replace(done, tuple(done.value))

    def _ScalarEvent(self, event: Any) -> None:
        self._count(event)
        if len(event.value) > MOST_TEXT:
            raise _Refused(event.start_mark, f"a text of over {MOST_TEXT:,} characters")
        at = self.stack[-1] if self.stack else None
        if at is not None and isinstance(at.value, dict) and at.key is None:
            self._key(at, event)
        else:
            self._put(event, _scalar(event))

    def _open(self, event: Any, value: dict[str, Any] | list[Any]) -> None:
        self._count(event)
        if len(self.stack) >= MOST_DEPTH:
            raise _Refused(event.start_mark, f"nested deeper than {MOST_DEPTH}")
        self.stack.append(_Open(self._put(event, value), value))

    def _count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            path = self.stack[-1].path if self.stack else ()
            raise _Refused(event.start_mark, too_many(path))
        if event.anchor is not None:
            raise _Refused(event.start_mark, f"an anchor, &{event.anchor[:40]}", "write it out")
        if event.tag is not None:
            raise _Refused(event.start_mark, f"a tag, {event.tag[:40]}", "plain values only")

    def _key(self, at: _Open, event: Any) -> None:
        key, path = event.value, (*at.path, event.value)
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        letter = key in ("n", "y")  # a side of a matrix: no key here is true or false
        if event.implicit[0] and not letter and not isinstance(_scalar(event), str):
            raise _Refused(event.start_mark, f"expected a key, got {key or 'nothing'}", "quote it")
        if path in self.tree.keys:
            line, column = self.tree.keys[path]
            where = f"first at {line}:{column}"
            raise _Refused(event.start_mark, f'the key "{key[:40]}" twice', where)
        self.tree.keys[path] = place
        at.key = key

    def _put(self, event: Any, value: Any) -> Path:
        """Hangs a value into what is open, and remembers where it stands."""
        path: Path = ()
        if self.stack:
            at = self.stack[-1]
            if isinstance(at.value, list):
                path = (*at.path, len(at.value))
                at.value.append(value)
            elif at.key is None:
                raise _Refused(event.start_mark, "a key that is not a plain text", "quote it")
            else:
                path = (*at.path, at.key)
                at.value[at.key] = value
                at.key = None
        else:
            self.tree.value = value
        self.tree.values[path] = (event.start_mark.line + 1, event.start_mark.column + 1)
        return path

    def _replace(self, done: _Open, value: tuple[Any, ...]) -> None:
        if not self.stack:
            self.tree.value = value
            return
        around, step = self.stack[-1].value, done.path[-1]
        around[step] = value  # type: ignore[index]


def _scalar(event: Any) -> str | int | float | bool | None:
    """A scalar as YAML 1.2 reads it, where YAML 1.1 agrees."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _DISPUTED.fullmatch(text):
        hint = f'quote it: "{text[:40]}"; if it is a number, write it in plain decimal digits'
        raise _Refused(
            event.start_mark, f"{text[:40]} means different things to YAML readers", hint
        )
    if _NUMBER.fullmatch(text):
        if len(text) > MOST_DIGITS:
            raise _Refused(event.start_mark, f"a number of over {MOST_DIGITS} digits")
        return int(text)
    if text not in (".", "+", "-") and _REAL.fullmatch(text):
        return float(text)
    if _NO_NUMBER.fullmatch(text):
        return float(text.replace(".", ""))
    return text
