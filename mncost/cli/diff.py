"""`mncost diff`: two networks, layer by layer, and what each change costs."""

from __future__ import annotations

import os
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING

import click

from mncost.cli.networks import NetworkName, alpha_option, wider_option
from mncost.cli.output import Output, output_options
from mncost.cli.values import RESOLUTION
from mncost.errors import Problem, SpecError

if TYPE_CHECKING:
    from mncost.study.saved import Saved

GIT = "git:"


@click.command("diff")
@click.argument("base", type=NetworkName())
@click.argument("head", type=NetworkName())
@alpha_option
@wider_option
@click.option("--res", "resolution", type=RESOLUTION, metavar="R|HxW", help="Of both networks.")
@click.option("--fail-on-increase", metavar="PERCENT", help="Exit 1 where Mult-Adds grow by more.")
@output_options
def command(
    base: str,
    head: str,
    alpha: float,
    allow_wider: bool,
    resolution: tuple[int, int] | None,
    fail_on_increase: str | None,
    output: Output,
) -> int:
    """What HEAD costs more, or less, than BASE, and which layers make the difference.

    BASE and HEAD are networks, snapshots (.json), or git:REF:path. Layers are aligned by name, then
    by position and kind.
    """
    from mncost import units
    from mncost.render.differences import table
    from mncost.study.diff import diff

    allowed = None
    if fail_on_increase is not None:
        try:
            allowed = units.parse_share(fail_on_increase)
        except ValueError as error:
            raise click.UsageError(f"--fail-on-increase: {error}") from None
    settings: dict[str, object] = {
        "alpha": alpha,
        "allow_wider": allow_wider,
        "resolution": resolution,
    }
    difference = diff(_saved(base, settings), _saved(head, settings))
    output.emit(table(difference))
    before, after = (each.totals["mult_adds"] for each in (difference.before, difference.after))
    return 1 if allowed is not None and after > before * (1 + Fraction(allowed)) else 0


def _saved(source: str, settings: dict[str, object]) -> Saved:
    """What a source says that its network costs."""
    from mncost.cost.engine import analyze
    from mncost.spec.lower import lower
    from mncost.spec.scale import scale
    from mncost.spec.source import load, parse, read_file, read_tree
    from mncost.study.memory import peak
    from mncost.study.saved import from_value, save

    if source.startswith(GIT):
        network = parse(*_from_git(source))
    elif source.endswith(".json"):
        data = read_file(source)
        value = read_tree(data, source).value
        if isinstance(value, dict) and "mncost_snapshot" in value:
            return _only(from_value(value, source), source)
        network = parse(data, source)
    else:
        network = load(source)
    graph = lower(scale(network, **settings))  # type: ignore[arg-type]
    return save(analyze(graph), peak(graph).elements)


def _only(saved: dict[str, Saved], file: str) -> Saved:
    if len(saved) != 1:
        message = f"a snapshot of {len(saved)} networks, where one is compared"
        raise SpecError(Problem(message, "take one: mncost snapshot NETWORK -o FILE").at(file))
    return next(iter(saved.values()))


def _from_git(source: str) -> tuple[bytes, str]:
    """The text of `git:REF:path`, and a name for it."""
    ref, _, path = source.removeprefix(GIT).partition(":")
    if not ref or not path or ref.startswith("-"):
        raise SpecError(Problem("expected git:REF:path, as in git:main:net.yaml").at(source))
    try:
        shown = subprocess.run(
            ["git", "show", f"{ref}:./{path}" if not os.path.isabs(path) else f"{ref}:{path}"],
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise SpecError(Problem(f"git could not be run: {error.strerror}").at(source)) from None
    if shown.returncode:
        reason = shown.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise SpecError(Problem(f"git: {reason}").at(source))
    return shown.stdout, source
