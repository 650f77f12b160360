"""The YAML reader: places, bounds, and everything that it refuses."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mncost.errors import SpecError
from mncost.spec import tree
from mncost.spec.json_text import read_json
from mncost.spec.toml_text import read_toml
from mncost.spec.yaml_text import read_yaml


def read(text: str | bytes) -> tree.Tree:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return tree.check(read_yaml(tree.decode(data, "net.yaml"), "net.yaml"), "net.yaml")


def refusal(text: str | bytes) -> str:
    with pytest.raises(SpecError) as caught:
        read(text)
    return str(caught.value)


def test_every_value_and_key_knows_its_place() -> None:
    text = "name: tiny\nlayers:\n  - {op: conv, out: 8}\n  - op: softmax\n"
    found = read(text)
    assert found.value == {"name": "tiny", "layers": ({"op": "conv", "out": 8}, {"op": "softmax"})}
    assert found.place(("name",)) == (1, 7)
    assert found.place(("layers", 0, "out")) == (3, 21)
    assert found.place(("layers", 0, "out"), key=True) == (3, 16)
    assert found.place(("layers", 1)) == (4, 5)
    assert found.place(("layers", 1, "nowhere")) == (4, 5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-7", -7), ("0", 0), ("1.5", 1.5), (".5", 0.5), ("1.5e+3", 1500.0),
        ("true", True), ("False", False),
        ("relu6", "relu6"), ("tRuE", "tRuE"), ('"no"', "no"), ("'1'", "1"), ("3x3", "3x3"),
    ],
)  # fmt: skip
def test_scalars_that_all_yaml_readers_read_alike(text: str, value: object) -> None:
    found = read(f"a: {text}\n").value["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    ["no", "Yes", "ON", "y", "010", "0o10", "0x1F", "0x_", "12:30", "1_000", "2020-01-01", "1e5",
     "2020-13-45", "=", "<<"],
)  # fmt: skip
def test_scalars_that_yaml_readers_dispute_ask_to_be_quoted(text: str) -> None:
    message = refusal(f"b: 1\na: {text}\n")
    assert message.startswith("net.yaml:2:4: ")
    assert f'quote it: "{text}"' in message


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: &x 1\n", "1:4", "anchor"),
        ("b: 1\na: *x\n", "2:4", "alias"),
        ("a: !!python/object:os.system 1\n", "1:4", "tag"),
        ("a: 1\nb: 2\na: 3\n", "3:1", "twice; first at 1:1"),
        ("a: 1\n---\nb: 1\n", "2:1", "second document"),
        ("? [a]\n: 1\n", "1:3", "key"),
        ("1: 2\n", "1:1", "expected a key, got 1"),
        ("a: [1\n", "2:1", "not valid YAML"),
        ("a: 1\n\tb: 2\n", "2:1", "not valid YAML"),
        ("a: " + "9" * 41, "1:4", "40 digits"),
        ("[" * 33 + "]" * 33, "1:33", "nested deeper than 32"),
        ("a: " + "x" * 10_001, "1:4", "10,000 characters"),
    ],
)
def test_refusals_name_the_place(text: str, place: str, words: str) -> None:
    message = refusal(text)
    assert message.startswith(f"net.yaml:{place}: ")
    assert words in message


def test_encodings() -> None:
    assert read(b"\xef\xbb\xbfa: 1\n").value == {"a": 1}
    assert read(b"a: 1\r\nb: 2\r\n").value == {"a": 1, "b": 2}
    assert "net.yaml:2: not UTF-8: byte 0xe9" in refusal(b"a: 1\nb: caf\xe9\n")
    assert "empty" in refusal(b"  \n")
    assert "not valid YAML" in refusal(b"a: \x00\n")


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 200_000,
        "- " * 100_000,
        "? " * 100_000,
        "{a: " * 100_000,
        "a: [" + "1," * 300_000 + "]",
        "a: &a [x]\n" + "".join(f"b{i}: {{<<: *a}}\n" for i in range(1000)),
        "a" * (tree.MOST_BYTES + 1),
    ],
    ids=["brackets", "dashes", "questions", "braces", "many", "merge", "large"],
)
def test_bombs_are_refused_at_once(bomb: str) -> None:
    start = time.process_time()
    refusal(bomb)
    assert time.process_time() - start < 2


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except SpecError as error:
        assert all(problem.file == "net.yaml" for problem in error.problems)


values = st.recursive(
    st.integers(-(10**9), 10**9)
    | st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=8)
    | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text("abcxyz", min_size=2, max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcxyz", min_size=2, max_size=5), values, min_size=1, max_size=4))
def test_json_is_yaml(value: dict[str, object]) -> None:
    """What `json` writes reads back the same: every text is quoted there."""
    import json

    assert read(json.dumps(value)).value == value


def test_json_knows_its_places() -> None:
    text = '{"a": [1, {"b": "x,{"}],\n "c": {"d": true}}'
    found = read_json(text, "net.json")
    assert found.value == {"a": [1, {"b": "x,{"}], "c": {"d": True}}
    places = {("a",): (1, 7), ("a", 1, "b"): (1, 17), ("c",): (2, 7), ("c", "d"): (2, 13)}
    assert {path: found.place(path) for path in places} == places
    assert found.place(("c", "d"), key=True) == (2, 8)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"a": 1,\n "a": 2}', "2:2", "twice; first at 1:2"),
        ('{"a" 1}', "1:6", "not valid JSON"),
        ('{"a": NaN}', "", "NaN is no number"),
        ('{"a": -Infinity}', "", "Infinity is no number"),
        ('{"a": 1e400}', "", "too large"),
        ('{"a": ' + "9" * 5000 + "}", "", "40 digits"),
        ('{"a": 1} {"b": 2}', "1:10", "extra data"),
        ('{"a": "\\ud800"}', "1:7", "cannot be written"),
        ('{"a": "\\u0000"}', "1:7", "cannot be written"),
        ("[" * 100_000, "", "nested deeper"),
        ("[" * 40 + "]" * 40, "1:33", "nested deeper"),
    ],
)  # fmt: skip
def test_json_refusals(text: str, place: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        tree.check(read_json(text, "net.json"), "net.json")
    message = str(caught.value)
    assert message.startswith(f"net.json:{place}: " if place else "net.json")
    assert words in message


def test_toml_knows_its_places() -> None:
    text = 'name = "x"\n[input]\nsize = 3\n[[layers]]\nop = "a"\n[[layers]]\nop = "b"\n[layers.se]\nratio = 1\n'
    found = read_toml(text, "net.toml")
    assert found.place(("name",)) == (1, 8)
    assert found.place(("input", "size")) == (3, 8)
    assert found.place(("layers", 1, "op")) == (7, 6)
    assert found.place(("layers", 1, "se", "ratio")) == (9, 9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = 1\na = 2\n", "net.toml:2:6: not valid TOML"),
        ("a = " + "9" * 5000, "not valid TOML"),
        ("a = " + "[" * 5000, "not valid TOML"),
        (".".join("a" * 5000) + " = 1", "a key of more than 32 parts"),
        ("a = 1 # " + "x" * 2**18, "larger than 256 KiB"),
    ],
)
def test_toml_refusals(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        tree.check(read_toml(text, "net.toml"), "net.toml")


@given(values)
def test_json_reads_and_places_whatever_json_writes(value: object) -> None:
    import json

    text = json.dumps({"a": value}, indent=1)
    found = read_json(text, "net.json")
    assert found.value == json.loads(text)
    lines = text.splitlines()
    for path, (line, column) in found.keys.items():
        assert lines[line - 1][column - 1 :].startswith(json.dumps(path[-1]))


@pytest.mark.parametrize("text", ["a: null", "a: ~", "a:", "a: [1, null]"])
def test_nothing_is_no_value(text: str) -> None:
    assert "expected a value, got nothing" in refusal(text)
