"""`mncost sweep`, as people type it."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import mncost as library
from tests.conftest import Ran

Run = Callable[..., Ran]
Hide = Callable[[], None]

GRID = "--alpha 1,0.75,0.5,0.25 --res 224,192,160,128"

LARGE = """\
mncost: 1
name: large
input: [3, 64, 64]
layers:
  - {op: conv, out: {choice: [8, 16, 24]}, kernel: 3, stride: 2}
  - {op: conv, out: {choice: [8, 16, 24, 32]}, kernel: {choice: [1, 3, 5]}}
  - {op: conv, out: {choice: [8, 16, 24, 32]}, kernel: {choice: [1, 3, 5]}}
  - {op: conv, out: {choice: [8, 16, 24, 32]}, kernel: {choice: [1, 3, 5]}}
  - {op: conv, out: {choice: [8, 16, 24, 32]}, kernel: {choice: [1, 3, 5]}}
  - {op: conv, out: {choice: [8, 16, 24, 32]}, kernel: {choice: [1, 3, 5]}}
"""
LARGE_TOTAL = 3 * (4 * 3) ** 5


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def large(tmp_path: Path) -> str:
    file = tmp_path / "large.yaml"
    file.write_text(LARGE)
    return str(file)


def test_the_papers_sixteen(mncost: Run) -> None:
    """Every α with every resolution, as the paper's Figure 4 and 5 have them."""
    ran = mncost(f"sweep mobilenet_v1 {GRID} --json")
    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)
    assert found["architectures"] == 16
    expected = []
    for alpha, res in itertools.product((1, 0.75, 0.5, 0.25), (224, 192, 160, 128)):
        network = library.scale(library.load("mobilenet_v1"), alpha=alpha, resolution=res)
        totals = library.analyze(network).totals
        expected.append((alpha, f"{res}×{res}", totals.mult_adds, totals.parameters.weights))
    keys = ("alpha", "resolution", "mult_adds", "weights")
    assert [tuple(row[key] for key in keys) for row in found["rows"]] == expected
    # Table 6 and 7, in millions, as they are printed
    printed = {(1, "224×224"): 569, (0.75, "224×224"): 325, (0.5, "224×224"): 149, (0.25, "224×224"): 41,
               (1, "192×192"): 418, (1, "160×160"): 290, (1, "128×128"): 186}  # fmt: skip
    millions = {(row["alpha"], row["resolution"]): row["mult_adds"] for row in found["rows"]}
    assert all(abs(millions[at] - mega * 10**6) < 10**6 for at, mega in printed.items())


def test_the_front_of_the_sixteen_is_what_no_other_beats(mncost: Run) -> None:
    every = json.loads(mncost(f"sweep mobilenet_v1 {GRID} --json").out)["rows"]
    ran = mncost(f"sweep mobilenet_v1 {GRID} --pareto mult_adds,params,quality --json")
    found = json.loads(ran.out)

    def beats(one: dict[str, Any], other: dict[str, Any]) -> bool:
        mine, theirs = (
            (row["mult_adds"], row["weights"], -float(row["top1"])) for row in (one, other)
        )
        return mine != theirs and all(a <= b for a, b in zip(mine, theirs, strict=True))

    kept = [row for row in every if not any(beats(other, row) for other in every)]
    assert found["rows"] == kept
    assert [every[number] for number in found["front"]] == kept
    assert 0 < len(kept) < 16


def test_values_at_a_place_in_the_file(mncost: Run, tmp_path: Path) -> None:
    ran = mncost("sweep mobilenet_v2 --alpha 1,0.5 --set layers.3.out=24:40:8 --format csv")
    found = rows_of(ran.out)
    assert [(row["alpha"], row["layers.3.out"]) for row in found] == [
        (alpha, out) for alpha in ("1", "0.5") for out in ("24", "32", "40")
    ]
    for row in found:
        network = library.load("mobilenet_v2")
        layers = [
            layer.model_copy(update={"out": int(row["layers.3.out"])}) if at == 3 else layer
            for at, layer in enumerate(network.layers)
        ]
        changed = network.model_copy(update={"layers": tuple(layers)})
        totals = library.analyze(library.scale(changed, alpha=float(row["alpha"]))).totals
        assert int(row["mult_adds"]) == totals.mult_adds


def test_csv_is_the_same_by_shards_and_by_rows(mncost: Run, large: str) -> None:
    whole = mncost("sweep", large, "--rows", "0:200000", "--format", "csv").out.splitlines()
    assert len(whole) == 200_001
    parts = []
    for start in range(0, 200_000, 77_000):
        stop = min(start + 77_000, 200_000)
        part = mncost("sweep", large, "--rows", f"{start}:{stop}", "--format", "csv").out
        head, *rest = part.splitlines()
        assert head == whole[0]
        parts += rest
    assert parts == whole[1:]


def test_shards_are_all_rows_in_order(mncost: Run, tmp_path: Path) -> None:
    lines = mncost(f"sweep mobilenet_v1 {GRID} --format csv").out.splitlines()
    parts = []
    for number in range(1, 6):
        ran = mncost(f"sweep mobilenet_v1 {GRID} --format csv --shard {number}/5")
        parts += ran.out.splitlines()[1:]
    assert parts == lines[1:]


def test_a_file_is_what_standard_output_is(mncost: Run, large: str, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    asked = ("sweep", large, "--rows", "100:70000")
    assert mncost(*asked, "-o", str(out)).out == ""
    assert out.read_text() == mncost(*asked, "--format", "csv").out
    again = mncost(*asked, "-o", str(out))
    assert (again.code, again.out) == (2, "")
    assert "exists already; add --force" in again.err
    assert mncost(*asked, "-o", str(out), "--force").code == 0


def test_without_numpy_the_same(mncost: Run, large: str, hide_numpy: Hide) -> None:
    asked = ("sweep", large, "--rows", "90000:99000", "--format", "csv")
    fast = mncost(*asked).out
    hide_numpy()
    assert mncost(*asked).out == fast


def scores(path: Path, seed: int = 3) -> str:
    """A score for every option of the large space, some below nought."""
    names = [
        "layers.0.out",
        *(f"layers.{at}.{what}" for at in range(1, 6) for what in ("out", "kernel")),
    ]
    lines = ["choice,option,quality"]
    for name in names:
        options = (
            (1, 3, 5)
            if name.endswith("kernel")
            else (8, 16, 24)
            if ".0." in name
            else (8, 16, 24, 32)
        )
        for at, option in enumerate(options):
            seed = (seed * 1103515245 + 12345) % 2**31
            lines.append(f"{name},{option},{at * 0.5 + seed % 100 / 100 - 0.6:.2f}")
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.mark.parametrize(
    "objectives", ["mult_adds,quality", "mult_adds,params,quality", "quality,params"]
)
def test_a_front_of_many_is_that_of_each_with_each(
    mncost: Run, large: str, tmp_path: Path, objectives: str, hide_numpy: Hide
) -> None:
    from mncost.study.front import front

    given = ("sweep", large, "--quality", scores(tmp_path / "scores.csv"), "--rows", "5000:9000")
    every = rows_of(mncost(*given, "--format", "csv").out)
    names = objectives.split(",")
    keys = {"mult_adds": "mult_adds", "params": "weights", "quality": "quality"}
    points = [[float(row[keys[name]]) for name in names] for row in every]
    expected = front(points, ["max" if name == "quality" else "min" for name in names])
    ran = mncost(*given, "--pareto", objectives, "--json")
    assert json.loads(ran.out)["front"] == [5000 + at for at in expected]
    hide_numpy()
    assert mncost(*given, "--pareto", objectives, "--json").out == ran.out


def test_quality_is_exact(mncost: Run, large: str, tmp_path: Path) -> None:
    """Sums of decimals are decimals: 0.1 and 0.2 are 0.3."""
    table = tmp_path / "q.csv"
    table.write_text("layers.1.kernel,1,0.1\nlayers.1.kernel,3,0.2\nlayers.1.kernel,5,-1\n"
                     "layers.2.kernel,1,0.2\nlayers.2.kernel,3,0\nlayers.2.kernel,5,1e-3\n")  # fmt: skip
    ran = mncost("sweep", large, "--quality", str(table), "--rows", "0:1", "--json")
    assert json.loads(ran.out)["rows"][0]["quality"] == 0.3


parquet = pytest.mark.skipif(find_spec("pyarrow") is None, reason="PyArrow is not installed")


@parquet
def test_parquet_has_what_csv_has_and_shards_concatenate(
    mncost: Run, large: str, tmp_path: Path
) -> None:
    import pyarrow.parquet as pq

    with_scores = ("sweep", large, "--quality", scores(tmp_path / "s.csv"), "--rows", "1000:150000")
    file = tmp_path / "rows.parquet"
    assert mncost(*with_scores, "-o", str(file)).code == 0
    table = pq.read_table(file)
    text = rows_of(mncost(*with_scores, "--format", "csv").out)
    assert table.num_rows == len(text) == 149_000
    assert table.column_names == list(text[0])
    for at in (0, 65_535, 65_536, 148_999):
        row = {key: float(value) for key, value in text[at].items()}
        assert {
            key: float(value) for key, value in table.slice(at, 1).to_pylist()[0].items()
        } == row
    assert table.schema.metadata[b"mncost.convention"] == b"paper"
    parts = []
    for number in (1, 2, 3):
        part = tmp_path / f"{number}.parquet"
        assert (
            mncost(
                "sweep", "mobilenet_v1", *GRID.split(), "--shard", f"{number}/3", "-o", str(part)
            ).code
            == 0
        )
        parts.append(pq.read_table(part))
    import pyarrow as pa

    whole = tmp_path / "whole.parquet"
    assert mncost("sweep", "mobilenet_v1", *GRID.split(), "-o", str(whole)).code == 0
    assert pa.concat_tables(parts).to_pylist() == pq.read_table(whole).to_pylist()
    assert parts[0].to_pylist()[0]["alpha"] == 1.0


@parquet
def test_parquet_without_numpy(mncost: Run, tmp_path: Path, hide_numpy: Hide) -> None:
    import pyarrow.parquet as pq

    hide_numpy()
    file = tmp_path / "rows.parquet"
    assert mncost(*f"sweep mobilenet_v1 {GRID}".split(), "-o", str(file)).code == 0
    assert pq.read_table(file).column("mult_adds").to_pylist()[0] == 568_740_352


def test_parquet_needs_an_extra_and_leaves_the_old_file(
    mncost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    file = tmp_path / "rows.parquet"
    file.write_text("mine")
    ran = mncost(*f"sweep mobilenet_v1 {GRID}".split(), "-o", str(file), "--force")
    assert ran.code == 2
    assert "pip install 'mncost[parquet]'" in ran.err
    assert file.read_text() == "mine"


unix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are Unix's")


@unix
@pytest.mark.parametrize("suffix", ["csv", pytest.param("parquet", marks=parquet)])
def test_a_full_disk_leaves_what_is_readable(large: str, tmp_path: Path, suffix: str) -> None:
    """The file may grow to 6 MB, and not further."""
    import resource

    file = tmp_path / f"rows.{suffix}"
    limit = 6_000_000 if suffix == "csv" else 4_000_000

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    ran = subprocess.run(
        [sys.executable, "-m", "mncost", "sweep", large, "-o", str(file)],
        preexec_fn=limited, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert f"{file}: could not write: file too large; " in line
    kept = int(line.split(" of ")[0].rsplit(" ", 1)[1].replace(",", ""))
    assert 0 < kept < LARGE_TOTAL
    assert (
        f"of {LARGE_TOTAL:,} rows are written; --rows {kept}:{LARGE_TOTAL} counts the rest" in line
    )
    assert count(file) == kept


def count(file: Path) -> int:
    """How many rows a file has, all of which can be read."""
    if file.suffix == ".csv":
        lines = file.read_text().splitlines()
        assert len({line.count(",") for line in lines}) == 1
        return len(lines) - 1
    import pyarrow.parquet as pq

    return int(pq.read_table(file).num_rows)


@unix
@pytest.mark.parametrize("suffix", ["csv", pytest.param("parquet", marks=parquet)])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_is_done(
    large: str, tmp_path: Path, suffix: str, number: signal.Signals
) -> None:
    file = tmp_path / f"rows.{suffix}"
    process = subprocess.Popen(
        [sys.executable, "-m", "mncost", "sweep", large, "-o", str(file)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while (not file.exists() or file.stat().st_size < 100_000) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("it was done before it was interrupted")
    assert process.returncode == 128 + number
    assert "interrupted: " in err
    kept = int(err.split(" of ")[0].rsplit(" ", 1)[1].replace(",", ""))
    assert count(file) == kept > 0


def test_a_reader_that_goes_away_has_seen_enough(large: str) -> None:
    script = f'"{sys.executable}" -m mncost sweep "{large}" --format csv | head -2'
    ran = subprocess.run(
        script, shell=True, capture_output=True, text=True, timeout=60, check=False
    )
    assert len(ran.stdout.splitlines()) == 2
    assert ran.stderr == ""


def test_in_another_thread_nothing_is_installed(large: str, tmp_path: Path) -> None:
    from mncost.cli.main import run

    codes: list[int] = []
    arguments = ["sweep", large, "--rows", "0:10", "-o", str(tmp_path / "rows.csv")]
    thread = threading.Thread(target=lambda: codes.append(run(arguments)))
    thread.start()
    thread.join()
    assert codes == [0]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_pictures(mncost: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "front.svg"
    ran = mncost(*f"sweep mobilenet_v1 {GRID} --pareto mult_adds,quality --plot".split(), str(file))
    assert ran.code == 0
    assert ran.out.startswith("mobilenet_v1: ")
    text = file.read_text()
    assert "α = 0.25" in text
    assert "top-1 accuracy (%)" in text
    assert "Mult-Adds" in text


def test_characters_in_place_of_the_table(mncost: Run) -> None:
    out = mncost(f"sweep mobilenet_v1 {GRID} --plot").out
    assert "● α = 1   ▲ α = 0.75   ■ α = 0.5   ◆ α = 0.25" in out
    assert "top-1 accuracy (%)" in out


WRONG = {
    "sweep mobilenet_v1 --alpha 0.5:1": "a range is START:STOP:STEP",
    "sweep mobilenet_v1 --alpha 1:0.5:0.25": "starts above its stop",
    "sweep mobilenet_v1 --alpha 0.5:1:0": "a step of 0",
    "sweep mobilenet_v1 --alpha ,": "an empty place",
    "sweep mobilenet_v1 --alpha nan": "expected numbers",
    "sweep mobilenet_v1 --alpha 0": "α",
    "sweep mobilenet_v1 --alpha 1.5": "--allow-wider",
    "sweep mobilenet_v1 --res 0": "from 1 to",
    "sweep mobilenet_v1 --set layers.3.out": "expected PATH=VALUES",
    "sweep mobilenet_v1 --set layers.3.out=": "an empty list",
    "sweep mobilenet_v1 --set layers.99.out=3": "nothing stands at layers.99.out",
    "sweep mobilenet_v1 --set layers.3.ot=3": "did you mean",
    "sweep mobilenet_v1 --set layers.3.kernel=0": "layers.3.kernel: expected a positive integer, got 0",
    "sweep mobilenet_v1 --set nothing.at.all=3": "nothing",
    "sweep mobilenet_v1 --set layers.3.kernel=3 --set layers.3.kernel=5": "set twice",
    "sweep mobilenet_v1 --set layers.3.kernel=3,3.5": "kernel",
    "sweep mobilenet_v1 --pareto mult_adds": "a front of costs alone",
    "sweep mobilenet_v1 --pareto mult_adds,qualty": 'no objective "qualty"; did you mean quality?',
    "sweep mobilenet_v1 --pareto quality,quality": "the objective",
    "sweep vgg16 --alpha 1,0.5 --set layers.0.out=64 --pareto mult_adds,quality": "no quality is known",
    "sweep mobilenet_v1 --shard 3/2": "expected a part",
    "sweep mobilenet_v1 --shard 0/2": "expected a part",
    "sweep mobilenet_v1 --rows 5:5": "expected FROM:TO",
    "sweep mobilenet_v1 --rows 5:": "there are 1, from 0",
    "sweep mobilenet_v1 --shard 1/2 --rows 0:1": "give one",
    "sweep mobilenet_v1 --explain": "--explain",
    "sweep mobilenet_v1 --quality nowhere.csv": "nowhere.csv",
    "sweep mobilenet_v1 --plot a.txt": "name it .svg",
    "sweep nowhere.yaml": "nowhere.yaml",
}


@pytest.mark.parametrize(("line", "said"), WRONG.items())
def test_what_is_wrong_is_said(mncost: Run, line: str, said: str) -> None:
    ran = mncost(line)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_more_rows_than_a_table_has(mncost: Run, large: str) -> None:
    ran = mncost("sweep", large)
    assert ran.code == 2
    assert f"{LARGE_TOTAL:,} rows" in ran.err
    assert "-o FILE.csv" in ran.err


def test_numbers_beyond_64_bits_are_exact(mncost: Run, tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    side, wide = 1_000_000, 1_000_000_000
    file.write_text(
        f"mncost: 1\ninput: [1, {side}, {side}]\nlayers:\n"
        f"  - {{op: conv, out: {{choice: [1, {wide}]}}, kernel: 1}}\n"
        f"  - {{op: conv, out: {{choice: [1, {wide}]}}, kernel: 1}}\n"
    )
    found = rows_of(mncost("sweep", str(file), "--format", "csv").out)
    area = side * side
    pairs = itertools.product((1, wide), (1, wide))
    assert [int(row["mult_adds"]) for row in found] == [a * area + a * b * area for a, b in pairs]
    if find_spec("pyarrow"):
        ran = mncost("sweep", str(file), "-o", str(tmp_path / "x.parquet"))
        assert ran.code == 2
        assert "beyond 64 bits" in ran.err


def test_progress_is_for_terminals(mncost: Run, large: str, tmp_path: Path) -> None:
    ran = mncost("sweep", large, "-o", str(tmp_path / "rows.csv"), "--rows", "0:")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert os.path.getsize(tmp_path / "rows.csv") > 1_000_000


@unix
def test_what_is_to_be_ignored_is(large: str, tmp_path: Path) -> None:
    """As in a shell's background jobs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mncost", "sweep", large, "-o", str(tmp_path / "rows.csv")],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )  # fmt: skip
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    assert count(tmp_path / "rows.csv") == LARGE_TOTAL


@unix
def test_long_work_has_a_bar_on_a_terminal(large: str, tmp_path: Path) -> None:
    from tests.cli.test_process import at_terminal

    seen = at_terminal(80, "sweep", large, "--shard", "1/1", "-o", str(tmp_path / "a.csv"))
    assert "counted" not in seen  # a short one has none
    longer = tmp_path / "longer.yaml"
    row = LARGE.splitlines()[-1]
    longer.write_text(LARGE + row + "\n")
    seen = at_terminal(
        80, "sweep", str(longer), "--rows", "0:1500000", "-o", str(tmp_path / "b.csv")
    )
    assert "counted" in seen
    assert "100%" in seen


def test_rows_have_the_numbers_that_choose_them(mncost: Run, large: str) -> None:
    ran = mncost("sweep", large, "--rows", "7000:7003", "--format", "csv")
    found = rows_of(ran.out)
    assert [row["number"] for row in found] == ["7000", "7001", "7002"]
    again = mncost("sweep", large, "--rows", "7001:7002", "--format", "csv").out
    assert rows_of(again) == [found[1]]


@pytest.mark.parametrize("suffix", ["csv", pytest.param("parquet", marks=parquet)])
def test_a_front_into_a_file(mncost: Run, large: str, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"front.{suffix}"
    given = (
        "sweep",
        large,
        "--quality",
        scores(tmp_path / "s.csv"),
        "--pareto",
        "mult_adds,quality",
    )
    assert mncost(*given, "-o", str(file)).code == 0
    front = json.loads(mncost(*given, "--json").out)["front"]
    assert len(front) > 5
    if suffix == "csv":
        assert [int(row["number"]) for row in rows_of(file.read_text())] == front
    else:
        import pyarrow.parquet as pq

        assert pq.read_table(file).column("number").to_pylist() == front


def test_a_front_of_more_rows_than_a_table_has(mncost: Run, tmp_path: Path) -> None:
    """Where what costs more is worth as much more, every architecture is on the front."""
    row = "  - {{op: custom, mult_adds: {{choice: [0, {n}], quality: [0, {n}]}}, params: 0, out: [8, 1, 1]}}\n"
    file = tmp_path / "all.yaml"
    rows = "".join(row.format(n=2**at) for at in range(14))
    file.write_text("mncost: 1\ninput: [8, 1, 1]\nlayers:\n" + rows)
    front = ("sweep", str(file), "--pareto", "mult_adds,quality")
    ran = mncost(*front)
    assert (ran.code, ran.out) == (2, "")
    assert "16,384 rows, and a table has 10,000 at most" in ran.err
    assert len(rows_of(mncost(*front, "--format", "csv").out)) == 2**14


def test_settings_that_cannot_be_built_are_left_out_and_named(mncost: Run) -> None:
    ran = mncost("sweep inception_v3 --res 299,32,224")
    assert ran.code == 0
    assert "Note: Cannot be built, 1 of 3: " in ran.out
    assert "(with input.size = 32" in ran.out
    found = json.loads(mncost("sweep inception_v3 --res 299,32,224 --json").out)
    assert [row["resolution"] for row in found["rows"]] == ["299×299", "224×224"]
    assert found["architectures"] == 2
    assert found["unbuilt"]
    nothing = mncost("sweep inception_v3 --res 16,32")
    assert (nothing.code, nothing.out) == (2, "")


def test_pairs_are_values_too(mncost: Run) -> None:
    ran = mncost("sweep mobilenet_v1 --set layers.1.kernel=3,3x5 --format csv")
    assert ran.code == 0, ran.err
    assert len(rows_of(ran.out)) == 2


def test_what_nobody_knows_of_a_tool_is_told(mncost: Run, tmp_path: Path) -> None:
    """Whichever option comes first."""
    file = tmp_path / "norms.yaml"
    file.write_text(
        "mncost: 1\ninput: [8, 8, 8]\nlayers:\n  - {op: conv, out: 8, kernel: 1}\n"
        "  - {choice: [{op: act, type: relu}, {op: local_norm}]}\n"
    )
    ran = mncost("sweep", str(file), "--convention", "thop")
    assert ran.code == 0, ran.err
    assert "Note: Not known what thop makes of: " in ran.out


NARROW = """\
input: [3, 16, 16]
layers:
  - {op: conv, out: 8, kernel: 5, padding: valid}
  - {op: conv, out: 8, kernel: 5, padding: valid}
"""


def test_numbers_beside_sizes_are_numbers_still(mncost: Run) -> None:
    ran = mncost("sweep mobilenet_v2 --set layers.3.kernel=3,5,3x5")
    shown = [
        re.split(" {2,}", line.strip())[0].split(" ", 1)[1] for line in ran.out.splitlines()[3:6]
    ]
    assert shown == ["3", "5", "[3, 5]"]


@pytest.mark.parametrize("suffix", ["-", "csv", pytest.param("parquet", marks=parquet)])
def test_what_is_left_out_is_named_where_there_is_no_table(
    mncost: Run, tmp_path: Path, suffix: str
) -> None:
    (tmp_path / "net.yaml").write_text(NARROW)
    rows = ["-o", str(tmp_path / f"rows.{suffix}")] if suffix != "-" else ["--format", "csv"]
    ran = mncost("sweep", str(tmp_path / "net.yaml"), "--res", "4,8,16", *rows)
    assert ran.code == 0
    assert ran.err.startswith("mncost: Cannot be built, 2 of 3: a kernel of 5×5 does not fit")
    assert ran.err.count("\n") == 1
    if suffix == "parquet":
        import pyarrow.parquet as pq

        notes = pq.read_schema(tmp_path / "rows.parquet").metadata[b"mncost.notes"].decode()
        assert f"mncost: {notes}\n" == ran.err


def test_a_front_says_what_it_could_not_judge(mncost: Run, tmp_path: Path) -> None:
    front = "--pareto mult_adds,quality"
    ran = mncost(f"sweep mobilenet_v2 --alpha 1,0.6 {front}")
    assert "Note: Not judged, as no accuracy of theirs is published: 1.\n" in ran.out
    ran = mncost(f"sweep mobilenet_v2 --alpha 0.6 {front}")
    assert (ran.code, ran.out) == (2, "")
    assert "no quality is known of any of these" in ran.err
    scores = tmp_path / "q.csv"
    scores.write_text("layers.3.out,16,0.5\nlayers.3.out,24,0.9\n")
    ran = mncost(
        f"sweep mobilenet_v2 --alpha 1,0.5 --set layers.3.out=16,24 --quality {scores} {front}"
    )
    assert "Note: Without scores, so that they add nothing: width.alpha.\n" in ran.out


@pytest.mark.parametrize(("one", "half"), [("1", "0.5"), ("1.0", ".50"), ("1e0", "5e-1")])
def test_scores_are_of_numbers_however_written(
    one: str, half: str, mncost: Run, tmp_path: Path
) -> None:
    scores = tmp_path / "q.csv"
    scores.write_text(f"width.alpha,{one},0.9\nwidth.alpha,{half},0.5\n")
    ran = mncost(f"sweep mobilenet_v2 --alpha 1,0.5 --quality {scores} --format csv")
    assert [row["quality"] for row in rows_of(ran.out)] == ["0.9", "0.5"]


@pytest.mark.parametrize("more", ["--json", "--format csv", "--format github", "-o plot.txt"])
def test_characters_are_for_a_screen(more: str, mncost: Run) -> None:
    ran = mncost(f"sweep mobilenet_v2 --alpha 1,0.5 --plot {more}")
    assert (ran.code, ran.out) == (2, "")
    assert "--plot draws characters for a screen" in ran.err


def test_what_is_wrong_with_an_option_is_not_the_files_fault(mncost: Run) -> None:
    ran = mncost("sweep mobilenet_v2 --alpha 1.4,0")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "mncost: the width multiplier α must be in (0, 1], got 1.4; "
        "a wider network needs --allow-wider (allow_wider=True)",
        "mncost: the width multiplier α must be in (0, 1], got 0",
    ]
    ran = mncost("sweep mobilenet_v2 --set layers.3.op=conv,pointwise")
    assert all(": layers.3.op: " in line for line in ran.err.splitlines())
