"""The examples give the numbers that mncost gives."""

from __future__ import annotations

import csv
import importlib
import io
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

import mncost as library
from tests.conftest import Ran

EXAMPLES = Path(__file__).parent.parent / "examples"
Run = Callable[..., Ran]

SPACE = """\
mncost: 1
name: small
input: [3, 64, 64]
layers:
  - {op: conv, out: {choice: [8, 16, 24]}, kernel: 3, stride: 2}
  - {op: inverted_residual, out: {choice: [16, 24]}, kernel: {choice: [3, 5], each: true}, expand: {choice: [3, 6], each: true}, repeat: {choice: [1, 2, 3]}}
  - {op: global_pool}
  - {op: linear, out: 10}
"""


@pytest.fixture(autouse=True)
def found_by_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples can be imported, by processes that are started, too."""
    monkeypatch.syspath_prepend(EXAMPLES)
    paths = [str(EXAMPLES), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in paths if path))


def swept(mncost: Run, alphas: str, sizes: str) -> dict[tuple[float, int], tuple[int, int]]:
    ran = mncost(f"sweep mobilenet_v2 --alpha {alphas} --res {sizes} --format csv")
    return {
        (float(row["alpha"]), int(row["resolution"].split("×")[0])): (
            int(row["mult_adds"]),
            int(row["weights"]),
        )
        for row in csv.DictReader(io.StringIO(ran.out))
    }


def test_dask_counts_what_mncost_counts(mncost: Run, tmp_path: Path) -> None:
    distributed = pytest.importorskip("dask.distributed")
    sweep_dask = importlib.import_module("sweep_dask")
    file = tmp_path / "space.yaml"
    file.write_text(SPACE)
    plan = library.plan(library.load_space(file))
    every = list(csv.DictReader(io.StringIO(mncost("sweep", str(file), "--format", "csv").out)))
    costs = [int(row["mult_adds"]) for row in every]
    limit = sorted(costs)[len(costs) // 3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            found = sweep_dask.sweep(client, plan, limit, 5)
            settings = sweep_dask.settings(client, "mobilenet_v2", [1.0, 0.5], [224, 96])
    assert found.count == sum(cost <= limit for cost in costs)
    best, number = found.largest
    assert best == max(cost for cost in costs if cost <= limit) == costs[number]
    expected = swept(mncost, "1,0.5", "224,96")
    assert {(c.alpha, c.resolution[0]): (c.mult_adds, c.params) for c in settings} == expected


def test_optuna_keeps_what_mncost_keeps(mncost: Run) -> None:
    optuna = pytest.importorskip("optuna")
    sweep_optuna = importlib.import_module("sweep_optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    budget = {"mult_adds": "150M", "params": "3M"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = sweep_optuna.search("mobilenet_v2", budget)
        kept = sweep_optuna.kept(study, budget)
    expected = swept(mncost, "0.35,0.5,0.75,1", "96,128,160,192,224")
    found = {
        (trial.params["alpha"], trial.params["resolution"]): (
            trial.user_attrs["mult_adds"],
            trial.user_attrs["params"],
        )
        for trial in study.trials
    }
    assert found == expected
    within = {at for at, (macs, params) in expected.items() if macs <= 150e6 and params <= 3e6}
    assert {(t.params["alpha"], t.params["resolution"]) for t in kept} == within
    assert kept[0].user_attrs["mult_adds"] == max(expected[at][0] for at in within)
    # what Optuna itself takes for feasible is the same
    assert study.best_trial.user_attrs["mult_adds"] == kept[0].user_attrs["mult_adds"]
