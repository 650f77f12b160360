"""The networks that ship with mncost: one architecture file each, in `data/zoo/`."""

from __future__ import annotations

import os

from mncost.errors import Problem, SpecError, did_you_mean

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "zoo")
_SUFFIX = ".yaml"


def names() -> list[str]:
    """Every zoo network, in order of the alphabet."""
    return sorted(
        file.removesuffix(_SUFFIX) for file in os.listdir(_FOLDER) if file.endswith(_SUFFIX)
    )


def path(name: str) -> str:
    """The file of a zoo network, whether or not there is one."""
    return os.path.join(_FOLDER, name + _SUFFIX)


def relatives(name: str) -> list[str]:
    """The zoo networks that are variants of this one, or of which it is one, or of the same."""
    from mncost.spec.source import load

    bases = {
        each: network.variant.of if (network := load(each)).variant else each for each in names()
    }
    if name not in bases:
        return []
    return [each for each, base in bases.items() if base == bases[name] and each != name]


def read(name: str) -> bytes:
    """The text of a zoo network. Raises `SpecError` with the nearest names."""
    if name not in names():
        hint = did_you_mean(name, names())
        raise SpecError(Problem(f'no network "{name}" in the zoo', hint))
    with open(path(name), "rb") as file:
        return file.read()
