"""The runtime's profile, mapped back to our layers at every level. Tiny networks are really run."""

from __future__ import annotations

from pathlib import Path

import pytest

from mncost.graph import Builder, Graph, ops
from mncost.measure.chains import LEAST, MOST, chain
from mncost.measure.parts import parts
from mncost.measure.timing import Timing, by_row, corrected
from mncost.study.models import load, taken

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("numpy", reason="numpy is not installed")
runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from mncost.measure import timing  # noqa: E402
from mncost.measure.runtime import LEVELS, Session, Setting  # noqa: E402

NETWORKS = {
    "mobilenet_v1": {"alpha": 0.25, "resolution": (32, 32)},
    "mobilenet_v1_unaligned": {"alpha": 0.35, "resolution": (32, 32)},
    "mobilenet_v2": {"alpha": 0.35, "resolution": (32, 32)},
    "mobilenet_v3_small": {"resolution": (32, 32)},
    "efficientnet_b0": {"resolution": (32, 32)},
}


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which operator is of which layer shows in one run."""
    monkeypatch.setattr(timing, "WARM_UP", 0.0)
    monkeypatch.setattr(timing, "ROUND", 0.0)


def measured(graph: Graph, level: str) -> Timing:
    return timing.measure(graph, Setting(level), 3)


def check(graph: Graph, found: Timing) -> None:
    """Every operator is of a layer, every layer that computes took time, and all add up."""
    assert found.outside == ()
    assert sum(each.time for each in found.times) == pytest.approx(found.best, rel=1e-4)
    took = by_row(found)
    for part in parts(graph).parts:
        if part.mult_adds:
            assert took[part.path] > 0, part.name
    for part, each in zip(found.parts.parts, found.times, strict=True):
        assert each.time > 0 or part.kind in ("relu6", "hardswish", "add"), part
        assert 0 <= each.layout <= each.time + 1e-9


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_operator_is_of_a_layer(name: str, level: str) -> None:
    graph = taken(load(name.removesuffix("_unaligned")), **NETWORKS[name])
    check(graph, measured(graph, level))


@pytest.mark.parametrize("level", ["none", "all"])
def test_of_a_residual_file_as_well(level: str, tmp_path: Path) -> None:
    """Names as PyTorch's exporter writes them, and a residual."""
    builder = Builder("residual", (8, 16, 16))
    window = {"kernel": (3, 3), "padding": (1, 1, 1, 1)}
    first = builder.add(ops.Conv(8, **window), (0,), "layer1.0.conv1", -1)
    act = builder.add(ops.Act("relu"), (0, "act"), "layer1.0.conv1/act", first)
    second = builder.add(ops.Conv(8, **window), (1,), "layer1.0.conv2", act)
    added = builder.add(ops.Add(), (2,), "layer1.0/add", second, -1)
    builder.add(ops.Act("relu"), (3,), "layer1.0/relu", added)
    from mncost.convert.onnx import write

    file = tmp_path / "residual.onnx"
    file.write_bytes(write.model(builder.build()))
    graph = taken(load(str(file)))
    check(graph, measured(graph, level))


def test_a_layer_may_be_called_like_an_operator_of_the_runtime() -> None:
    builder = Builder("odd", (8, 8, 8))
    at = builder.add(ops.Conv(8, (1, 1)), (0,), "a/Conv", -1)
    at = builder.add(ops.Act("hardswish"), (0, "act"), "a/Conv/act", at)
    builder.add(ops.Conv(8, (1, 1)), (1,), "ReorderInput_nchwc", at)
    graph = builder.build()
    for level in LEVELS:
        check(graph, measured(graph, level))


def test_a_network_that_the_runtime_refuses_is_refused_with_its_reason() -> None:
    from mncost.errors import SpecError

    with pytest.raises(SpecError, match="cannot run this network"):
        Session(b"not a model", Setting())


def test_stopping_keeps_the_rounds_that_are_done() -> None:
    graph = taken(load("mobilenet_v1"), alpha=0.25, resolution=(32, 32))
    found = timing.measure(graph, Setting(), 50, stop=lambda: True)
    assert len(found.rounds) == 1
    assert not found.sure


def test_watching_takes_the_same_time_for_each_operator() -> None:
    """22 µs in the profile, 14 without: 2 of each of four; and what is left is scaled."""
    assert corrected([12.0, 4.0, 3.0, 3.0], 0.014) == [0.010, 0.002, 0.001, 0.001]
    assert corrected([], 1.0) == []
    assert corrected([2.0, 2.0], 0.008) == [0.004, 0.004]


def test_chains_are_the_same_on_any_machine_and_of_every_kind() -> None:
    graphs = [chain(0, number) for number in range(48)]
    assert [len(graph.nodes) for graph in graphs] == [len(chain(0, n).nodes) for n in range(48)]
    every = [part for graph in graphs for part in parts(graph).parts]
    kinds = {(part.kind, part.aligned) for part in every}
    assert {
        (kind, a) for kind in ("pointwise", "depthwise", "conv") for a in (True, False)
    } <= kinds
    assert {part.kernel for part in every if part.kind == "depthwise"} == {3, 5, 7}
    assert len(graphs[0].nodes) != len(chain(1, 0).nodes) or graphs[0].input != chain(1, 0).input
    for graph in graphs:
        work = sum(part.mult_adds for part in parts(graph).parts)
        assert LEAST <= work <= MOST


def test_what_warmed_up_is_not_counted() -> None:
    operator = timing.Timed("a", "Conv", (9, 8, 2, 1))
    assert timing._after(operator, 2).times == (2, 1)
    assert timing._after(operator, 4).times == operator.times


def test_a_network_runs_on_as_many_threads_as_are_said() -> None:
    model = timing.write.model(chain(0, 1))
    for threads in (1, 2):
        with Session(model, Setting(threads=threads)) as session:
            assert session.session.get_session_options().intra_op_num_threads == threads


def test_a_profile_is_of_so_many_runs_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """However short a run is, and however many rounds there are."""
    watched = []
    run = Session.run

    def counted(session: Session) -> float:
        if session.folder is not None:
            watched.append(session)
        return run(session)

    monkeypatch.setattr(Session, "run", counted)
    monkeypatch.setattr(timing, "WARM_UP", 0.05)
    monkeypatch.setattr(timing, "ROUND", 0.02)
    monkeypatch.setattr(timing, "MOST_WATCHED", 60)
    builder = Builder("net", (4, 4, 4))
    builder.add(ops.Conv(4, (1, 1)), (0,), "conv", -1)
    found = timing.measure(builder.build(), Setting(), 5)
    assert found.runs > 100
    assert 5 < len(watched) <= 60
