"""The JSON Schema of architecture files and of the configuration, from the models themselves."""

from __future__ import annotations

from typing import Any, get_args

from mncost.spec.budgets import Config, Limits
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
    return {"$schema": DIALECT, **schema}


def config_schema() -> dict[str, Any]:
    """The schema of `mncost.toml`."""
    return {"$schema": DIALECT, **Config.model_json_schema(by_alias=True)}


def _merge(definitions: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    for inner, definition in schema.pop("$defs", {}).items():
        definitions.setdefault(inner, definition)
    if set(schema) != {"$ref"}:
        definitions[name] = schema


def _require_op(definition: dict[str, Any], op: str) -> None:
    definition["properties"]["op"] = {"const": op}
    definition["required"] = ["op", *definition.get("required", [])]
