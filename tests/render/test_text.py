"""Every format: what tabulate draws, CSV, TSV and JSON."""

from __future__ import annotations

import csv
import io
import json

import pytest
import tabulate

import mncost
from mncost.errors import MncostError
from mncost.render.paper import table1
from mncost.render.table import Column, Table
from mncost.render.text import FORMATS, TABULATE, draw, format_for

REPORT = mncost.analyze(mncost.load("mobilenet_v1"))
TABLE = table1(REPORT)

NASTY = ["1e5", "[red]x[/red]", "a|b", "<b>&", "=cmd()", "a\x1b[2J\nb", "100%_$\\", "`x`", "no"]


def nasty(names: list[str]) -> Table:
    columns = (Column("name", "Name"), Column("cost", "Mult-Adds", "count"))
    return Table("t", columns, tuple((name, 7) for name in names))


def test_the_list_of_formats_is_tabulates() -> None:
    assert set(TABULATE) | {"tsv"} == set(tabulate.tabulate_formats)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "table"])
def test_every_format_holds_every_row_and_no_control_character(name: str) -> None:
    text = draw(TABLE, name)
    assert "10838016" in text or "10.84" in text
    assert text.endswith("\n")
    hostile = draw(nasty(NASTY), name)
    assert all(c.isprintable() or c in "\n\t" for c in hostile)
    assert "1e5" in hostile
    assert "100000" not in hostile


def test_csv_is_raw_and_sums() -> None:
    rows = list(csv.DictReader(io.StringIO(draw(TABLE, "csv"))))
    assert len(rows) == len(REPORT.rows)
    costs = [row["mult_adds"] for row in rows]
    assert sum(int(cost) for cost in costs if cost) == 568_740_352
    assert sum(int(row["weights"]) for row in rows) == 4_209_088


def test_csv_keeps_spreadsheets_from_running_a_name() -> None:
    rows = list(csv.reader(io.StringIO(draw(nasty(["=cmd()", "+1", "-1", "@x", "a,b"]), "csv"))))
    assert [row[0] for row in rows[1:]] == ["'=cmd()", "'+1", "'-1", "'@x", "a,b"]


def test_json_has_raw_integers_the_convention_and_what_rebuilds_the_table() -> None:
    document = json.loads(draw(TABLE, "json"))
    assert document["schema_version"] == 1
    assert document["convention"]["name"] == "paper"
    assert document["convention"]["unit"] == "Mult-Adds"
    assert document["alpha"] == 1.0
    assert document["resolution"] == [224, 224]
    keys = [column["key"] for column in document["columns"]]
    assert all(set(keys) <= set(row) for row in document["rows"])
    assert document["totals"]["mult_adds"] == 568_740_352
    assert sum(row["mult_adds"] or 0 for row in document["rows"]) == 568_740_352
    pool = next(row for row in document["rows"] if row["type"].startswith("Avg"))
    assert pool["mult_adds"] is None
    assert pool["marks"]["mult_adds"] == "not_counted"


def test_markup_of_names_is_escaped() -> None:
    assert "a\\|b" in draw(nasty(NASTY), "github")
    assert "&lt;b&gt;" in draw(nasty(NASTY), "github")
    for name in ("html", "unsafehtml"):
        assert "&lt;b&gt;&amp;" in draw(nasty(NASTY), name)
    for name in ("latex", "latex_raw", "latex_booktabs"):
        assert "100\\%\\_\\$" in draw(nasty(NASTY), name)


def test_an_unknown_format_is_told_the_nearest() -> None:
    with pytest.raises(MncostError, match="did you mean github"):
        draw(TABLE, "githb")


def test_suffixes() -> None:
    assert [format_for(name) for name in ("a.csv", "a.JSON", "b.md")] == ["csv", "json", "github"]
    for name in ("c", "d.xyz", ".csv"):
        with pytest.raises(MncostError, match="no format goes with the name"):
            format_for(name)
