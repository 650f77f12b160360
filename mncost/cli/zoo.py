"""`mncost zoo`: the networks that ship with mncost, as a list, or one as it is written."""

from __future__ import annotations

import click

from mncost.cli.networks import NetworkName
from mncost.cli.output import Output, output_options, write_file, write_out


@click.command("zoo")
@click.argument("name", required=False, type=NetworkName(), metavar="[NAME]")
@output_options(formulas=False)
def command(name: str | None, output: Output) -> None:
    """The networks that ship with mncost; with NAME, the file of one, to start your own from."""
    from mncost.spec import zoo

    if name is None:
        from mncost.render.zoo import networks
        from mncost.spec.source import load

        output.emit(networks([load(each) for each in zoo.names()], output.params))
        return
    idle = [each for each in ("params", "format", "exact") if _given(each)]
    if idle or output.json:
        raise click.UsageError(f"a file is printed as it is: no --{(idle or ['json'])[0]}")
    text = zoo.read(name).decode("utf-8")
    if output.output in (None, "-"):
        write_out(text)
    else:
        assert output.output is not None
        write_file(output.output, text, output.force)


def _given(option: str) -> bool:
    source = click.get_current_context().get_parameter_source(option)
    return source is not click.core.ParameterSource.DEFAULT
