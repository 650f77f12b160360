"""`mncost space`, as people type it."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.choosing import SPACES, everyone, plan
from tests.conftest import Ran

Run = Callable[..., Ran]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "turns.yaml"
    path.write_text(SPACES["turns"], "utf-8")
    return str(path)


def rows(ran: Ran) -> list[dict[str, str]]:
    assert (ran.code, ran.err) == (0, "")
    return list(csv.DictReader(io.StringIO(ran.out)))


def document(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_every_subcommand_has_help(mncost: Run) -> None:
    from mncost.cli.space import COMMANDS

    listed = mncost("space --help").out
    for command in COMMANDS:
        assert f"  {command} " in listed
        ran = mncost("space", command, "--help")
        assert (ran.code, ran.out.startswith(f"Usage: mncost space {command} ")) == (0, True)


def test_info(mncost: Run, file: str) -> None:
    every = everyone(plan(SPACES["turns"]))
    ran = mncost("space", "info", file)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "small: 320 architectures, 9 choices, convention paper"
    least, most = (end(each.costs[0] for each in every) for end in (min, max))
    assert f"Mult-Adds: {least:,} to {most:,}." in lines
    found = document(mncost("space", "info", file, "--json"))
    assert found["architectures"] == len(every)
    for end, choose in (("least", min), ("most", max)):
        for at, metric in enumerate(("mult_adds", "params")):
            told = found[end][metric]
            assert told[metric] == choose(each.costs[at] for each in every)
            assert every[told["number"]].costs == (told["mult_adds"], told["params"])
    assert [row["choice"] for row in found["rows"]][:4] == [
        *("width.alpha", "input.size", "layers.0.out", "layers.1.repeat"),
    ]


def test_what_a_choice_is_worth(mncost: Run, file: str) -> None:
    of = plan(SPACES["turns"])
    every = everyone(of)
    found = document(mncost("space", "info", file, "--json"))
    for at, row in enumerate(found["rows"]):
        ends = [
            [choose(e.costs[0] for e in every if e.picks[at] == pick) for pick in (0, 1)]
            for choose in (min, max)
        ]
        worth = (row["mult_adds_adds"], row["mult_adds_saves"])
        assert worth == (abs(ends[0][1] - ends[0][0]), abs(ends[1][1] - ends[1][0])), row


def test_a_network_is_a_space_of_one(mncost: Run) -> None:
    ran = mncost("space info mobilenet_v1")
    assert ran.code == 0
    assert "mobilenet_v1: 1 architecture, 0 choices" in ran.out
    assert "Mult-Adds: 568,740,352." in ran.out
    assert "Note: No choice in it" in ran.out
    assert mncost("space count mobilenet_v1 --max-mult-adds 569M").code == 0
    assert mncost("space count mobilenet_v1 --max-mult-adds 568M").code == 1


LIMITS = [
    ("--max-mult-adds 2M", lambda a, p: a <= 2_000_000),
    ("--max-mult-adds 2M --max-params 5k", lambda a, p: a <= 2_000_000 and p <= 5_000),
    ("--between mult_adds=1M:2M", lambda a, p: 1_000_000 <= a <= 2_000_000),
    ("--between macs=0:2M --min-params 5k", lambda a, p: a <= 2_000_000 and p >= 5_000),
    (
        "--between params=4k:6k --max-mult-adds 3M",
        lambda a, p: 4000 <= p <= 6000 and a <= 3_000_000,
    ),
    ("--min-mult-adds 3M", lambda a, p: a >= 3_000_000),
]


@pytest.mark.parametrize(("options", "within"), LIMITS, ids=[options for options, _ in LIMITS])
def test_count_and_sample_within_limits(
    mncost: Run, file: str, options: str, within: Callable[[int, int], bool]
) -> None:
    wanted = {each.number: each for each in everyone(plan(SPACES["turns"])) if within(*each.costs)}
    assert 0 < len(wanted) < 320
    found = document(mncost("space", "count", file, *options.split(), "--json"))
    assert found["within"] == {"at_least": len(wanted), "at_most": len(wanted)}
    near = document(mncost("space", "count", file, *options.split(), "--json", "--tolerance", "5%"))
    assert near["within"]["at_least"] <= len(wanted) <= near["within"]["at_most"]
    ran = mncost("space", "sample", file, "-n", "1000", *options.split(), "--format", "csv")
    drawn = rows(ran)
    assert sorted(int(row["number"]) for row in drawn) == sorted(wanted)
    some = mncost("space", "sample", file, "-n", "7", "--seed", "3", *options.split(), "--json")
    picked = document(some)
    assert (picked["seed"], picked["within"], len(picked["rows"])) == (3, len(wanted), 7)
    for row in picked["rows"]:
        assert (row["mult_adds"], row["weights"]) == wanted[row["number"]].costs
    assert mncost(*f"space sample {file} -n 7 --seed 3 {options} --json".split()) == some
    assert mncost(*f"space sample {file} -n 7 --seed 4 {options} --json".split()) != some


def test_the_count_of_each_limit_alone(mncost: Run, file: str) -> None:
    ran = mncost("space", "count", file, "--max-mult-adds", "2M", "--max-params", "5k")
    every = everyone(plan(SPACES["turns"]))
    one = sum(each.costs[0] <= 2_000_000 for each in every)
    other = sum(each.costs[1] <= 5_000 for each in every)
    both = sum(each.costs[0] <= 2_000_000 and each.costs[1] <= 5_000 for each in every)
    cells = [line.split() for line in ran.out.splitlines()]
    assert cells[0] == f"small: {both} of 320 architectures are within, convention paper".split()
    assert cells[3][:5] == ["at", "most", "2,000,000", "Mult-Adds", str(one)]
    assert cells[4][:5] == ["at", "most", "5,000", "weights", str(other)]
    assert cells[6][:2] == ["Together", str(both)]


def test_json_is_as_the_schema_says(mncost: Run, file: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = document(mncost("schema table"))
    for command in ("info", "count --max-params 5k", "sample -n 3"):
        name, *options = command.split()
        jsonschema.validate(document(mncost("space", name, file, *options, "--json")), schema)


def test_rows_have_a_column_for_each_choice(mncost: Run, file: str) -> None:
    (row,) = rows(mncost("space", "sample", file, "-n", "1", "--format", "csv"))
    of = plan(SPACES["turns"])
    names = ["alpha", "resolution", *(column.name for column in of.columns[2:])]
    assert list(row)[3:] == names
    each = everyone(of)[int(row["number"])]
    told = [column.value(pick) for column, pick in zip(of.columns, each.picks, strict=True)]
    assert row["resolution"] == f"{told[1]}×{told[1]}"
    written = [row[name] for name in names[2:-1]]
    assert written == ["" if value is None else str(value) for value in told[2:-1]]
    text = mncost("space", "sample", file, "-n", "1").out
    assert "layers.0.out" not in text
    assert "Note: 9 choices are not shown: --format csv has a column for each" in text


def test_nothing_within(mncost: Run, file: str, tmp_path: Path) -> None:
    ran = mncost("space", "count", file, "--max-mult-adds", "1k")
    assert (ran.code, ran.err) == (1, "")
    assert "small: none of 320 architectures is within" in ran.out
    assert "Mult-Adds, is above the limit." in ran.out
    assert mncost("space", "count", file, "--min-params", "1G", "--tolerance", "1%").code == 1
    ran = mncost("space", "sample", file, "--max-mult-adds", "1k")
    assert (ran.code, ran.err) == (1, "")
    assert "small: none of 320 architectures is within" in ran.out
    ran = mncost("space", "sample", file, "--max-mult-adds", "1k", "-o", f"{tmp_path}/none/")
    assert (ran.code, ran.err, (tmp_path / "none").exists()) == (1, "", False)
    out = tmp_path / "rows.csv"
    ran = mncost("space", "sample", file, "--max-mult-adds", "1k", "-o", str(out))
    assert (ran.code, ran.out, ran.err) == (1, "", "mncost: no architecture is within the limits\n")


def test_an_empty_result_has_no_table(mncost: Run, file: str) -> None:
    ran = mncost("space", "sample", file, "--max-mult-adds", "1k")
    assert "Number " not in ran.out
    assert "not shown" not in ran.out
    assert "─" not in ran.out
    ran = mncost("space", "sample", file, "--max-mult-adds", "1k", "--format", "csv")
    assert ran.out.startswith("number,mult_adds,weights,alpha,")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("-n 320", "All 320 architectures: no more than were asked for."),
        ("-n 9", "Drawn from all 320 architectures, each as likely as any other"),
        ("-n 9 --max-mult-adds 2M", "Drawn from the 210 architectures within limits, each"),
        ("-n 210 --max-mult-adds 2M", "All 210 architectures within limits: no more"),
        ("-n 200 --min-mult-adds 7680320", "The only architecture within limits."),
    ],
)
def test_how_they_were_drawn(mncost: Run, file: str, options: str, told: str) -> None:
    assert told in mncost("space", "sample", file, *options.split()).out


def test_a_sample_of_a_network(mncost: Run) -> None:
    lines = mncost("space sample mobilenet_v1").out.splitlines()
    assert "The only architecture." in lines
    assert "Number: of 1 architecture, from 0; the last choice changes fastest." in lines


def test_files_cost_what_their_rows_say(mncost: Run, file: str, tmp_path: Path) -> None:
    folder = tmp_path / "nets"
    words = ("space", "sample", file, "-n", "5", "-o", f"{folder}/", "--params", "all")
    told = rows(mncost(*words, "--format", "csv"))
    assert [Path(row["file"]).name for row in told] == [f"small-000{n}.yaml" for n in range(1, 6)]
    for row in told:
        totals = document(mncost("show", row["file"], "--params", "all", "--json"))["totals"]
        assert (totals["mult_adds"], totals["all"]) == (int(row["mult_adds"]), int(row["all"]))
        assert "drawn with seed 0." in Path(row["file"]).read_text("utf-8").splitlines()[0]
        assert mncost("lint", row["file"]).code == 0


def test_no_file_is_overwritten_unless_asked(mncost: Run, file: str, tmp_path: Path) -> None:
    words = ("space", "sample", file, "-n", "3", "-o", str(tmp_path))
    assert mncost(*words).code == 0
    (tmp_path / "small-0001.yaml").unlink()
    before = (tmp_path / "small-0002.yaml").read_text("utf-8")
    ran = mncost(*words, "--seed", "5")
    assert (ran.code, ran.out) == (2, "")
    place = tmp_path / "small-0002.yaml"
    assert ran.err == f"{place}: exists already (and 1 more); add --force to overwrite\n"
    assert not (tmp_path / "small-0001.yaml").exists()
    assert place.read_text("utf-8") == before
    assert mncost(*words, "--seed", "5", "--force").code == 0
    assert place.read_text("utf-8") != before


def test_a_full_disk(
    mncost: Run, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mncost.cli.spaces import folder

    def write_file(path: str, content: str, force: bool) -> None:
        real(path, content[:20] if path.endswith("3.yaml") else content, force)
        if path.endswith("3.yaml"):
            raise folder.OutputError.of(OSError(28, "No space left on device"), path)

    real = folder.write_file
    monkeypatch.setattr(folder, "write_file", write_file)
    ran = mncost("space", "sample", file, "-n", "4", "-o", f"{tmp_path}/out/")
    assert (ran.code, ran.out) == (2, "")
    full = tmp_path / "out" / "small-0003.yaml"
    told = f"{full}: could not write: no space left on device; 2 of 4 are written\n"
    assert ran.err == told
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("small-0001.yaml", "small-0002.yaml"),
    ]


@pytest.mark.parametrize("at", ["counting", "writing"])
def test_interrupted(
    mncost: Run, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    from mncost.cli.spaces import folder
    from mncost.study.explore import within

    def interrupted(path: Any, content: str = "", force: bool = False) -> None:
        if at == "counting" or path.endswith("3.yaml"):
            raise KeyboardInterrupt
        real(path, content, force)

    real = folder.write_file
    monkeypatch.setattr(folder, "write_file", interrupted)
    if at == "counting":
        monkeypatch.setattr(within, "rests", interrupted)
    ran = mncost("space", "sample", file, "-n", "4", "-o", f"{tmp_path}/out/")
    left = "nothing is written" if at == "counting" else "2 of 4 files are written"
    assert (ran.code, ran.out, ran.err) == (130, "", f"mncost: interrupted: {left}\n")
    assert len(list(tmp_path.glob("out/*"))) == (0 if at == "counting" else 2)


def test_names_of_spaces_make_harmless_names_of_files(mncost: Run, tmp_path: Path) -> None:
    space = tmp_path / "s.yaml"
    space.write_text(
        'name: "../../a b\\n:é"\ninput: [3, 8, 8]\n'
        "layers: [{op: conv, out: {choice: [4, 8]}, kernel: 1}]\n"
    )
    assert mncost("space", "sample", str(space), "-o", f"{tmp_path}/out/").code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a_b-0001.yaml", "a_b-0002.yaml"]
    assert not mncost("show", str(tmp_path / "out" / names[0])).code


def test_a_folder_that_cannot_be_made(mncost: Run, file: str, tmp_path: Path) -> None:
    ran = mncost("space", "sample", file, "-o", f"{file}/")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{file}/")
    assert "could not write" in ran.err


def test_standard_input(mncost: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SPACES["once"].encode())))
    assert "stdin: 72 architectures" in mncost("space info -").out


def test_conventions_and_parameters(mncost: Run, file: str) -> None:
    ran = mncost("space", "count", file, "--max-mult-adds", "3M", "--convention", "thop")
    assert "at most 3,000,000 MACs" in ran.out
    assert "Counted (thop): MACs" in ran.out
    ran = mncost("space", "info", file, "--params", "all")
    assert "Parameters (all): trainable ones, and running mean" in ran.out


def test_what_nobody_knows_is_told_whatever_option_has_it(mncost: Run, tmp_path: Path) -> None:
    """With the first options all is known; others have events of which onnx-tool makes who knows what."""
    file, scores = tmp_path / "s.yaml", tmp_path / "scores.csv"
    file.write_text(
        "input: [3, 8, 8]\nlayers:\n"
        "  - {op: conv, out: 4, kernel: 1, act: {choice: [relu, gelu], each: true}, repeat: 2}\n"
        "  - {choice: [[], {op: local_norm}, {op: custom, mult_adds: 5, params: 2, out: [4, 8, 8]}]}\n"
    )
    scores.write_text("layers.0.act,relu,0\nlayers.0.act,gelu,1\n")
    for command in ("info", "count --max-params 1k", "sample", f"pareto --quality {scores}"):
        name, *rest = command.split()
        ran = mncost("space", name, str(file), *rest, "--convention", "onnx-tool")
        assert (ran.code, ran.err) == (0, "")
        assert (
            "Note: Not known what onnx-tool makes of: GELU elements, local response normalisation "
            "elements, multiply-additions of custom layers." in ran.out
        ), ran.out


BAD = [
    ("count", "no limit: give --max-mult-adds"),
    ("count --max-mult-adds 0", "expected a positive amount"),
    ("count --max-mult-adds NaN", "expected an amount"),
    (
        "count --max-params 1k --min-params 2k",
        "a minimum of 2,000 params above the maximum of 1,000",
    ),
    ("count --between mult_adds=2M:1M", "nothing can meet both"),
    ("count --between mult_adds=1M:2M --max-mult-adds 3M", "two limits on mult_adds"),
    ("count --between mult_adds", "expected METRIC=LOW:HIGH"),
    ("count --between mult_adds=1M", "expected METRIC=LOW:HIGH"),
    ("count --between peak=1M:2M", 'no limit on "peak" of a design space'),
    ("count --between parms=1M:2M", "did you mean params?"),
    ("count --max-params 1M --tolerance 0%", "expected from 0.0001% to 10%"),
    ("count --max-params 1M --tolerance 0.1", "expected per cent"),
    ("sample -n 0", "expected a whole number from 1"),
    ("sample -n 1000000", "at most 100,000 at a time"),
    ("sample --seed -1", "expected a whole number from 0"),
    ("sample --explain", "No such option"),
    ("sampel", "did you mean sample?"),
    ("sample -o rows.xyz", "no format goes with the name rows.xyz"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[options for options, _ in BAD])
def test_bad_input(mncost: Run, file: str, options: str, message: str) -> None:
    name, *rest = options.split()
    began = time.monotonic()
    ran = mncost("space", name, file, *rest)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert time.monotonic() - began < 3


WRONG = [
    ("out: {choice: []}", 2, "expected a list of options, got none"),
    ("out: {choice: [8, x]}", 2, "expected a positive integer"),
    ("out: {choice: [8], quality: [.nan]}", 2, "expected a number, got nan"),
    ("out: {choice: [8], quality: [1e+400]}", 2, "expected a number, got inf"),
    ("out: {choice: [8, 16], quality: [1]}", 2, "expected a number for each of 2 options"),
    ("out: {choice: [8, 16], each: true}", 2, "each, and no turns to choose in"),
    ("out: {chioce: [8, 16]}", 2, "expected a positive integer, got a mapping"),
    ("out: 8, groups: {choice: [1, 2]}", 2, "(with layers.0.groups = 2)"),
]


@pytest.mark.parametrize(("choice", "line", "message"), WRONG, ids=[each[0] for each in WRONG])
@pytest.mark.parametrize("command", ["info", "sample"])
def test_what_is_wrong_is_told_with_its_place(
    mncost: Run, tmp_path: Path, command: str, choice: str, line: int, message: str
) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(f"input: [3, 8, 8]\nlayers: [{{op: conv, {choice}, kernel: 3}}]\n")
    ran = mncost("space", command, str(file))
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert re.match(rf"{re.escape(str(file))}:{line}:\d+: ", ran.err)


def test_a_million_options_in_one_layer(mncost: Run, tmp_path: Path) -> None:
    """Six choices of ten in one row: refused before they fill the memory."""
    ten = "{choice: [" + ", ".join(str(8 * n) for n in range(1, 11)) + "]}"
    kernels = "{choice: [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]}"
    row = f"{{op: uib, out: {ten}, hidden: {ten}, start: {kernels}, middle: {kernels}, dilation: {{choice: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}, repeat: {{choice: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}}}"
    file = tmp_path / "s.yaml"
    file.write_text(f"input: [3, 8, 8]\nlayers: [{row}]\n")
    ran = mncost("space", "info", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "1,000,000 combinations of the choices in this row" in ran.err


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_where_there_are_too_many_values(mncost: Run, tmp_path: Path, suffix: str) -> None:
    file, outs = tmp_path / f"s.{suffix}", [*range(1, 300_001)]
    layer = {"op": "conv", "kernel": 1, "out": {"choice": outs}}
    file.write_text(json.dumps({"input": [3, 8, 8], "layers": [layer]}))
    ran = mncost("space", "info", str(file))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"{file}:1:")
    assert "more than 200,000 values, up to those of layers.0.out.choice\n" in ran.err


@pytest.mark.parametrize("command", ["show", "fit --max-params 1M", "convert", "table1", "diff"])
def test_other_commands_say_that_it_is_a_space(mncost: Run, file: str, command: str) -> None:
    name, *rest = command.split()
    ran = mncost(name, file, *rest, *([file] if name == "diff" else []))
    assert (ran.code, ran.out) == (2, "")
    assert re.match(rf"{re.escape(file)}:3:\d+: a choice, so that this is a design space", ran.err)
    assert "mncost space reads it" in ran.err


def test_without_numpy(mncost: Run, file: str, hide_numpy: Callable[[], None]) -> None:
    count = f"space count {file} --max-mult-adds 2M --max-params 5k"
    limits = "--between mult_adds=1M:2M --max-params 6k --format csv"
    before = mncost(count), rows(mncost(f"space sample {file} -n 1000 {limits}"))
    hide_numpy()
    every = rows(mncost(f"space sample {file} -n 1000 {limits}"))
    by_number = [sorted(found, key=lambda row: int(row["number"])) for found in (before[1], every)]
    assert mncost(count) == before[0]
    assert by_number[0] == by_number[1]
    some = rows(mncost(f"space sample {file} -n 9 {limits}"))
    assert len(some) == 9
    assert all(row in every for row in some)


def test_too_many_sums_for_plain_python(
    mncost: Run, file: str, monkeypatch: pytest.MonkeyPatch, hide_numpy: Callable[[], None]
) -> None:
    from mncost.study.explore import bags

    hide_numpy()
    monkeypatch.setattr(bags, "MOST", 2)
    ran = mncost("space", "count", file, "--max-mult-adds", "2M", "--max-params", "5k")
    assert (ran.code, ran.out) == (2, "")
    assert "pip install 'mncost[explore]'" in ran.err


def test_too_many_sums_with_numpy(mncost: Run, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bags = pytest.importorskip("mncost.study.explore.bags_numpy")
    monkeypatch.setattr(bags, "MOST", 5)
    told = "more than 5 different sums of costs, too many to count exactly"
    one, both = "--max-mult-adds 2M", "--max-mult-adds 2M --max-params 5k"
    ran = mncost(f"space count {file} {one}")
    more = "count with a tolerance, as in --tolerance 1%; or else: narrow the limits"
    assert (ran.code, ran.out, ran.err) == (2, "", f"mncost: {told}; {more}\n")
    ran = mncost(f"space count {file} {both}")
    assert ran.err.endswith("or else: limit one cost alone, or narrow the limits\n")
    ran = mncost(f"space sample {file} {both}")
    assert ran.err == f"mncost: {told}; limit one cost alone, or narrow the limits\n"


SCORED = """
name: scored
input: [3, 32, 32]
layers:
  - {op: conv, out: {choice: [8, 16], quality: [0, 0.45]}, kernel: 3, stride: 2}
  - {op: inverted_residual, out: 24, expand: {choice: [3, 6], each: true, quality: [0.1, 0.3]}, kernel: {choice: [3, 5], each: true, quality: [-0.125, 0.2]}, stride: 2, repeat: {choice: [1, 2]}}
"""


@pytest.fixture
def scored(tmp_path: Path) -> str:
    path = tmp_path / "scored.yaml"
    path.write_text(SCORED, "utf-8")
    return str(path)


def front_of_all(most: int = 10**18) -> list[tuple[int, float]]:
    """Mult-Adds and quality of the front, by comparing each with each."""
    of = plan(SCORED)
    points = set()
    for each in everyone(of):
        named = zip(of.columns, each.picks, strict=True)
        scores = [c.dimension.quality[p] for c, p in named if c.dimension.quality and p >= 0]
        if each.costs[0] <= most:
            points.add((each.costs[0], sum(scores)))
    return sorted(
        (a, float(q))
        for a, q in points
        if not any(b <= a and r >= q and (b, r) != (a, q) for b, r in points)
    )


def test_pareto(mncost: Run, scored: str) -> None:
    found = rows(mncost("space", "pareto", scored, "--format", "csv"))
    assert [(int(row["mult_adds"]), float(row["quality"])) for row in found] == front_of_all()
    found = rows(mncost(*f"space pareto {scored} --format csv --max-mult-adds 400k".split()))
    told = [(int(row["mult_adds"]), float(row["quality"])) for row in found]
    assert told == front_of_all(400_000)
    assert len(told) < len(front_of_all())
    text = mncost("space", "pareto", scored).out
    assert f"scored: {len(front_of_all())} of 40 architectures are on the front" in text
    assert "Without scores, so that they add nothing: layers.1.repeat." in text
    assert "  -0.025\n" in text


def test_pareto_without_numpy(mncost: Run, scored: str, hide_numpy: Callable[[], None]) -> None:
    command = f"space pareto {scored} --objectives mult_adds,params,quality --json"
    before = mncost(command)
    hide_numpy()
    assert mncost(command) == before


def test_pareto_by_scores_of_a_file(mncost: Run, file: str, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("choice,option,quality\nlayers.0.out,8,0.5\nlayers.0.out,16,0.75\n")
    found = document(mncost(*f"space pareto {file} --quality {scores} --json".split()))
    (best,) = found["rows"]  # at α = 0.5 both options are 8 channels
    assert (best["quality"], best["alpha"], best["layers.0.out"]) == (0.75, 0.5, 16)
    scores.write_text("layers.0.out,8,nan\nlayers.0.uot,8,1\n")
    ran = mncost(*f"space pareto {file} --quality {scores}".split())
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 2)
    assert (
        f"{scores}:1: the score must be a decimal below 10^18, with an exponent up to 30, got 'nan'\n"
        in ran.err
    )
    assert f'{scores}:2: no choice "layers.0.uot"; did you mean layers.0.out' in ran.err


def test_scores_are_exact_in_csv(mncost: Run, file: str, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("layers.0.out,8,123456789012345678\nlayers.0.out,16,123456789012345678.25\n")
    command = f"--quality {scores} --format csv"
    (front,) = rows(mncost(f"space pareto {file} {command}"))
    assert front["quality"] == "123456789012345678.25"
    swept = rows(mncost(f"sweep {file} {command}"))
    assert {row["quality"] for row in swept} == {"123456789012345678", front["quality"]}
    found = document(mncost(f"space pareto {file} --quality {scores} --json"))
    assert found["rows"][0]["quality"] == 123456789012345678.25


def test_a_front_needs_a_quality(mncost: Run, file: str, scored: str) -> None:
    ran = mncost("space", "pareto", file)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "no quality is known of any choice" in ran.err
    assert "give --quality FILE.csv (choice,option,quality)" in ran.err
    ran = mncost("space", "pareto", scored, "--objectives", "mult_adds,params")
    assert (ran.code, ran.out) == (2, "")
    assert "a front of costs alone is the smallest network" in ran.err


def test_files_of_the_front(mncost: Run, scored: str, tmp_path: Path) -> None:
    words = ("space", "pareto", scored, "-o", f"{tmp_path}/front/", "--format", "csv")
    for row in rows(mncost(*words)):
        totals = document(mncost("show", row["file"], "--json"))["totals"]
        assert totals["mult_adds"] == int(row["mult_adds"])
        assert totals["weights"] == int(row["weights"])
    ran = mncost("space", "pareto", scored, "--max-params", "1")
    assert (ran.code, ran.err) == (1, "")
    assert "scored: none of 40 architectures is within" in ran.out


def test_a_tolerance_that_is_too_small(
    mncost: Run, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bags = pytest.importorskip("mncost.study.explore.bags_numpy")
    monkeypatch.setattr(bags, "MOST", 5)
    hints = {
        "0.1%": "allow ten times as much, 1 %",
        "4%": "allow as much as there can be, 10 %",
        "10%": "narrow the limits",
    }
    for tolerance, hint in hints.items():
        ran = mncost("space", "count", file, "--max-params", "5k", "--tolerance", tolerance)
        assert (ran.code, ran.out) == (2, "")
        assert f"too many to count exactly; {hint}\n" in ran.err
