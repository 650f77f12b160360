"""`Device`: how much memory a machine has; from a file, or from the list that ships with mncost."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import Field

from mncost.errors import Problem, SpecError, did_you_mean
from mncost.spec.budgets import Bytes
from mncost.spec.located import validate
from mncost.spec.source import is_file, read_file, read_tree, stem
from mncost.spec.values import Name, Strict, shown

_LIST = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "devices.yaml")


class Device(Strict):
    """What a machine has for a network: RAM for activations, flash for weights."""

    name: Name
    ram: Annotated[Bytes, Field(description="bytes for activations, as in 320 KiB")]
    flash: Annotated[Bytes | None, Field(description="bytes for weights; unknown if left out")] = (
        None
    )
    source: Annotated[str, Field(description="where it is stated")] = ""


class _Devices(Strict):
    devices: dict[str, Device]


def device(source: str) -> Device:
    """The device of that name, or in that file. Raises `SpecError`, located."""
    if not is_file(source):
        known = devices()
        if source.lower() not in known:
            hint = f"{did_you_mean(source, known)} Or name a file with ram and flash."
            raise SpecError(Problem(f'no device "{source}"', hint))
        return known[source.lower()]
    tree = read_tree(read_file(source, "a device, a file with ram and flash"), source)
    if not isinstance(tree.value, dict):
        problem = Problem(f"expected a device, got {shown(tree.value)}", "write ram and flash")
        raise SpecError(problem.at(source, *tree.place(())))
    if "mncost_device" in tree.value:
        problem = Problem(
            "a device file of times, for mncost estimate", "write one with ram and flash"
        )
        raise SpecError(problem.at(source, *tree.place(())))
    return validate(Device, {"name": stem(source), **tree.value}, source, tree)


def devices() -> dict[str, Device]:
    """The devices that ship with mncost, by name."""
    with open(_LIST, "rb") as file:
        tree = read_tree(file.read(), _LIST)
    return validate(_Devices, tree.value, _LIST, tree).devices
