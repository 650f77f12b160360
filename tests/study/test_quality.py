"""Scores of options, from a space's own file and from CSV files, good and bad."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from mncost.errors import SettingError, SpecError
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
    ("layers.0.kernel,1,NaN", 1, "the score must be a finite number, got 'NaN'"),
    ("layers.0.kernel,1,-inf", 1, "the score must be a finite number"),
    ("layers.0.kernel,1,1e400", 1, "the score must be a finite number"),
    ("layers.0.kernel,1,1e18", 1, "the score must be a finite number"),
    ("layers.0.kernel,1,", 1, "the score must be a finite number, got ''"),
    ("layers.0.kernel,1,1/3", 1, "the score must be a finite number"),
    ("layers.0.kernel,1," + "9" * 50, 1, "the score must be a finite number"),
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


def test_no_scores_at_all() -> None:
    of = plan("input: [3, 8, 8]\nlayers: [{op: conv, out: {choice: [4, 8]}, kernel: 1}]")
    assert stated(of) is None
    with pytest.raises(SettingError, match="give --quality FILE"):
        known(of, None)
