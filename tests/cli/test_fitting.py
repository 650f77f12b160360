"""`mncost fit`, as people type it."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GOLDENS, Ran

Run = Callable[..., Ran]

DOCS = Path(__file__).parent.parent.parent / "docs"
BUDGET = "--max-mult-adds 150M --max-params 1.5M"


def document(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_the_case_of_the_issue(mncost: Run) -> None:
    ran = mncost(f"fit mobilenet_v1 {BUDGET}")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "mobilenet_v1: 39 of 128 settings fit, convention paper"
    best = next(line for line in lines if line.endswith("best"))
    assert best.split() == ["0.5", "224×224", "149.50", "99.66", "1.32", "87.98", "64.0", "best"]
    assert "Binding: Mult-Adds (99.66 % of the limit)." in lines
    assert any("TF-Slim" in line and line.startswith("Note: Top-1: ") for line in lines)
    assert "Note: Not judged: 31 that fit have no published accuracy" in ran.out


def test_the_command_that_it_ends_with_writes_the_best(mncost: Run, tmp_path: Path) -> None:
    out = mncost(f"fit mobilenet_v1 {BUDGET} --classes 10 --prefer mult_adds").out
    (command,) = re.findall(r"mncost (convert .*) -o FILE.yaml", out)
    file = tmp_path / "fitting.yaml"
    assert mncost(*shlex.split(command), "-o", str(file)).code == 0
    best = document(mncost(f"fit mobilenet_v1 {BUDGET} --classes 10 --json"))["best"]
    totals = document(mncost("show", str(file), "--json"))["totals"]
    assert (totals["mult_adds"], totals["weights"]) == (best["mult_adds"], best["params"])


def test_facts_for_machines(mncost: Run) -> None:
    found = document(mncost(f"fit mobilenet_v1 {BUDGET} --max-peak 1MiB --bits 8 --json"))
    assert found["limits"] == [
        {"metric": "mult_adds", "max": 150_000_000},
        {"metric": "params", "max": 1_500_000},
        {"metric": "peak", "max": 1_048_576},
    ]
    assert (found["settings"], found["bits"], found["prefer"]) == (128, 8, "accuracy")
    assert found["objectives"] == ["mult_adds", "params", "peak", "quality"]
    assert found["best"]["mult_adds"] == 149_497_088
    assert found["best"]["resolution"] == [224, 224]
    assert found["best"]["top1"] == 64.0
    assert found["binding"] == [{"metric": "mult_adds", "max": 150_000_000}]
    assert found["rows"][0]["status"] == "best"
    assert all(type(row["peak_bytes"]) is int for row in found["rows"])


def test_json_is_as_the_schema_says(mncost: Run) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = document(mncost("schema table"))
    for command in (f"fit mobilenet_v1 {BUDGET}", "fit mobilenet_v1 --max-params 1k"):
        jsonschema.validate(document(mncost(f"{command} --json")), schema)


def test_all_that_fit(mncost: Run) -> None:
    front = list(csv.DictReader(io.StringIO(mncost(f"fit mobilenet_v1 {BUDGET} --format csv").out)))
    every = list(
        csv.DictReader(io.StringIO(mncost(f"fit mobilenet_v1 {BUDGET} --all --format csv").out))
    )
    assert (len(front), len(every)) == (8, 39)
    assert front == [row for row in every if row["status"] != "fits"]
    assert all(int(row["mult_adds"]) <= 150_000_000 for row in every)
    assert all(int(row["weights"]) <= 1_500_000 for row in every)


def test_nothing_fits(mncost: Run, tmp_path: Path) -> None:
    ran = mncost("fit mobilenet_v1 --max-mult-adds 10M --max-params 400k")
    assert (ran.code, ran.err) == (1, "")
    assert "none of 128 settings fits" in ran.out
    needed = "Nearest: with --max-params raised to 463,600 parameters (by 15.90 %) alone, α = 0.25"
    assert needed in ran.out
    file = tmp_path / "nearest.json"
    ran = mncost("fit", "mobilenet_v1", "--max-params", "400k", "-o", str(file))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "mncost: none of 128 settings fits\n"
    nearest = json.loads(file.read_text("utf-8"))["nearest"]
    assert nearest["alone"][0]["needed"] == 463_600


def test_with_what_is_named_it_fits(mncost: Run) -> None:
    """What `Nearest` and `Or` propose is enough, to the unit, and one less is not."""
    asked = "--max-mult-adds 7M --max-params 463600 --max-peak 55KiB --bits 8"
    ran = mncost(f"fit mobilenet_v1 {asked} --json")
    assert ran.code == 1
    needed = {raised["metric"]: raised["needed"] for raised in document(ran)["nearest"]["together"]}
    assert set(needed) == {"mult_adds"}
    enough = asked.replace("7M", str(needed["mult_adds"]))
    assert mncost(f"fit mobilenet_v1 {enough}").code == 0
    short = asked.replace("7M", str(needed["mult_adds"] - 1))
    assert mncost(f"fit mobilenet_v1 {short}").code == 1


def test_accuracies_are_of_the_zoos_networks_alone(mncost: Run, tmp_path: Path) -> None:
    """A file that calls itself mobilenet_v1 is another network."""
    file = tmp_path / "mobilenet_v1.yaml"
    file.write_text(mncost("zoo mobilenet_v1").out, "utf-8")
    found = document(mncost("fit", str(file), *BUDGET.split(), "--json"))
    assert (found["prefer"], found["best"]["top1"]) == ("mult_adds", None)
    assert document(mncost(f"fit mobilenet_v1 {BUDGET} --json"))["best"]["top1"] == 64.0


def test_other_classes_have_no_published_accuracy(mncost: Run) -> None:
    assert (
        document(mncost(f"fit mobilenet_v1 {BUDGET} --classes 10 --json"))["best"]["top1"] is None
    )
    same = document(mncost(f"fit mobilenet_v1 {BUDGET} --classes 1000 --json"))
    assert same["best"]["top1"] == 64.0


def test_what_quality_means_is_said(mncost: Run) -> None:
    assert (
        "quality: published top-1 accuracy on ImageNet" in mncost(f"fit mobilenet_v1 {BUDGET}").out
    )
    largest = mncost("fit resnet18 --max-mult-adds 300M").out
    assert "quality: the most Mult-Adds, the largest under these limits" in largest
    assert "none has a published accuracy" in largest


def test_accuracies_of_different_sources_are_not_passed_off_as_one(mncost: Run) -> None:
    out = mncost("fit mobilenet_v2 --max-mult-adds 2G --alphas 1,1.4,2 --allow-wider").out
    assert "78.4 %" in out
    assert "Note: Accuracies of different sources were trained in different ways." in out


def test_the_networks_own_resolution_is_tried(mncost: Run) -> None:
    found = document(mncost("fit inception_v3 --max-mult-adds 6G --alphas 1 --all --json"))
    assert [299 for row in found["rows"] if row["resolution"] == "299×299"]
    found = document(mncost("fit mlperf_tiny_resnet8 --max-params 100k --alphas 1 --all --json"))
    sizes = {row["resolution"] for row in found["rows"]}
    assert sizes == {f"{side}×{side}" for side in (16, 20, 24, 28, 32, 36, 40)}


def test_what_cannot_be_built_is_counted_and_named(mncost: Run) -> None:
    ran = mncost("fit alexnet --max-mult-adds 1G --alphas 0.5,1 --resolutions 16,224")
    assert ran.code == 0
    assert "Cannot be built, 2: α = 0.5 at 16×16, α = 1 at 16×16: a kernel of 3×3" in ran.out


def test_conventions_and_parameters(mncost: Run) -> None:
    found = document(mncost("fit mobilenet_v2 --max-mult-adds 200M --convention thop --json"))
    shown = document(
        mncost(
            "show mobilenet_v2 --json --convention thop "
            f"--alpha {found['best']['alpha']} --res {found['best']['resolution'][0]}"
        )
    )
    assert found["best"]["mult_adds"] == shown["totals"][found["columns"][2]["key"]]
    everything = document(mncost("fit mobilenet_v2 --max-params 3M --params all --json"))
    assert everything["parameters"]["mode"] == "all"
    assert all(row["all"] <= 3_000_000 for row in everything["rows"])


BAD = [
    ("", "no limit: give --max-mult-adds"),
    ("--max-params NaN", "expected an amount, as in 569M"),
    ("--max-params -5", "expected an amount"),
    ("--max-params 0", "expected a positive amount"),
    ("--max-peak 10k", "expected an amount, as in 300 KiB"),
    ("--max-params 1M --min-params 2M", "a minimum of 2,000,000 params above the maximum"),
    ("--max-mult-adds 5M --min-mult-adds 6M", "above the maximum of 5,000,000"),
    ("--max-params 1M --alphas ,", "an empty place between commas"),
    ("--max-params 1M --alphas 1:0.5:0.1", "starts above its stop"),
    ("--max-params 1M --alphas 0.5:1:0", "a step of 0"),
    ("--max-params 1M --alphas 0", "α must be in (0, 1], got 0"),
    ("--max-params 1M --alphas 1.3", "--allow-wider"),
    ("--max-params 1M --alphas 101 --allow-wider", "α must be in (0, 100]"),
    ("--max-params 1M --resolutions 1:1000000000:1", "would be 1,000,000,000 values"),
    ("--max-params 1M --alphas 0.001:1:0.001 --resolutions 1:1000:1", "1,000,000 settings"),
    ("--max-params 1M --min-res 400", "--min-res leaves no resolution"),
    ("--max-params 1M --bits 8", "--bits says how memory counts"),
    ("--max-peak 1MiB --bits 65", "bits must be from 1 to 64"),
    ("--max-params 1M --pareto mult_adds,params", "a front of costs alone"),
    ("--max-params 1M --pareto quality,qality", "did you mean quality?"),
    ("--max-params 1M --prefer speed", "choose from accuracy"),
    ("--max-params 1M --prefer accuracy --classes 7", "no accuracy is published of any setting"),
    ("--max-params 1M --explain", "--explain"),
    ("--max-params 1M --classes x", "expected a whole number"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[options for options, _ in BAD])
def test_bad_input(mncost: Run, options: str, message: str) -> None:
    began = time.monotonic()
    ran = mncost(f"fit mobilenet_v1 {options}")
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("nope", 'no network "nope"'),
        ("py:no.such:Net", "is as it was exported"),
        ("alexnet --resolutions 1,2", "can be built at none of 32 settings: a kernel of 11×11"),
    ],
)
def test_networks_that_do_not_scale(mncost: Run, network: str, message: str) -> None:
    ran = mncost(f"fit {network} --max-params 1M")
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.skipif(not find_spec("onnx"), reason="the extra onnx is not there")
def test_an_onnx_file_does_not_scale(mncost: Run) -> None:
    file = GOLDENS / "onnx" / "mobilenet_v1_0.25_128.legacy17.zero.onnx"
    ran = mncost("fit", str(file), "--max-params", "1M")
    assert (ran.code, ran.out) == (2, "")
    assert "α, ρ, resolution and classes are fixed" in ran.err


def test_sizes_that_are_stated_do_not_scale(mncost: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(
        "input: [3, 8, 8]\nlayers: [{op: conv, out: 4, kernel: 3}, "
        "{op: move, function: reshape, out: [4, 64]}]\n"
    )
    ran = mncost("fit", str(file), "--max-params", "1M")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be scaled" in ran.err


def test_the_docs_case_leads_to_a_budget_that_is_kept(
    mncost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/fit.md followed to its end: the file that it writes is within the budget that it states,
    at the setting that `fit` found."""
    text = (DOCS / "fit.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (config,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "mncost.toml").write_text(config, "utf-8")
    blocks = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    for command in re.findall(r"^mncost .*$", blocks, re.MULTILINE):
        ran = mncost(*shlex.split(command, comments=True)[1:])
        assert ran.code == 0, (command, ran.err, ran.out)
    found = mncost("check")
    assert (found.code, found.out.splitlines()[-1]) == (0, "PASS: 1 budget, 1 passed")
    (tmp_path / "models" / "doorbell.yaml").write_text(mncost("zoo mobilenet_v1").out, "utf-8")
    assert mncost("check").code == 1
