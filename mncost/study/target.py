"""A number that somebody printed: which network, setting and way of counting give it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from mncost.cost.conventions import PAPER
from mncost.cost.counters import CONVENTIONS
from mncost.cost.engine import analyze
from mncost.cost.report import PARAMETERS, Report
from mncost.errors import MncostError
from mncost.formulas import Pair
from mncost.graph import Graph
from mncost.study.models import taken
from mncost.units import Printed

if TYPE_CHECKING:
    from mncost.study.models import Model

ALPHAS = (1.0, 1.4, 1.3, 0.75, 0.5, 0.35, 0.25)
SIDES = (96, 128, 160, 192, 224, 227, 240, 256, 288, 299, 300, 320, 331, 384, 512)
CLASSES = (1000, 1001, 0)
"""What is tried in place of a given setting: what has been published."""

MOST_LAYERS = 1000
"""Of larger networks only one departure is tried: each is counted anew."""

NEAREST = 3


class Setting(NamedTuple):
    """A network, and how it is taken: width, input, classes (None: as they are written)."""

    network: Model
    alpha: float = 1.0
    resolution: Pair | None = None
    classes: int | None = None

    @property
    def size(self) -> Pair:
        if self.resolution is not None or isinstance(self.network, Graph):
            return self.resolution or (1, 1)
        return self.network.resolution

    def departures(self, given: Setting) -> tuple[str, ...]:
        """In what this is not as given."""
        words = []
        if self.network is not given.network:
            words.append(self.network.name)
        if self.alpha != given.alpha:
            words.append(f"α = {self.alpha:g}")
        if self.size != given.size:
            words.append(f"input {self.size[0]}×{self.size[1]}")
        if self.classes != given.classes:
            words.append(f"{self.classes} classes" if self.classes else "without the classifier")
        return tuple(words)

    def report(self) -> Report | None:
        """What it costs; None where it cannot be taken so."""
        try:
            graph = taken(
                self.network,
                alpha=self.alpha,
                resolution=self.resolution,
                classes=self.classes,
                allow_wider=True,
            )
            return analyze(graph)
        except MncostError:
            return None


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
    digits: str
    reason: str = ""

    @property
    def plainness(self) -> tuple[Fraction, bool, int]:
        """The less it departs, the plainer; then what is rounded before what is cut off.

        A width and a resolution together are how these networks are published.
        """
        settings = Fraction(len(self.departures))
        if self._is_published_grid:
            settings -= Fraction(1, 2)
        return (settings + self.is_other, self.digits == "cut off", len(self.departures))

    @property
    def is_other(self) -> bool:
        """Whether a tool counts so, and the paper does not."""
        return bool(self.conventions) and self.conventions[0] != PAPER.name

    @property
    def _is_published_grid(self) -> bool:
        starts = sorted(word.partition(" ")[0] for word in self.departures)
        return starts == ["input", "α"]

    def repeats(self, other: Explanation) -> bool:
        """Whether this is the other with departures that make no difference to the number."""
        fewer = set(other.departures) < set(self.departures)
        return fewer and (self.what, self.conventions) == (other.what, other.conventions)


@dataclass(frozen=True, slots=True)
class Search:
    """What gives a number, the plainest first; and where nothing does, what comes nearest."""

    found: tuple[Explanation, ...]
    nearest: tuple[Explanation, ...]


def explain_number(given: Setting, target: Printed, relatives: Sequence[Model] = ()) -> Search:
    """All that gives the number: with one departure and any convention, or two and the paper's.

    A departure is another α, resolution, number of classes, or network of its `relatives`.
    """
    counted: list[Explanation] = []
    seen: set[tuple[str, ...]] = set()
    for departures in range(3):
        for setting in _settings(given, relatives, departures):
            words = setting.departures(given)
            report = None if words in seen else setting.report()
            seen.add(words)
            if report is None:
                continue
            counted += _figures(report, words, setting, departures < 2, target)
            if len(report.rows) > MOST_LAYERS and departures:
                return _sorted(counted, target)
    return _sorted(counted, target)


def _settings(given: Setting, relatives: Sequence[Model], departures: int) -> Iterator[Setting]:
    """Every setting with so many departures from the given one."""
    for kinds in combinations((_thinner, _sized, _classified, _related), departures):
        reached = [given]
        for kind in kinds:
            reached = [after for before in reached for after in kind(before, relatives)]
        yield from reached


def _thinner(setting: Setting, _: Sequence[Model]) -> Iterator[Setting]:
    return (setting._replace(alpha=alpha) for alpha in ALPHAS if alpha != setting.alpha)


def _sized(setting: Setting, _: Sequence[Model]) -> Iterator[Setting]:
    sizes = [(side, side) for side in SIDES]
    own = setting._replace(resolution=None).size
    if own not in sizes:
        sizes.append(own)
    return (setting._replace(resolution=size) for size in sizes if size != setting.size)


def _classified(setting: Setting, _: Sequence[Model]) -> Iterator[Setting]:
    return (setting._replace(classes=n) for n in CLASSES if n != setting.classes)


def _related(setting: Setting, relatives: Sequence[Model]) -> Iterator[Setting]:
    return (setting._replace(network=network) for network in relatives)


def _figures(
    report: Report, departures: tuple[str, ...], setting: Setting, every: bool, target: Printed
) -> Iterator[Explanation]:
    """Every number that somebody may print of a setting; with two departures, the paper's alone.

    With a convention of its own for every other departure, something would give any number.
    """
    variant = None if isinstance(setting.network, Graph) else setting.network.variant
    reason = variant.reason if variant and setting.network.name in departures else ""
    events = report.totals.events
    for convention in CONVENTIONS.values() if every else (PAPER,):
        if convention.unit != "parameters" and (count := convention.price(events)):
            digits = _digits(target, count)
            names = (convention.name,)
            yield Explanation("cost", convention.unit, names, count, departures, digits, reason)
    for mode, (of, _) in PARAMETERS.items():
        if count := of(report.totals.parameters):
            what, digits = f"parameters ({mode})", _digits(target, count)
            yield Explanation(what, "parameters", (), count, departures, digits, reason)


def _digits(target: Printed, count: int) -> str:
    if count == target.value:
        return "exact"
    if target.fits(count):
        return "rounded"
    return "cut off" if target.is_cut_from(count) else ""


def _sorted(counted: list[Explanation], target: Printed) -> Search:
    """Those that give the number, each number once; or the few that come nearest."""
    found = _joined([each for each in counted if each.digits])
    plain = [each for each in found if not any(each.repeats(other) for other in found)]
    if plain:
        return Search(tuple(sorted(plain, key=lambda each: each.plainness)), ())
    close = _joined([each for each in counted if len(each.departures) < 2])
    close.sort(key=lambda each: (abs(each.count - target.value), each.plainness))
    plainest = [each for each in close if not each.departures and not each.is_other][:1]
    return Search((), tuple(dict.fromkeys([*plainest, *close[:NEAREST]])))


def _joined(found: Sequence[Explanation]) -> list[Explanation]:
    """One number once: conventions that count alike together, told by the plainest setting."""
    kept: dict[tuple[object, ...], Explanation] = {}
    for each in sorted(found, key=lambda each: each.plainness):
        key = (each.count, each.what)
        first = kept.setdefault(key, each)
        if first is not each and first.departures == each.departures:
            kept[key] = replace(first, conventions=(*first.conventions, *each.conventions))
    return list(kept.values())
