"""The values that layers are made of: counts, sizes, paddings. Strict, bounded, plainly refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from mncost.units import MOST, MOST_BITS

MOST_FACTOR = 1000
MOST_SIDES = 6
"""No map has more sides."""

MOST_NAME = 200

ACTS = (
    *("none", "relu", "relu6", "hardswish", "hardsigmoid", "swish", "sigmoid", "gelu", "tanh"),
    *("leakyrelu", "elu", "selu", "celu", "softplus", "softsign"),
)


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
            top, bottom, left, right = (pixels(side) for side in value)
            return top, bottom, left, right
        case int() if not isinstance(value, bool):
            return (pixels(value),) * 4
    raise refuse(
        f"expected a padding, got {shown(value)}",
        "write same, valid, a number of pixels, or [top, bottom, left, right]",
    )


def pixels(value: Any) -> int:
    """An integer from 0 to `MOST`."""
    return 0 if value == 0 and type(value) is int else count(value)


def _factor(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value <= MOST_FACTOR:
        raise refuse(f"expected a positive number up to {MOST_FACTOR}, got {shown(value)}")
    return float(value)


def _bits(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_BITS:
        raise refuse(f"expected bits from 1 to {MOST_BITS}, got {shown(value)}")
    return value


def _density(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value <= 1:
        raise refuse(f"expected a density above 0, up to 1, got {shown(value)}")
    return float(value)


def _names(value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if isinstance(names, list | tuple) and names and all(isinstance(n, str) and n for n in names):
        return tuple(names)
    raise refuse(f"expected the id of a layer, or a list of ids, got {shown(value)}")


def _map(value: Any) -> tuple[int, int, int]:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise refuse(f"expected [channels, height, width], got {shown(value)}")
    return count(value[0]), count(value[1]), count(value[2])


def _one_of(*names: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value in names and isinstance(value, str):
            return value
        raise refuse(f"expected one of {', '.join(names)}, got {shown(value)}")

    return check


COUNT_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MOST}
PIXELS_SCHEMA = {"type": "integer", "minimum": 0, "maximum": MOST}
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
                PIXELS_SCHEMA,
                {"type": "array", "items": PIXELS_SCHEMA, "minItems": 4, "maxItems": 4},
            ]
        }
    ),
]

Pixels = Annotated[int, BeforeValidator(pixels), WithJsonSchema(PIXELS_SCHEMA)]
"""A count that may be nought."""

Factor = Annotated[
    float,
    BeforeValidator(_factor),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": MOST_FACTOR}),
]
"""A positive multiple, whole or not."""

BITS_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MOST_BITS}

Bits = Annotated[int, BeforeValidator(_bits), WithJsonSchema(BITS_SCHEMA)]
"""How many bits a number takes."""

Density = Annotated[
    float,
    BeforeValidator(_density),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
]
"""The share of weights that are stored, the others being nought."""

Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_names),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""A name, or a list of names."""

Map = Annotated[
    tuple[int, int, int],
    BeforeValidator(_map),
    WithJsonSchema({"type": "array", "items": COUNT_SCHEMA, "minItems": 3, "maxItems": 3}),
]
"""[channels, height, width]."""


def _shape(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_SIDES:
        raise refuse(f"expected a size such as [channels, height, width], got {shown(value)}")
    return tuple(count(each) for each in value)


AnyShape = Annotated[
    tuple[int, ...],
    BeforeValidator(_shape),
    WithJsonSchema({"type": "array", "items": COUNT_SCHEMA, "minItems": 1, "maxItems": MOST_SIDES}),
]
"""Any size for one image: [channels, height, width], or with more or fewer sides."""

ActName = Annotated[str, BeforeValidator(_one_of(*ACTS)), WithJsonSchema({"enum": list(ACTS)})]
Name = Annotated[str, Field(min_length=1, max_length=MOST_NAME)]
WidthRule = Literal["scale", "fixed", "grow"]
NormName = Literal["batch", "none"]
Writing = Literal["module", "function", "method", "subclass"]
"""How a framework's code writes an operation (`graph.ops.Writing`)."""
