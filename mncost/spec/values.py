"""The values that layers are made of: counts, sizes, paddings. Strict, bounded, plainly refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from mncost.units import MOST

ACTS = ("none", "relu", "relu6", "hardswish", "hardsigmoid", "swish", "sigmoid", "gelu", "tanh")


class Strict(BaseModel):
    """What every model of a specification shares: frozen, unknown keys forbidden, no coercion.

    Building is deferred: a command pays for the models of the layers that its network has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


def refuse(message: str, hint: str = "", field: str = "") -> PydanticCustomError:
    """An error in our own words, to blame on a field of the value; `source` takes them apart."""
    context = {"message": message, "hint": hint, "field": field}
    return PydanticCustomError("mncost", "{message}", context)


def count(value: Any) -> int:
    """A positive integer, at most `MOST`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise refuse(f"expected a positive integer, got {shown(value)}")
    if value > MOST:
        raise refuse(f"expected at most {MOST:,}, got {shown(value)}")
    return value


def shown(value: Any) -> str:
    """A wrong value, short, as its writer would recognise it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return f'the text "{value[:40]}"'
        case dict():
            return "a mapping"
        case list() | tuple():
            return f"a list of {len(value)}"
        case int() if abs(value) > 10**20:
            return "a number of more than 20 digits"
    return str(value)


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, (list, tuple)):
        if len(value) != 2:
            raise refuse(f"expected one size or [height, width], got {shown(value)}")
        return count(value[0]), count(value[1])
    return count(value), count(value)


def _sides(value: Any) -> str | tuple[int, int, int, int]:
    match value:
        case "same" | "valid":
            return str(value)
        case list() | tuple() if len(value) == 4:
            top, bottom, left, right = (_pixels(side) for side in value)
            return top, bottom, left, right
        case int() if not isinstance(value, bool):
            return (_pixels(value),) * 4
    raise refuse(
        f"expected a padding, got {shown(value)}",
        "write same, valid, a number of pixels, or [top, bottom, left, right]",
    )


def _pixels(value: Any) -> int:
    return 0 if value == 0 and type(value) is int else count(value)


def _one_of(*names: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value in names and isinstance(value, str):
            return value
        raise refuse(f"expected one of {', '.join(names)}, got {shown(value)}")

    return check


COUNT_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MOST}
_PIXELS = {"type": "integer", "minimum": 0, "maximum": MOST}
SIZE_SCHEMA = {
    "anyOf": [COUNT_SCHEMA, {"type": "array", "items": COUNT_SCHEMA, "minItems": 2, "maxItems": 2}]
}

Count = Annotated[int, BeforeValidator(count), WithJsonSchema(COUNT_SCHEMA)]

Size = Annotated[
    tuple[int, int],
    BeforeValidator(_pair),
    WithJsonSchema(SIZE_SCHEMA),
]
"""A square size, or [height, width]."""

Padding = Annotated[
    Literal["same", "valid"] | tuple[int, int, int, int],
    BeforeValidator(_sides),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["same", "valid"]},
                _PIXELS,
                {"type": "array", "items": _PIXELS, "minItems": 4, "maxItems": 4},
            ]
        }
    ),
]

ActName = Annotated[str, BeforeValidator(_one_of(*ACTS)), WithJsonSchema({"enum": list(ACTS)})]
Name = Annotated[str, Field(min_length=1, max_length=200)]
WidthRule = Literal["scale", "fixed", "grow"]
NormName = Literal["batch", "none"]
