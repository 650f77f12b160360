"""The JSON Schema of architecture files and of the configuration, from the models themselves."""

from __future__ import annotations

from typing import Any, get_args

from mncost.spec.budgets import AMOUNT_SCHEMA, LIMITS, TIME_SCHEMA, Config, Limits
from mncost.spec.layers import LAYERS
from mncost.spec.network import Network

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def network_schema() -> dict[str, Any]:
    """The schema of an architecture file: every layer by its `op`."""
    schema = Network.model_json_schema(by_alias=True)
    definitions = schema.setdefault("$defs", {})
    _merge(definitions, "Limits", Limits.model_json_schema(by_alias=True))
    for model in LAYERS.values():
        _merge(definitions, model.__name__, model.model_json_schema(by_alias=True))
        _require_op(definitions[model.__name__], get_args(model.model_fields["op"].annotation)[0])
    definitions["Layer"] = {
        "oneOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in LAYERS.values()]
    }
    schema["properties"]["budget"] = {"$ref": "#/$defs/Limits"}
    schema["required"] = [key for key in schema["required"] if key != "name"]
    return {"$schema": DIALECT, **_with_short_forms(schema)}


def config_schema() -> dict[str, Any]:
    """The schema of `mncost.toml`."""
    schema = Config.model_json_schema(by_alias=True)
    return {"$schema": DIALECT, **_with_short_forms(schema)}


def device_schema() -> dict[str, Any]:
    """The schema of a device file, whose name is the file's by default."""
    from mncost.spec.devices import Device

    schema = Device.model_json_schema(by_alias=True)
    schema["required"] = [key for key in schema["required"] if key != "name"]
    return {"$schema": DIALECT, **schema}


def _with_short_forms(schema: dict[str, Any]) -> dict[str, Any]:
    """A limit may be its maximum alone, `macs` is `mult_adds`, and a budget limits something."""
    definitions = schema["$defs"]
    for name in ("AmountLimit", "BytesLimit"):
        definitions[name] = {"anyOf": [AMOUNT_SCHEMA, definitions[name]]}
    if "TimeLimit" in definitions:
        definitions["TimeLimit"] = {"anyOf": [TIME_SCHEMA, definitions["TimeLimit"]]}
    for name in ("LayerLimits", "Limits", "Budget"):
        if name in definitions:
            properties = definitions[name]["properties"]
            properties["macs"] = properties["mult_adds"]
            keys = [key for key in (*LIMITS, "macs") if key in properties]
            definitions[name]["anyOf"] = [{"required": [key]} for key in keys]
    return schema


def _merge(definitions: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    for inner, definition in schema.pop("$defs", {}).items():
        definitions.setdefault(inner, definition)
    if set(schema) != {"$ref"}:
        definitions[name] = schema


def _require_op(definition: dict[str, Any], op: str) -> None:
    definition["properties"]["op"] = {"const": op}
    definition["required"] = ["op", *definition.get("required", [])]
