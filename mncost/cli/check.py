"""`mncost check`: budgets held against networks; 0 within, 1 exceeded, 2 anything wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from mncost.cli.exports import FORMATS, export_option, targets, write
from mncost.cli.networks import NetworkName
from mncost.cli.output import write_file, write_out
from mncost.cli.values import Named
from mncost.errors import MncostError, Problem, SettingError, SpecError

if TYPE_CHECKING:
    from mncost.spec.budgets import Limits
    from mncost.spec.config import Configured
    from mncost.spec.network import Network
    from mncost.study.budget import Checked, Where
    from mncost.study.saved import Saved


@click.command("check")
@click.argument("networks", nargs=-1, type=NetworkName(), metavar="[NETWORK…]")
@click.option(
    "--config",
    metavar="FILE",
    help="Budgets; by default the nearest mncost.toml or pyproject.toml.",
)
@click.option("--base", metavar="FILE", help="A snapshot, for limits on an increase.")
@click.option("--update", is_flag=True, help="Tighten the base to what was measured.")
@click.option("--allow-loosen", is_flag=True, help="Let --update raise the base too.")
@click.option("--strict", is_flag=True, help="Warnings fail.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even where a budget is exceeded.")
@click.option("--allow-unknown", is_flag=True, help="Let a partial report pass.")
@click.option(
    "--format", type=Named(FORMATS), default="text", show_default=True, help="Of standard output."
)
@export_option
def command(
    networks: tuple[str, ...],
    config: str | None,
    base: str | None,
    update: bool,
    allow_loosen: bool,
    strict: bool,
    exit_zero: bool,
    allow_unknown: bool,
    format: str,
    exports: tuple[str, ...],
) -> int:
    """Holds budgets against networks.

    Budgets stand in mncost.toml, in [tool.mncost] of pyproject.toml, or under budget: in an
    architecture file. Without NETWORK, all of the configuration are checked.

    Exit codes: 0 within budget, 1 exceeded, 2 anything wrong with what was given.
    """
    from mncost.render.exports import FORMATS as RENDERERS
    from mncost.spec import config as configuration

    files = targets(exports)
    found = configuration.read(config) if config else configuration.nearest(os.getcwd())
    saved = _base(base, update)
    checks = _checked(networks, found, saved, allow_unknown)
    write_out(RENDERERS[format](checks, strict))
    write(files, checks, strict)
    if update and base:
        _update(base, saved, checks, allow_loosen)
    failed = any(check.worst(strict) == "fail" for check in checks)
    return 1 if failed and not exit_zero else 0


def _checked(
    networks: Sequence[str],
    found: Configured | None,
    saved: dict[str, Saved],
    allow_unknown: bool,
) -> list[Checked]:
    """Every budget that applies, checked; all that is wrong with any of them, at once."""
    checks: list[Checked] = []
    problems: list[Problem] = []
    for entry in entries(networks, found):
        try:
            checks.append(entry.check(saved, allow_unknown))
        except MncostError as error:
            problems += error.problems
    for name in networks:
        if not any(check.network == name for check in checks) and not problems:
            hint = "write budget: in it, or a [[budget]] for it in mncost.toml"
            problems.append(Problem("no budget for this network", hint).at(name))
    if problems:
        raise SpecError(dict.fromkeys(problems))
    if not checks:
        where = found.file if found else "mncost.toml"
        hint = "see: mncost init" if found is None else "add a [[budget]]"
        raise SettingError(Problem(f"no budget to check in {where}", hint))
    return checks


class Entry:
    """A budget of the configuration, or of an architecture file, ready to be checked."""

    def __init__(self, found: Configured | None, index: int, network: str) -> None:
        self.found, self.index, self.network = found, index, network

    def check(self, saved: dict[str, Saved], allow_unknown: bool) -> Checked:
        """The budget, held against its network. Raises `SpecError`."""
        from mncost.study.budget import check

        name, network, limits = self._parts()
        if limits is None:
            hint = "write budget: in it, or a [[budget]] for it in mncost.toml"
            raise SpecError(Problem("no budget for this network", hint).at(self.network))
        allowed = limits.model_copy(update={"allow_partial": allow_unknown or limits.allow_partial})
        file, where = self._origin(network)
        return check(name, self.network, network, allowed, file, where, saved.get(name))

    def measure(self) -> tuple[str, Saved]:
        """What the network costs at the budget's setting, or as it is written."""
        from mncost.spec.budgets import Limits
        from mncost.study.budget import measure

        name, network, limits = self._parts()
        at = limits or Limits.model_construct()
        return name, measure(network, at, at.alpha, at.res)[1]

    def _parts(self) -> tuple[str, Network, Limits | None]:
        from mncost.spec.source import load

        if self.found is None:
            network = load(self.network)
            return network.name, network, network.budget
        budget = self.found.config.budget[self.index]
        return budget.name, load(_beside(self.found.file, budget.network)), budget

    def _origin(self, network: Network) -> tuple[str, Where]:
        """The file in which the limits are written, and where in it."""
        if self.found is not None:
            found, index = self.found, self.index
            return found.file, lambda path: found.place("budget", index, *path)
        from mncost.spec.budgets import place

        assert network._origin is not None
        file, tree = network._origin
        return file, lambda path: place(tree, ("budget", *path))


def entries(networks: Sequence[str], found: Configured | None) -> Iterator[Entry]:
    """The budgets of the configuration that are asked for, and those of the files named."""
    configured = list(enumerate(found.config.budget)) if found else []
    if not networks:
        for index, budget in configured:
            yield Entry(found, index, budget.network)
        return
    for name in networks:
        mine = [index for index, budget in configured if _same(found, budget.network, name)]
        for index in mine:
            yield Entry(found, index, name)
        if not mine or _states_a_budget(name):
            yield Entry(None, 0, name)


def _states_a_budget(name: str) -> bool:
    from mncost.spec.source import load

    return load(name).budget is not None


def _same(found: Configured | None, stated: str, given: str) -> bool:
    """Whether a configuration's network is the one that was named."""
    assert found is not None
    return stated == given or os.path.realpath(_beside(found.file, stated)) == os.path.realpath(
        given
    )


def _beside(file: str, network: str) -> str:
    """A path of the configuration is meant from the configuration's own folder."""
    from mncost.spec.source import is_file

    folder = os.path.dirname(file)
    return os.path.join(folder, network) if is_file(network) and folder else network


def _base(path: str | None, update: bool) -> dict[str, Saved]:
    """The base, by budget. A base that is named must be there, but to be written by --update."""
    from mncost.spec.source import read_file, read_tree
    from mncost.study.saved import from_value

    if path is None:
        if update:
            raise click.UsageError("--update needs --base FILE")
        return {}
    if update and not os.path.exists(path):
        return {}
    return from_value(read_tree(read_file(path), path).value, path)


def _update(
    path: str, saved: dict[str, Saved], checks: Sequence[Checked], allow_loosen: bool
) -> None:
    """Writes the base anew where costs fell; where they rose, only if that is allowed."""
    from mncost.study.saved import to_json

    updated, kept = dict(saved), []
    for check in checks:
        before = saved.get(check.name)
        rose = before is not None and any(
            count > before.totals.get(name, count) for name, count in check.saved.totals.items()
        )
        if rose and not allow_loosen:
            kept.append(check.name)
        else:
            updated[check.name] = check.saved
    if kept:
        names = ", ".join(kept)
        print(
            f"mncost: base kept for {names}: costs rose; --allow-loosen raises it", file=sys.stderr
        )
    if updated != saved:
        write_file(path, to_json(updated), force=True)
