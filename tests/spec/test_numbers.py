"""Bits and density in architecture files: who states them, who inherits them, and the way back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest

import mncost
from mncost.errors import SpecError
from mncost.graph import Numbers
from mncost.spec.lift import lift, to_yaml
from mncost.spec.schema import network_schema
from mncost.spec.source import parse
from mncost.study.lint import lint

MIXED = """
name: mixed
input: [3, 16, 16]
activation_bits: 8
weight_bits: 8
layers:
  - {op: conv, out: 8, kernel: 3, weight_bits: 16}
  - {op: inverted_residual, expand: 2, out: 8, density: 0.25}
  - op: residual
    weight_bits: 4
    layers:
      - {op: conv, out: 8, kernel: 3, activation_bits: 4}
      - {op: pointwise, out: 8, weight_bits: 2, density: 0.1}
  - {op: global_pool}
  - {op: linear, out: 10}
"""


def numbers(text: str) -> dict[str, Numbers]:
    return {node.name: node.numbers for node in mncost.lower(parse(text.encode(), "n.yaml")).nodes}


def test_a_layer_says_it_or_what_it_is_in_says_it() -> None:
    found = numbers(MIXED)
    assert found["conv1"] == Numbers(16, 8)
    assert found["conv1/norm"] == found["conv1/act"] == Numbers(16, 8)
    for part in ("expand", "depthwise", "project", "add"):
        assert found[f"inverted_residual1/{part}"] == Numbers(8, 8, Fraction(1, 4))
    assert found["residual1/conv1"] == Numbers(4, 4)
    assert found["residual1/pointwise1"] == Numbers(2, 8, Fraction(1, 10))
    assert found["residual1/add"] == Numbers(4, 8)
    assert found["linear1"] == Numbers(8, 8)


def test_nothing_said_is_nothing_known() -> None:
    assert {node.numbers for node in mncost.lower(mncost.load("mobilenet_v2")).nodes} == {Numbers()}


def test_the_way_back_is_exact() -> None:
    graph = mncost.lower(parse(MIXED.encode(), "n.yaml"))
    again = mncost.lower(parse(to_yaml(lift(graph)).encode(), "again.yaml"))
    assert [node.numbers for node in again.nodes] == [node.numbers for node in graph.nodes]
    assert again.input_bits == graph.input_bits == (8,)
    assert [node.op for node in again.nodes] == [node.op for node in graph.nodes]


@pytest.mark.parametrize("density", ["0.3", "1e-5", "0.00001", "0.123456789012345"])
def test_a_density_survives_the_way_back(density: str) -> None:
    if density == "1e-5":  # a word that YAML readers read differently
        density = "1.0e-5"
    text = f"input: [3, 8, 8]\nlayers: [{{op: conv, out: 2, kernel: 3, density: {density}}}]\n"
    graph = mncost.lower(parse(text.encode(), "n.yaml"))
    again = mncost.lower(parse(to_yaml(lift(graph)).encode(), "again.yaml"))
    assert again.nodes[0].numbers.density == graph.nodes[0].numbers.density == Fraction(density)


def test_multipliers_leave_bits_alone() -> None:
    network = mncost.scale(parse(MIXED.encode(), "n.yaml"), alpha=0.5, resolution=8)
    found = {node.name: node.numbers for node in mncost.lower(network).nodes}
    assert found == numbers(MIXED)


WRONG = [
    ("weight_bits: 0", "expected bits from 1 to 64, got 0"),
    ("weight_bits: 65", "expected bits from 1 to 64, got 65"),
    ("weight_bits: 8.0", "expected bits from 1 to 64, got 8.0"),
    ("weight_bits: true", "expected bits from 1 to 64, got true"),
    ("activation_bits: -8", "expected bits from 1 to 64, got -8"),
    ("density: 0", "expected a density above 0, up to 1, got 0"),
    ("density: -0.5", "expected a density above 0, up to 1, got -0.5"),
    ("density: .nan", "expected a density above 0, up to 1, got nan"),
    ("density: 1.5", "expected a density above 0, up to 1, got 1.5"),
    ("weigth_bits: 8", 'unknown key "weigth_bits"; did you mean weight_bits?'),
]


@pytest.mark.parametrize(("key", "expected"), WRONG, ids=[key for key, _ in WRONG])
def test_errors_name_the_place(key: str, expected: str) -> None:
    text = f"name: net\ninput: [3, 8, 8]\n\nlayers:\n- {{op: conv, out: 2, kernel: 3, {key}}}\n"
    with pytest.raises(SpecError) as caught:
        parse(text.encode(), "net.yaml")
    blamed = key if "unknown" in expected else key.partition(": ")[2]
    column = text.splitlines()[4].index(blamed, 31) + 1
    assert str(caught.value) == f"net.yaml:5:{column}: {expected}"


def test_the_schema_knows_them() -> None:
    schema = network_schema()
    layer = {"op": "conv", "out": 8, "kernel": 3}
    good = {"input": [3, 8, 8], "weight_bits": 8, "layers": [{**layer, "density": 0.5}]}
    jsonschema.validate(good, schema)
    for wrong in ({"weight_bits": 65}, {"activation_bits": 0}, {"density": 0}, {"density": 2}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"input": [3, 8, 8], "layers": [{**layer, **wrong}]}, schema)


def test_lint_finds_bits_of_nothing(tmp_path: Path) -> None:
    text = """input: [3, 8, 8]
layers:
  - {op: conv, out: 4, kernel: 3, weight_bits: 4, density: 0.5}
  - {op: act, type: relu, weight_bits: 4, activation_bits: 4}
  - {op: norm, weight_bits: 8, density: 0.5}
  - {op: repeat, times: 2, weight_bits: 4, layers: [{op: pointwise, out: 4}]}
  - {op: parallel, density: 0.5, branches: [[], [{op: pool, type: max, kernel: 1}]]}
"""
    found = [str(problem) for problem in lint(parse(text.encode(), "n.yaml"))]
    assert found == [
        "n.yaml:4:40: weight_bits of a layer without weights; leave it out",
        "n.yaml:5:41: density of a layer without weights; leave it out",
        "n.yaml:7:29: density of a layer without weights; leave it out",
    ]
