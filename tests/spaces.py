"""Small design spaces of every kind, and the networks in them written out, row by row, by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import mncost
from mncost.cost.conventions import PAPER, Convention
from mncost.errors import Path
from mncost.spec import space as spaces
from mncost.spec.layers import LAYERS, Convolving
from mncost.spec.source import parse, read_tree
from mncost.spec.space import Space
from mncost.study.explore.plan import Costs, Plan

Made = dict[tuple[Path, int | None], Any]
"""The option of every choice, by its path and the turn that chose."""


def space_of(text: str, file: str = "s.yaml") -> Space:
    """A space from YAML, or from the text of another format by the file's name."""
    return spaces.parse(read_tree(text.encode(), file), file)


def rows(*lines: str, input: str = "[3, 32, 32]", more: str = "") -> str:
    """A space of so many rows, one for each line."""
    return f"input: {input}\n{more}\nlayers:\n" + "".join(f"  - {line}\n" for line in lines)


def made(plan: Plan, path: tuple[int, ...]) -> Made:
    picks = zip(plan.columns, plan.picks_of(path), strict=True)
    return {(each.dimension.path, each.turn): each.value(pick) for each, pick in picks}


def written(space: Space, choices: Made) -> tuple[dict[str, Any], float]:
    """An architecture as a network without choices, its turns one below the other; and its α."""

    def of(value: Any, path: Path, turn: int | None = None) -> Any:
        if isinstance(value, dict) and "choice" in value:
            return choices[path, turn if value.get("each") else None]
        if isinstance(value, dict):
            return {key: of(each, (*path, key), turn) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [of(each, (*path, at), turn) for at, each in enumerate(value)]
        return value

    text = space.tree.value
    network = {key: of(each, (key,)) for key, each in text.items() if key != "layers"}
    network["layers"] = layers = []
    for at, row in enumerate(text["layers"]):
        path = ("layers", at)
        if not any(turn and place[:2] == path for place, turn in choices):
            whole = of(row, path)
            layers += whole if isinstance(whole, list | tuple) else [whole]
            continue
        turns = "times" if row["op"] == "repeat" else "repeat"
        times = of(row[turns], (*path, turns))
        for turn in range(1, times + 1):
            layer = {**of({**row, turns: 1}, path, turn)}
            layers.append(one_turn(layer, turn, turn == times))
    alpha = 1.0
    if isinstance(network.get("width"), int | float):
        alpha = network.pop("width")
    elif "width" in network:
        alpha = network["width"].get("alpha", 1.0)
        network["width"] = {
            key: network["width"][key] for key in network["width"] if key != "alpha"
        }
    return network, alpha


def one_turn(layer: dict[str, Any], turn: int, last: bool) -> dict[str, Any]:
    """A turn of a repeated layer: the first alone reads from elsewhere and strides, the last is
    what others read by its id."""
    if turn > 1:
        layer.pop("from", None)
        if issubclass(LAYERS[layer["op"]], Convolving):
            layer.pop("stride", None)
    if not last:
        layer.pop("id", None)
    return layer


def cost_of(
    network: dict[str, Any], alpha: float, convention: Convention = PAPER, count: str = "weights"
) -> Costs:
    """What the whole network costs, by the engine."""
    read = mncost.scale(parse(json.dumps(network).encode(), "n.json"), alpha=alpha)
    totals = mncost.analyze(read, convention).totals
    return totals.cost or 0, getattr(totals.parameters, count)


def paths(plan: Plan) -> Iterator[tuple[int, ...]]:
    """Every architecture, in order."""
    return (plan.path_of(index) for index in range(plan.total))


CHAINS = {
    "plain": rows(
        "{op: conv, out: {choice: [8, 16]}, kernel: {choice: [1, 3, [3, 5]]}, stride: 2}",
        "{op: depthwise, kernel: {choice: [3, 5]}, stride: {choice: [1, 2]}}",
        "{op: pointwise, out: {choice: [8, 24, 32]}}",
        "{op: global_pool}",
        "{op: linear, out: 10}",
    ),
    "no choice": rows("{op: conv, out: 8, kernel: 3}", "{op: separable, out: 8, repeat: 2}"),
    "the whole": rows(
        "{op: conv, out: 20, kernel: 3, stride: 2}",
        "{op: inverted_residual, out: 20, expand: {choice: [1, 3]}, repeat: 2}",
        "{op: conv, out: 36, kernel: 1, width: grow}",
        "{op: linear, out: {choice: [10, 7]}, width: fixed}",
        input="{channels: {choice: [1, 3]}, size: {choice: [17, [16, 12]]}}",
        more="width: {divisor: {choice: [4, 8]}, alpha: {choice: [0.35, 1.0]}}\n"
        "norm: {choice: [batch, none]}\npadding: {choice: [same, valid]}",
    ),
    "an input of three": rows(
        "{op: conv, out: {choice: [3, 5]}, kernel: 3}",
        input="[{choice: [1, 3]}, 8, {choice: [8, 10, 12]}]",
        more="width: {choice: [0.25, 0.5, 1]}\nact: {choice: [relu, none]}",
    ),
    "whole inputs": rows(
        "{op: conv, out: 16, kernel: {choice: [3, 5]}, stride: 2}",
        "{op: separable, out: {choice: [16, 17]}}",
        input="{choice: [[3, 8, 8], [1, 9, 9], {channels: 4, size: [4, 5]}]}",
        more="width: 0.75",
    ),
    "whole widths": rows(
        "{op: conv, out: 30, kernel: 3}",
        "{op: separable, out: {choice: [30, 40]}}",
        more="width: {choice: [{divisor: 8}, {alpha: 0.5, minimum: 16}, {alpha: 0.4, divisor: 4}]}",
    ),
}

TURNS = {
    "how many": rows("{op: separable, out: 8, stride: 2, repeat: {choice: [3, 1, 2]}}"),
    "each": rows(
        "{op: conv, out: {choice: [8, 12]}, kernel: 3, stride: 2, groups: 1}",
        "{op: inverted_residual, expand: {choice: [2, 3], each: true}, out: {choice: [12, 16]},"
        " kernel: {choice: [3, 5], each: true}, stride: 2, repeat: {choice: [2, 1, 3]}}",
        "{op: linear, out: 4}",
    ),
    "each, so many": rows(
        "{op: conv, out: {choice: [4, 8, 5], each: true}, kernel: 3, stride: 2, repeat: 3}",
        "{op: pool, type: max, kernel: 2, stride: {choice: [1, 2], each: true}, repeat: 2}",
    ),
    "one turn": rows("{op: separable, out: {choice: [4, 8], each: true}, repeat: 1}"),
    "blocks": rows(
        "{op: conv, out: 8, kernel: 1, id: stem}",
        "{op: pool, type: avg, kernel: 2}",
        "{op: repeat, times: {choice: [1, 3]}, from: stem, id: end, layers:"
        " [{op: conv, out: {choice: [8, 4], each: true}, kernel: 3, stride: 2},"
        " {op: depthwise, kernel: {choice: [3, 5]}}]}",
        "{op: pointwise, out: 3}",
        "{op: add, from: [end, end]}",
    ),
    "joins in turns": rows(
        "{op: residual, layers: [{op: separable, out: 3, kernel: {choice: [3, 5], each: true}}],"
        " repeat: {choice: [1, 2]}, id: end}",
        "{op: parallel, repeat: 2, branches: [[], [{op: pointwise, out: {choice: [2, 4], each: true}}]]}",
        "{op: pointwise, out: 3, from: {choice: [end, input]}}",
    ),
    "op of each": rows(
        "{op: {choice: [conv, conv_transpose], each: true}, out: 4, kernel: 3,"
        " stride: 2, repeat: {choice: [1, 2]}}",
    ),
}

LAYERS_OF_ALL_KINDS = {
    "residuals and ids": rows(
        "{op: conv, out: 8, kernel: 3, id: stem}",
        "{op: residual, layers: [{op: separable, out: 8, kernel: {choice: [3, 5]}}], act: relu}",
        "{op: pointwise, out: 8, from: {choice: [stem, input]}, id: middle}",
        "{op: {choice: [add, concat]}, from: [stem, {choice: [stem, middle]}]}",
        "{op: se, ratio: {choice: [0.25, 0.5]}}",
    ),
    "from afar": rows(
        "{op: conv, out: {choice: [8, 16]}, kernel: 3, id: stem, stride: {choice: [1, 2]}}",
        "{choice: [{op: conv, out: 8, kernel: 3}, [{op: depthwise}, {op: pointwise, out: 4}], []]}",
        "{op: pointwise, out: {choice: [4, 8]}}",
        "{op: conv, out: 4, kernel: 1, from: stem}",
    ),
    "rows as lists": rows(
        "[{op: conv, out: {choice: [4, 8]}, kernel: 3}, {op: norm}]",
        "{choice: [[], [{op: separable, out: 8}, {op: shuffle, groups: 2}], {op: act, type: relu}]}",
        "{op: linear, out: 3}",
    ),
    "branches": rows(
        "{op: parallel, join: {choice: [add, concat]}, branches:"
        " [[{op: conv, out: 6, kernel: {choice: [1, 3]}}],"
        " [{op: pointwise, out: {choice: [6]}}, {choice: [{op: norm}, {op: depthwise}]}]]}",
        "{op: conv, out: 12, kernel: 1, groups: {choice: [1, 2, 3, 6]}}",
    ),
    "deep": rows(
        "{op: conv, out: 8, kernel: 3, act: {choice: [relu, hardswish]}, bias: {choice: [true, false]}}",
        "{op: inverted_residual, expand: 3, out: 8, residual: {choice: [auto, never]},"
        " se: {ratio: {choice: [0.25, 0.5]}, of: {choice: [input, hidden]}}}",
        "{op: fused_inverted_residual, hidden: {choice: [8, 20]}, out: 8, se: {choice: [{}, {squeeze: 3}]}}",
        "{op: uib, expand: 2, out: 12, start: {choice: [0, 3]}, middle: {choice: [0, 5]}}",
    ),
    "the rest": rows(
        "{op: resize, scale: {choice: [1, 2]}}",
        "{op: pad, padding: {choice: [0, [1, 0, 1, 0]]}}",
        "{op: conv_transpose, out: 4, kernel: {choice: [2, 3]}, stride: 2}",
        "{op: split, parts: {choice: [1, 2]}}",
        "{op: adaptive_pool, size: {choice: [3, [2, 4]]}}",
        "{choice: [{op: custom, mult_adds: 5, params: 2, out: [4, 2, 2]}, {op: local_norm}, {op: dropout}]}",
        "{op: linear, out: 5, each: {choice: [true, false]}}",
        input="[2, 6, 6]",
    ),
}

SPACES = {**CHAINS, **TURNS, **LAYERS_OF_ALL_KINDS}
