"""The JSON Schema of design spaces: the network's, in which what costs depend on may be chosen."""

from __future__ import annotations

from typing import Any

from mncost.spec.choices import CHOICE, EACH, MOST_OPTIONS, QUALITY
from mncost.spec.multipliers import WIDEST
from mncost.spec.refusals import COSTLY
from mncost.spec.schema import network_schema

Schema = dict[str, Any]

_DEFINITIONS = "#/$defs/"
_ABOUT = ("title", "description", "default")
"""What is said of a value, and does not restrict it."""


def space_schema() -> Schema:
    """The schema of a space: each definition as it is, and with values that may be choices."""
    schema = network_schema()
    plain = schema["$defs"]
    plain["Alpha"] = {"type": "number", "exclusiveMinimum": 0, "maximum": WIDEST}
    plain["Width"]["properties"]["alpha"] = {
        "$ref": f"{_DEFINITIONS}Alpha",
        "description": "the width multiplier",
    }
    schema["properties"]["width"] = {
        "anyOf": [{"$ref": f"{_DEFINITIONS}{name}"} for name in ("Width", "Alpha")],
        "description": "how α·C is rounded, and α; or α alone",
    }
    opened = {f"Space{name}": _opened(each) for name, each in plain.items()}
    opened["SpaceLayer"]["oneOf"].append(_layer_of_chosen_op())
    row = {"$ref": f"{_DEFINITIONS}Layer"}
    layers = {**schema["properties"]["layers"], "items": _row(row)}
    chosen = {name: _may_be_chosen(schema["properties"][name]) for name in COSTLY}
    return {
        **schema,
        "title": "Space",
        "description": "A design space: an architecture file in which values may be choices.",
        "properties": {**schema["properties"], **chosen, "layers": layers},
        "$defs": {**plain, **opened},
    }


def _row(layer: Schema) -> Schema:
    """A row of the file's own layers: a layer, or a choice among layers and lists of them."""
    options = {"anyOf": [layer, {"type": "array", "items": layer}]}
    return {"anyOf": [_opened(layer), _choice(options)]}


def _may_be_chosen(schema: Schema) -> Schema:
    """A value, or a choice of one."""
    about = {key: schema[key] for key in _ABOUT if key in schema}
    rest = {key: each for key, each in schema.items() if key not in _ABOUT}
    return {**about, "anyOf": [_opened(rest), _choice(rest)]}


def _choice(option: Schema) -> Schema:
    """A choice: its options, whether each turn chooses, and a score of each."""
    return {
        "type": "object",
        "properties": {
            CHOICE: {
                "type": "array",
                "items": option,
                "minItems": 1,
                "maxItems": MOST_OPTIONS,
                "uniqueItems": True,
                "description": "the options",
            },
            EACH: {"type": "boolean", "description": "every turn of a repeated row chooses anew"},
            QUALITY: {
                "type": "array",
                "items": {"type": "number"},
                "description": "a score of each option",
            },
        },
        "required": [CHOICE],
        "additionalProperties": False,
    }


def _opened(schema: Schema) -> Schema:
    """The same, in which each value within may be a choice; it itself may not."""
    found = dict(schema)
    if "$ref" in found:
        found["$ref"] = found["$ref"].replace(_DEFINITIONS, f"{_DEFINITIONS}Space")
    if "properties" in found:
        found["properties"] = {
            key: each if key == "op" else _may_be_chosen(each)
            for key, each in found["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), dict):
            found[key] = _may_be_chosen(found[key])
    for key in ("anyOf", "oneOf"):
        if key in found and not all(set(each) == {"required"} for each in found[key]):
            found[key] = [_opened(each) for each in found[key]]
    return found


def _layer_of_chosen_op() -> Schema:
    """A layer of which the kind is chosen, with whatever these kinds take."""
    op = _choice({"type": "string"})
    return {"type": "object", "properties": {"op": op}, "required": ["op"]}
