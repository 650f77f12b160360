"""Cells to text, and texts from files made inert."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mncost.render.table import Column, Mark, Table, clean, texts, to_ascii

TABLE = Table(
    "A title",
    (
        Column("name", "Name"),
        Column("cost", "Mult-Adds", "count"),
        Column("share", "%", "share"),
    ),
    (
        ("a", 1_500_000, Fraction(3, 4)),
        ("b", 500_000, Fraction(1, 4)),
        ("c", Mark.NOT_COUNTED, Mark.EMPTY),
        ("d", Mark.UNKNOWN, Fraction(1, 100_000)),
        ("e", 0, Fraction(0)),
    ),
    ("Total", 2_000_000, Fraction(1)),
)


def test_cells() -> None:
    words = texts(TABLE)
    assert words.header == ["Name", "Mult-Adds (M)", "%"]
    assert words.rows == [
        ["a", "1.50", "75.00"],
        ["b", "0.50", "25.00"],
        ["c", "–", ""],
        ["d", "?", "<0.01"],
        ["e", "0", "0"],
    ]
    assert words.total == ["Total", "2.00", "100"]


def test_exact_and_ascii() -> None:
    words = texts(TABLE, exact=True, ascii=True)
    assert words.header[1] == "Mult-Adds"
    assert [row[1] for row in words.rows] == ["1,500,000", "500,000", "-", "?", "0"]


@given(st.text())
def test_clean_text_has_no_control_format_or_line_break(text: str) -> None:
    cleaned = clean(text)
    assert all(unicodedata.category(c)[0] != "C" for c in cleaned)
    assert len(cleaned.splitlines()) <= 1


@given(st.text())
def test_ascii_is_ascii(text: str) -> None:
    assert to_ascii(text).isascii()


@pytest.mark.parametrize("text", ["::error::x", "x ##vso[task.complete]", "a ##[error]b", " ::x"])
def test_commands_to_ci_are_disarmed_wherever_they_stand(text: str) -> None:
    cleaned = clean(text)
    assert not cleaned.lstrip().startswith("::")
    assert "##" not in cleaned


def test_harmless_text_is_left_alone() -> None:
    assert clean("block1/α ×3 名前") == "block1/α ×3 名前"
    assert clean("a\x1b[2J\u202eb\x9b") == r"a\x1b[2J\u202eb\x9b"
