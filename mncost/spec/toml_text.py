"""TOML text to a `Tree`: the standard library reads it, and a scan of the lines finds places."""

from __future__ import annotations

import re
import tomllib

from mncost.errors import Path, Problem, SpecError
from mncost.spec.tree import Tree

MOST_BYTES = 2**18
"""Less than for other formats, for dotted keys take time quadratic in their number."""

MOST_DOTS = 32
_DOTTED = re.compile(r"""(?:[\w"'-]+\s*\.\s*){32}""")
_TABLE = re.compile(r"\s*\[(\[?)([^\[\]]+)\]\]?")
_PAIR = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w"'-]+)*)\s*=\s*""")
_AT = re.compile(r" \(at line (\d+), column (\d+)\)$")


def read_toml(text: str, file: str) -> Tree:
    """The table of a TOML text. Raises `SpecError` that says where and what."""
    if len(text) > MOST_BYTES:
        raise SpecError(Problem(f"TOML larger than {MOST_BYTES // 2**10} KiB", "use YAML").at(file))
    for number, line in enumerate(text.splitlines(), 1):
        if line.count(".") > MOST_DOTS and _DOTTED.search(line):
            problem = Problem(f"a key of more than {MOST_DOTS} parts")
            raise SpecError(problem.at(file, number))
    try:
        tree = Tree(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = _AT.search(message)
        place = (int(at[1]), int(at[2])) if at else (0, 0)
        what = _AT.sub("", message)
        raise SpecError(Problem(f"not valid TOML: {what}").at(file, *place)) from None
    except (ValueError, RecursionError) as error:
        raise SpecError(Problem(f"not valid TOML: {error}").at(file)) from None
    _place(tree, text)
    return tree


def _place(tree: Tree, text: str) -> None:
    """Tables and pairs by their lines; what is within an inline value has the place of its pair."""
    tree.values[()] = (1, 1)
    table: Path = ()
    seen: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            table = _resolved(_keys(header[2]), seen)
            if header[1]:
                tree.keys.setdefault(table, (number, header.start(2) + 1))
                seen[table] = seen.get(table, -1) + 1
                table = (*table, seen[table])
            tree.values.setdefault(table, (number, header.start(2) + 1))
        elif pair := _PAIR.match(line):
            path = (*table, *_keys(pair[1]))
            tree.keys.setdefault(path, (number, pair.start(1) + 1))
            tree.values.setdefault(path, (number, pair.end() + 1))


def _resolved(keys: Path, seen: dict[Path, int]) -> Path:
    """A table's path; the last one so far of each array of tables on the way."""
    path: Path = ()
    for key in keys[:-1]:
        path = (*path, key)
        if path in seen:
            path = (*path, seen[path])
    return (*path, keys[-1])


def _keys(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
