"""A network out of a space, as a file: it loads, it costs what its row says, it says where it is
from, and what was not chosen stays as it was written."""

from __future__ import annotations

import pytest

from mncost.spec.chosen import Made, network
from mncost.spec.source import parse
from mncost.study.explore.picked import made, text
from tests.choosing import SPACES, counted, everyone, files, plan


@pytest.mark.parametrize("name", SPACES)
def test_every_file_costs_what_its_row_says(name: str) -> None:
    of = plan(SPACES[name])
    for each, written in files(of):
        totals = counted(written).totals
        assert (totals.mult_adds, totals.parameters.weights) == each.costs, written


@pytest.mark.parametrize("params", ["trainable", "all"])
def test_other_counts(params: str) -> None:
    for each, written in files(plan(SPACES["turns"], count=params)):
        assert getattr(counted(written).totals.parameters, params) == each.costs[1]


def test_what_needs_no_flattening_stays_as_it_was_written() -> None:
    of = plan(SPACES["once"])
    (first, *_) = everyone(of)
    assert text(of, first, "once-0001", ", drawn with seed 3") == (
        "# Architecture 0 (from 0) of 72 of space.yaml, drawn with seed 3.\n"
        "# layers.0.out: 16\n"
        "# layers.1.expand: 2\n"
        "# layers.1.kernel: 3\n"
        "# layers.1.repeat: 1\n"
        "# layers.2.out: 32\n"
        "mncost: 1\n"
        "name: once-0001\n"
        "input: [3, 32, 32]\n"
        "act: relu6\n"
        "layers:\n"
        "  - {op: conv, out: 16, kernel: 3, stride: 2}\n"
        "  - {op: inverted_residual, expand: 2, out: 16, kernel: 3, repeat: 1}\n"
        "  - {op: pointwise, out: 32}\n"
    )


def test_turns_become_rows() -> None:
    of = plan(SPACES["ids"])
    layers = network(of.space, made(of, everyone(of)[2].picks), "x")["layers"]
    assert layers[1:3] == [
        {"op": "conv", "out": 8, "kernel": 3, "from": "a"},
        {"op": "conv", "out": 16, "kernel": 3, "id": "b"},
    ]
    of = plan(SPACES["turns"])
    layers = network(of.space, made(of, everyone(of)[-1].picks), "x")["layers"]
    assert [layer.get("stride") for layer in layers[:3]] == [2, 2, None]
    assert all("repeat" not in layer for layer in layers)


def test_alpha_is_applied() -> None:
    of = plan(SPACES["turns"])
    value = network(of.space, made(of, everyone(of)[0].picks), "x")
    assert value["width"] == {"divisor": 8}
    assert value["layers"][-1] == {"op": "linear", "out": 10}
    assert value["layers"][-3]["out"] == 16
    of = plan(SPACES["nested"])
    value = network(of.space, made(of, everyone(of)[0].picks), "x")
    assert "width" not in value
    assert value["layers"][1]["layers"][0] == {"op": "conv", "out": 6, "kernel": 1}
    assert value["layers"][2]["branches"][1] == [
        {"op": "conv", "out": 16, "kernel": 3, "width": "fixed"}
    ]
    assert value["layers"][3]["layers"] == [{"op": "pointwise", "out": 20, "width": "grow"}]


def test_what_was_known_of_one_network_is_left_out() -> None:
    of = plan(
        'name: "α/β"\nsource: a paper\nnotes: {all: mine}\nexpect: {weights: 12}\n'
        "published: {top1: 70, source: somewhere}\ninput: [3, 8, 8]\n"
        "layers: [{op: conv, out: {choice: [4, 8]}, kernel: 1}]\n"
    )
    value = network(of.space, Made({("layers", 0, "out"): 1}, {}), "b" * 300)
    assert (value["source"], value["notes"]) == ("a paper", {"all": "mine"})
    assert not {"expect", "published"} & set(value)
    assert len(value["name"]) == 200


def test_no_text_of_the_space_gets_out_of_its_quotes() -> None:
    source = "x\\ny: 1\\U0001f600\\x85\\u2028"
    of = plan(
        f'source: "{source}"\ninput: [3, 8, 8]\n'
        "layers: [{op: conv, out: {choice: [4, 8]}, kernel: 1}]\n",
        "a\nlayers: [].yaml",
    )
    for _, written in files(of):
        assert parse(written.encode(), "one.yaml").source == "x\ny: 1\U0001f600\x85\u2028"
