"""`bench`, `calibrate` and `estimate`, and times in other commands: what is printed, and refused."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mncost.spec.calibrated import read
from tests.conftest import Ran
from tests.timing import device, file, kind

Run = Callable[..., Ran]

SMALL = "mobilenet_v1 --alpha 0.25 --res 32"


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring for show: figures that nobody looks at."""
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from mncost.measure import calibrate, chains, fits, fitting, timing

    monkeypatch.setattr(timing, "WARM_UP", 0.0)
    monkeypatch.setattr(timing, "ROUND", 0.0)
    monkeypatch.setattr(calibrate, "PASSES", 1)
    monkeypatch.setattr(calibrate, "ROUNDS", 3)
    monkeypatch.setattr(fits, "PARTS", 2)
    monkeypatch.setattr(fitting, "THRESHOLDS", 2)
    monkeypatch.setattr(fitting, "ROUNDS", 2)
    monkeypatch.setattr(chains, "SIZES", (12, 16, 20))
    monkeypatch.setattr(chains, "LEAST", 0)
    monkeypatch.setattr(chains, "MOST_CHANNELS", 48)


def rows(ran: Ran) -> list[dict[str, str]]:
    assert (ran.code, ran.err) == (0, "")
    return list(csv.DictReader(io.StringIO(ran.out)))


# -- bench


@pytest.mark.usefixtures("hurry")
def test_bench_says_what_ran_where_and_how_sure_it_is(mncost: Run) -> None:
    ran = mncost(f"bench {SMALL} --rounds 3 --by kind")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("mobilenet_v1, α = 0.25, input 32×32×3, ρ = 0.143: ")
    assert lines[0].removesuffix(", measured").removesuffix("?").endswith(" ms")
    assert "half of the rounds within " in ran.out
    assert "; onnxruntime " in ran.out
    assert "level all, 1 thread, float32." in ran.out
    assert [line.split()[0] for line in lines[3:8]] == [
        "conv",
        "depthwise",
        "pointwise",
        "pool",
        "linear",
    ]


@pytest.mark.usefixtures("hurry")
def test_bench_in_json_adds_up_and_keeps_every_round(mncost: Run) -> None:
    ran = mncost(f"bench {SMALL} --rounds 4 --level extended --json")
    value = json.loads(ran.out)
    schema = json.loads(mncost("schema table").out)
    jsonschema.validate(value, schema)
    measured = value["measured"]
    assert measured["unit"] == "ms"
    assert len(measured["rounds"]) == 4
    assert measured["minimum"] == min(measured["rounds"])
    assert sum(row["time_ms"] for row in value["rows"]) == pytest.approx(
        measured["minimum"], rel=1e-3
    )
    assert value["totals"]["time_ms"] == pytest.approx(measured["minimum"], rel=1e-3)
    assert value["ran_on"]["level"] == "extended"
    assert value["ran_on"]["threads"] == 1
    assert {"processor", "system", "runtime", "data_type"} <= set(value["ran_on"])


@pytest.mark.usefixtures("hurry")
def test_a_busy_machine_is_said_to_be_one(mncost: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from mncost.measure import timing

    monkeypatch.setattr(timing, "MOST_SPREAD", -1.0)
    ran = mncost(f"bench {SMALL} --rounds 3")
    assert ran.code == 0
    assert " ms?, measured" in ran.out.splitlines()[0]
    assert "NOT SURE: half of the rounds were slower than the fastest by " in ran.out
    assert json.loads(mncost(f"bench {SMALL} --rounds 3 --json").out)["measured"]["sure"] is False


@pytest.mark.parametrize("command", [f"bench {SMALL}", "calibrate -o never.json"])
def test_without_the_runtime_the_pip_line_is_named(
    command: str, mncost: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    ran = mncost(command)
    assert ran.code == 2
    assert ran.err == "mncost: measuring time needs ONNX Runtime; pip install 'mncost[bench]'\n"
    assert not os.path.exists("never.json")


@pytest.mark.usefixtures("hurry")
def test_an_operator_that_the_runtime_lacks(mncost: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own reason, in one line."""
    from mncost.convert.onnx import writers

    monkeypatch.setitem(writers.ACTS, "relu", "ReluOfTomorrow")
    ran = mncost(f"bench {SMALL}")
    assert ran.code == 2
    assert ran.out == ""
    assert "cannot run this network: " in ran.err
    assert "ReluOfTomorrow" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.usefixtures("hurry")
def test_what_cannot_be_written_cannot_be_run(mncost: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        "mncost: 1\ninput: [8, 8, 8]\n"
        "layers:\n  - {op: custom, mult_adds: 5, params: 1, out: [8, 8, 8]}\n"
    )
    ran = mncost("bench", str(path))
    assert ran.code == 2
    assert "states what it costs, not what it computes" in ran.err


# -- calibrate


@pytest.mark.usefixtures("hurry")
def test_calibrate_writes_a_device_that_estimate_reads(mncost: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "laptop.json")
    ran = mncost("calibrate", "-o", path, "--chains", "12")
    assert (ran.code, ran.out) == (0, "")
    assert "Calibrated on 12 random chains of layers" in ran.err
    found = read(path)
    assert (found.name, found.calibration.chains) == ("laptop", 12)
    assert {"pointwise", "depthwise", "stem", "linear"} <= {each.kind for each in found.kinds}
    told = mncost("estimate", "mobilenet_v1", "--device", path, "--json")
    assert json.loads(told.out)["estimated"]["time"] > 0
    again = mncost("calibrate", "-o", path, "--chains", "12")
    assert again.code == 2
    assert "exists already; add --force" in again.err


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(("done", "kept"), [(5, False), (13, True)])
def test_ctrl_c_keeps_what_is_measured(
    done: int, kept: bool, mncost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    from mncost.measure import calibrate

    real, count = calibrate.measure, []

    def measure(*given: Any, **more: Any) -> Any:
        count.append(1)
        if len(count) == done:
            signal.raise_signal(signal.SIGINT)
        return real(*given, **more)

    monkeypatch.setattr(calibrate, "measure", measure)
    path = tmp_path / "laptop.json"
    ran = mncost("calibrate", "-o", str(path), "--chains", "16")
    assert ran.code == 130
    assert path.exists() == kept
    if kept:
        assert "interrupted: 13 of 16 chains are measured" in ran.err
        assert read(str(path)).calibration.chains == 13
    else:
        assert ran.err == "mncost: interrupted after 5 chains, and 12 are the least\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "laptop.txt"), "its name would end in .json"),
        (("-o", "no/such/laptop.json"), "no such folder; make it first"),
        (("-o", "laptop.json", "--chains", "3"), "from 12 to"),
        (("-o", "laptop.json", "--level", "most"), "unknown 'most'"),
        (("-o", "laptop.json", "--name", "n" * 201), "--name: expected a line of 200 characters"),
        (("-o", "laptop.json", "--name", "a\nb"), "--name: expected a line of 200 characters"),
    ],
)
def test_calibrate_refuses_before_it_measures(
    words: tuple[str, ...], message: str, mncost: Run
) -> None:
    ran = mncost("calibrate", *words)
    assert ran.code == 2
    assert message in ran.err


def test_names_are_the_same_wherever_they_stand() -> None:
    """Commands and schemas name levels and planners themselves, to start without the rest."""
    from typing import get_args

    from mncost.cli import bench, calibrate, memory
    from mncost.measure.calibrate import LEAST
    from mncost.measure.runtime import LEVELS
    from mncost.spec.budgets import Limits
    from mncost.spec.calibrated import RanOn
    from mncost.study.memory import PLANNERS

    def of(command: Any, name: str) -> Any:
        (found,) = [each.type for each in command.params if each.name == name]
        return found

    assert of(bench.command, "level").names == of(calibrate.command, "level").names == LEVELS
    assert get_args(RanOn.model_fields["level"].annotation) == LEVELS
    assert of(memory.command, "planner").names == tuple(PLANNERS)
    assert get_args(Limits.model_fields["planner"].annotation) == tuple(PLANNERS)
    assert of(calibrate.command, "chains").least == LEAST


@pytest.mark.usefixtures("hurry")
def test_few_rounds_are_said_to_tell_little(mncost: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after Ctrl-C: that is not a busy machine, and no half of the rounds."""
    from mncost.measure import timing

    monkeypatch.setattr(timing, "LEAST_ROUNDS", 4)
    ran = mncost("bench mobilenet_v1 --alpha 0.25 --res 32 --rounds 3")
    assert " runs, in 3 rounds.\n" in ran.out
    assert "NOT SURE: so few rounds do not tell how busy the machine is." in ran.out
    assert "?, measured" in ran.out.splitlines()[0]
    assert "too busy" not in ran.out


# -- estimate


def test_estimate_prints_the_figure_its_band_and_what_bounds_each_layer(
    mncost: Run, tmp_path: Path
) -> None:
    """V1 at 1.0-224 by hand: with 10,000 Mult-Adds and 1,000 bytes a µs, and 2 µs for each part."""
    ran = mncost("estimate", "mobilenet_v1", "--device", file(tmp_path))
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].endswith(" ms (90 % within 20 %)")
    first = lines[3].split()
    assert first[0] == "conv1"
    work, moved = 3 * 3 * 3 * 32 * 112 * 112, 4 * (3 * 224 * 224 + 32 * 112 * 112 + 27 * 32)
    assert float(first[-3]) == pytest.approx(
        (2 + max(work / 10_000, moved / 1_000)) / 1000, abs=1e-3
    )
    assert first[-1] == "memory"
    assert (
        "Estimated for bench: a processor, Linux x86_64; onnxruntime 1.31.1, level all" in ran.out
    )


@pytest.mark.parametrize("by", ["layer", "kind", "block"])
def test_every_grouping_adds_up(by: str, mncost: Run, tmp_path: Path) -> None:
    ran = mncost("estimate", "mobilenet_v2", "--by", by, "--json", "--device", file(tmp_path))
    value = json.loads(ran.out)
    whole = value["estimated"]["time"]
    assert sum(row["time_ms"] for row in value["rows"]) == pytest.approx(whole, rel=1e-4)
    assert value["estimated"]["high"] == pytest.approx(1.2 * whole)
    jsonschema.validate(value, json.loads(mncost("schema table").out))


def test_warnings_name_layers_and_channels(mncost: Run, tmp_path: Path) -> None:
    narrow = [
        kind(each["kind"], each["aligned"], **{k: each[k] for k in ("mult_adds_per_us",)},
             bytes=[0, 1_000_000] if each["kind"] == "pointwise" else [0, 10**8])
        for each in device()["kinds"]
    ]  # fmt: skip
    path = file(tmp_path, kinds=narrow)
    ran = mncost("estimate", "mobilenet_v1", "--alpha", "0.35", "--device", path)
    assert "Outside of what was calibrated: separable1/pointwise (" in ran.out
    assert "Slow numbers of channels: " in ran.out
    assert "multiples of 4 would do as much in " in ran.out


def test_what_was_never_measured_is_named(mncost: Run, tmp_path: Path) -> None:
    path = file(tmp_path)
    ran = mncost("estimate", "mobilenet_v3_small", "--device", path)
    assert ran.code == 0
    assert ": about " in ran.out.splitlines()[0]
    assert "PARTIAL: hardswish was never measured, and has no time here: conv1, " in ran.out
    found = rows(mncost("estimate", "mobilenet_v3_small", "--format", "csv", "--device", path))
    assert {row["time_share"] for row in found} == {""}, "of a part, no share is known"
    value = json.loads(mncost("estimate", "mobilenet_v3_small", "--json", "--device", path).out)
    assert value["estimated"]["unknown"] == ["hardswish", "mul"]
    assert (value["estimated"]["low"], value["estimated"]["high"]) == (None, None)


def test_a_device_from_a_busy_machine_is_said_to_be(mncost: Run, tmp_path: Path) -> None:
    busy = {**device()["calibration"], "noise": 0.4}
    ran = mncost("estimate", "mobilenet_v1", "--device", file(tmp_path, calibration=busy))
    assert "bench was calibrated on a busy machine: rounds differed by 40 %." in ran.out


@pytest.mark.parametrize(
    "command", ["estimate mobilenet_v1", "compare mobilenet_v1", "fit mobilenet_v1 --max-time 1ms"]
)
def test_a_broken_device_file_is_refused_at_its_place(
    command: str, mncost: Run, tmp_path: Path
) -> None:
    path = file(tmp_path, mncost_device=7)
    ran = mncost(*command.split(), "--device", path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{path}:2:19: a device file of version 7, and this reads version 1")


# -- compare


def test_compare_takes_a_device(mncost: Run, tmp_path: Path) -> None:
    path = file(tmp_path)
    found = rows(
        mncost(
            "compare",
            "mobilenet_v1",
            "mobilenet_v2",
            "mobilenet_v3_small",
            "--device",
            path,
            "--format",
            "csv",
        )
    )
    alone = json.loads(mncost("estimate", "mobilenet_v2", "--json", "--device", path).out)
    assert float(found[1]["time_ms"]) == pytest.approx(alone["estimated"]["time"], rel=1e-4)
    assert float(found[0]["time_of_first"]) == 1
    assert (found[2]["time_ms"], found[2]["time_of_first"]) == ("", "")
    ran = mncost("compare", "mobilenet_v1", "mobilenet_v3_small", "--device", path)
    assert "No time for mobilenet_v3_small: it has what was never measured" in ran.out


def test_layers_take_no_device(mncost: Run, tmp_path: Path) -> None:
    ran = mncost("compare", "dwsep", "--shape", "14x14x512", "--device", file(tmp_path))
    assert ran.code == 2
    assert "--device are for networks" in ran.err


# -- check


@pytest.fixture
def budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes a configuration with one budget, beside the device."""
    monkeypatch.chdir(tmp_path)
    file(tmp_path)

    def write(*lines: str) -> None:
        text = "\n".join(["[[budget]]", 'name = "b"', 'network = "mobilenet_v1"', *lines, ""])
        (tmp_path / "mncost.toml").write_text(text, "utf-8")

    return write


DEVICE = 'device = "bench.json"'


@pytest.mark.parametrize(
    ("limit", "verdict"), [("1 s", "pass"), ("88ms", "inconclusive"), ("1ms", "missed")]
)
def test_a_time_passes_fails_or_is_inconclusive_and_only_warns(
    limit: str, verdict: str, mncost: Run, budget: Callable[..., None]
) -> None:
    budget(f'time = "{limit}"', DEVICE)
    ran, strict = mncost("check"), mncost("check --strict")
    assert (ran.code, ran.err) == (0, "")
    assert strict.code == (0 if verdict == "pass" else 1)
    assert "time on bench (estimated) " in ran.out
    assert " ms (" in ran.out
    assert ("inconclusive" in ran.out) == (verdict == "inconclusive")
    assert ("missed by " in ran.out) == (verdict == "missed")
    value = json.loads(mncost("check --format json").out)
    jsonschema.validate(value, json.loads(mncost("schema check").out))
    (found,) = value["budgets"][0]["limits"]
    assert found["holds"] == (verdict == "pass")
    assert found["inconclusive"] == (verdict == "inconclusive")
    assert found["unit"] == "ns"
    assert found["band"][0] < found["actual"] < found["band"][1]
    for name in ("csv", "markdown", "github", "junit", "sarif"):
        assert mncost("check", "--format", name).code == 0


def test_a_time_fails_where_its_level_says_so(mncost: Run, budget: Callable[..., None]) -> None:
    budget('time = { max = "1ms", level = "error" }', DEVICE)
    assert mncost("check").code == 1
    budget('time = { max = "88ms", level = "error" }', DEVICE)
    ran = mncost("check")
    assert ran.code == 0, "what cannot be told is no failure"
    assert "inconclusive" in ran.out


def test_what_would_fit_surely_does(mncost: Run, budget: Callable[..., None]) -> None:
    """Not what would be as near to the limit as cannot be told."""
    budget('time = { max = "30ms", level = "error" }', DEVICE)
    ran = mncost("check")
    assert ran.code == 1
    ((alpha, size),) = re.findall(r"would fit: α = (.+) at 224×224 or (\d+)×\2 at α = 1", ran.out)
    for setting in (f"res = {size}", f"alpha = {alpha}"):
        budget('time = { max = "30ms", level = "error" }', DEVICE, setting)
        assert [each["holds"] for each in limits(mncost)] == [True]
    for setting in (f"res = {int(size) + 1}", f"alpha = {float(alpha) + 0.01:.2f}"):
        budget('time = { max = "30ms", level = "error" }', DEVICE, setting)
        assert [each["holds"] for each in limits(mncost)] == [False]


def limits(mncost: Run) -> list[dict[str, Any]]:
    (checked,) = json.loads(mncost("check --format json").out)["budgets"]
    return checked["limits"]  # type: ignore[no-any-return]


def test_a_part_of_a_time_is_as_sure_as_an_estimate_is(
    mncost: Run, budget: Callable[..., None], tmp_path: Path
) -> None:
    """2 µs and 4 (1600 + 64000 + 10240 + 640) / 1000, ±20 %, and nobody knows how much more."""
    (tmp_path / "net.yaml").write_text(
        "input: [16, 10, 10]\nnorm: none\nact: none\nlayers:\n"
        "  - {op: conv, out: 640, kernel: 1}\n  - {op: conv, out: 640, kernel: 1, groups: 2}\n"
    )
    network = 'network = "net.yaml"'
    for most, verdict in (
        ("300us", "inconclusive"),
        ("247us", "inconclusive"),
        ("246us", "missed"),
    ):
        budget(f'time = {{ max = "{most}", level = "error" }}', DEVICE)
        toml = (tmp_path / "mncost.toml").read_text().replace('network = "mobilenet_v1"', network)
        (tmp_path / "mncost.toml").write_text(toml)
        ran = mncost("check")
        assert (verdict in ran.out, ran.code) == (True, int(verdict == "missed"))
        assert "about 0.308 ms and more" in ran.out
        assert "conv2" not in ran.out
    assert "cost most: conv1 0.308 ms\n" in ran.out
    assert "would fit: nothing" in ran.out


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (('time = "20ms"',), "mncost.toml:4:8: a time without a device; state device ="),
        (('mult_adds = "1G"', DEVICE), "mncost.toml:5:10: a device and no time to hold it to"),
        (('time = "20 parsecs"', DEVICE), "mncost.toml:4:8: expected an amount, as in 20ms"),
        (("time = 20", DEVICE), "mncost.toml:4:8: expected a time, as in 20ms, got 20; write it as"),
        (('time = "20ms"', 'device = "no.json"'), "mncost.toml:5:10: no.json: no such file"),
    ],
)  # fmt: skip
def test_budgets_on_time_are_refused_at_their_place(
    lines: tuple[str, ...], message: str, mncost: Run, budget: Callable[..., None]
) -> None:
    budget(*lines)
    ran = mncost("check")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(message), ran.err


def test_the_schema_knows_times(mncost: Run) -> None:
    schema = json.loads(mncost("schema config").out)
    good = {"budget": [{"name": "b", "network": "n", "time": "20ms", "device": "d.json"}]}
    jsonschema.validate(good, schema)
    jsonschema.validate(
        {"budget": [{**good["budget"][0], "time": {"max": "20ms", "level": "error"}}]}, schema
    )
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"budget": [{**good["budget"][0], "time": 20}]}, schema)


# -- fit


def test_fit_within_a_time(mncost: Run, tmp_path: Path) -> None:
    path = file(tmp_path)
    words = ("fit", "mobilenet_v1", "--max-time", "40ms", "--device", path)
    value = json.loads(mncost(*words, "--json", "--all").out)
    times = [row["time_ms"] for row in value["rows"]]
    assert times
    assert max(times) <= 40
    best = value["best"]
    alone = mncost(
        "estimate", "mobilenet_v1", "--json", "--device", path, "--alpha", str(best["alpha"]),
        "--res", str(best["resolution"][0]),
    )  # fmt: skip
    assert json.loads(alone.out)["estimated"]["time"] == pytest.approx(best["time_ms"], abs=1e-5)
    assert value["limits"] == [{"metric": "time", "unit": "ms", "max": 40}]
    ran = mncost(*words)
    assert "Limits: at most 40 ms (estimated)." in ran.out
    assert "Binding: time (" in ran.out
    assert "may not by the clock" in ran.out


def test_nothing_fits_into_no_time(mncost: Run, tmp_path: Path) -> None:
    ran = mncost("fit", "mobilenet_v1", "--max-time", "1us", "--device", file(tmp_path))
    assert ran.code == 1
    assert "--max-time raised to " in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--max-time 20ms", "times are estimated for a device: give --device FILE"),
        ("--max-mult-adds 1G --pareto time,quality", "give --device FILE"),
        ("--max-time soon --device {file}", "expected an amount, as in 20ms"),
    ],
)
def test_fit_refuses_times_that_say_nothing(
    words: str, message: str, mncost: Run, tmp_path: Path
) -> None:
    ran = mncost("fit", "mobilenet_v1", *words.format(file=file(tmp_path)).split())
    assert ran.code == 2
    assert message in ran.err


def test_fit_never_takes_a_part_of_a_time_for_a_time(mncost: Run, tmp_path: Path) -> None:
    ran = mncost("fit", "mobilenet_v3_small", "--max-time", "1 s", "--device", file(tmp_path))
    assert ran.code == 2
    assert "hardswish was never measured" in ran.err


# -- sweep


def test_a_sweep_has_the_times_that_estimate_has(mncost: Run, tmp_path: Path) -> None:
    path = file(tmp_path)
    words = ("sweep", "mobilenet_v1", "--alpha", "0.5,1", "--res", "128,224", "--device", path)
    found = rows(mncost(*words, "--format", "csv"))
    assert len(found) == 4
    for each in found:
        size = each["resolution"] if "resolution" in each else each["input.size"]
        alone = mncost(
            "estimate", "mobilenet_v1", "--json", "--device", path, "--alpha",
            each["alpha"] if "alpha" in each else each["width"], "--res", size,
        )  # fmt: skip
        assert float(each["time_ms"]) == pytest.approx(
            json.loads(alone.out)["estimated"]["time"], rel=1e-4
        )
    assert "Estimated for bench: " in mncost(*words).out


def test_a_sweep_of_what_was_never_measured_has_no_times(mncost: Run, tmp_path: Path) -> None:
    ran = mncost("sweep", "mobilenet_v3_small", "--alpha", "0.5,1", "--device", file(tmp_path))
    assert ran.code == 0
    assert "No time, as it was never measured: hardswish, mul." in ran.out


def test_times_are_for_few_rows(
    mncost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mncost.study.explore import timed

    monkeypatch.setattr(timed, "MOST_TIMED", 3)
    words = ("--alpha", "0.5,1", "--res", "128,224", "--device", file(tmp_path))
    ran = mncost("sweep", "mobilenet_v1", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "4 rows, and times are for 3: take some with --rows" in ran.err
