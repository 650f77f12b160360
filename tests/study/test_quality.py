"""Scores of options, from a space's own file and from CSV files, good and bad."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from mncost.errors import SettingError, SpecError
from mncost.study.explore.best import best
from mncost.study.explore.picked import picked
from mncost.study.explore.plan import Plan
from mncost.study.explore.quality import known, read, stated
from tests.choosing import plan

SPACE = """
input: [3, 16, 16]
layers:
  - {op: conv, out: {choice: [4, 8], quality: [0, 1.5]}, kernel: {choice: [1, 3]}}
  - {op: conv, out: {choice: [4, 8], each: true}, kernel: 3, repeat: 2}
  - {choice: [{op: pointwise, out: 4}, {op: pointwise, out: 8}, [{op: depthwise}, {op: pointwise, out: 8}]]}
  - {op: conv, out: 4, kernel: 1, bias: {choice: [true, false]}}
"""
GOOD = """choice,option,quality
layers.0.kernel,1,-0.25
layers.0.kernel,3,.5

layers.1.out,4,1e-3
layers.1.out , 8, 2
layers.1.out@2,8,3
layers.2,pointwise#1,0
layers.2,pointwise#2,0.125
layers.2,"[depthwise, pointwise]",7
layers.3.bias,true,1
layers.3.bias,false,0
"""


@pytest.fixture
def of() -> Plan:
    return plan(SPACE)


def scores(of: Plan, text: str, folder: Path) -> dict[str, list[Fraction]]:
    file = folder / "scores.csv"
    file.write_text(text, "utf-8")
    found = read(of, str(file))
    return {c.name: [found.value(s) for s in each] for c, each in found.scores.items()}


def test_a_good_file(of: Plan, tmp_path: Path) -> None:
    assert scores(of, GOOD, tmp_path) == {
        "layers.0.out": [0, Fraction(3, 2)],
        "layers.0.kernel": [Fraction(-1, 4), Fraction(1, 2)],
        "layers.1.out@1": [Fraction(1, 1000), 2],
        "layers.1.out@2": [Fraction(1, 1000), 3],
        "layers.2": [0, Fraction(1, 8), 7],
        "layers.3.bias": [1, 0],
    }


def test_a_line_on_one_turn_outweighs_one_on_all_wherever_it_stands(
    of: Plan, tmp_path: Path
) -> None:
    lines = ["layers.1.out@2,8,3", "layers.1.out,8,2", "layers.1.out,4,0"]
    for text in ("\n".join(lines), "\n".join(reversed(lines))):
        found = scores(of, text, tmp_path)
        assert (found["layers.1.out@1"], found["layers.1.out@2"]) == ([0, 2], [0, 3])


def test_a_file_outweighs_the_space(of: Plan, tmp_path: Path) -> None:
    assert scores(of, "layers.0.out,4,9\nlayers.0.out,8,8", tmp_path) == {"layers.0.out": [9, 8]}


def test_what_an_architecture_is_worth(of: Plan, tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text(GOOD)
    found = read(of, str(file))
    assert found.value(found.of(of.columns, (1, 0, 0, 1, 2, 1))) == Fraction("11.251")
    assert found.of(of.columns, (-1,) * 6) == 0
    assert found.value(found.largest) == Fraction("15")


BAD = [
    ("layers.0.kernle,1,2", 1, 'no choice "layers.0.kernle"; did you mean layers.0.kernel'),
    ("layers.0.kernel@1,1,2", 1, "no choice"),
    ("layers.0.kernel,7,2", 1, 'layers.0.kernel has no option "7"; choose from 1, 3'),
    ("layers.2,pointwise,2", 1, 'has no option "pointwise"; did you mean pointwise#'),
    (
        "layers.0.kernel,1,NaN",
        1,
        "the score must be a decimal below 10^18, with an exponent up to 30, got 'NaN'",
    ),
    ("layers.0.kernel,1,-inf", 1, "the score must be a decimal"),
    ("layers.0.kernel,1,1e400", 1, "the score must be a decimal"),
    ("layers.0.kernel,1,1e18", 1, "the score must be a decimal"),
    ("layers.0.kernel,1,", 1, "with an exponent up to 30, got ''"),
    ("layers.0.kernel,1,1e-999999999", 1, "the score must be a decimal"),
    ("layers.0.kernel,1,0e99999999", 1, "the score must be a decimal"),
    ("layers.0.kernel,1,1e-31", 1, "with an exponent up to 30"),
    ("layers.0.kernel,1,1_000", 1, "the score must be a decimal"),
    ("layers.0.kernel,1,\u0661", 1, "the score must be a decimal"),
    ("layers.0.kernel,1,.", 1, "the score must be a decimal"),
    ("layers.0.kernel,1,1/3", 1, "the score must be a decimal"),
    ("layers.0.kernel,1," + "9" * 50, 1, "the score must be a decimal"),
    ("layers.0.kernel,1,2\nlayers.0.kernel,1,3\n", 2, "has a score already, in line 1"),
    ("layers.0.kernel,1,2", 0, "layers.0.kernel: no score for 3; give each of its options one"),
    (
        "layers.1.out@1,4,2\nlayers.1.out@1,8,2\nlayers.1.out@2,8,2",
        0,
        "layers.1.out@2: no score for 4",
    ),
    ("layers.0.kernel,1", 1, "2 values, expected choice,option,quality"),
    ("layers.0.kernel,1,2,3", 1, "4 values"),
    ('layers.0.kernel,"1,2', 1, "no CSV"),
    ("a\0b", 1, ""),
    ("", 0, "empty"),
]


@pytest.mark.parametrize(("text", "line", "message"), BAD, ids=[repr(each[0][:30]) for each in BAD])
def test_bad_files(of: Plan, tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        scores(of, text, tmp_path)
    found = [str(problem) for problem in caught.value.problems]
    place = f"{tmp_path / 'scores.csv'}:{line}:" if line else f"{tmp_path / 'scores.csv'}: "
    assert any(each.startswith(place) and message in each for each in found), found


def test_all_that_is_wrong_at_once(of: Plan, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        scores(of, "x,1,2\nlayers.0.kernel,1,nan\nlayers.0.kernel,2,3\n", tmp_path)
    assert [problem.line for problem in caught.value.problems][:3] == [1, 2, 3]


def test_a_bad_score_is_wrong_once(of: Plan, tmp_path: Path) -> None:
    """That a choice with a bad line lacks a score is no news; of another choice it is."""
    lines = "layers.0.out,4,1\nlayers.0.out,8,x\nlayers.1.out@2,4,x\nlayers.1.out@2,8,1\n"
    with pytest.raises(SpecError) as caught:
        scores(of, lines + "layers.0.kernel,1,0\n", tmp_path)
    told = [(each.line, each.message[:15]) for each in caught.value.problems]
    assert told == [(2, "the score must "), (3, "the score must "), (0, "layers.0.kernel")]


def test_a_file_that_is_too_large(of: Plan, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="larger than 4 MiB; no space has so many options"):
        scores(of, "layers.0.out,4,1\n" * 300_000, tmp_path)


def test_a_file_of_a_header_alone(tmp_path: Path) -> None:
    of = plan("input: [3, 8, 8]\nlayers: [{op: conv, out: {choice: [4, 8]}, kernel: 1}]")
    with pytest.raises(SpecError, match="no scores in it"):
        scores(of, "choice,option,quality\n", tmp_path)


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_no_file(of: Plan, tmp_path: Path, name: str) -> None:
    with pytest.raises(SpecError):
        read(of, str(tmp_path / name))


def test_no_utf8(of: Plan, tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="not UTF-8"):
        read(of, str(tmp_path / "scores.csv"))


SMALL = [
    ("1e-30", Fraction(1, 10**30)),
    ("-12345678901234567.8901234567890123456", Fraction("-12345678901234567.8901234567890123456")),
    ("0.000000000000000000000000000001e-3", Fraction(1, 10**33)),
    ("+5.", Fraction(5)),
    ("0e30", Fraction(0)),
]


@pytest.mark.parametrize(("text", "exact"), SMALL)
def test_scores_are_exact(of: Plan, tmp_path: Path, text: str, exact: Fraction) -> None:
    lines = f"layers.0.kernel,1,{text}\nlayers.0.kernel,3,1"
    assert scores(of, lines, tmp_path)["layers.0.kernel"] == [exact, 1]


def test_a_front_of_scores_beyond_64_bits(of: Plan, tmp_path: Path) -> None:
    """In units of 1e-30 they are; none is lost, not even one below nought."""
    file = tmp_path / "scores.csv"
    file.write_text(
        "layers.0.out,4,-5\nlayers.0.out,8,-3\nlayers.0.kernel,1,0\nlayers.0.kernel,3,1e-30"
    )
    quality = read(of, str(file))
    found = picked(of, best(of, quality), quality)
    worth = [quality.value(each.score or 0) for each in found]
    assert worth == [-5, Fraction(1, 10**30) - 5, -3, Fraction(1, 10**30) - 3]


OF_A_SPACE = [
    ("1e+17, 1e-30", ""),
    ("1e+18, 0", "expected a number below 10^18, got 1e+18"),
    ("1" + "0" * 30 + ", 0", "expected a number below 10^18, got a number of more than 20 digits"),
    ("1e-31, 0", "expected 0 or at least 1e-30, got 1e-31"),
    ("1e-400, 0", ""),
    (".nan, 0", "expected a number, got nan"),
    ("-.inf, 0", "expected a number, got -inf"),
]


@pytest.mark.parametrize(("text", "message"), OF_A_SPACE, ids=[each[0][:9] for each in OF_A_SPACE])
def test_scores_of_a_space(text: str, message: str) -> None:
    space = f"input: [3, 8, 8]\nlayers: [{{op: conv, kernel: 1, out: {{choice: [4, 8], quality: [{text}]}}}}]"
    if not message:
        assert stated(plan(space)) is not None
        return
    with pytest.raises(SpecError, match=re.escape(message)):
        plan(space)


def test_no_scores_at_all() -> None:
    of = plan("input: [3, 8, 8]\nlayers: [{op: conv, out: {choice: [4, 8]}, kernel: 1}]")
    assert stated(of) is None
    with pytest.raises(SettingError, match="give --quality FILE"):
        known(of, None)
