"""What the commands on spaces share: the file, how it is counted, and limits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from mncost.cli.conventions import convention_option
from mncost.cli.grids import COUNT
from mncost.cli.networks import wider_option
from mncost.cli.output import Output, output_options, params_option
from mncost.cli.waiting import working

if TYPE_CHECKING:
    from mncost.cost.conventions import Convention
    from mncost.study.explore.plan import Plan
    from mncost.study.explore.spans import Spans


class SpaceFile(click.ParamType):  # type: ignore[type-arg]
    """A file; completes to those that there are."""

    name = "file"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


@dataclass(frozen=True, slots=True)
class Taken:
    """A space by the name of its file, and how it is counted."""

    source: str
    convention: Convention
    params: str
    allow_wider: bool

    def plan(self) -> Plan:
        """The table of what its choices cost. Raises `SpecError`."""
        from mncost.spec.space import load
        from mncost.study.explore.planner import plan

        with working("rows counted") as tick:
            space, wider = load(self.source), self.allow_wider
            return plan(space, self.convention, self.params, allow_wider=wider, tick=tick)


def space_command(command: Callable[..., int | None]) -> Callable[..., Any]:
    """Adds FILE, the options of how it is counted and those of output; hands `taken`, `output`."""

    @functools.wraps(command)
    def with_space(file: str, output: Output, **options: Any) -> int | None:
        how = {name: options.pop(name) for name in ("convention", "allow_wider")}
        return command(taken=Taken(file, params=output.params, **how), output=output, **options)

    decorated: Callable[..., Any] = output_options(with_space, counts=False)
    for option in (params_option, convention_option(), wider_option):
        decorated = option(decorated)
    found: Callable[..., Any] = click.argument("file", type=SpaceFile())(decorated)
    return found


LIMITS = {
    "max_mult_adds": "The most Mult-Adds, as in 300M.",
    "max_params": "The most parameters, as in 4M.",
    "min_mult_adds": "The least Mult-Adds.",
    "min_params": "The least parameters.",
}


class Between(click.ParamType):  # type: ignore[type-arg]
    """Two limits in one: `mult_adds=200M:210M`, both ends included."""

    name = "between"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        metric, equals, span = value.partition("=")
        low, colon, high = span.partition(":")
        if not (equals and colon and metric.strip()):
            what = "expected METRIC=LOW:HIGH, as in mult_adds=200M:210M"
            self.fail(f"{what}, got {value[:60]!r}", param, ctx)
        least = 0 if low.strip() == "0" else COUNT.convert(low, param, ctx)
        return metric.strip(), least, COUNT.convert(high, param, ctx)


def limit_options(command: Any) -> Any:
    """Adds limits from both sides."""
    words = "Both limits on mult_adds or params, as in mult_adds=200M:210M; may be given again."
    between = click.option(
        "--between", type=Between(), multiple=True, metavar="METRIC=LOW:HIGH", help=words
    )
    return most_options(between(_limit_options(command, "min")))


def most_options(command: Any) -> Any:
    """Adds limits from above."""
    return _limit_options(command, "max")


def _limit_options(command: Any, relation: str) -> Any:
    for name, words in reversed(LIMITS.items()):
        if name.startswith(relation):
            option = f"--{name.replace('_', '-')}"
            command = click.option(option, name, type=COUNT, metavar="AMOUNT", help=words)(command)
    return command


def spans_of(asked: Mapping[str, Any]) -> Spans:
    """The limits that were asked for. Raises `SettingError` where they contradict each other."""
    from mncost.study.explore.spans import spans
    from mncost.study.limits import Limit

    found = [
        Limit(name[4:], asked[name], "max" if name.startswith("max") else "min")
        for name in LIMITS
        if asked.get(name) is not None
    ]
    for metric, low, high in asked.get("between", ()):
        metric = {"macs": "mult_adds"}.get(metric, metric)
        found += [Limit(metric, high, "max"), *([Limit(metric, low, "min")] if low else [])]
    return spans(found)
