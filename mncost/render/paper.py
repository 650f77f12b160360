"""The paper's Tables 1, 2 and 3, in its own words, for any network, layer and setting."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from mncost import formulas, units
from mncost.cost import report as cost_report
from mncost.cost.conventions import PAPER, Convention
from mncost.cost.explain import explain
from mncost.cost.report import PARAMETERS, Report
from mncost.graph import notation
from mncost.graph.shapes import size_text
from mncost.render import footprints, words
from mncost.render.table import Column, Mark, Row, Table
from mncost.study.reconcile import steps

if TYPE_CHECKING:
    from mncost.study.compare import Candidate


def table1(
    report: Report,
    params: str = "weights",
    *,
    fold: bool = False,
    explained: bool = False,
    columns: str = "",
) -> Table:
    """Table 1, the body of the network, with what each layer costs."""
    header = (
        Column("type", "Type / Stride"),
        Column("filter", "Filter Shape"),
        Column("input", "Input Size"),
        Column("output", "Output Size"),
        *words.cost_columns(report.convention, params),
        *footprints.columns(columns),
        *([Column("formula", "Formula")] if explained else []),
    )
    blocks = _folded(report) if fold else [(1, (row,)) for row in report.rows]
    rows = tuple(
        _layer(report, row, params, times, explained, columns)
        for times, block in blocks
        for row in block
    )
    empty = (Mark.EMPTY,) * 3
    return Table(
        f"Table 1. {words.setting(report)}",
        header,
        rows,
        ("Total", *empty, *words.cost_cells(report.totals, report.totals, params))
        + footprints.cells(columns, report, report.rows)
        + ((Mark.EMPTY,) if explained else ()),
        (*words.counting(report.convention, params), *footprints.about(columns, [report])),
        words.notes(report, "table1"),
        words.facts(report, params) | footprints.facts(columns, report),
    )


def table2(
    report: Report, params: str = "weights", *, explained: bool = False, columns: str = ""
) -> Table:
    """Table 2, Mult-Adds and parameters by type of layer."""
    groups = report.group(lambda row: notation.layer_type(row.op, row.kind))
    kept = {name: rows for name, rows in groups.items() if _costs(report, rows)}
    rows = tuple(
        (
            name,
            *words.cost_cells(report.total(of_type), report.totals, params),
            *footprints.cells(columns, report, of_type),
            *([formulas_of(report, of_type)] if explained else []),
        )
        for name, of_type in sorted(kept.items(), key=lambda item: _rank(item[1][0]))
    )
    return Table(
        f"Table 2. {words.setting(report)}",
        (
            Column("type", "Type"),
            *words.cost_columns(report.convention, params),
            *footprints.columns(columns),
            *([Column("formula", "Formula")] if explained else []),
        ),
        rows,
        ("Total", *words.cost_cells(report.totals, report.totals, params))
        + footprints.cells(columns, report, report.rows)
        + ((Mark.EMPTY,) if explained else ()),
        (*words.counting(report.convention, params), *footprints.about(columns, [report])),
        words.notes(report, "table2"),
        words.facts(report, params) | footprints.facts(columns, report),
    )


def table3(
    candidates: tuple[Candidate, ...],
    params: str = "weights",
    *,
    explained: bool = False,
    columns: str = "",
) -> Table:
    """Table 3, one layer under one shrinking method more in each row."""
    first, last = candidates[0], candidates[-1]
    alpha, rho = units.significant(last.task.alpha, 12), _rho(last)
    names = (
        "Convolution",
        "Depthwise separable convolution",
        f"α = {alpha}",
        f"ρ = {rho}",
    )
    title = f"Table 3. {_layer_words(first)}, shrunk step by step"
    return _candidates(title, names, candidates, params, explained, columns=columns)


def comparison(
    candidates: tuple[Candidate, ...],
    params: str = "weights",
    *,
    explained: bool = False,
    columns: str = "",
) -> Table:
    """Kinds of layers that do the same task, side by side."""
    names = tuple(candidate.label for candidate in candidates)
    title = f"{_layer_words(candidates[0])}: {' against '.join(names)}"
    notes = (*_reductions(candidates), *_other_outputs(candidates))
    return _candidates(title, names, candidates, params, explained, notes, columns)


def _layer(
    report: Report, row: cost_report.Row, params: str, times: int, explained: bool, columns: str
) -> Row:
    several = f"{times}× " if times > 1 else ""
    total = report.total([row] * times)
    return (
        several + notation.type_and_stride(row.op, row.kind),
        notation.filter_shape(row.op, row.kind, row.input),
        size_text(row.input),
        size_text(row.output),
        *words.cost_cells(total, report.totals, params),
        *footprints.cells(columns, report, [row] * times),
        *([f"{several and several + 'each '}{formula_of(report, row)}"] if explained else []),
    )


def formula_of(report: Report, row: cost_report.Row) -> str:
    """The formula of a row with its numbers filled in, and what else the convention counts."""
    formula = explain([row.formula]) if row.formula else words.nothing(row)
    others = _others(report.convention, row)
    if not others:
        return formula
    return f"{formula}; {others}" if row.formula else others


def _others(convention: Convention, row: cost_report.Total) -> str:
    """What a convention counts beside the paper's Mult-Adds: `+4 · 401,408 BatchNorm elements`."""
    return " ".join(words.step(step) for step in steps(row.events, PAPER, convention))


def formulas_of(report: Report, rows: tuple[cost_report.Row, ...]) -> str:
    """The formulas of many rows, equal ones counted together."""
    texts = [formula_of(report, row) for row in rows]
    return "; ".join(
        f"{texts.count(t)}× each {t}" if texts.count(t) > 1 else t for t in dict.fromkeys(texts)
    )


def _folded(report: Report) -> list[tuple[int, tuple[cost_report.Row, ...]]]:
    """Blocks, and how often each stands in a row: equal ones that follow each other are one."""
    blocks = [tuple(rows) for _, rows in groupby(report.rows, lambda row: row.scope(1))]
    runs = (list(run) for _, run in groupby(blocks, lambda rows: [_likeness(row) for row in rows]))
    return [(len(run), run[0]) for run in runs]


def _likeness(row: cost_report.Row) -> tuple[object, ...]:
    return (row.op, row.input, row.output, row.parameters, row.events, row.footprint)


def _costs(report: Report, rows: tuple[cost_report.Row, ...]) -> bool:
    total = report.total(rows)
    return bool(total.cost or total.parameters.all or total.unknown)


def _rank(row: cost_report.Row) -> int:
    """The paper's order of types; others keep their own after it."""
    order = ("pointwise", "depthwise", "conv", "linear")
    return order.index(row.kind) if row.kind in order else len(order)


def _candidates(
    title: str,
    names: tuple[str, ...],
    candidates: tuple[Candidate, ...],
    params: str,
    explained: bool,
    notes: tuple[str, ...] = (),
    columns: str = "",
) -> Table:
    first, convention = candidates[0], candidates[0].report.convention
    cost, _, parameters, _ = words.cost_columns(convention, params)
    count = PARAMETERS[params][0]

    def cells(name: str, candidate: Candidate) -> Row:
        total, whole = candidate.report.totals, first.report.totals
        return (
            name,
            size_text(candidate.report.input),
            size_text(candidate.report.rows[-1].output),
            words.cost(total),
            candidate.remains(first),
            count(total.parameters),
            words.share(count(total.parameters), count(whole.parameters)),
            *footprints.cells(columns, candidate.report, candidate.report.rows),
            *([_explained(candidate)] if explained else []),
        )

    return Table(
        title,
        (
            Column("layer", "Layer"),
            Column("input", "Input Size"),
            Column("output", "Output Size"),
            cost,
            Column(f"{cost.key}_of_first", "% of first", "share"),
            parameters,
            Column(f"{params}_of_first", "% of first", "share"),
            *footprints.columns(columns),
            *([Column("formula", "Formula")] if explained else []),
        ),
        tuple(map(cells, names, candidates)),
        about=(
            *words.counting(convention, params),
            *footprints.about(columns, [each.report for each in candidates]),
        ),
        notes=notes,
        facts=_task_facts(candidates[-1])
        | words.convention_facts(convention, params)
        | footprints.facts(columns, first.report),
    )


def _explained(candidate: Candidate) -> str:
    """The formulas of a candidate, and what else the convention counts."""
    report = candidate.report
    formula = explain(candidate.applications, candidate.equation)
    others = _others(report.convention, report.totals)
    return f"{formula}; {others}" if others else formula


def _layer_words(candidate: Candidate) -> str:
    """The layer that all candidates do, before α and ρ."""
    task = candidate.task
    kernel = notation.times(*task.kernel)
    stride = f", stride {task.stride}" if task.stride > 1 else ""
    multipliers = [
        *([f"α = {units.significant(task.alpha, 12)}"] if task.alpha != 1 else []),
        *([f"ρ = {_rho(candidate)}"] if task.rho != 1 else []),
    ]
    shape = f"{size_text(task.shape)} to {task.out} channels, kernel {kernel}{stride}"
    return ", ".join([shape, *multipliers])


def _rho(candidate: Candidate) -> str:
    """ρ as it came out in whole pixels."""
    return words.rho(candidate.task.fmap, candidate.task.shape[1:])


def _reductions(candidates: tuple[Candidate, ...]) -> tuple[str, ...]:
    """The paper's 1/N + 1/D_K², where a standard and a separable convolution stand side by side."""
    if candidates[0].report.convention is not PAPER:
        return ()
    if not {"standard", "dwsep"} <= {candidate.label for candidate in candidates}:
        return ()
    task = candidates[0].task
    reduction = formulas.reduction(task.kernel, task.n)
    area = "·".join(str(side) for side in task.kernel)
    return (
        f"dwsep costs 1/N + 1/D_K² = 1/{task.n} + 1/({area}) = {units.significant(reduction, 4)} "
        f"of standard: {units.fixed(max(reduction, 1 / reduction), 2)}× "
        f"{'less' if reduction < 1 else 'more'}.",
    )


def _other_outputs(candidates: tuple[Candidate, ...]) -> tuple[str, ...]:
    """Says which candidates do not do the task: a depthwise convolution keeps its channels."""
    outputs = {each.label: each.report.rows[-1].output[0] for each in candidates}
    return tuple(
        f"{label} puts out {channels} channels, not {candidates[0].task.n}."
        for label, channels in outputs.items()
        if channels != candidates[0].task.n
    )


def _task_facts(candidate: Candidate) -> dict[str, Any]:
    task = candidate.task
    return {
        "shape": list(task.shape),
        "kernel": list(task.kernel),
        "out": task.out,
        "stride": task.stride,
        "alpha": task.alpha,
        "rho": [float(side) for side in words.rhos(task.fmap, task.shape[1:])],
    }
