"""Units: one a column, nothing that prints as nought, exact rounding."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from mncost.units import EXACT, Scale, fixed, scale_for, scaled, significant


@given(st.lists(st.integers(1, 10**30), min_size=1, max_size=8))
def test_nothing_prints_as_nought(counts: list[int]) -> None:
    scale = scale_for(counts)
    for count in counts:
        text = scale.text(count)
        assert text.strip("0.,")
        assert text.startswith("<") or float(text.replace(",", "")) > 0


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_rounding_is_within_half_a_unit(number: int, decimals: int) -> None:
    value = Fraction(number, 7)
    text = fixed(value, decimals)
    assert abs(Fraction(text.replace(",", "")) - value) <= Fraction(1, 2 * 10**decimals)


def test_columns() -> None:
    assert scale_for([]) == scale_for([0]) == scale_for([999]) == EXACT
    assert scale_for([18_432, 13_570_048]) == Scale(2, 3)
    assert [Scale(2, 2).text(n) for n in (0, 1, 1_000_000)] == ["0", "<0.01", "1.00"]
    assert Scale(2, 1).suffix == "M"


def test_a_number_alone() -> None:
    assert scaled(569_000_000) == "569.0 M"
    assert scaled(12) == "12"
    assert significant(1 / 3) == "0.333"
