"""Reports: sums, groups, what is unknown, and how they print themselves."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mncost
from mncost.cost.conventions import PAPER, Convention, Term
from mncost.cost.counters import named
from mncost.cost.events import Event, Ledger, Parameters
from mncost.errors import MncostError
from mncost.graph import Builder, Graph, ops
from mncost.graph.ops import Op

V1 = mncost.analyze(mncost.load("mobilenet_v1"))


def chain(*steps: Op, shape: tuple[int, ...] = (4, 8, 8)) -> Graph:
    builder, at = Builder("chain", shape), -1
    for index, op in enumerate(steps):
        added = builder.add(op, (index,), f"{op.__class__.__name__.lower()}{index}", at)
        assert added is not None
        at = added
    return builder.build()


def test_events_of_each_operation() -> None:
    report = mncost.analyze(
        chain(
            ops.Conv(6, (3, 3), padding=(1, 1, 1, 1), bias=True),
            ops.BatchNorm(),
            ops.Act("relu"),
            ops.Pool("max", (2, 2), (2, 2)),
            ops.AdaptivePool(),
            ops.Linear(5),
            ops.Softmax(),
        )
    )
    counted = [{str(event): n for event, n in row.events.items()} for row in report]
    assert counted == [
        {
            "mac conv": 3 * 3 * 4 * 6 * 8 * 8,
            "bias conv": 6 * 8 * 8,
            "parameter weights": 3 * 3 * 4 * 6,
            "parameter biases": 6,
        },
        {
            "norm affine stays": 6 * 8 * 8,
            "parameter scale stays": 6,
            "parameter shift stays": 6,
            "parameter mean stays": 6,
            "parameter variance stays": 6,
        },
        {"act relu": 6 * 8 * 8},
        {
            "pool max input": 6 * 8 * 8,
            "pool max output": 6 * 4 * 4,
            "pool max window": 2 * 2 * 6 * 4 * 4,
        },
        {
            "pool global avg input": 6 * 4 * 4,
            "pool global avg output": 6,
            "pool global avg window": 6 * 4 * 4,
            "pool global avg ratio": 6 * 4 * 4 + 6,
        },
        {
            "mac linear": 6 * 5,
            "bias linear": 5,
            "parameter weights linear": 6 * 5,
            "parameter biases linear": 5,
        },
        {"softmax output": 5, "softmax place": 1},
    ]
    assert [row.parameters for row in report] == [
        Parameters(weights=3 * 3 * 4 * 6, biases=6),
        Parameters(norm_affine=2 * 6, norm_statistics=2 * 6),
        Parameters(),
        Parameters(),
        Parameters(),
        Parameters(weights=6 * 5, biases=5),
        Parameters(),
    ]


def test_three_kinds_of_nothing() -> None:
    report = mncost.analyze(chain(ops.Act("relu"), ops.Opaque("Fourier", (4, 8, 8))))
    assert [row.cost for row in report] == [None, None]
    assert [row.unknown for row in report] == [0, 1]
    assert [row.name for row in report.uncounted] == ["opaque1"]
    assert PAPER.price(Ledger()) == 0
    text = str(report)
    assert "PARTIAL: not counted, for want of a formula: 1 (opaque1)" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line}
    assert "–" in rows["act0"]
    assert "?" in rows["opaque1"]


def test_a_convention_is_a_row_of_weights() -> None:
    terms = (Term(2, "mac"), Term(1, "bias"))
    flops = Convention("twice", "FLOPs", terms, "", "", "")
    report = mncost.analyze(mncost.load("mobilenet_v1"), flops)
    assert report.totals.cost == 2 * 568_740_352 + 1000
    assert report.totals.mult_adds == 568_740_352
    with pytest.raises(MncostError, match="did you mean paper"):
        named("papr")


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_sums_hold_however_rows_are_grouped(depth: int) -> None:
    for groups in (V1.by_kind(), V1.by_scope(depth)):
        assert sum(total.mult_adds for total in groups.values()) == V1.totals.mult_adds
        assert sum((t.parameters for t in groups.values()), Parameters()) == V1.totals.parameters
    assert len(V1.by_scope(1)) == 1 + 13 + 3
    assert [size for size, _ in V1.stages()] == [(s, s) for s in (112, 56, 28, 14, 7, 1)]


def test_norm_and_act_belong_to_the_layer_they_finish() -> None:
    first = V1.rows[0]
    happening = {e: n for e, n in first.events.items() if e.what != "parameter"}
    assert happening == {
        Event("mac", "conv"): 10_838_016,
        Event("norm", "affine", "folds"): 401_408,
        Event("act", "relu"): 401_408,
    }
    assert first.parameters == Parameters(864, 0, 64, 64)


def test_records_are_plain() -> None:
    records = V1.to_records()
    assert json.loads(json.dumps(records)) == records
    assert records[0] == {
        "name": "conv1",
        "kind": "conv",
        "input": [3, 224, 224],
        "output": [32, 112, 112],
        "cost": 10_838_016,
        "mult_adds": 10_838_016,
        "weights": 864,
        "trainable": 928,
        "all": 992,
        "events": {
            "mac conv": 10_838_016,
            "parameter weights": 864,
            "norm affine folds": 401_408,
            "parameter scale folds": 32,
            "parameter shift folds": 32,
            "parameter mean folds": 32,
            "parameter variance folds": 32,
            "act relu": 401_408,
        },
        "unknown": 0,
    }
    assert sum(record["mult_adds"] for record in records) == 568_740_352


def test_reports_print_themselves_and_can_be_pickled() -> None:
    assert "568.74" in str(V1)
    html = V1._repr_html_()
    assert html is not None
    assert "<table>" in html
    assert "568.74" in html
    assert pickle.loads(pickle.dumps(V1)).totals == V1.totals


@given(st.integers(1, 64), st.integers(1, 64), st.integers(1, 40))
def test_a_separable_layer_costs_formula_5(m: int, n: int, size: int) -> None:
    network = {
        "name": "one",
        "input": {"channels": m, "size": size},
        "layers": ({"op": "separable", "out": n},),
    }
    report = mncost.analyze(mncost.Network.model_validate(network))
    assert report.totals.mult_adds == 3 * 3 * m * size * size + m * n * size * size
    assert report.totals.parameters.weights == 3 * 3 * m + m * n


def test_a_report_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        V1.totals.events[Event("mac")] = 1  # type: ignore[index]
    with pytest.raises(AttributeError):
        V1.totals.cost = 1  # type: ignore[misc]
    assert hash(V1.totals) == hash(V1.total(V1.rows))


def test_every_row_costs_what_its_formula_says() -> None:
    for row in V1:
        assert row.mult_adds == (row.formula() if row.formula else 0)


def test_only_what_finishes_a_layer_is_part_of_its_row() -> None:
    builder = Builder("b", (4, 8, 8))
    first = builder.add(ops.Conv(4, (3, 3), padding=(1, 1, 1, 1)), ("m",), "m", -1)
    builder.add(ops.BatchNorm(), ("m", "norm"), "m/norm", first)
    builder.add(ops.Conv(2, (1, 1)), ("m", "se", "reduce"), "m/se/reduce", first)
    builder.add(ops.Conv(2, (1, 1)), ("m",), "m again", first)
    report = mncost.analyze(builder.build())
    assert [row.name for row in report] == ["m", "m/se/reduce", "m again"]
