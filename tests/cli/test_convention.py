"""`--convention` and `reconcile`, as people type them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_a_row_for_each_convention(mncost: Run) -> None:
    ran = mncost("show mobilenet_v2 --convention all --exact")
    rows = {line.split()[0]: line.split() for line in ran.out.splitlines() if line}
    assert ran.code == 0
    assert rows["paper"][2] == "300,774,272"
    assert rows["thop"][1:3] == ["MACs", "327,486,720"]
    assert rows["torch-flop-counter"][1:] == ["FLOPs", "601,548,544", "200.00", "–"]
    assert rows["keras"][1:] == ["parameters", "–", "–", "3,538,984"]


@pytest.mark.parametrize(
    ("command", "figure"),
    [
        ("show mobilenet_v1 --convention fvcore --exact", "578,875,904"),
        ("table1 --convention thop --exact", "588,962,304"),
        ("table2 --convention torch_flop_counter --exact", "1,137,480,704"),
        ("table3 --convention torch-flop-counter --exact", "924,844,032"),
        ("compare standard dwsep --shape 14x14x512 --convention calflops-macs --exact", "52,283,392"),
        ("compare mobilenet_v1 resnet18 --convention thop --exact", "588,962,304"),
        ("diff mobilenet_v1 mobilenet_v2 --convention thop", "589.0 M to 327.5 M MACs"),
    ],
)  # fmt: skip
def test_every_command_counts_as_asked(mncost: Run, command: str, figure: str) -> None:
    ran = mncost(command)
    assert ran.code == 0, ran.err
    assert figure in ran.out
    assert "thop" in ran.out or "thop" not in command


def test_explained_terms_add_up(mncost: Run) -> None:
    ran = mncost("show mobilenet_v1 --convention thop --explain --format csv")
    assert "= 10,838,016; 401,408 BatchNorm elements × 4" in ran.out


def test_a_budget_under_another_convention(mncost: Run, tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    net = tmp_path / "net.yaml"
    net.write_text(
        "input: [3, 8, 8]\nlayers: [{op: conv, out: 4, kernel: 3}]\n"
        f"budget: {{mult_adds: {3 * 3 * 3 * 4 * 64}}}\n"
    )
    assert mncost("check", str(net)).code == 0
    over = mncost("check", str(net), "--convention", "thop")
    assert over.code == 1
    assert "MACs as thop counts" in over.out
    assert mncost("check", str(net), "--convention", "torchinfo").code == 1
    assert mncost("snapshot", str(net), "--convention", "thop", "-o", str(base)).code == 0
    assert json.loads(base.read_text())["networks"]["net"]["convention"] == "thop"
    refused = mncost("diff", str(base), str(net))
    assert refused.code == 2
    assert "a snapshot counted as thop, and paper is asked for" in refused.err
    assert mncost("diff", str(base), str(net), "--convention", "thop").code == 0


def test_a_budget_states_its_convention(mncost: Run, tmp_path: Path) -> None:
    net, config = tmp_path / "net.yaml", tmp_path / "mncost.toml"
    net.write_text("input: [3, 8, 8]\nlayers: [{op: conv, out: 4, kernel: 3}]\n")
    macs, norm = 3 * 3 * 3 * 4 * 64, 4 * 64
    budget = f'[[budget]]\nname = "n"\nnetwork = "net.yaml"\nmult_adds = {macs + 2 * norm}\n'
    config.write_text(f'{budget}convention = "fvcore"\n')
    ran = mncost("check", "--config", str(config))
    assert ran.code == 0
    assert "fvcore" in ran.out
    assert mncost("check", "--config", str(config), "--convention", "thop").code == 1
    config.write_text(f'{budget}convention = "fvcor"\n')
    for command in ("check", "snapshot"):
        ran = mncost(command, "--config", str(config))
        assert ran.code == 2
        assert 'mncost.toml:5:14: no counting convention "fvcor"; did you mean fvcore?' in ran.err


def test_a_base_of_another_convention_is_refused(mncost: Run, tmp_path: Path) -> None:
    base, net = tmp_path / "base.json", tmp_path / "net.yaml"
    net.write_text(
        "input: [3, 8, 8]\nlayers: [{op: conv, out: 4, kernel: 3}]\n"
        "budget: {mult_adds: {max_increase: 1%}}\n"
    )
    taken = ("check", str(net), "--base", str(base))
    assert mncost(*taken, "--update").code == 0
    refused = mncost(*taken, "--convention", "thop")
    assert refused.code == 2
    assert "the base was taken of net" in refused.err


def test_terms_down_to_nothing(mncost: Run) -> None:
    ran = mncost("reconcile mobilenet_v1 --to thop --json")
    found = json.loads(ran.out)
    assert found["remainder"] == 0
    amounts = [row["amount"] for row in found["rows"][:-1]]
    assert sum(amounts) == found["totals"]["amount"] == 588_962_304


def test_layer_by_layer(mncost: Run) -> None:
    ran = mncost("reconcile mobilenet_v4_conv_small --to thop --by layer --json")
    found = json.loads(ran.out)
    assert sum(row["difference"] for row in found["rows"]) == found["totals"]["difference"]
    assert found["totals"]["thop"] == 184_773_568


def test_what_is_found_is_for_machines_too(mncost: Run) -> None:
    found = json.loads(mncost("reconcile", "mobilenet_v2", "--target", "327.49 MMac", "--json").out)
    assert found["rows"][0]["count"] == 327_486_720
    assert found["rows"][0]["unit"] == "MACs"


def test_a_note_of_the_paper_goes_with_the_papers_way(mncost: Run) -> None:
    command = "compare standard dwsep --shape 14x14x512"
    assert "8.84× less" in mncost(command).out
    assert "8.84× less" not in mncost(f"{command} --convention thop").out
    assert "1.91 %" not in mncost("table2 --convention thop").out


def test_what_nobody_measured_is_told(mncost: Run) -> None:
    note = "Not known what thop makes of: local response normalisation elements."
    assert note in mncost("show alexnet_2012 --convention thop").out
    assert note in mncost("show alexnet_2012 --convention all").out


def test_a_number_is_traced(mncost: Run) -> None:
    ran = mncost("reconcile resnet50 --target 3.8G")
    assert ran.out.splitlines()[3].startswith("resnet50_v1 ")
    assert "its first 1x1 convolution" in ran.out
    ran = mncost("reconcile mobilenet_v1 --target 12.345678M")
    assert (ran.code, "nothing found that gives 12.345678M" in ran.out) == (0, True)


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("show mobilenet_v1 --convention thopp", "did you mean thop"),
        ("table1 --convention all", "all goes with show alone"),
        ("show mobilenet_v1 --convention all --by kind", "--by says nothing of --convention all"),
        ("reconcile mobilenet_v1", "give either --to NAME or --target NUMBER"),
        ("reconcile mobilenet_v1 --to thop --target 5M", "give either --to NAME or --target"),
        ("reconcile mobilenet_v1 --target many", 'expected a number, as in 569M or 4.1 G, got "many"'),
        ("reconcile mobilenet_v1 --to nobody", 'no counting convention "nobody"'),
        ("reconcile mobilenet_v9 --to thop", "did you mean mobilenet_v"),
        ("reconcile mobilenet_v1 --to thop --explain", "No such option"),
        ("reconcile mobilenet_v1 --to thop --top 3", "--top goes with --target"),
        ("reconcile mobilenet_v1 --target 5M --by layer", "--by goes with --to"),
        ("reconcile mobilenet_v1 --target 5M --convention thop", "--convention goes with --to"),
        ("reconcile mobilenet_v1 --to thop --convention thop", "it is counted so already"),
        ("reconcile mobilenet_v1 --target 0", "nothing costs nothing"),
        ("reconcile mobilenet_v1 --to keras", "keras counts parameters, and no computation"),
        ("show mobilenet_v1 --convention keras", "keras counts parameters, and no computation"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(mncost: Run, command: str, complaint: str) -> None:
    ran = mncost(command)
    assert ran.code == 2
    assert complaint in ran.err
    assert ran.out == ""
