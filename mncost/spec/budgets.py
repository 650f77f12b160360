"""Budgets as people write them: in a configuration file, or in an architecture file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, WithJsonSchema, model_validator

from mncost import units
from mncost.errors import Path
from mncost.spec.tree import Place, Tree
from mncost.spec.values import Bits, Count, Name, Size, Strict, refuse, shown

Level = Literal["off", "warn", "error"]


def _amount(parse: Callable[[str], int]) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, str):
            try:
                value = parse(value)
            except ValueError as error:
                raise refuse(str(error)) from None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise refuse(f"expected a positive whole number, got {shown(value)}")
        return value

    return read


def _time(value: Any) -> int:
    if not isinstance(value, str):
        raise refuse(f"expected a time, as in 20ms, got {shown(value)}", "write it as a text")
    return _amount(units.parse_time)(value)


def _share(value: Any) -> Fraction:
    if not isinstance(value, str):
        raise refuse(f"expected per cent, as in 15%, got {shown(value)}", "write it as a text")
    try:
        return units.parse_share(value)
    except ValueError as error:
        raise refuse(str(error)) from None


AMOUNT_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}
TIME_SCHEMA = {"type": "string", "pattern": "^[0-9,.]+ ?(s|ms|us|µs|ns)$"}
_SHARE = {"type": "string", "pattern": "^\\+?[0-9,.]+ ?%$"}

Amount = Annotated[int, BeforeValidator(_amount(units.parse_count)), WithJsonSchema(AMOUNT_SCHEMA)]
Bytes = Annotated[int, BeforeValidator(_amount(units.parse_bytes)), WithJsonSchema(AMOUNT_SCHEMA)]
Time = Annotated[int, BeforeValidator(_time), WithJsonSchema(TIME_SCHEMA)]
"""Nanoseconds."""
Share = Annotated[Fraction, Field(strict=False), BeforeValidator(_share), WithJsonSchema(_SHARE)]


class Bounds(Strict):
    """What every limit may say besides its numbers."""

    max_increase: Annotated[Share | None, Field(description="over the base, as in 1%")] = None
    level: Level | None = None

    @model_validator(mode="after")
    def _bounds_something(self) -> Bounds:
        low, high = getattr(self, "min", None), getattr(self, "max", None)
        if low is high is self.max_increase is None:
            raise refuse("a limit without a bound", "state max, min or max_increase")
        if low is not None and high is not None and low > high:
            raise refuse(f"a minimum of {low:,} above the maximum of {high:,}", "", "min")
        return self


class AmountLimit(Bounds):
    """A limit on a count."""

    max: Amount | None = None
    min: Amount | None = None


class BytesLimit(Bounds):
    """A limit on an amount of memory."""

    max: Bytes | None = None
    min: Bytes | None = None


class TimeLimit(Strict):
    """A limit on a time, estimated for a device; it only warns, unless its level says more."""

    max: Time
    level: Level | None = None


class ShareLimit(Strict):
    """A limit on a part of the whole's Mult-Adds."""

    max_share: Share | None = None
    min_share: Share | None = None
    level: Level | None = None

    @model_validator(mode="after")
    def _bounds_something(self) -> ShareLimit:
        if self.max_share is None and self.min_share is None:
            raise refuse("a limit without a bound", "state max_share or min_share")
        for field in ("max_share", "min_share"):
            if (getattr(self, field) or 0) > 1:
                raise refuse("a share of more than 100%", "", field)
        return self


def _limit(value: Any) -> Any:
    """A limit may be written as its maximum alone."""
    return value if isinstance(value, Mapping | Strict) else {"max": value}


def _nothing_is_no_limit(value: Any) -> Any:
    if value is None:
        raise refuse("a limit of nothing", "leave the line out, or state a number")
    return value


AnAmount = Annotated[AmountLimit, BeforeValidator(_limit), BeforeValidator(_nothing_is_no_limit)]
SomeBytes = Annotated[BytesLimit, BeforeValidator(_limit), BeforeValidator(_nothing_is_no_limit)]


ATime = Annotated[TimeLimit, BeforeValidator(_limit), BeforeValidator(_nothing_is_no_limit)]


LIMITS = ("mult_adds", "params", "weight_bytes", "peak", "time", "layer", "kinds", "layers")
"""What a budget can limit."""


def _mult_adds() -> Any:
    return Field(None, validation_alias=AliasChoices("mult_adds", "macs"))


class LayerLimits(Strict):
    """Limits on one layer, by name."""

    mult_adds: AnAmount | None = _mult_adds()
    params: AnAmount | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> LayerLimits:
        if self.mult_adds is None and self.params is None:
            raise refuse("a limit without a bound", "state mult_adds or params")
        for field in ("mult_adds", "params"):
            if (limit := getattr(self, field)) and limit.max_increase is not None:
                raise refuse("no max_increase for a single layer", "limit the network", field)
        return self


class Limits(Strict):
    """What a budget limits, and under which counting."""

    mult_adds: AnAmount | None = _mult_adds()
    params: AnAmount | None = None
    weight_bytes: SomeBytes | None = None
    peak: SomeBytes | None = None
    time: ATime | None = None
    layer: ShareLimit | None = None
    kinds: dict[str, ShareLimit] = Field(default_factory=dict)
    layers: dict[str, LayerLimits] = Field(default_factory=dict)

    alpha: Annotated[float, Field(gt=0, le=100)] = 1.0
    res: Size | None = None
    classes: Count | None = None
    convention: Annotated[str, Field(description="how Mult-Adds are counted")] = "paper"
    count: Annotated[
        Literal["weights", "trainable", "all"], Field(description="which parameters")
    ] = "weights"
    weight_bits: Annotated[Bits, Field(description="where the network does not say")] = 32
    activation_bits: Annotated[Bits, Field(description="where the network does not say")] = 32
    planner: Annotated[
        Literal["sum", "liveness", "in_place"], Field(description="by which peak is counted")
    ] = "liveness"
    device: Annotated[
        str | None, Field(description="what the time is for: a file of mncost calibrate")
    ] = None
    allow_partial: bool = False
    level: Level = "error"
    message: str = ""

    @model_validator(mode="after")
    def _limits_something(self) -> Limits:
        if not any(getattr(self, name) for name in LIMITS):
            raise refuse("a budget without a limit", f"state one of {', '.join(LIMITS)}")
        if self.time is not None and self.device is None:
            hint = 'state device = "laptop.json", as mncost calibrate writes it'
            raise refuse("a time without a device", hint, "time")
        if self.device is not None and self.time is None:
            raise refuse("a device and no time to hold it to", 'state time = "20ms"', "device")
        return self


class Budget(Limits):
    """A budget of a configuration file: limits, and the network that they are for."""

    name: Name
    network: Name


class Config(Strict):
    """The configuration: `mncost.toml`, or `[tool.mncost]` of `pyproject.toml`."""

    base: Annotated[str | None, Field(description="a snapshot, from this file's folder")] = None
    budget: Annotated[tuple[Budget, ...], Field(strict=False)] = ()


def place(tree: Tree, path: Path) -> Place:
    """Where a limit is written, under whichever of its names."""
    written: Path = ()
    for step in path:
        other = step == "mult_adds" and (*written, "macs") in tree.values
        written = (*written, "macs" if other else step)
    return tree.place(written)
