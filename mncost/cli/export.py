"""`mncost export`: a network to run, as ONNX, or to train, as PyTorch source."""

from __future__ import annotations

import os
from typing import Literal

import click

from mncost.cli.networks import Taken, network_options
from mncost.cli.output import write_file
from mncost.cli.values import Named, Whole

SUFFIXES = (".onnx", ".py")


@click.command("export")
@network_options(hands="taken")
@click.option(
    "-o", "--output", metavar="FILE", required=True, help="model.onnx, or model.py for PyTorch."
)
@click.option(
    "--weights",
    type=Named(("random", "zero")),
    default="random",
    show_default=True,
    help="Of an ONNX file.",
)
@click.option("--seed", type=Whole(0), default=0, show_default=True, help="Of random weights.")
@click.option("--fold-bn", is_flag=True, help="Fold norms into the convolutions before them.")
@click.option("--force", is_flag=True, help="Let -o overwrite a file.")
def command(taken: Taken, output: str, weights: str, seed: int, fold_bn: bool, force: bool) -> None:
    """NETWORK as a file that runs: ONNX with weights, or readable PyTorch source."""
    suffix = os.path.splitext(output)[1].lower()
    if suffix not in SUFFIXES:
        raise click.UsageError(f"-o {output}: its name would end in {' or '.join(SUFFIXES)}")
    if suffix == ".onnx":
        from mncost.convert.onnx import write as to_onnx

        filled: Literal["random", "zero"] = "zero" if weights == "zero" else "random"
        graph = taken.graph()
        content: str | bytes = to_onnx.model(graph, weights=filled, seed=seed, fold_bn=fold_bn)
    else:
        _refuse_idle()
        from mncost.convert.source import write as to_torch
        from mncost.study.models import as_network

        content = to_torch.source(as_network(taken.scaled()))
    write_file(output, content, force)


def _refuse_idle() -> None:
    """Options of ONNX files say nothing of source."""
    source = click.get_current_context().get_parameter_source
    for name in ("weights", "seed", "fold_bn"):
        if source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name.replace('_', '-')} is for .onnx files")
