"""`mncost convert`: another format's model in the authoring language."""

from __future__ import annotations

import click

from mncost.cli.networks import Taken, network_options
from mncost.cli.output import write_file, write_out


@click.command("convert")
@network_options(hands="taken")
@click.option("-o", "--output", metavar="FILE", help="Write to a file (.yaml).")
@click.option("--force", is_flag=True, help="Let -o overwrite a file.")
def command(taken: Taken, output: str | None, force: bool) -> None:
    """NETWORK as an architecture file: an ONNX file, a PyTorch model, or a network at a setting.

    A line for each operation, with the norm and the activation that finish it, and nothing left to
    defaults. What the language has no word for is refused by name.
    """
    if output not in (None, "-") and not str(output).lower().endswith((".yaml", ".yml")):
        raise click.UsageError(f"-o {output}: its name would end in .yaml")
    from mncost.spec.lift import lift, to_yaml

    text = to_yaml(lift(taken.graph()))
    if output in (None, "-"):
        write_out(text)
    else:
        assert output is not None
        write_file(output, text, force)
