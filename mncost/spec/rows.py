"""`Row`: a row of a design space's own layers, the choices in it, and the layers of each turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mncost.errors import Path
from mncost.spec.choices import CHOICE, Chosen, Dimension, chosen_in
from mncost.spec.layers import LAYERS, Chain, Convolving, Layer
from mncost.spec.located import validate
from mncost.spec.tree import Tree
from mncost.spec.values import Strict


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
            return {int(self.value[turns_key(self.value)]): 0}
        return {int(count): at for at, count in enumerate(self.times.options)}

    def layers(self, chosen: Chosen, turn: int = 0) -> list[tuple[Path, Any]]:
        """The layers of one turn, as they would be written, each with its path."""
        path: Path = ("layers", self.index)
        value = chosen_in(self.value, path, (*self.once, *self.each), chosen)
        if isinstance(value, list | tuple):
            return [((*path, at), layer) for at, layer in enumerate(value)]
        if not self.each:
            return [(path, value)]
        turns = turns_key(self.value)
        left_out = {"from", *once_of(value.get("op"))} if turn else set()
        kept = {key: each for key, each in value.items() if key not in left_out}
        return [(path, {**kept, turns: 1})]

    @property
    def reads(self) -> frozenset[str]:
        """The ids that it names, whatever is chosen."""
        return frozenset(
            name for layer in mappings(self.value) for name in texts(layer.get("from"))
        )


def ids_in(value: Any) -> frozenset[str]:
    """The ids that layers in a value may have."""
    return frozenset(name for layer in mappings(value) for name in texts(layer.get("id")))


def row_of(index: int, value: Any, mine: Sequence[Dimension]) -> Row:
    """A row, and the choices in it."""
    each = tuple(one for one in mine if one.each)
    once = tuple(one for one in mine if not one.each)
    times = [one for one in once if each and one.path[2:] == (turns_key(value),)]
    kept = tuple(one for one in once if one not in times)
    return Row(index, value, kept, each, times[0] if times else None)


class _Layers(Strict):
    layers: Chain


def read_layers(layers: Sequence[Any]) -> tuple[Layer, ...]:
    """Layers as they are written, as models. Raises `SpecError` with their paths among them."""
    if not layers:
        return ()
    return validate(_Layers, {"layers": list(layers)}, "", Tree()).layers


def turns_key(value: Any) -> str:
    """Under which key a row says how many turns it has."""
    return "times" if isinstance(value, dict) and value.get("op") == "repeat" else "repeat"


def once_of(op: Any) -> tuple[str, ...]:
    """What else than `from` counts for the first turn of a repeated layer alone."""
    model = LAYERS.get(op) if isinstance(op, str) else None
    return ("stride",) if model is not None and issubclass(model, Convolving) else ()


def texts(value: Any) -> Iterator[str]:
    """The texts in a value, a choice or not."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts(value.get(CHOICE))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping in a value, itself included."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from mappings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from mappings(each)
