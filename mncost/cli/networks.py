"""What commands that take a network share: its name, its settings, and the way to its report."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click
from click.shell_completion import CompletionItem

from mncost.cli.columns import COLUMNS_OPTIONS, chosen
from mncost.cli.conventions import ALL, convention_option
from mncost.cli.values import RESOLUTION, Whole

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.cost.footprint import Bits
    from mncost.cost.report import Report
    from mncost.graph import Graph
    from mncost.study.models import Model


class NetworkName(click.ParamType):  # type: ignore[type-arg]
    """A zoo network, a file or py:module:function; completes to the first two."""

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
device_option = click.option(
    "--device",
    metavar="FILE",
    help="Estimates the time as well, for a device: a file of mncost calibrate.",
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


class InputSize(click.ParamType):  # type: ignore[type-arg]
    """The size of an input: `3x224x224`, or of a named one `x=1x3x224x224`."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        name, equals, size = str(value).rpartition("=")
        sides = re.split("[x×]", size)
        if not all(side.isascii() and side.isdigit() and 0 < len(side) < 10 for side in sides):
            self.fail(f"expected a size, as in x=1x3x224x224, got {str(value)[:60]!r}", param, ctx)
        dims = tuple(int(side) for side in sides)
        if min(dims) < 1 or (equals and not name):
            self.fail(f"expected sizes from 1 up, got {str(value)[:60]!r}", param, ctx)
        return name, dims


class Argument(click.ParamType):  # type: ignore[type-arg]
    """A keyword argument: `width_mult=0.5`. Numbers and true, false, none are read as such."""

    name = "argument"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        name, equals, text = str(value).partition("=")
        if not equals or not name.isidentifier():
            self.fail(f"expected NAME=VALUE, as in width_mult=0.5, got {value!r}", param, ctx)
        words = {"true": True, "false": False, "none": None}
        if text.lower() in words:
            return name, words[text.lower()]
        for kind in (int, float):
            with contextlib.suppress(ValueError):
                return name, kind(text)
        return name, text


input_option = click.option(
    "--input",
    "inputs",
    type=InputSize(),
    multiple=True,
    metavar="[NAME=]SIZE",
    help="The size of an ONNX file's input (x=1x3x224x224) or of a PyTorch model's (3x224x224).",
)
argument_option = click.option(
    "--arg",
    "arguments",
    type=Argument(),
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument of py:module:function.",
)


def sizes_of(inputs: tuple[tuple[str, tuple[int, ...]], ...]) -> dict[str, tuple[int, ...]]:
    """The sizes by name; those without one are told apart by a number."""
    names = [name for name, _ in inputs if name]
    if twice := [name for name in names if names.count(name) > 1]:
        raise click.UsageError(f"--input {twice[0]} twice: give one")
    return {name or f"#{at}": dims for at, (name, dims) in enumerate(inputs)}


_OTHERS = (input_option, argument_option)


Hands = Literal["report", "report or every", "taken", "taken and convention"]
"""What a command is handed of its NETWORK: the report and the columns asked for; these, and whether
every convention is; the network as it is taken; that, and a convention."""


def network_options(
    default: str | None = None, *, hands: Hands = "report"
) -> Callable[..., Callable[..., int | None]]:
    """Adds NETWORK and its settings, and hands the command what it `hands`."""
    every = hands == "report or every"
    pricing = [] if hands == "taken" else [convention_option(every)]
    counting = COLUMNS_OPTIONS if hands in ("report", "report or every") else ()

    def decorate(command: Callable[..., int | None]) -> Callable[..., int | None]:
        @functools.wraps(command)
        def with_network(network: str, **options: Any) -> int | None:
            taken = _taken(network, options)
            if hands == "taken" or hands == "taken and convention":
                return command(**options, taken=taken)
            convention = options.pop("convention")
            if every:
                options["every"] = convention == ALL
            options["columns"], bits = chosen(options)
            return command(**options, report=taken.report(_one(convention), bits))

        for option in reversed((*_OPTIONS, *pricing, *_OTHERS, *counting)):
            with_network = option(with_network)
        given = {"required": True} if default is None else {"default": default}
        return click.argument("network", type=NetworkName(), **given)(with_network)

    return decorate


def _one(convention: Any) -> Convention | None:
    """The convention that was chosen; None where all were."""
    return None if convention == ALL else convention


def _taken(network: str, options: dict[str, Any]) -> Taken:
    """The network at its setting, which is taken out of a command's options."""
    names = ("alpha", "allow_wider", "resolution", "rho", "classes")
    setting = {name: options.pop(name) for name in names}
    if setting["resolution"] is not None and setting["rho"] is not None:
        raise click.UsageError("--rho and --res both set the resolution: give one")
    sizes, arguments = sizes_of(options.pop("inputs")), dict(options.pop("arguments"))
    return Taken(network, **setting, sizes=sizes, arguments=arguments)


@dataclass(frozen=True, slots=True)
class Taken:
    """A network by its name, and the setting at which it is taken."""

    source: str
    alpha: float
    allow_wider: bool
    resolution: tuple[int, int] | None
    rho: float | None
    classes: int | None
    sizes: dict[str, tuple[int, ...]]
    arguments: dict[str, Any]

    def model(self) -> Model:
        """The model, as its file has it."""
        from mncost.study.models import load

        return load(self.source, self.sizes, self.arguments)

    def scaled(self) -> Model:
        """The model at its setting."""
        from mncost.study.models import scaled

        return scaled(
            self.model(),
            alpha=self.alpha,
            resolution=self.resolution,
            rho=self.rho,
            classes=self.classes,
            allow_wider=self.allow_wider,
        )

    def graph(self) -> Graph:
        """The model's graph, at its setting."""
        from mncost.study.models import taken

        return taken(self.scaled())

    def report(self, convention: Convention | None = None, bits: Bits | None = None) -> Report:
        """What it costs; under the paper's convention where none is given.

        With `bits`, also what its layers hold and move.
        """
        from mncost.cost.conventions import PAPER
        from mncost.cost.engine import analyze

        return analyze(self.graph(), convention or PAPER, bits)
