"""One network of a space, as an architecture file would have it: every choice made, and no other
word changed where that can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mncost.errors import Path
from mncost.spec.choices import Chosen
from mncost.spec.layers import NESTED, Layer
from mncost.spec.rows import Row
from mncost.spec.scale import scale
from mncost.spec.source import network_of
from mncost.spec.space import Space, setting_of
from mncost.spec.values import MOST_NAME

OF_ANOTHER = ("expect", "published", "variant")
"""What a file says of one network, and does not hold for those of its space."""


@dataclass(frozen=True, slots=True)
class Made:
    """The choices of one architecture: those made once, and those of each turn, from 1."""

    once: Chosen
    turns: Mapping[tuple[Path, int], int]


def network(space: Space, made: Made, name: str) -> dict[str, Any]:
    """The values of an architecture file; α is applied, and turns that chose are rows."""
    first = {each.path: 0 for each in space.dimensions}
    tree, alpha = setting_of(space.resolved({**first, **made.once}))
    value = {key: each for key, each in tree.value.items() if key not in OF_ANOTHER}
    layers = [layer for row in space.rows for layer in _row(row, {**first, **made.once}, made)]
    if alpha != 1:
        tree.value = {**value, "layers": layers}
        scaled = scale(network_of(tree, space.file), alpha=alpha, allow_wider=True)
        layers = _scaled(layers, scaled.layers)
    return {**_named(value, name), "layers": layers}


def _named(value: dict[str, Any], name: str) -> dict[str, Any]:
    """With a name of its own, where a name stands in files."""
    rest = {key: each for key, each in value.items() if key not in ("mncost", "name")}
    if rest.get("width") == {}:
        del rest["width"]  # it held α alone
    return {"mncost": 1, "name": name[-MOST_NAME:], **rest}


def _row(row: Row, chosen: Chosen, made: Made) -> list[Any]:
    """The layers of a row; a turn after another, where each chooses."""
    if not row.each:
        return [layer for _, layer in row.layers(chosen)]
    last = _turns(row, made)
    return [
        layer
        for turn in range(1, last + 1)
        for _, written in row.layers({**chosen, **_of_turn(row, made, turn)}, turn - 1)
        for layer in _one_turn(written, turn == last)
    ]


def _turns(row: Row, made: Made) -> int:
    """How many turns there are: as many as have chosen."""
    path = row.each[0].path
    return sum((path, turn) in made.turns for turn in range(1, max(row.turns) + 1))


def _of_turn(row: Row, made: Made, turn: int) -> dict[Path, int]:
    return {each.path: made.turns[each.path, turn] for each in row.each}


def _one_turn(written: Mapping[str, Any], is_last: bool) -> Sequence[Any]:
    """A turn as rows: a layer, or those of a block; the last has the id."""
    kept = {key: each for key, each in written.items() if key != "id" or is_last}
    if kept.get("op") != "repeat":
        return [{key: each for key, each in kept.items() if key != "repeat"}]
    return [kept] if kept.keys() & {"id", "from"} else tuple(kept["layers"])


def _scaled(written: Sequence[Any], layers: Sequence[Layer]) -> list[Any]:
    """Layers as they are written, with the channels that α leaves."""
    return [_thinned(value, layer) for value, layer in zip(written, layers, strict=True)]


def _thinned(written: Mapping[str, Any], layer: Layer) -> dict[str, Any]:
    found = dict(written)
    for field in ("out", "hidden"):
        if isinstance(found.get(field), int):
            found[field] = getattr(layer, field)
    for field in NESTED:
        if field in found:
            found[field] = _scaled(found[field], getattr(layer, field))
    if "branches" in found:
        pairs = zip(found["branches"], getattr(layer, "branches", ()), strict=True)
        found["branches"] = [_scaled(branch, inner) for branch, inner in pairs]
    return found
