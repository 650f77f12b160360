"""The table of a space against the engine: every architecture of many spaces, written out whole."""

from __future__ import annotations

import itertools
import json
import time
from contextlib import suppress
from math import prod
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from mncost.cost.counters import CONVENTIONS
from mncost.errors import MncostError, SpecError
from mncost.spec import space as spaces
from mncost.spec.source import read_tree
from mncost.spec.space import Space
from mncost.study.explore import bags, planner
from mncost.study.explore.planner import plan
from mncost.study.explore.spans import BEYOND
from mncost.study.explore.within import Within, engine
from tests.spaces import SPACES, cost_of, made, paths, rows, space_of, written


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


def test_turns_are_as_many_as_they_are_chosen() -> None:
    """Written out: two outs; one to three turns of two expansions and two kernels; two outs."""
    assert plan(space_of(SPACES["each"])).total == 2 * 2 * (4 + 4**2 + 4**3)
    assert plan(space_of(SPACES["each, so many"])).total == 3**3 * 2**2
    assert plan(space_of(SPACES["how many"])).total == 3


@pytest.mark.parametrize("convention", ["fvcore", "thop", "ptflops", "onnx-tool", "keras"])
def test_every_convention_and_way_to_count_parameters(convention: str) -> None:
    """A fifth of the architectures, by other conventions, and with parameters of other kinds."""
    wanted = CONVENTIONS[convention]
    for name in ("deep", "each", "the rest", "branches"):
        for count in ("trainable", "all"):
            table = plan(space_of(SPACES[name]), wanted, count)
            for path in list(paths(table))[::5]:
                network, alpha = written(table.space, made(table, path))
                assert table.costs_of(path) == cost_of(network, alpha, wanted, count), network


def test_a_wider_network_needs_to_be_allowed() -> None:
    space = space_of(rows("{op: conv, out: {choice: [8, 9]}, kernel: 3}", more="width: 2.5"))
    table = plan(space, allow_wider=True)
    assert [table.costs_of(path)[1] for path in paths(table)] == [27 * 20, 27 * 22]


def test_the_table_says_how_far_it_is() -> None:
    told: list[int] = []
    plan(space_of(SPACES["plain"]), tick=told.append)
    assert told == list(range(1, len(told) + 1))


@pytest.mark.parametrize("name", SPACES)
def test_as_large_as_it_may_be(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is foreseen is never more than what comes: a table of just so many rows is made."""
    told = [0]
    plan(space_of(SPACES[name]), tick=told.append)
    monkeypatch.setattr(planner, "MOST_PARTS", told[-1])
    plan(space_of(SPACES[name]))
    monkeypatch.setattr(planner, "MOST_PARTS", told[-1] - 1)
    with pytest.raises(SpecError, match=f"at most {told[-1] - 1} can be|more than"):
        plan(space_of(SPACES[name]))


TOO_LARGE = {
    "rows": (
        rows(
            *(f"{{op: pointwise, out: {{choice: {list(range(1, 101))}}}, from: input, id: {each}}}" for each in "ab"),
            "{op: conv, out: {choice: [1, 2]}, kernel: {choice: [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31]}}",
            "{op: concat, from: [a, b]}",
        ),
        "s.yaml:6:5: 10,000 different maps can come into this row, with 32 ways to choose for each: 330,101 rows to"
        " count up to here, and at most 300,000 can be; give a row fewer choices",
    ),
    "options": (
        rows(
            "{op: conv, out: 1, kernel: 1, id: a}",
            *(f"{{op: pointwise, out: {{choice: {list(range(1, 31))}}}, from: a, id: {each}}}" for each in "bc"),
            f"{{op: pointwise, out: {{choice: {list(range(1, 101))}}}, from: b, norm: {{choice: [batch, none]}}}}",
            "{op: concat, from: [b, c]}",
        ),
        "s.yaml:7:5: 900 different maps can come into this row, with 200 ways to choose for each: 180,931 options in"
        " the table up to here, and at most 100,000 can be",
    ),
    "turns": (
        rows("{op: conv, out: {choice: [1, 2, 3, 4, 5], each: true}, kernel: 1, repeat: {choice: [1, 2, 3]}}"),
        "s.yaml:4:5: 5 different maps can come into turn 2 of this row, with 5 ways to choose for each: 31 rows to"
        " count up to here, and at most 30 can be",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_would_be_too_much_is_refused_before_it_is_counted(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, message = TOO_LARGE[name]
    if name == "options":
        monkeypatch.setattr(planner, "MOST_WAYS", 100_000)
    if name == "turns":
        monkeypatch.setattr(planner, "MOST_PARTS", 30)
    told = [0]
    with pytest.raises(SpecError) as caught:
        plan(space_of(text), tick=told.append)
    assert str(caught.value).startswith(message)
    assert told[-1] < 12_000


counts = st.sampled_from([1, 2, 4, 6, 8])
sizes = st.sampled_from([1, 2, 3, [1, 3], [3, 2]])
values: dict[str, st.SearchStrategy[Any]] = {
    "out": counts, "kernel": sizes, "stride": st.sampled_from([1, 2, [2, 1]]), "groups": st.sampled_from([1, 2]),
    "expand": st.sampled_from([1, 2, 1.5]), "act": st.sampled_from(["none", "relu", "hardswish"]),
    "bias": st.booleans(), "residual": st.sampled_from(["auto", "never"]), "multiplier": st.sampled_from([1, 2]),
    "width": st.sampled_from(["scale", "fixed", "grow"]), "se": st.sampled_from([{}, {"ratio": 0.5}, {"squeeze": 2}]),
    "type": st.sampled_from(["avg", "max"]), "norm": st.sampled_from(["batch", "none"]),
}  # fmt: skip
OPS = {
    "conv": ("out kernel", "stride groups act bias width norm"),
    "depthwise": ("kernel", "stride multiplier act norm"),
    "separable": ("out", "kernel stride act width"),
    "inverted_residual": ("out expand", "kernel stride se residual act width"),
    "fused_inverted_residual": ("out expand", "kernel stride se residual"),
    "pool": ("type kernel", "stride"),
    "se": ("", "act"),
    "global_pool": ("", "type"),
    "linear": ("out", "bias width"),
}


@st.composite
def value(draw: st.DrawFn, key: str, each: bool) -> Any:
    """A value, or a choice of a few; with `each`, perhaps one of each turn."""
    one = values[key]
    if draw(st.integers(0, 2)):
        return draw(one)
    options = draw(st.lists(one, min_size=1, max_size=3, unique_by=json.dumps))
    mine = each and draw(st.booleans())
    return {"choice": options, **({"each": True} if mine else {})}


@st.composite
def layer(draw: st.DrawFn, whole: bool = False, each: bool = False) -> Any:
    """A layer, with choices in it unless it is `whole`; perhaps repeated."""
    op = draw(st.sampled_from(sorted(OPS)))
    must, may = (keys.split() for keys in OPS[op])
    keys = [*must, *(draw(st.lists(st.sampled_from(may), unique=True, max_size=2)))]
    times = draw(st.sampled_from([None, None, 1, 2, [1, 2], [2, 1, 3]])) if not whole else None
    made: dict[str, Any] = {"op": op}
    for key in keys:
        alone = times is not None and not (key == "stride" and op != "pool")
        made[key] = draw(values[key] if whole else value(key, each or alone))
    if times is not None and not each:
        made["repeat"] = {"choice": times} if isinstance(times, list) else times
    return made


@st.composite
def row(draw: st.DrawFn) -> Any:
    """A layer, a block, or a choice of layers and lists of them."""
    match draw(st.integers(0, 5)):
        case 0:
            some = st.one_of(layer(whole=True), st.lists(layer(whole=True), max_size=2))
            return {"choice": draw(st.lists(some, min_size=1, max_size=3, unique_by=json.dumps))}
        case 1:
            inner = [draw(layer(each=True)) for _ in range(draw(st.integers(1, 2)))]
            times = draw(st.sampled_from([1, 2, {"choice": [1, 2]}, {"choice": [3, 1]}]))
            return {"op": "repeat", "times": times, "layers": inner}
        case 2:
            branches = [[draw(layer())], draw(st.sampled_from([[], [{"op": "norm"}]]))]
            return {"op": "parallel", "branches": branches, "join": "concat"}
    return draw(layer())


networks = st.fixed_dictionaries(
    {"input": st.sampled_from([[4, 9, 8], {"channels": {"choice": [2, 4]}, "size": {"choice": [8, [9, 5]]}}]),
     "layers": st.lists(row(), min_size=1, max_size=4)},
    optional={"width": st.sampled_from([0.5, {"choice": [0.3, 1]}, {"divisor": 4, "alpha": {"choice": [0.6, 0.25]}}]),
              "act": st.sampled_from(["relu", {"choice": ["relu", "none"]}])},
)  # fmt: skip


def some_is_illegal(space: Space) -> bool:
    """Whether the engine refuses some architecture, as far as they can all be tried."""
    options = {(each.path, None): each.options for each in space.dimensions if not each.each}
    for row in space.rows:
        for turn in range(1, max(row.turns) + 1):
            options.update({(each.path, turn): each.options for each in row.each})
    if prod(map(len, options.values())) > 500:
        return True
    for chosen in itertools.product(*options.values()):
        try:
            cost_of(*written(space, dict(zip(options, chosen, strict=True))))
        except MncostError:
            return True
    return False


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(networks, st.randoms(use_true_random=False))
def test_any_space(network: dict[str, Any], chance: Random) -> None:
    """Some of the architectures of any space; where it is refused, one of them is no network."""
    try:
        space = space_of(json.dumps(network), "s.json")
    except SpecError:
        event("refused as it is read")
        return
    try:
        table = plan(space)
    except SpecError as error:
        assert all(each.file == "s.json" and each.line for each in error.problems)
        event("refused")
        assert some_is_illegal(space)
        return
    event("counted")
    indices = range(table.total) if table.total <= 12 else chance.sample(range(table.total), 12)
    found = [table.path_of(index) for index in indices]
    assert [table.index_of(path) for path in found] == list(indices)
    for path in found:
        whole, alpha = written(table.space, made(table, path))
        assert table.costs_of(path) == cost_of(whole, alpha), whole
    limits = ((0, (table.least[0] + table.most[0]) // 2), (table.least[1] + 1, BEYOND))
    if table.total <= 300:
        all_ = [table.costs_of(path) for path in paths(table)]
        kept = [at for at, (a, b) in enumerate(all_) if a <= limits[0][1] and b >= limits[1][0]]
        for each in dict.fromkeys((bags, engine())):
            within = Within(table, limits, each)
            ranked = sorted(table.index_of(within.path(at)) for at in range(within.total))
            assert ranked == kept


def test_random_mutations_of_a_space() -> None:
    """Only the project's own errors leave a space, whatever its text."""
    chance, slowest = Random(20170417), 0.0
    seeds = [SPACES[name].encode() for name in ("each", "deep", "the whole", "blocks")]
    tokens = [b"choice: ", b"each: true", b"{choice: [1, 2]}", b"[", b"]", b"{", b"}", b"repeat: 2", b"id: a", b"from: a", b"quality: [1]", b".nan", b"0", b"-1"]  # fmt: skip
    for _ in range(400):
        data = chance.choice(seeds)
        for _ in range(chance.randint(1, 3)):
            at = chance.randint(0, len(data))
            data = data[:at] + chance.choice(tokens) + data[at + chance.randint(0, 6) :]
        start = time.process_time()
        with suppress(SpecError):
            plan(spaces.parse(read_tree(data, "s.yaml"), "s.yaml"))
        slowest = max(slowest, time.process_time() - start)
    assert slowest < 2
