"""The paper's tables and other published lists: every figure understood, none forgotten."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import mncost
from mncost.errors import SpecError
from mncost.spec import published
from mncost.spec.published import Of, Published, PublishedTable
from mncost.study.paper import Outcome, count, outcomes, sixteen

FOUND: dict[str, list[Outcome]] = {
    name: [each for table in published.read(name).tables for each in outcomes(table)]
    for name in published.names()
}


def figure(table: int, row: str, key: str = "mult_adds", name: str = "mobilenets") -> Outcome:
    (found,) = (
        each for each in FOUND[name] if (each.table, each.row, each.key) == (table, row, key)
    )
    return found


@pytest.mark.parametrize("name", FOUND)
def test_every_figure_is_as_it_is_known_to_be(name: str) -> None:
    """Worse is a regression of ours; better is a reason in the list that is none any more."""
    assert [each for each in FOUND[name] if each.status != each.stored] == []
    assert all(each.why for each in FOUND[name] if each.status in ("erratum", "not derivable"))


def test_all_fourteen_tables() -> None:
    assert {each.table for each in FOUND["mobilenets"]} == set(range(1, 15))
    assert len([each for each in FOUND["mobilenets"] if each.table == 1]) == 30


MATCHES = [
    (5, "Shallow MobileNet", 307),
    (6, "0.5 MobileNet-224", 149),
    (7, "1.0 MobileNet-128", 186),
]


@pytest.mark.parametrize(("table", "row", "millions"), MATCHES)
def test_matches_are_within_half_a_unit(table: int, row: str, millions: int) -> None:
    found = figure(table, row)
    assert isinstance(found.computed, int)
    assert found.status == "match"
    assert abs(found.computed - millions * 10**6) <= 500_000


def test_the_known_slips() -> None:
    """Each explanation is computed, and gives what is printed."""
    stride = next(
        each for each in FOUND["mobilenets"] if each.table == 1 and each.status != "match"
    )
    assert stride.printed == "Conv dw / s2 · 3×3×1024 dw · 7×7×1024"
    taken_at_its_word = mncost.analyze(mncost.load("mobilenet_v1_as_printed")).totals.mult_adds
    assert round(taken_at_its_word / 1e6, 1) == 533.8
    swapped = figure(2, "Conv 3×3", "mult_adds_share")
    assert round(float(swapped.computed) * 100, 2) == 1.91  # type: ignore[arg-type]
    assert figure(4, "Conv MobileNet").otherwise == 4_866_269_184
    assert figure(7, "1.0 MobileNet-160").status == "truncated"
    assert figure(9, "0.50 MobileNet-160").status == "truncated"
    assert figure(9, "Squeezenet").status == "erratum"
    assert "FLOPs" in figure(9, "Squeezenet").why
    assert figure(10, "1.0 MobileNet-224").otherwise == 568_740_352
    assert "billion is meant" in figure(11, "PlaNet MobileNet").why
    assert figure(12, "0.25 MobileNet-224").otherwise == 45_992_576
    assert figure(12, "0.25 MobileNet-128").otherwise == 15_017_984
    assert figure(14, "0.75 MobileNet-128 (first)").otherwise == 165_628_800


def test_what_was_fitted_says_so() -> None:
    fitted = {(each.table, each.row) for each in FOUND["mobilenets"] if each.fitted}
    assert (9, "Squeezenet") in fitted
    assert (10, "1.0 MobileNet-224") not in fitted


def test_slim_counted_three_quarters_without_the_first_layer() -> None:
    found = figure(1, "0.75-224", name="slim")
    first = mncost.analyze(mncost.scale(mncost.load("mobilenet_v1"), alpha=0.75)).rows[0]
    assert found.otherwise == found.computed - first.mult_adds  # type: ignore[operator]


def judged(printed: str, computed_of: str, **more: object) -> Outcome:
    """One figure of a list of one."""
    table = PublishedTable.model_validate(
        {
            "number": 1,
            "title": "one",
            "rows": [
                {
                    "name": "row",
                    "of": {"network": computed_of},
                    "mult_adds": {"printed": printed, **more},
                }
            ],
        }
    )
    (found,) = outcomes(table)
    return found


@pytest.mark.parametrize(
    ("printed", "more", "status", "worse"),
    [
        ("569", {}, "match", False),
        ("568", {}, "truncated", True),
        ("568", {"status": "truncated"}, "truncated", False),
        ("570", {}, "unexplained", True),
        ("568.74", {}, "match", False),
        ("570", {"step": 10}, "match", False),
        ("568", {"status": "erratum", "of": {"classes": 0}, "why": "no"}, "truncated", False),
        ("567.7", {"status": "erratum", "of": {"classes": 0}, "why": "body"}, "erratum", False),
        ("567.1", {"status": "erratum", "of": {"classes": 0}, "why": "wrong"}, "unexplained", True),
        ("596", {"status": "erratum", "meant": "569", "why": "swapped"}, "erratum", False),
        ("596", {"status": "erratum", "meant": "599", "why": "wrong"}, "unexplained", True),
        ("596", {"status": "not derivable", "why": "unknown"}, "not derivable", False),
    ],
)
def test_a_status_is_found_and_not_believed(
    printed: str, more: dict[str, object], status: str, worse: bool
) -> None:
    found = judged(printed, "mobilenet_v1", **more)
    assert (found.status, found.is_worse) == (status, worse)


def test_a_count_can_be_a_share_or_a_part() -> None:
    network = Of(network="mobilenet_v1")
    part = network.but(Of(kinds=("depthwise",)))
    assert count(part, "mult_adds") == 17_385_984
    share = network.but(Of(type="Fully Connected"))
    assert count(share, "params_share") == Fraction(1_024_000, 4_209_088)


def test_sixteen_models() -> None:
    points = sixteen()
    assert len(points) == 16
    assert (points[0].top1, points[0].mult_adds, points[0].params) == (70.7, 568_740_352, 4_209_088)
    assert {(p.alpha, p.resolution) for p in points} == {
        (alpha, size) for alpha in (1, 0.75, 0.5, 0.25) for size in (224, 192, 160, 128)
    }


def test_a_list_edited_wrong_names_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ntitle: t\nsource: s\ntables:\n"
        "- number: 1\n  title: t\n  rows:\n    - {name: a, mult_add: '3'}\n"
        "    - {name: b, mult_adds: {printed: '3', status: erratum}}\n"
    )
    monkeypatch.setattr(published, "_FOLDER", str(tmp_path))
    with pytest.raises(SpecError) as caught:
        published.read("mine")
    first, second = (str(problem) for problem in caught.value.problems)
    assert 'mine.yaml:8:17: unknown key "mult_add"; did you mean mult_adds' in first
    assert "mine.yaml:9:51: erratum, and no word why; write why:" in second


def test_names_are_those_of_the_files() -> None:
    for name in published.names():
        read = published.read(name)
        assert isinstance(read, Published)
        assert read.name == name
        assert "http" in read.source
