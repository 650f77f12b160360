"""Published tables against ours: each figure as printed, as computed, and how both stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from mncost.cost.conventions import PAPER
from mncost.cost.counters import named
from mncost.cost.engine import analyze
from mncost.cost.footprint import Bits, stored_bytes
from mncost.cost.report import PARAMETERS, Report, Row, Total
from mncost.errors import Problem, SpecError
from mncost.graph import Graph
from mncost.graph.notation import filter_shape, layer_type, type_and_stride
from mncost.graph.shapes import size_text
from mncost.spec.lower import lower
from mncost.spec.published import STATUSES, Entry, Figure, Of, PublishedTable, Status, read
from mncost.spec.scale import scale
from mncost.spec.source import load
from mncost.study.compare import Task, candidate
from mncost.study.memory import DEFAULT, plan
from mncost.units import Printed

Count = int | Fraction


@dataclass(frozen=True, slots=True)
class Outcome:
    """One published figure: printed, computed, and its status.

    `otherwise` is what explains an erratum, computed; `stored` the status that it is known to have.
    """

    table: str
    row: str
    key: str
    printed: str
    computed: Count | str | None
    status: Status
    stored: Status
    why: str = ""
    otherwise: Count | None = None
    fitted: bool = False

    @property
    def is_worse(self) -> bool:
        """Whether something that was understood no longer is. What was fitted is no test."""
        return not self.fitted and STATUSES.index(self.status) > STATUSES.index(self.stored)


def outcomes(table: PublishedTable) -> tuple[Outcome, ...]:
    """Every figure of a published table."""
    if any(row.filter or row.input for row in table.rows):
        return tuple(_body(table))
    return tuple(
        _outcome(table, row, key, figure)
        for row in table.rows
        for key in table.figures
        if (figure := getattr(row, key)) is not None
    )


def _outcome(table: PublishedTable, row: Entry, key: str, figure: Figure) -> Outcome:
    unit = "%" if key.endswith("share") else table.units.get(key, "")
    printed = f"{figure.printed} {unit}".strip()
    about = (table.label, row.name, key, printed)
    of = table.of.but(row.of)
    missing = row.missing or table.missing
    if missing or (of.network is None and of.layer is None):
        return Outcome(*about, None, "not derivable", "not derivable", figure.why or missing)
    computed = count(of, key)
    otherwise = count(of.but(figure.of), key) if figure.of else None
    status = _status(figure, unit, computed, otherwise)
    why = figure.why or (table.why if figure.status not in ("match", "truncated") else "")
    return Outcome(*about, computed, status, figure.status, why, otherwise, figure.fitted)


def _status(figure: Figure, unit: str, computed: Count, otherwise: Count | None) -> Status:
    printed = _read(figure.printed, unit, figure.step)
    if printed.fits(computed):
        return "match"
    if printed.is_cut_from(computed):
        return "truncated"
    meant = _read(figure.meant, unit, None).fits(computed) if figure.meant else False
    explained = otherwise is not None and (
        printed.fits(otherwise) or printed.is_cut_from(otherwise)
    )
    if meant or explained:
        return "erratum"
    return "not derivable" if figure.status == "not derivable" else "unexplained"


def _read(text: str, unit: str, step: int | None) -> Printed:
    """A printed number; per cent is a share of one. `step` counts in the printed unit."""
    if unit in _UNITS:
        plain, factor = Printed.parse(text), _UNITS[unit]
        return Printed(text, plain.value * factor, plain.step * factor)
    plain = Printed.parse(text, unit)
    return Printed(text, plain.value, plain.step * step) if step else plain


_UNITS = {"%": Fraction(1, 100), "kB": Fraction(1024)}


def count(of: Of, key: str) -> Count:
    """What a figure is of, counted: Mult-Adds, parameters or bytes, or a type's share of all."""
    if key in ("peak", "weight_bytes"):
        return _held(of, key)
    parts, whole = _totals(of)
    of_one, of_all = _amount(of, key, parts), _amount(of, key, whole)
    return Fraction(of_one, of_all or 1) if key.endswith("share") else of_one


def _amount(of: Of, key: str, total: Total) -> int:
    if key.startswith("mult_adds"):
        return total.cost or 0
    kept = total.parameters
    if of.params == "folded":
        means = ("folds", "stays")  # where a bias is already, a norm adds none
        return kept.weights + kept.biases + _stored(total, "mean", means)
    if of.params == "unscaled":
        return kept.all - _stored(total, "scale")
    return PARAMETERS[of.params or "weights"][0](total.parameters)


def _stored(total: Total, of: str, per: tuple[str, ...] = ()) -> int:
    """The numbers of one of the vectors that norms store, of some places or all."""
    return sum(
        n
        for event, n in total.events.items()
        if (event.what, event.of) == ("parameter", of) and (not per or event.per in per)
    )


def _totals(of: Of) -> tuple[Total, Total]:
    """What is meant, and the whole that it is a part of."""
    report = _report(of.model_copy(update={"kinds": None, "type": None, "params": None}))
    rows = [
        row
        for row in report.rows
        if (of.kinds is None or row.kind in of.kinds)
        and (of.type is None or layer_type(row.op, row.kind) == of.type)
    ]
    if not rows:
        wanted = ", ".join(of.kinds or ()) or of.type
        raise SpecError(Problem(f"{report.network} has no layer of {wanted}"))
    return report.total(rows), report.totals


def _held(of: Of, key: str) -> int:
    """Bytes of a network at once, or of its weights, at the bits that are stated."""
    width = of.bits or 32
    counted = of.params if of.params in PARAMETERS else "weights"
    bits = Bits(width, width, counted)
    if key == "weight_bytes":
        return stored_bytes(_graph(of), bits)
    return plan(_graph(of), bits, of.planner or DEFAULT).peak.bytes


@cache
def _report(of: Of) -> Report:
    convention = named(of.convention) if of.convention else PAPER
    if of.layer is not None:
        assert of.shape is not None
        task = Task(of.shape, (3, 3), of.shape[0], 1, of.alpha or 1.0, of.rho or 1.0)
        return candidate(of.layer, task, convention).report
    return analyze(_graph(of), convention)


def _graph(of: Of) -> Graph:
    assert of.network is not None
    network = scale(
        load(of.network),
        alpha=of.alpha or 1.0,
        resolution=of.res,
        classes=of.classes,
        allow_wider=True,
    )
    return lower(network)


def _body(table: PublishedTable) -> Iterator[Outcome]:
    """Table 1: each row as printed, beside the layer of the network in its place.

    A row that is otherwise is an erratum where the network that is `otherwise` has it so.
    """
    ours = [_row(row) for row in _report(table.of).rows]
    other = table.of.but(Of(network=table.otherwise))
    theirs = [_row(row) for row in _report(other).rows]
    rows = list(_unfolded(table.rows))
    for at, row in enumerate(rows):
        printed = " · ".join(text for text in (row.name, row.filter, row.input) if text)
        computed = ours[at] if at < len(ours) else None
        as_printed = at < len(theirs) and theirs[at] == printed
        status: Status = "unexplained"
        if printed == computed:
            status = "match"
        elif row.why and as_printed:
            status = "erratum"
        stored: Status = "erratum" if row.why else "match"
        yield Outcome(table.label, row.name, "layer", printed, computed, status, stored, row.why)
    for layer in ours[len(rows) :]:
        yield Outcome(table.label, "no row", "layer", "", layer, "unexplained", "match")


def _row(row: Row) -> str:
    """A layer as Table 1 prints it."""
    return " · ".join(
        (
            type_and_stride(row.op, row.kind),
            filter_shape(row.op, row.kind, row.input),
            size_text(row.input),
        )
    )


def _unfolded(rows: tuple[Entry, ...]) -> Iterator[Entry]:
    """Rows that are printed once and stand several times in a row, as often as they stand."""
    index = 0
    while index < len(rows):
        times, run = rows[index].times, index
        while run < len(rows) and rows[run].times == times:
            run += 1
        for _ in range(times):
            yield from rows[index:run]
        index = run


@dataclass(frozen=True, slots=True)
class Point:
    """One of the 16 models of Figures 4 and 5: its accuracy as published, its costs as counted."""

    alpha: float
    resolution: int
    top1: float
    mult_adds: int
    params: int


def sixteen() -> tuple[Point, ...]:
    """MobileNet V1 at every width and resolution of the paper, with TF-Slim's accuracies.

    The paper prints no accuracies beside its figures; TF-Slim published those of its checkpoints.
    """
    checkpoints = read("slim").tables[0]
    points = []
    for row in checkpoints.rows:
        of = checkpoints.of.but(row.of)
        totals = _report(of).totals
        side = of.res[0] if of.res else 224
        params = totals.parameters.weights
        top1 = float(row.accuracy or 0)
        points.append(Point(of.alpha or 1.0, side, top1, totals.mult_adds, params))
    return tuple(points)
