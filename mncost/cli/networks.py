"""What commands that take a network share: its name, its settings, and the way to its report."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from mncost.cli.conventions import ALL, convention_option
from mncost.cli.values import RESOLUTION, Whole

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.cost.report import Report
    from mncost.spec.network import Network


class NetworkName(click.ParamType):  # type: ignore[type-arg]
    """A zoo network or an architecture file; completes to both."""

    name = "network"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from mncost.spec import zoo

        items = [CompletionItem(name) for name in zoo.names() if name.startswith(incomplete)]
        return [*items, CompletionItem(incomplete, type="file")]


alpha_option = click.option(
    "--alpha", type=float, default=1.0, show_default=True, help="Width multiplier α, in (0, 1]."
)
wider_option = click.option(
    "--allow-wider", is_flag=True, help="Let α be above 1, for a wider network."
)

_OPTIONS = (
    alpha_option,
    wider_option,
    click.option(
        "--res",
        "resolution",
        type=RESOLUTION,
        metavar="R|HxW",
        help="Input resolution in pixels; sets ρ.",
    ),
    click.option("--rho", type=float, help="Resolution multiplier ρ, in (0, 1]; or else --res."),
    click.option(
        "--classes", type=Whole(0), metavar="N", help="Outputs of the classifier; 0 takes it away."
    ),
)


def network_options(
    default: str | None = None, *, all_conventions: bool = False, counted: bool = True
) -> Callable[..., Callable[..., int | None]]:
    """Adds NETWORK and its settings, and hands the command the network's `report`.

    With `all_conventions`, the command takes `--convention all`, and is handed `every`, whether
    that was asked for. Without `counted`, it is handed the network as it is `taken`, and the
    `convention`.
    """

    def decorate(command: Callable[..., int | None]) -> Callable[..., int | None]:
        @functools.wraps(command)
        def with_report(
            network: str,
            alpha: float,
            allow_wider: bool,
            resolution: tuple[int, int] | None,
            rho: float | None,
            classes: int | None,
            convention: Any,
            **options: Any,
        ) -> int | None:
            if all_conventions:
                options["every"] = convention == ALL
            if resolution is not None and rho is not None:
                raise click.UsageError("--rho and --res both set the resolution: give one")
            taken = Taken(network, alpha, allow_wider, resolution, rho, classes)
            if not counted:
                return command(**options, taken=taken, convention=convention)
            counting = None if convention == ALL else convention
            return command(**options, report=taken.report(counting))

        for option in reversed((*_OPTIONS, convention_option(all_conventions))):
            with_report = option(with_report)
        given = {"required": True} if default is None else {"default": default}
        return click.argument("network", type=NetworkName(), **given)(with_report)

    return decorate


@dataclass(frozen=True, slots=True)
class Taken:
    """A network by its name, and the setting at which it is taken."""

    source: str
    alpha: float
    allow_wider: bool
    resolution: tuple[int, int] | None
    rho: float | None
    classes: int | None

    def network(self) -> Network:
        """The network at its setting."""
        from mncost.spec.scale import scale
        from mncost.spec.source import load

        return scale(
            load(self.source),
            alpha=self.alpha,
            resolution=self.resolution,
            rho=self.rho,
            classes=self.classes,
            allow_wider=self.allow_wider,
        )

    def report(self, convention: Convention | None = None) -> Report:
        """What it costs; under the paper's convention where none is given."""
        from mncost.cost.conventions import PAPER
        from mncost.cost.engine import analyze
        from mncost.spec.lower import lower

        return analyze(lower(self.network()), convention or PAPER)
