"""Text to `Network`: files, zoo names, and errors that name the place."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection, Iterable

from mncost.errors import Path, Problem, SpecError
from mncost.spec import zoo
from mncost.spec.layers import walk
from mncost.spec.located import located, validate
from mncost.spec.network import Network
from mncost.spec.tree import MOST_BYTES, Tree, check, decode
from mncost.spec.values import MOST_NAME, shown

FORMATS = (".yaml", ".yml", ".json", ".toml")
"""The formats of an architecture file, by suffix. Standard input is YAML, which includes JSON."""

STDIN = "-"

_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt", ".bin")


def load(source: str | os.PathLike[str]) -> Network:
    """The network that `source` names: a zoo network, an architecture file, or - for stdin.

    A name with a folder or a suffix in it is a file; any other is looked up in the zoo. Raises
    `SpecError` with every problem of the file, each with its line and column.
    """
    name = os.fspath(source)
    if name == STDIN:
        return parse(read_stdin(), "<stdin>")
    if not is_file(name):
        return parse(zoo.read(name), zoo.path(name))
    return parse(read_file(name), name)


def is_file(source: str) -> bool:
    """Whether `source` names a file and not a zoo network."""
    return os.path.basename(source) != source or bool(_suffix(source)) or os.path.exists(source)


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


ARCHITECTURE = "an architecture file"


def _what_to_do(name: str, wanted: str) -> str:
    if _suffix(name) == ".py":
        return "a function of it that makes a PyTorch model is py:module:function"
    if _suffix(name) in _PICKLES:
        return (
            "a pickle can run code, and is never opened; name the function that makes the model "
            "(py:module:function), or export it to ONNX"
        )
    *suffixes, last = [*FORMATS, *[".onnx"] * (wanted == ARCHITECTURE)]
    return f"its name would end in {', '.join(suffixes)} or {last}"


def read_stdin() -> bytes:
    """Standard input, never more than the bound and one."""
    if sys.stdin is None:
        raise SpecError(Problem("standard input is closed").at("<stdin>"))
    return sys.stdin.buffer.read(MOST_BYTES + 1)


def read_file(path: str, wanted: str = ARCHITECTURE, formats: Collection[str] = FORMATS) -> bytes:
    """The bytes of a regular file, never more than the bound and one. Raises `SpecError`.

    Its name ends in one of `formats`, where there are any.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            what = "a directory" if os.path.isdir(path) else "not a regular file"
            raise SpecError(Problem(what, f"expected {wanted}").at(path))
        if formats and _suffix(path) not in formats:
            raise SpecError(Problem(f"not {wanted}", _what_to_do(path, wanted)).at(path))
        with open(path, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError(Problem(reason).at(path)) from None
    except ValueError as error:  # a NUL in the name
        raise SpecError(Problem(str(error)).at(path)) from None


def parse(data: bytes, file: str) -> Network:
    """A network from the text of an architecture file. Raises `SpecError`."""
    return network_of(read_tree(data, file), file)


def network_of(tree: Tree, file: str) -> Network:
    """A network from the values of a text. Raises `SpecError`."""
    if not isinstance(tree.value, dict):
        message = f"expected a network, got {shown(tree.value)}"
        problem = Problem(message, "write name, input and layers")
        raise SpecError(problem.at(file, *tree.place(())))
    if "mncost_snapshot" in tree.value:
        problem = Problem("a snapshot, and no network", "mncost diff compares snapshots")
        raise SpecError(problem.at(file, *tree.place(())))
    if choice := next((path for path in tree.values if path[-1:] == ("choice",)), None):
        problem = Problem("a choice, so that this is a design space and no network", WITH_SPACES)
        raise SpecError(problem.at(file, *tree.place(choice[:-1])))
    network = validate(Network, {"name": stem(file), **tree.value}, file, tree)
    if twice := list(_ids_twice(network, tree)):
        raise SpecError(located(twice, file, tree))
    network._origin = (file, tree)
    return network


WITH_SPACES = "mncost space reads it, and mncost space sample writes networks of it"


def read_tree(data: bytes, file: str) -> Tree:
    """The values of a text, in the format of the file's suffix. Raises `SpecError`."""
    return check(_read(decode(data, file), file), file)


def _read(text: str, file: str) -> Tree:
    """Each reader is imported when a file asks for it."""
    match _suffix(file):
        case ".json":
            from mncost.spec.json_text import read_json

            return read_json(text, file)
        case ".toml":
            from mncost.spec.toml_text import read_toml

            return read_toml(text, file)
    from mncost.spec.yaml_text import read_yaml

    return read_yaml(text, file)


def stem(file: str) -> str:
    """The name of a network that states none: its file's."""
    return os.path.splitext(os.path.basename(file))[0].strip("<>")[:MOST_NAME] or "network"


def _ids_twice(network: Network, tree: Tree) -> Iterable[Problem]:
    seen: dict[str, Path] = {}
    for path, layer in walk(network.layers):
        if layer.id in seen:
            line, column = tree.place((*seen[layer.id], "id"))
            where = f"first at {line}:{column}"
            yield Problem(f'the id "{layer.id}" twice', where, (*path, "id"))
        elif layer.id is not None:
            seen[layer.id] = path
