"""One rule: only the project's own errors leave `load` and `lower`, whatever the text.

`MNCOST_FUZZ_SECONDS` sets how long good files are mutated at random; CI gives it a minute.
"""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mncost
from mncost.errors import MncostError
from mncost.spec.layers import LAYERS
from mncost.spec.source import parse

SECONDS = float(os.environ.get("MNCOST_FUZZ_SECONDS", "2"))
CASES = Path(__file__).parent / "bad_inputs" / "cases"
DOCS = Path(__file__).parent.parent / "mncost" / "data" / "init" / "net.yaml"

SEEDS = [
    ((CASES / "good.yaml").read_bytes(), "s.yaml"),
    (DOCS.read_bytes(), "s.yaml"),
    ((CASES / "E01_ok_plain.toml").read_bytes(), "s.toml"),
    ((CASES / "D02_ok_bom.json").read_bytes(), "s.json"),
]
TOKENS = [
    b"0", b"-1", b"1e9", b"null", b"true", b"[", b"]", b"{", b"}", b":", b",", b"- ", b"\n", b"  ", b"'", b'"',
    b"&a ", b"*a", b"<<: ", b"!!x ", b"---\n", b"# ", b"\x00", b"\xff", b"\xc2\x9b", b"9" * 30, b".inf", b"~",
    b"kernel: 3", b"groups: 7", b"repeat: 99", b"from: c1", b"padding: valid", b"stride: 2", b"width: fixed",
]  # fmt: skip


def holds(data: bytes, file: str) -> bool:
    """Whether the text is a network that can be counted; any error but ours fails the test."""
    try:
        report = mncost.analyze(parse(data, file))
    except MncostError as error:
        assert error.problems
        assert all(problem.file == file and problem.message for problem in error.problems)
        return False
    assert report.totals.mult_adds >= 0
    assert report.totals.parameters.all >= 0
    return True


def mutated(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at, end = sorted(chance.randint(0, len(data)) for _ in range(2))
        match chance.randint(0, 4):
            case 0:
                data = data[:at] + chance.choice(TOKENS) + data[at:]
            case 1:
                data = data[:at] + data[min(end, at + 8) :]
            case 2:
                data = data[:at] + bytes([chance.randint(0, 255)]) + data[at + 1 :]
            case 3:
                data = data[:end] + data[at:end][:60] + data[end:]
            case _:
                data = data[:at] + chance.choice(TOKENS) + data[at + 1 :]
    return data


def test_random_mutations_of_good_files() -> None:
    chance = random.Random(20170417)
    tried = kept = 0
    end = time.monotonic() + SECONDS
    slowest = 0.0
    while time.monotonic() < end:
        data, file = chance.choice(SEEDS)
        start = time.process_time()
        kept += holds(mutated(data, chance), file)
        slowest = max(slowest, time.process_time() - start)
        tried += 1
    assert tried > 100
    assert 0 < kept < tried
    assert slowest < 2


numbers = st.integers(-2, 300) | st.sampled_from(
    [0, 10**9, 10**9 + 1, 10**30, True, None, 1.5, "3"]
)
sizes = numbers | st.lists(numbers, max_size=3)
names = st.sampled_from(["a", "b", "input", "later", "", "x" * 300])
fields: dict[str, st.SearchStrategy[Any]] = {
    "out": numbers | st.lists(st.integers(1, 50), min_size=3, max_size=3),
    "kernel": sizes, "stride": sizes, "dilation": sizes, "groups": numbers, "multiplier": numbers,
    "padding": st.sampled_from(["same", "valid", "full"]) | sizes | st.lists(numbers, min_size=4, max_size=4),
    "norm": st.sampled_from(["batch", "none", "layer"]), "act": st.sampled_from(["relu", "none", "rellu"]),
    "bias": st.booleans(), "width": st.sampled_from(["scale", "fixed", "grow", "shrink"]),
    "expand": numbers, "hidden": numbers, "residual": st.sampled_from(["auto", "always", "never"]),
    "start": numbers, "middle": numbers, "type": st.sampled_from(["avg", "max", "relu"]),
    "repeat": st.integers(1, 4) | numbers, "times": st.integers(1, 4) | numbers, "id": names,
    "from": names | st.lists(names, max_size=3), "size": sizes, "scale": numbers, "parts": numbers,
    "part": numbers, "mult_adds": numbers, "params": numbers, "rate": numbers, "ratio": numbers,
    "se": st.just({}) | st.fixed_dictionaries({"squeeze": numbers}), "join": st.sampled_from(["add", "concat"]),
}  # fmt: skip


def layer(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    chains = st.lists(inner, max_size=3)
    nested = {"layers": chains, "shortcut": chains, "branches": st.lists(chains, max_size=3)}
    some = st.fixed_dictionaries({}, optional={**fields, **nested})
    ops = st.sampled_from([*LAYERS, "convv", ""])
    return st.builds(lambda op, rest: {"op": op, **rest}, ops, some)


layers = st.recursive(
    st.fixed_dictionaries({"op": st.sampled_from(["softmax", "norm", "dropout", "global_pool"])})
    | st.fixed_dictionaries({"op": st.just("pointwise"), "out": st.integers(1, 64)}),
    layer,
    max_leaves=6,
)
networks = st.fixed_dictionaries(
    {"input": st.lists(st.integers(1, 64), min_size=3, max_size=3) | sizes, "layers": st.lists(layers, max_size=5)},
    optional={"name": names, "width": st.fixed_dictionaries({"divisor": numbers}), "act": fields["act"],
              "budget": st.fixed_dictionaries({"macs": numbers})},
)  # fmt: skip


@settings(max_examples=400 if SECONDS <= 2 else 4000)
@given(networks)
def test_structured_networks(network: dict[str, Any]) -> None:
    holds(json.dumps(network).encode(), "n.json")


@given(networks, st.floats(0.01, 1.0), st.integers(1, 300))
def test_scaled_networks(network: dict[str, Any], alpha: float, side: int) -> None:
    try:
        read = parse(json.dumps(network).encode(), "n.json")
        report = mncost.analyze(mncost.scale(read, alpha=alpha, resolution=side))
    except MncostError:
        return
    assert all(row.mult_adds == (row.formula() if row.formula else 0) for row in report)
    assert len({row.name for row in report}) == len(report.rows)


@pytest.mark.parametrize("op", LAYERS)
def test_every_op_alone(op: str) -> None:
    holds(json.dumps({"input": [8, 8, 8], "layers": [{"op": op}]}).encode(), "n.json")
