"""The table of a space against the engine: every architecture of many spaces, written out whole."""

from __future__ import annotations

import pytest

from mncost.study.explore.planner import plan
from tests.spaces import SPACES, cost_of, made, paths, space_of, written


@pytest.mark.parametrize("name", SPACES)
def test_every_architecture_costs_what_the_engine_says(name: str) -> None:
    table = plan(space_of(SPACES[name]))
    seen = set()
    for index, path in enumerate(paths(table)):
        assert table.index_of(path) == index
        network, alpha = written(table.space, made(table, path))
        assert table.costs_of(path) == cost_of(network, alpha), network
        seen.add(table.picks_of(path))
    assert len(seen) == table.total
