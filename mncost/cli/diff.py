"""`mncost diff`: two networks, layer by layer, and what each change costs."""

from __future__ import annotations

import os
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from mncost.cli.conventions import convention_option
from mncost.cli.exports import export_option, targets, write
from mncost.cli.networks import NetworkName, alpha_option, wider_option
from mncost.cli.output import Output, output_options
from mncost.cli.values import RESOLUTION
from mncost.errors import MncostError, Problem, SpecError

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.study.budget import Checked
    from mncost.study.models import Model
    from mncost.study.saved import Saved

    Networks: TypeAlias = dict[str, Model | None]

GIT = "git:"


@click.command("diff")
@click.argument("base", type=NetworkName())
@click.argument("head", type=NetworkName())
@alpha_option
@wider_option
@click.option("--res", "resolution", type=RESOLUTION, metavar="R|HxW", help="Of both networks.")
@convention_option()
@click.option("--fail-on-increase", metavar="PERCENT", help="Exit 1 where Mult-Adds grow by more.")
@export_option
@output_options(counts=False)
def command(
    base: str,
    head: str,
    alpha: float,
    allow_wider: bool,
    resolution: tuple[int, int] | None,
    convention: Convention,
    fail_on_increase: str | None,
    exports: tuple[str, ...],
    output: Output,
) -> int:
    """What HEAD costs more, or less, than BASE, and which layers make the difference.

    BASE and HEAD are networks, snapshots (.json), or git:REF:path. Layers are aligned by name, then
    by position and kind.
    """
    from mncost.render.differences import table
    from mncost.study.diff import diff

    allowed, files = _allowed(fail_on_increase), targets(exports, (base, head))
    settings: dict[str, Any] = {
        "alpha": alpha,
        "allow_wider": allow_wider,
        "resolution": resolution,
    }
    networks = _networks((base, head))
    before, after = (_saved(source, networks, settings, convention) for source in (base, head))
    difference = diff(before, after)
    output.emit(table(difference, convention))
    if files:
        write(
            files, [_as_budget(head, networks, settings, allowed, before, convention)], strict=False
        )
    old, new = (each.totals["mult_adds"] for each in (difference.before, difference.after))
    return 1 if allowed is not None and new > old * (1 + allowed) else 0


def _allowed(percent: str | None) -> Fraction | None:
    from mncost import units

    if percent is None:
        return None
    try:
        return units.parse_share(percent)
    except ValueError as error:
        raise click.UsageError(f"--fail-on-increase: {error}") from None


def _as_budget(
    head: str,
    networks: Networks,
    settings: dict[str, Any],
    allowed: Fraction | None,
    before: Saved,
    convention: Convention,
) -> Checked:
    """The comparison as a budget: HEAD, with a limit on its increase over BASE."""
    from mncost.spec.budgets import AmountLimit, Limits
    from mncost.study.budget import check
    from mncost.study.findings import Base, Stated

    network = networks[head]
    if network is None:
        raise click.UsageError("--export needs a network as HEAD, not a snapshot")
    limit = None if allowed is None else AmountLimit.model_construct(max_increase=allowed)
    limits = Limits.model_construct(
        mult_adds=limit, alpha=settings["alpha"], res=settings["resolution"]
    )
    stated = Stated(network.name, head, limits, head, lambda path: (1, 1))
    return check(stated, network, Base(head, {network.name: before}, comparing=True), convention)


def _saved(
    source: str, networks: Networks, settings: dict[str, Any], convention: Convention
) -> Saved:
    """What a source says that its network costs."""
    from mncost.cost.engine import analyze
    from mncost.cost.footprint import Bits
    from mncost.study.memory import plan
    from mncost.study.models import taken
    from mncost.study.saved import from_value, save

    network = networks[source]
    if network is None:
        if settings["alpha"] != 1 or settings["resolution"] is not None:
            raise click.UsageError(f"--alpha and --res say nothing of a snapshot, {source}")
        named = {each.name for each in networks.values() if each is not None}
        saved = _only(from_value(_value(source), source), source, named)
        if saved.convention != convention.name:
            message = (
                f"a snapshot counted as {saved.convention}, and {convention.name} is asked for"
            )
            raise SpecError(Problem(message, f"add --convention {saved.convention}").at(source))
        return saved
    graph = taken(network, **settings)
    bits = Bits()
    return save(analyze(graph, convention, bits), graph, plan(graph, bits).peak.bytes)


def _networks(sources: tuple[str, ...]) -> Networks:
    """The network of each source, read once; all that is wrong with any of them, at once."""
    networks: Networks = {}
    problems: list[Problem] = []
    for source in dict.fromkeys(sources):
        try:
            networks[source] = _network(source)
        except MncostError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return networks


def _network(source: str) -> Model | None:
    """The network of a source; none where the source is a snapshot."""
    from mncost.spec.source import parse
    from mncost.study.models import load
    from mncost.study.saved import is_snapshot

    if source.endswith(".json") and is_snapshot(_value(source)):
        return None
    if source.startswith(GIT):
        return parse(_from_git(source), source)
    return load(source)


def _value(source: str) -> object:
    """The values in a file, of the working tree or of git."""
    from mncost.spec.source import read_file, read_tree

    data = _from_git(source) if source.startswith(GIT) else read_file(source)
    return read_tree(data, source).value


def _only(saved: dict[str, Saved], file: str, named: set[str]) -> Saved:
    """The one network of a snapshot, or the one of the name of what it is compared with."""
    alike = [each for name, each in saved.items() if {name, each.network} & named]
    if len(saved) != 1 and len(alike) != 1:
        message = f"a snapshot of {len(saved)} networks, and one is compared"
        names = ", ".join(saved) or "none"
        raise SpecError(Problem(message, f"it holds {names}; name the other side so").at(file))
    return alike[0] if len(alike) == 1 else next(iter(saved.values()))


def _from_git(source: str) -> bytes:
    """The text of `git:REF:path`."""
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
    return shown.stdout
