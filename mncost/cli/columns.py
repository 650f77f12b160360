"""What commands share that count bytes: at how many bits, and the columns that say what layers hold
and move."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mncost.cli.values import Named, Whole
from mncost.units import MOST_BITS

if TYPE_CHECKING:
    from mncost.cost.footprint import Bits


BITS_OPTIONS = (
    click.option(
        "--weight-bits",
        type=Whole(1, MOST_BITS),
        metavar="N",
        help="Of each weight, where the network does not say.  [default: 32]",
    ),
    click.option(
        "--activation-bits",
        type=Whole(1, MOST_BITS),
        metavar="N",
        help="Of each activation, where the network does not say.  [default: 32]",
    ),
)

COLUMNS_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option(
        "--columns",
        type=Named(("memory", "traffic", "all")),
        help="More columns: bytes of weights, outputs and im2col buffers; bytes read and written, "
        "and the matrix product; all, with receptive fields.",
    ),
    *BITS_OPTIONS,
)


planner_option = click.option(
    "--planner",
    type=Named(("sum", "liveness", "in_place")),
    help="How the peak is planned: every tensor at once; each until its last reader; or that, and "
    "depthwise convolutions in place.  [default: liveness]",
)


def chosen(options: dict[str, Any]) -> tuple[str, Bits | None]:
    """The columns, and the bits at which they count, which are taken out of a command's options.

    Bits that nothing counts by are a mistake, and not ignored.
    """
    which = options.pop("columns") or ""
    if not which:
        _refuse_idle(options)
    counted = options.get("params") or "weights"
    bits = bits_of(options, counted)
    return which, bits if which else None


def bits_of(options: dict[str, Any], counted: str) -> Bits:
    """How many bits numbers take, which is taken out of a command's options."""
    from mncost.cost.footprint import Bits

    weights, activations = options.pop("weight_bits"), options.pop("activation_bits")
    return Bits(weights or 32, activations or 32, counted)


def _refuse_idle(options: dict[str, Any]) -> None:
    for name in ("weight_bits", "activation_bits"):
        if options[name] is not None:
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} says how bytes count: give --columns too")
