"""`mncost schema`: the JSON Schemas of what mncost reads, and of the JSON that it writes."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from mncost.cli.output import write_out
from mncost.cli.values import Named

WRITTEN = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "schemas")

KINDS = ("network", "space", "config", "device", "check", "table")


@click.command("schema")
@click.argument("of", type=Named(KINDS), default="network")
def command(of: str) -> None:
    """Prints a JSON Schema: of architecture files (network), of design spaces (space), of the
    configuration (config), of device files (device), of `check --format json` (check), or of any
    table's JSON (table)."""
    if of in ("check", "table"):
        with open(os.path.join(WRITTEN, f"{of}.json"), encoding="utf-8") as file:
            write_out(file.read())
        return
    write_out(json.dumps(_made(of), indent=2) + "\n")


def _made(of: str) -> dict[str, Any]:
    """A schema out of the models."""
    if of == "space":
        from mncost.spec.space_schema import space_schema

        return space_schema()
    from mncost.spec import schema

    schemas = {
        "network": schema.network_schema,
        "config": schema.config_schema,
        "device": schema.device_schema,
    }
    return schemas[of]()
