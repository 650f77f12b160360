"""`paper` and `zoo`, as people type them."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mncost.spec import published, zoo

Run = Callable[..., Any]


def test_every_published_cost(mncost: Run) -> None:
    ran = mncost("paper --strict --json")
    found = json.loads(ran.out)
    assert ran.code == 0
    assert found["worse"] == []
    assert found["statuses"]["unexplained"] == 0
    assert len(found["rows"]) == sum(found["statuses"].values()) - 28 > 100


@pytest.mark.parametrize("name", published.names())
def test_strict_holds_for_every_list(mncost: Run, name: str) -> None:
    ran = mncost(f"paper --strict --published {name}")
    assert (ran.code, ran.err) == (0, "")


def test_strict_fails_where_something_is_worse(
    mncost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mobilenets.yaml").write_text(
        "name: mobilenets\ntitle: t\nsource: s\ntables:\n- number: 6\n  title: t\n"
        "  rows: [{name: a, of: {network: mobilenet_v1}, mult_adds: '570'}]\n"
    )
    monkeypatch.setattr(published, "_FOLDER", str(tmp_path))
    assert mncost("paper").code == 0
    ran = mncost("paper --strict")
    assert ran.code == 1
    assert "Table 6, a, mult_adds: 570 M was match, and is unexplained" in ran.err


def test_one_table_with_accuracies(mncost: Run) -> None:
    lines = mncost("paper 6").out.splitlines()
    row = next(line for line in lines if line.startswith("0.75 MobileNet-224"))
    assert row.split() == [
        "0.75", "MobileNet-224", "68.4", "325", "M", "325.40", "match", "2.6", "M", "2.57", "match",
    ]  # fmt: skip


def test_the_lists(mncost: Run) -> None:
    out = mncost("paper --published list").out
    assert all(name in out for name in published.names())


@pytest.mark.parametrize("what", ["figure4", "figure5"])
def test_a_figure_in_characters(mncost: Run, what: str) -> None:
    out = mncost(f"paper {what}").out
    drawn = "".join(line for line in out.splitlines() if "│" in line)
    marks = sum(drawn.count(mark) for mark in "●▲■◆")
    assert 12 <= marks <= 16  # points that fall on one character are one
    assert "41.3 │" in out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_a_figure_as_a_picture_and_as_data(mncost: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need matplotlib")
    for name, start in (("a.svg", b"<?xml"), ("b.png", b"\x89PNG")):
        path = tmp_path / name
        assert mncost("paper", "figure4", "-o", str(path)).code == 0
        assert path.read_bytes().startswith(start)
    text = (tmp_path / "a.svg").read_text()
    assert "0.25-128" in text
    assert mncost("paper", "figure4", "-o", str(tmp_path / "a.svg")).code == 2
    assert mncost("paper", "figure4", "-o", str(tmp_path / "a.svg"), "--force").code == 0
    assert (tmp_path / "a.svg").read_text() == text
    assert len(json.loads(mncost("paper figure5 --json").out)["rows"]) == 16


def test_a_picture_without_matplotlib(
    mncost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = mncost("paper", "figure4", "-o", str(tmp_path / "a.svg"))
    assert ran.code == 2
    assert "pip install 'mncost[plot]'" in ran.err
    assert not (tmp_path / "a.svg").exists()


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("paper 15", "mobilenets has no Table 15; it has 1, 2, 3"),
        ("paper figure6", "did you mean figure"),
        ("paper six", "no table or figure 'six'; a table's number, 1 to 14"),
        ("paper --published slimm", "did you mean slim"),
        ("paper figure4 --strict", "figure4 takes neither"),
        ("paper 6 --params all", "No such option"),
        ("paper --published ''", "no list of published figures"),
        ("paper 4 --published list", "takes nothing else"),
        ("zoo mobilenet_v9", "did you mean mobilenet_v"),
        ("zoo mobilenet_v1 --json", "a file is printed as it is: no --json"),
        ("zoo mobilenet_v1 --params all", "a file is printed as it is: no --params"),
        ("zoo --explain", "No such option"),
    ],
)
def test_what_is_wrong_is_said(mncost: Run, command: str, complaint: str) -> None:
    ran = mncost(*shlex.split(command))
    assert (ran.code, ran.out) == (2, "")
    assert complaint in ran.err


def test_the_zoo(mncost: Run) -> None:
    listed = json.loads(mncost("zoo --json").out)
    assert {row["network"] for row in listed["rows"]} == set(zoo.names())
    v1 = next(row for row in listed["rows"] if row["network"] == "mobilenet_v1")
    assert (v1["mult_adds"], v1["weights"], v1["top1"]) == (568_740_352, 4_209_088, "70.6")


def test_a_zoo_network_as_it_is_written(mncost: Run, tmp_path: Path) -> None:
    ran = mncost("zoo mobilenet_v1")
    assert ran.out == zoo.read("mobilenet_v1").decode()
    copy = tmp_path / "mine.yaml"
    assert mncost("zoo", "mobilenet_v1", "-o", str(copy)).code == 0
    assert mncost("show", str(copy)).code == 0
    assert mncost("zoo", "mobilenet_v1", "-o", str(copy)).code == 2
