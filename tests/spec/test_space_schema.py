"""The schema of design spaces: what is read is valid, and what it refuses is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mncost.errors import SpecError
from mncost.spec import space as spaces
from mncost.spec import zoo
from mncost.spec.source import read_tree
from mncost.spec.tree import Tree
from tests.choosing import SPACES
from tests.conftest import Ran

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).parent.parent.parent
FILES = [
    *sorted((ROOT / "tests" / "data").glob("*.yaml")),
    *sorted((ROOT / "examples").glob("*.yaml")),
]


@pytest.fixture(scope="module")
def validator() -> Any:
    from mncost.spec.space_schema import space_schema

    schema = json.loads(json.dumps(space_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def value(text: bytes) -> Any:
    """A file's values, as JSON has them."""
    return json.loads(json.dumps(read_tree(text, "s.yaml").value))


def faults(validator: Any, of: Any) -> list[str]:
    return [each.message[:300] for each in validator.iter_errors(of)]


def test_the_command(mncost: Callable[..., Ran]) -> None:
    assert json.loads(mncost("schema space").out)["title"] == "Space"


@pytest.mark.parametrize("name", zoo.names())
def test_every_network_is_a_space(name: str, validator: Any) -> None:
    assert faults(validator, value(zoo.read(name))) == []


@pytest.mark.parametrize("name", SPACES)
def test_spaces_are_valid(name: str, validator: Any) -> None:
    assert faults(validator, value(SPACES[name].encode())) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_files_are_valid(file: Path, validator: Any) -> None:
    assert faults(validator, value(file.read_bytes())) == []


GOOD = [
    '{"op": {"choice": ["conv", "conv_transpose"]}, "out": 4, "kernel": 3}',
    '{"op": "conv", "out": {"choice": [4, 8], "quality": [0.5, -1]}, "kernel": {"choice": [3, [3, 5]]}}',
    '{"op": "conv", "out": {"choice": [4, 8], "each": true}, "kernel": 3, "repeat": {"choice": [1, 2]}}',
    '{"op": "inverted_residual", "out": 3, "expand": {"choice": [1, 1.5]}, "se": {"choice": [{"ratio": 0.25}, {"squeeze": 8}]}}',
    '{"op": "inverted_residual", "out": 3, "expand": 2, "se": {"ratio": {"choice": [0.25, 0.5]}}}',
    '{"op": "residual", "layers": [{"op": "conv", "out": 3, "kernel": {"choice": [1, 3]}}]}',
    '{"op": "parallel", "branches": [[], [{"choice": [{"op": "dropout"}, {"op": "softmax"}]}]]}',
    '{"choice": [[], {"op": "conv", "out": 4, "kernel": 3}, [{"op": "conv", "out": 4, "kernel": 3}]]}',
]
BAD = [
    '{"op": "conv", "out": {"choice": []}, "kernel": 3}',
    '{"op": "conv", "out": {"choice": [0]}, "kernel": 3}',
    '{"op": "conv", "out": {"choice": [4, "x"]}, "kernel": 3}',
    '{"op": "conv", "out": {"choice": [4, 4]}, "kernel": 3}',
    '{"op": "conv", "out": {"choice": [{"choice": [4, 8]}]}, "kernel": 3}',
    '{"op": "conv", "out": {"choice": [4], "quality": ["x"]}, "kernel": 3}',
    '{"op": "conv", "out": {"choice": [4], "qality": [1]}, "kernel": 3}',
    '{"op": "conv", "out": {"choice": [4], "each": 1}, "kernel": 3}',
    '{"op": "conv", "outt": {"choice": [4]}, "kernel": 3}',
    '{"choice": [{"op": "conv", "out": {"choice": [4, 8]}, "kernel": 3}]}',
    '{"choice": [{"op": "cnv"}]}',
]


def around(layer: str) -> str:
    return f'{{"input": [3, 16, 16], "layers": [{{"op": "act", "type": "relu"}}, {layer}]}}'


@pytest.mark.parametrize("layer", GOOD)
def test_what_is_read_is_valid(layer: str, validator: Any) -> None:
    text = around(layer)
    spaces.parse(read_tree(text.encode(), "s.json"), "s.json")
    assert faults(validator, json.loads(text)) == []


@pytest.mark.parametrize("layer", BAD)
def test_what_is_refused_is_invalid(layer: str, validator: Any) -> None:
    text = around(layer)
    with pytest.raises(SpecError):
        spaces.parse(read_tree(text.encode(), "s.json"), "s.json")
    assert faults(validator, json.loads(text))


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("input", {"channels": 3, "size": {"choice": [32, [32, 64]]}}, {"choice": [1]}),
        ("input", {"choice": [[3, 32, 32], [3, 64, 64]]}, {"channels": 3}),
        ("width", {"choice": [0.5, 1]}, {"choice": ["half"]}),
        ("width", {"divisor": 8, "alpha": {"choice": [0.5, 1.0]}}, {"alpha": {"choice": ["x"]}}),
        ("act", {"choice": ["relu", "hardswish"]}, {"choice": ["rleu"]}),
        ("name", "mine", {"choice": ["a", "b"]}),
    ],
)
def test_what_concerns_the_whole(key: str, good: Any, bad: Any, validator: Any) -> None:
    layers = [{"op": "conv", "out": 4, "kernel": 3}]
    for chosen, valid in ((good, True), (bad, False)):
        space = {"input": [3, 32, 32], "layers": layers, key: chosen}
        assert (faults(validator, space) == []) == valid
        if valid:
            spaces.parse(Tree(space), "s.json")
        else:
            with pytest.raises(SpecError):
                spaces.parse(Tree(space), "s.json")
