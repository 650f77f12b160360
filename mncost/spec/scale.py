"""The two multipliers, as transforms from network to network: width α (6) and resolution ρ (7)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mncost.errors import Problem, SettingError
from mncost.formulas import Pair, shrink, thin, thin_divisible
from mncost.graph import Setting
from mncost.spec.layers import NESTED, Conv, Layer, Linear, Pointwise, walk
from mncost.spec.multipliers import alpha_problems, rho_problems
from mncost.spec.network import Network, Width
from mncost.units import MOST


def scale(
    network: Network,
    *,
    alpha: float = 1.0,
    resolution: int | Pair | None = None,
    rho: Fraction | float | None = None,
    classes: int | None = None,
    allow_wider: bool = False,
) -> Network:
    """The network at another width, resolution or number of classes.

    `alpha`: width multiplier in (0, 1], above 1 with `allow_wider`. `resolution`: pixels of the
    input, or (height, width); or else `rho`, the resolution multiplier in (0, 1], rounded to whole
    pixels. `classes`: outputs of the classifier; 0 takes it away. Raises `SettingError`.
    """
    problems = [*alpha_problems(alpha, allow_wider)]
    if rho is not None:
        problems += rho_problems(rho)
        if resolution is not None:
            problems.append(Problem("resolution and rho both set the input's size", "give one"))
    if problems:
        raise SettingError(problems)
    size = _size(network.resolution, resolution, rho)
    if alpha != 1 or size != network.resolution:
        _check_stated(network)
    layers = network.layers if classes is None else _classified(network.layers, classes)
    thinned = tuple(_thinned(layer, alpha, network.width) for layer in layers)
    scaled = network.model_copy(
        update={"layers": thinned, "input": network.input.model_copy(update={"size": size})}
    )
    before = network.setting
    scaled._setting = Setting(before.alpha * alpha, size, before.base)
    return scaled


STATING = ("move", "arithmetic", "reduce", "matmul")
"""Layers that state the size of what they put out, which no multiplier changes."""


def _check_stated(network: Network) -> None:
    """Refuses to scale what states its sizes. Raises `SettingError`."""
    for _, layer in walk(network.layers):
        op = getattr(layer, "op", "")
        fixed = op in STATING and not (op == "move" and len(getattr(layer, "out", ())) == 1)
        if fixed:
            message = f"{network.name} cannot be scaled: {layer.id or op} states its size"
            raise SettingError(Problem(message, "export it at that width and resolution"))


def _size(base: Pair, resolution: int | Pair | None, rho: Fraction | float | None) -> Pair:
    if rho is not None:
        size = (shrink(base[0], rho), shrink(base[1], rho))
        if 0 in size:
            raise SettingError(
                Problem(f"ρ = {float(rho):g} leaves no pixel of {base[0]}×{base[1]}")
            )
        return size
    if resolution is None:
        return base
    match resolution:
        case int() as side:
            return _pixels(side), _pixels(side)
        case (height, width):
            return _pixels(height), _pixels(width)
    raise SettingError(Problem(f"expected pixels or (height, width), got {resolution!r}"))


def _pixels(side: object) -> int:
    if type(side) is not int or not 1 <= side <= MOST:
        raise SettingError(
            Problem(f"a resolution must be from 1 to {MOST:,} whole pixels, got {side!r}")
        )
    return side


def _thinned(layer: Layer, alpha: float, policy: Width) -> Layer:
    """The layer with α·out channels, by its own width rule and the network's policy."""
    update: dict[str, Any] = {
        field: tuple(_thinned(inner, alpha, policy) for inner in getattr(layer, field))
        for field in NESTED
        if getattr(layer, field, None)
    }
    if branches := getattr(layer, "branches", ()):
        update["branches"] = tuple(
            tuple(_thinned(inner, alpha, policy) for inner in branch) for branch in branches
        )
    rule = getattr(layer, "width", "fixed")
    factor = max(alpha, 1.0) if rule == "grow" else alpha
    if rule != "fixed":
        for field in ("out", "hidden"):
            if stated := getattr(layer, field, None):
                update[field] = channels(stated, factor, policy)
    return layer.model_copy(update=update)


def channels(count: int, alpha: float, policy: Width) -> int:
    """α·count as the policy rounds it; at α = 1 what is written stands, whatever the policy."""
    if alpha == 1:
        return count
    if policy.divisor is None:
        return thin(count, alpha, policy.minimum or 1)
    return thin_divisible(count, alpha, policy.divisor, policy.minimum)


def _classified(layers: tuple[Layer, ...], classes: int) -> tuple[Layer, ...]:
    """The layers with another number of classes; with 0, all before the classifier."""
    weighty = (Conv, Pointwise, Linear)
    with_out = [i for i, layer in enumerate(layers) if isinstance(layer, weighty)]
    last = with_out[-1] if with_out else -1
    if last < 0 or getattr(layers[last], "width", "") != "fixed":
        hint = "its last layer with weights would say width: fixed"
        raise SettingError(Problem("the network has no classifier to change", hint))
    if type(classes) is not int or not 0 <= classes <= MOST:
        message = f"classes must be a whole number from 0 to {MOST:,}, got {classes!r}"
        raise SettingError(Problem(message))
    if classes == 0:
        return layers[:last]
    return (*layers[:last], layers[last].model_copy(update={"out": classes}), *layers[last + 1 :])
