"""What commands that take a single layer share: its shape, kernel, outputs and multipliers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from mncost.cli.columns import COLUMNS_OPTIONS, chosen
from mncost.cli.conventions import convention_option
from mncost.cli.networks import wider_option
from mncost.cli.values import KERNEL, SHAPE, Whole
from mncost.errors import SettingError

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.cost.footprint import Bits
    from mncost.study.compare import Task


def task_options(
    *, shape: str | None, alpha: float, rho: float
) -> Callable[..., Callable[..., int | None]]:
    """Adds the options of a `Task`, with these defaults, and hands the command one `task`."""
    given: dict[str, Any] = {} if shape is None else {"default": shape, "show_default": True}
    options = (
        click.option(
            "--shape",
            type=SHAPE,
            metavar="HxWxC",
            **given,
            help="The layer's input: height x width x channels.",
        ),
        click.option(
            "--kernel", type=KERNEL, default="3", metavar="K|KxK", show_default=True, help="D_K."
        ),
        click.option(
            "--out", type=Whole(), metavar="N", help="Output channels; as many as come in."
        ),
        click.option("--stride", type=Whole(), metavar="S", default=1, show_default=True),
        click.option(
            "--alpha", type=float, default=alpha, show_default=True, help="Width, (0, 1]."
        ),
        wider_option,
        click.option(
            "--rho", type=float, default=rho, show_default=True, help="Resolution, (0, 1]."
        ),
        convention_option(),
        *COLUMNS_OPTIONS,
    )

    def decorate(command: Callable[..., int | None]) -> Callable[..., int | None]:
        @functools.wraps(command)
        def with_task(**given: Any) -> int | None:
            names = (
                "shape",
                "kernel",
                "out",
                "stride",
                "alpha",
                "rho",
                "allow_wider",
                "convention",
            )
            asked = {name: given.pop(name) for name in names}
            columns, bits = chosen(given)
            return command(**given, task=Asked(**asked, columns=columns, bits=bits))

        for option in reversed(options):
            with_task = option(with_task)
        return with_task

    return decorate


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options say, before it is known whether a layer or a network is meant."""

    shape: tuple[int, int, int] | None
    kernel: tuple[int, int]
    out: int | None
    stride: int
    alpha: float
    rho: float
    allow_wider: bool
    convention: Convention
    columns: str = ""
    bits: Bits | None = None

    def task(self) -> Task:
        """The layer's task. Raises `SettingError` for multipliers out of range."""
        from mncost.spec.multipliers import alpha_problems, rho_problems
        from mncost.study.compare import Task

        if self.shape is None:
            raise click.UsageError("kinds of layers need --shape HxWxC")
        if problems := [*alpha_problems(self.alpha, self.allow_wider), *rho_problems(self.rho)]:
            raise SettingError(problems)
        out = self.out or self.shape[0]
        return Task(self.shape, self.kernel, out, self.stride, self.alpha, self.rho)
