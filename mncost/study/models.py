"""Whatever names a model: a zoo network or an architecture file, an ONNX file, a PyTorch factory.

What is written in our language is a `Network`, and can be scaled; what others made is a `Graph`,
and is as it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from mncost.errors import Problem, SettingError
from mncost.formulas import Pair
from mncost.graph import Graph
from mncost.units import MOST

if TYPE_CHECKING:
    from mncost.spec.network import Network

    Model: TypeAlias = Network | Graph

ONNX = ".onnx"
PYTHON = "py:"

Sizes = Mapping[str, tuple[int, ...]]
"""The sizes of inputs by their names; an input without one is named "" and a number."""


def load(
    source: str | os.PathLike[str],
    sizes: Sizes | None = None,
    arguments: Mapping[str, object] | None = None,
) -> Model:
    """The model that `source` names. Raises `SpecError`, or `SettingError` for idle settings.

    `sizes` fixes the inputs of an ONNX file, or states those of a PyTorch model, which may also
    stand in its name (`py:models:Net@3x224x224`); `arguments` are for the function that makes it.
    """
    name = os.fspath(source)
    if name.startswith(PYTHON):
        from mncost.convert.torch import graph as torch_graph

        name, at, size = name.partition("@")
        stated = _once(sizes, _sides(size, name), name) if at else sizes or {}
        if named := [each for each in stated if not each.startswith("#")]:
            hint = "the inputs of a PyTorch model are given in order"
            raise SettingError(Problem(f'an input by the name "{named[0]}"', hint).at(name))
        return torch_graph.read(name, list(stated.values()), dict(arguments or {}))
    if arguments:
        raise SettingError(Problem("--arg is for py:module:function", "leave it out").at(name))
    path, at, size = name.rpartition("@")
    if path.lower().endswith(ONNX):
        name, sizes = path, _once(sizes, _sides(size, path), path)
    if name.lower().endswith(ONNX):
        from mncost.convert.onnx import graph as onnx_graph

        return onnx_graph.read(name, sizes)
    if sizes:
        hint = "an architecture file states its input; --res changes it"
        raise SettingError(Problem("--input is for ONNX files and py:", hint).at(name))
    from mncost.spec import source as files

    return files.load(name)


def _once(sizes: Sizes | None, stated: tuple[int, ...], name: str) -> Sizes:
    """The size behind a name, which is then the only one."""
    if sizes:
        raise SettingError(Problem("--input, and a size behind the name", "give one").at(name))
    return {"#0": stated}


def _sides(size: str, name: str) -> tuple[int, ...]:
    """The size behind a name, as in `py:models:Net@3x224x224`."""
    sides = size.split("x")
    if not all(side.isascii() and side.isdigit() and 0 < int(side) <= MOST for side in sides):
        raise SettingError(Problem(f'no size of an input: "{size}"', "as in @3x224x224").at(name))
    return tuple(int(side) for side in sides)


def taken(model: Model, **setting: Any) -> Graph:
    """The model's graph at a setting, as `scaled` has it."""
    model = scaled(model, **setting)
    if isinstance(model, Graph):
        return model
    from mncost.spec.lower import lower

    return lower(model)


def scaled(
    model: Model,
    *,
    alpha: float = 1.0,
    resolution: Pair | None = None,
    rho: Fraction | float | None = None,
    classes: int | None = None,
    allow_wider: bool = False,
) -> Model:
    """The model at a setting. Raises `SettingError` where it cannot be taken so."""
    if not isinstance(model, Graph):
        from mncost.spec.scale import scale

        return scale(
            model,
            alpha=alpha,
            resolution=resolution,
            rho=rho,
            classes=classes,
            allow_wider=allow_wider,
        )
    if alpha != 1 or resolution is not None or rho not in (None, 1) or classes is not None:
        raise fixed(model.name)
    return model


def fixed(name: str) -> SettingError:
    """The refusal to scale what others made."""
    message = f"{name} is as it was exported: α, ρ, resolution and classes are fixed"
    hint = "write it as an architecture file first: mncost convert"
    return SettingError(Problem(message, hint))


def as_network(model: Model) -> Network:
    """The model in our language; another's, an operation a layer. Raises `SpecError`."""
    if not isinstance(model, Graph):
        return model
    from mncost.spec.lift import lift
    from mncost.spec.network import Network

    return Network.model_validate(lift(model))
