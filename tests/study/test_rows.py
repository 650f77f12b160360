"""Architectures by number, in arrays and in lists: both as the plan has them one by one."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from mncost.study.explore import quality as qualities
from mncost.study.explore import rows as plain
from mncost.study.explore.plan import Plan
from mncost.study.explore.rows import Chunk, PlainRows, fits, rows, shard, steps
from tests.choosing import SPACES, plan

SCORED = """
input: [3, 16, 16]
layers:
  - {op: conv, out: {choice: [4, 8], quality: [-1, 0.25]}, kernel: 3}
  - {op: conv, out: {choice: [4, 8, 12], each: true, quality: [0.1, 0.2, 0.35]}, kernel: 3, repeat: {choice: [1, 2, 3]}}
"""
HUGE = """
input: [1000000000, 1, 1]
layers: [{op: conv, out: {choice: [1000000000, 500000000]}, kernel: 1}, {op: conv, out: 1000000000, kernel: {choice: [1, 3, 5]}}]
"""


def lists(chunk: Chunk) -> dict[str, Any]:
    """A chunk as Python's own numbers."""

    def plainly(numbers: Any) -> Any:
        return numbers.tolist() if hasattr(numbers, "tolist") else numbers

    picks = {column.name: plainly(taken) for column, taken in chunk.picks.items()}
    costs = (plainly(chunk.mult_adds), plainly(chunk.params), plainly(chunk.quality))
    return {"costs": costs, "picks": picks}


def one_by_one(of: Plan, numbers: range, quality: qualities.Quality | None) -> dict[str, Any]:
    paths = [of.path_of(number) for number in numbers]
    costs = [of.costs_of(path) for path in paths]
    picks = [of.picks_of(path) for path in paths]
    scores = [quality.of(of.columns, each) for each in picks] if quality else None
    return {
        "costs": ([a for a, _ in costs], [b for _, b in costs], scores),
        "picks": {c.name: [each[at] for each in picks] for at, c in enumerate(of.columns)},
    }


@pytest.fixture(params=["plain", "arrays"])
def make(request: pytest.FixtureRequest) -> Any:
    if request.param == "plain":
        return PlainRows
    return pytest.importorskip("mncost.study.explore.rows_numpy").Rows


@pytest.mark.parametrize("ways", [1, 7, 1 << 16])
@pytest.mark.parametrize("name", [*SPACES, "scored"])
def test_any_numbers(name: str, ways: int, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, from anywhere to anywhere, whatever the size of the tables."""
    monkeypatch.setattr(plain, "WAYS", ways)
    if make is not PlainRows:
        monkeypatch.setattr("mncost.study.explore.rows_numpy.WAYS", ways)
    of = plan(SCORED if name == "scored" else SPACES[name])
    quality = qualities.stated(of)
    found = make(of, quality)
    draw = random.Random(name)
    ends = [sorted(draw.choices(range(of.total + 1), k=2)) for _ in range(5)]
    for start, stop in ([0, of.total], [0, 1], [of.total - 1, of.total], *ends):
        if start < stop:
            numbers = range(start, stop)
            assert lists(found.at(numbers)) == one_by_one(of, numbers, quality)
    assert not found.at(range(1), picks=False).picks


def test_a_network_without_choices(make: Any) -> None:
    of = plan("input: [3, 8, 8]\nlayers: [{op: conv, out: 4, kernel: 3}]")
    assert lists(make(of).at(range(1))) == {"costs": ([6912], [108], None), "picks": {}}


def test_numbers_beyond_64_bits_are_counted_in_pythons_own() -> None:
    of = plan(HUGE)
    assert not fits(of)
    found = rows(of)
    assert isinstance(found, PlainRows)
    assert lists(found.at(range(6))) == one_by_one(of, range(6), None)
    assert max(found.at(range(6)).mult_adds) == 10**18 + 25 * 10**18


def test_without_numpy_rows_are_plain(hide_numpy: Any) -> None:
    hide_numpy()
    assert isinstance(rows(plan(SPACES["once"])), PlainRows)


@pytest.mark.parametrize(("total", "of"), [(10, 3), (3, 10), (1, 1), (10**20, 7)])
def test_parts_are_the_whole(total: int, of: int) -> None:
    parts = [shard(total, number, of) for number in range(1, of + 1)]
    assert parts[0].start == 0
    assert parts[-1].stop == total
    assert all(a.stop == b.start for a, b in itertools.pairwise(parts))
    sizes = {part.stop - part.start for part in parts}
    assert max(sizes) - min(sizes) <= 1


def test_steps_are_the_whole() -> None:
    assert list(steps(range(3, 10), 3)) == [range(3, 6), range(6, 9), range(9, 10)]
    assert list(steps(range(3, 3), 3)) == []
