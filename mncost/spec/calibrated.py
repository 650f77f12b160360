"""The device file of `mncost calibrate`: how long each kind of work takes, and how sure that is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from mncost.errors import Problem, SpecError
from mncost.spec.devices import devices
from mncost.spec.located import validate
from mncost.spec.source import is_file, read_file, read_tree
from mncost.spec.tree import Tree
from mncost.spec.values import Count, Name, Pixels, Strict, refuse, shown

VERSION = 1

_HINT = "measure one with: mncost calibrate -o FILE.json"

MOST_TIME = 1e12
"""No rate and no time is larger, in whichever unit."""

LEAST_RATE = 1e-6
"""Of Mult-Adds or bytes in a microsecond: one in a second."""


def _number(value: Any) -> float:
    """A finite number from 0 up; NaN is none."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= MOST_TIME:
        raise refuse(f"expected a number from 0 to {MOST_TIME:g}, got {shown(value)}")
    return float(value)


def _rate(value: Any) -> float:
    rate = _number(value)
    if rate < LEAST_RATE:
        message = f"a rate of {shown(value)}, and {LEAST_RATE:g} is the least"
        raise refuse(message, "leave it out for no limit")
    return rate


def _span(value: Any) -> tuple[int, int]:
    listed = isinstance(value, list | tuple)
    if not listed or len(value) != 2 or any(type(each) is not int for each in value):
        raise refuse(f"expected [least, most], two whole numbers, got {shown(value)}")
    least, most = value
    if not 0 <= least <= most:
        raise refuse(f"expected [least, most] from 0 up, got [{shown(least)}, {shown(most)}]")
    return least, most


Number = Annotated[float, BeforeValidator(_number)]
Rate = Annotated[float, BeforeValidator(_rate)]
Span = Annotated[tuple[int, int], BeforeValidator(_span)]


class RanOn(Strict):
    """What it was measured on, and how."""

    processor: Name
    system: Name
    runtime: Name
    level: Literal["none", "basic", "extended", "all"]
    threads: Count
    data_type: Literal["float32"]


class Quality(Strict):
    """How it was measured, and how far to trust it; ratios, as in 0.21 for 21 %.

    `noise`: by how much half of the chains, or more, took longer in a usual round, or in a usual
    pass over all chains, than in the fastest. `error` is the mean error of chains that were left
    out of the fit, and `within` what the share `confidence` of them stayed within.
    """

    chains: Count
    seed: Pixels
    rounds: Count
    noise: Number
    error: Number
    within: Number
    confidence: Annotated[Number, Field(gt=0, le=1)] = 0.9


class Kind(Strict):
    """How long one kind of work takes: `overhead_us + max(Mult-Adds / P, bytes / B)`.

    P and B are for a microsecond, and left out where there is no limit. The spans are of what was
    measured, in `layers` layers; `error` is the relative error that half of them stay within.
    """

    kind: Name
    aligned: bool
    overhead_us: Number
    mult_adds_per_us: Rate | None = None
    bytes_per_us: Rate | None = None
    layers: Count
    mult_adds: Span
    bytes: Span
    kernel: Span
    error: Number | None = None


class Device(Strict):
    """A device, calibrated. Its runtime computes channels in blocks of so many (`block`).

    In networks that move more than `cache` bytes, weights of fully connected layers are not cached.
    """

    mncost_device: Literal[1]
    name: Name
    ran_on: RanOn
    calibration: Quality
    block: Count
    cache: Pixels | None = None
    kinds: Annotated[tuple[Kind, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _each_kind_once(self) -> Device:
        seen = set()
        for each in self.kinds:
            if (each.kind, each.aligned) in seen:
                words = "aligned" if each.aligned else "not aligned"
                raise refuse(f'the kind "{each.kind}", {words}, twice', "leave one out", "kinds")
            seen.add((each.kind, each.aligned))
        return self


def read(path: str) -> Device:
    """The device of a file. Raises `SpecError` with all that is wrong, each with its place."""
    if not is_file(path) and path.lower() in devices():
        message = f"{path} is a device by its memory, for mncost memory; times are in files"
        raise SpecError(Problem(message, _HINT))
    return device_of(read_tree(read_file(path, "a device file"), path), path)


def device_of(tree: Tree, file: str) -> Device:
    """The device of a text's values. Raises `SpecError`."""
    value = tree.value
    if not isinstance(value, dict) or "mncost_device" not in value:
        message = "not a device file of mncost"
        if isinstance(value, dict) and "ram" in value:
            message = "a device by its memory, which mncost memory reads; times are another file"
        raise SpecError(Problem(message, _HINT).at(file, *tree.place(())))
    version = value["mncost_device"]
    if type(version) is not int or version != VERSION:
        message = f"a device file of version {shown(version)}, and this reads version {VERSION}"
        place = tree.place(("mncost_device",))
        raise SpecError(Problem(message, f"{_HINT}, with this version").at(file, *place))
    return validate(Device, value, file, tree)
