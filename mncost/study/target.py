"""A number that somebody printed: which network, setting and way of counting give it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from mncost.cost.conventions import CONVENTIONS, PAPER
from mncost.cost.engine import analyze
from mncost.cost.report import PARAMETERS, Report
from mncost.errors import MncostError
from mncost.spec.lower import lower
from mncost.spec.network import Network
from mncost.spec.scale import scale
from mncost.units import Printed

ALPHAS = (1.4, 1.3, 0.75, 0.5, 0.35, 0.25)
RESOLUTIONS = (96, 128, 160, 192, 224, 227, 240, 256, 288, 299, 300, 320, 331, 384, 512)
CLASSES = (1000, 1001, 0)
"""What is tried in place of a network's own setting: what has been published."""

MOST_DEPARTURES = 2


@dataclass(frozen=True, slots=True)
class Setting:
    """A network as it is, but for these departures; each with what it is in words."""

    network: Network
    departures: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Something that gives the number: what is counted of which setting, and exactly how much.

    `conventions` all count it alike, the first one plainest; of parameters there are none.
    """

    what: str
    unit: str
    conventions: tuple[str, ...]
    count: int
    departures: tuple[str, ...]
    cut: bool
    reason: str = ""

    @property
    def plainness(self) -> tuple[int, bool, bool]:
        """The fewer departures the plainer; then what is rounded before what is cut off."""
        return (len(self.departures) + self.is_other, self.cut, self.is_other)

    @property
    def is_other(self) -> bool:
        """Whether a tool counts so, and the paper does not."""
        return bool(self.conventions) and self.conventions[0] != PAPER.name

    def repeats(self, other: Explanation) -> bool:
        """Whether this is the other with departures that make no difference to the number."""
        fewer = set(other.departures) < set(self.departures)
        return fewer and (self.what, self.conventions) == (other.what, other.conventions)


def explain_number(
    network: Network, target: Printed, variants: Sequence[Network] = ()
) -> tuple[Explanation, ...]:
    """All that gives the number with one departure or none; else with two. Plainest first.

    A departure is another α, resolution, number of classes, variant or convention.
    """
    found: list[Explanation] = []
    for departures in range(MOST_DEPARTURES + 1):
        for setting in _settings(network, variants, departures):
            report = _counted(setting.network)
            if report is not None:
                found += _matching(report, setting, target, departures)
        if found and departures:
            break
    found = _joined(found)
    plain = [each for each in found if not any(each.repeats(other) for other in found)]
    return tuple(sorted(plain, key=lambda each: each.plainness))


def _settings(network: Network, variants: Sequence[Network], departures: int) -> Iterator[Setting]:
    """The network with so many departures from what it states, or one fewer and a variant's."""
    yield from _departed(Setting(network), departures)
    if departures:
        for variant in variants:
            reason = variant.variant.reason if variant.variant else ""
            first = Setting(variant, (f"the variant {variant.name}",), reason)
            yield from _departed(first, departures - 1)


def _departed(setting: Setting, departures: int) -> Iterator[Setting]:
    """Every choice of so many of α, resolution and classes, at every value that is tried."""
    for kinds in combinations((_thinner, _sized, _classified), departures):
        reached = [setting]
        for kind in kinds:
            reached = [after for before in reached for after in kind(before)]
        yield from reached


def _thinner(setting: Setting) -> Iterator[Setting]:
    for alpha in ALPHAS:
        yield from _scaled(setting, f"α = {alpha:g}", alpha=alpha, allow_wider=True)


def _sized(setting: Setting) -> Iterator[Setting]:
    for side in RESOLUTIONS:
        if (side, side) != setting.network.resolution:
            yield from _scaled(setting, f"input {side}×{side}", resolution=side)


def _classified(setting: Setting) -> Iterator[Setting]:
    for classes in CLASSES:
        words = f"{classes} classes" if classes else "without the classifier"
        yield from _scaled(setting, words, classes=classes)


def _scaled(setting: Setting, words: str, **change: object) -> Iterator[Setting]:
    """The setting with one departure more; nothing where the network cannot be taken so."""
    try:
        network = scale(setting.network, **change)  # type: ignore[arg-type]
    except MncostError:
        return
    if network.layers != setting.network.layers or network.resolution != setting.network.resolution:
        yield Setting(network, (*setting.departures, words), setting.reason)


def _counted(network: Network) -> Report | None:
    try:
        return analyze(lower(network))
    except MncostError:
        return None


def _matching(
    report: Report, setting: Setting, target: Printed, departures: int
) -> Iterator[Explanation]:
    """What of this report gives the number: only the paper's count, where two departures are made.

    With a convention of its own for every other departure, something would give any number.
    """
    for what, unit, convention, count in _figures(report):
        other = convention not in ("", PAPER.name)
        if count and not (other and departures >= MOST_DEPARTURES):
            fits, cut = target.fits(count), target.is_cut_from(count)
            if fits or cut:
                names = (convention,) if convention else ()
                yield Explanation(
                    what, unit, names, count, setting.departures, not fits, setting.reason
                )


def _figures(report: Report) -> Iterator[tuple[str, str, str, int]]:
    """Every number that somebody may print of a network."""
    events = report.totals.events
    for convention in CONVENTIONS.values():
        if convention.unit != "parameters":
            yield ("cost", convention.unit, convention.name, convention.price(events) or 0)
    for mode, (count, _) in PARAMETERS.items():
        yield (f"parameters ({mode})", "parameters", "", count(report.totals.parameters))


def _joined(found: Sequence[Explanation]) -> list[Explanation]:
    """Conventions that count one setting alike, as one."""
    kept: dict[tuple[object, ...], Explanation] = {}
    for each in sorted(found, key=lambda each: each.plainness):
        key = (each.count, each.departures, each.what)
        first = kept.setdefault(key, each)
        if first is not each:
            kept[key] = replace(first, conventions=(*first.conventions, *each.conventions))
    return list(kept.values())
