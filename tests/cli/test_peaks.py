"""`mncost memory`: what it prints, draws and refuses, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.conftest import Ran
from tests.timing import file as times

Run = Callable[..., Ran]

BYTES = "--weight-bits 8 --activation-bits 8"


@pytest.mark.parametrize(
    ("planner", "peak"), [("sum", 7_047_304), ("liveness", 1_505_280), ("in_place", 1_404_928)]
)
def test_machines_get_whole_bytes(planner: str, peak: int, mncost: Run) -> None:
    ran = mncost(f"memory mobilenet_v2 {BYTES} --planner {planner} --json")
    document = json.loads(ran.out)
    jsonschema.validate(document, json.loads(mncost("schema table").out))
    assert document["planner"] == planner
    assert document["lower_bound"] is True
    assert document["peak"]["bytes"] == peak
    assert sum(each["bytes"] for each in document["peak"]["tensors"]) == peak
    assert max(row["alive_bytes"] for row in document["rows"]) == peak
    for row in document["rows"]:
        assert row["alive_bytes"] == row["read_bytes"] + row["written_bytes"] + row["kept_bytes"]
    others = {"sum": 7_047_304, "liveness": 1_505_280, "in_place": 1_404_928}
    assert document["peaks"] == {name: each for name, each in others.items() if name != planner}


def test_the_peak_is_the_budgets_and_fits(mncost: Run, tmp_path: Path) -> None:
    """One planner, one number, whoever counts."""
    config = tmp_path / "mncost.toml"
    for planner, peak in (("liveness", 1_505_280), ("in_place", 1_404_928)):
        config.write_text(
            f'[[budget]]\nname = "a"\nnetwork = "mobilenet_v2"\npeak = {peak - 1}\n'
            f'activation_bits = 8\nplanner = "{planner}"\n', "utf-8"
        )  # fmt: skip
        ran = mncost("check", "--config", str(config), "--format", "json")
        assert ran.code == 1
        words = "liveness" if planner == "liveness" else "liveness, depthwise in place"
        assert f"peak activation bytes (by {words})" in ran.out
        assert str(peak) in ran.out
        fit = f"fit mobilenet_v2 --max-peak {peak}B --bits 8 --alphas 1 --resolutions 224"
        found = json.loads(mncost(f"{fit} --planner {planner} --json").out)
        assert (found["fitting"], found["planner"]) == (1, planner)
        assert found["rows"][0]["peak_bytes"] == peak
    config.write_text(config.read_text("utf-8").replace("in_place", "greedy"), "utf-8")
    ran = mncost("check", "--config", str(config))
    assert (ran.code, "mncost.toml:6:11: expected 'sum', 'liveness' or 'in_place'" in ran.err) == (
        2,
        True,
    )


def test_a_snapshot_says_its_planner(mncost: Run, tmp_path: Path) -> None:
    """And those of the usual one are as they were."""
    config = tmp_path / "mncost.toml"
    text = '[[budget]]\nname = "a"\nnetwork = "mobilenet_v2"\npeak = "10 MiB"\n'
    config.write_text(text, "utf-8")
    assert (
        'weights of 32 bits, activations of 32"' in mncost("snapshot", "--config", str(config)).out
    )
    config.write_text(text + 'planner = "sum"\n', "utf-8")
    assert "activations of 32, sum" in mncost("snapshot", "--config", str(config)).out


def test_what_does_not_fit_exits_with_1(mncost: Run, tmp_path: Path) -> None:
    ran = mncost(f"memory mobilenet_v2 {BYTES} --device stm32f746 --json")
    assert ran.code == 1
    assert ran.err == "mncost: mobilenet_v2 does not fit STM32F746 (Cortex-M7)\n"
    device = json.loads(ran.out)["device"]
    assert device["fits"] is False
    assert device["ram"] == {
        "needed": 1_505_280, "available": 327_680, "left": 327_680 - 1_505_280, "fits": False,
    }  # fmt: skip
    ran = mncost(f"memory mlperf_tiny_vww {BYTES} --device stm32f746")
    assert (ran.code, ran.err) == (0, "")
    assert "Fits, as far as a lower bound can say" in ran.out
    file = tmp_path / "small.json"
    file.write_text('{"ram": "64 KiB"}', "utf-8")
    ran = mncost("memory", "mlperf_tiny_vww", *BYTES.split(), "--device", str(file))
    assert (ran.code, "Flash: not stated for this device" in ran.out) == (0, True)


def test_pictures(mncost: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    ran = mncost("memory", "mobilenet_v2", "--plot", str(first), "--top", "3")
    assert ran.code == 0
    assert ran.out.startswith("mobilenet_v2,")
    assert mncost("memory", "mobilenet_v2", "--plot", "-", "-o", str(second)).code == 0
    assert first.read_bytes() == second.read_bytes()
    text = "".join(ElementTree.parse(first).getroot().itertext())
    assert "inverted_residual2/depthwise, 5,880.00 KiB" in text
    assert "lower bound" in text
    assert mncost("memory", "mobilenet_v2", "--plot", str(tmp_path / "c.csv")).code == 2


def test_a_name_is_never_mathematics(mncost: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "net.yaml"
    file.write_text(
        'name: "$\\\\frac$"\ninput: [3, 8, 8]\nlayers: [{op: conv, out: 2, kernel: 3, id: "$x_"}]\n',
        "utf-8",
    )
    ran = mncost("memory", str(file), "--plot", str(tmp_path / "a.svg"))
    assert (ran.code, ran.err) == (0, "")


def test_characters_fit_the_screen(mncost: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in (40, 80, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = mncost(f"memory mobilenet_v2 {BYTES} --device stm32h743 --plot").out.splitlines()
        assert all(len(line) <= columns for line in lines[1:-1])
        assert sum(line.endswith("◄") for line in lines) == 1


def test_a_device_of_times_is_told_from_one_of_memory(mncost: Run, tmp_path: Path) -> None:
    ran = mncost("memory", "mobilenet_v1", "--device", times(tmp_path))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ":1:1: a device file of times, for mncost estimate; write one with ram" in ran.err


def test_a_channel_that_is_worked_on_is_said_to_be(mncost: Run) -> None:
    told = "Written by a depthwise convolution in place: the one channel"
    assert told in mncost("memory mobilenet_v2 --planner in_place").out
    assert told not in mncost("memory mobilenet_v2").out


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--planner livenes", "unknown 'livenes'; did you mean liveness?"),
        ("--device stm32f764", 'no device "stm32f764"; did you mean stm32f769'),
        ("--device zzz", 'no device "zzz"; choose from frdm-k64f'),
        ("--device nowhere.yaml", "nowhere.yaml: no such file or directory"),
        ("--device net.onnx", "net.onnx: not a device, a file with ram and flash"),
        ("--weight-bits 0", "expected a whole number from 1 to 64, got '0'"),
        ("--activation-bits nan", "expected a whole number from 1 to 64, got 'nan'"),
        ("--top -1", "expected a whole number from 1"),
        ("--explain", "No such option"),
    ],
)
def test_bad_input(
    options: str, expected: str, mncost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.onnx").write_bytes(b"")
    ran = mncost(f"memory mobilenet_v1 {options}")
    assert (ran.code, ran.out) == (2, "")
    assert expected in ran.err


def test_of_many_tensors_the_largest_are_told(mncost: Run) -> None:
    """By the plainest planner a peak is made of every map; JSON has them all."""
    ran = mncost("memory mobilenet_v1 --planner sum --json")
    tensors = json.loads(ran.out)["peak"]["tensors"]
    (line,) = [
        line
        for line in mncost("memory mobilenet_v1 --planner sum").out.splitlines()
        if line.startswith("Peak")
    ]
    made = line.removesuffix(".").split(": ", 2)[2].split(" + ")
    sizes = sorted((tensor["bytes"] for tensor in tensors), reverse=True)
    assert len(made) == 7
    assert made[-1] == f"{len(sizes) - 6} more, {sum(sizes[6:]) / 1024:,.2f} KiB"
