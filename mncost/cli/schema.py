"""`mncost schema`: the JSON Schema that editors complete from."""

from __future__ import annotations

import json

import click

from mncost.cli.output import write_out
from mncost.cli.values import Named


@click.command("schema")
@click.argument("of", type=Named(("network", "config")), default="network")
def command(of: str) -> None:
    """Prints the JSON Schema of architecture files, or of the configuration (config)."""
    from mncost.spec import schema

    found = schema.network_schema() if of == "network" else schema.config_schema()
    write_out(json.dumps(found, indent=2) + "\n")
