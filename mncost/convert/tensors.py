"""Sizes of tensors as frameworks reckon them, batch and all: broadcasting, reshaping, cutting."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mncost.errors import MncostError, Problem

Dims = tuple[int, ...]
"""The size of a tensor, batch and all."""


@dataclass(frozen=True, slots=True)
class Live:
    """A tensor that the network computes: its size, batch and all, and where it comes from."""

    dims: Dims
    at: int


def positions(tensors: Iterable[object]) -> tuple[int, ...]:
    """Where the tensors that the network computes come from, each once."""
    return tuple(dict.fromkeys(each.at for each in tensors if isinstance(each, Live)))


class Clash(MncostError):
    """Sizes that do not go together."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(Problem(message, hint))

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Clash:
        """What was found wrong elsewhere, as a clash."""
        clash = cls("")
        MncostError.__init__(clash, problems)
        return clash


def text(dims: Sequence[int | str]) -> str:
    """A size as ONNX writes it: 1×3×224×224."""
    return "×".join(str(each) for each in dims) or "one number"


def broadcast(*sizes: Dims) -> Dims:
    """The size that all of these are spread to."""
    rank = max(len(each) for each in sizes)
    padded = [(1,) * (rank - len(each)) + each for each in sizes]
    out = []
    for column in zip(*padded, strict=True):
        wide = {each for each in column if each != 1}
        if len(wide) > 1:
            raise Clash(f"sizes that do not go together: {' and '.join(map(text, sizes))}")
        out.append(wide.pop() if wide else 1)
    return tuple(out)


def reshaped(dims: Dims, wanted: Sequence[int], zero_is_zero: bool = False) -> Dims:
    """`wanted`, with 0 for "as it is" and one -1 for "what is left"."""
    out = [
        dims[at] if each == 0 and not zero_is_zero and at < len(dims) else int(each)
        for at, each in enumerate(wanted)
    ]
    count, known = math.prod(dims), math.prod(each for each in out if each != -1)
    if out.count(-1) == 1 and known > 0 and count % known == 0:
        out[out.index(-1)] = count // known
    if -1 in out or math.prod(out) != count:
        raise Clash(f"{text(dims)} cannot become {text(list(wanted))}")
    return tuple(out)


def axis(at: int, rank: int) -> int:
    """A side counted from either end."""
    if not -rank <= at < rank:
        raise Clash(f"side {at} of {rank}")
    return at % rank


def squeezed(dims: Dims, axes: Sequence[int]) -> Dims:
    """Without these sides, or without all of size one where none are named."""
    gone = {axis(each, len(dims)) for each in axes} or {at for at, d in enumerate(dims) if d == 1}
    if any(dims[at] != 1 for at in gone):
        raise Clash(f"sides of {text(dims)} that are not of one cannot be taken away")
    return tuple(each for at, each in enumerate(dims) if at not in gone)


def unsqueezed(dims: Dims, axes: Sequence[int]) -> Dims:
    """With sides of size one at these places of the result."""
    out = list(dims)
    rank = len(dims) + len(axes)
    for at in sorted(axis(each, rank) for each in axes):
        out.insert(at, 1)
    return tuple(out)


def cut(size: int, start: int, end: int, step: int) -> int:
    """How many of so many places a slice takes."""
    return len(range(size)[slice(start, end, step)]) if step else 0
