"""Design spaces as they are read: what may be chosen where, and every mistake at its place."""

from __future__ import annotations

import io
import json
import time

import pytest

from mncost.errors import SpecError
from mncost.spec import space as spaces
from mncost.spec.choices import MOST_OPTIONS, with_choices
from mncost.spec.source import read_tree
from mncost.study.explore.most import MOST_LEVELS, MOST_PARTS, MOST_SETTINGS
from mncost.study.explore.planner import plan
from tests.spaces import rows, space_of

CONV = "{op: conv, out: 8, kernel: 3}"
OUT = "{op: conv, out: {choice: OPTIONS}, kernel: 3}"
TEN = str(list(range(1, 11)))


def out(options: str, more: str = "") -> str:
    """A space of one row, whose `out` is chosen; the options begin at 4:30."""
    return rows(OUT.replace("OPTIONS", options + more))


def told(text: str, file: str = "s.yaml") -> list[str]:
    """What is wrong with a space, a line each, after its file; found within two seconds."""
    start = time.process_time()
    with pytest.raises(SpecError) as caught:
        plan(space_of(text, file))
    assert time.process_time() - start < 2
    assert all(each.file == file and each.line and each.column for each in caught.value.problems)
    return [str(each).removeprefix(f"{file}:") for each in caught.value.problems]


ONE_CHOICE = {
    "none": (out("[]"), ["4:30: expected a list of options, got none"]),
    "a number": (out("3"), ["4:30: expected a list of options, got 3"]),
    "a mapping": (out("{a: 1}"), ["4:30: expected a list of options, got a mapping"]),
    "twice": (out("[3, 4, 3, [5], [5]]"), ["4:37: the option 3 twice", "4:45: the option a list of 1 twice"]),
    "twice, a mapping": (
        rows("{choice: [{op: norm, affine: true}, {affine: true, op: norm}]}"), ["4:41: the option a mapping twice"],
    ),
    "within a choice": (out("[3, {choice: [4]}]"), ["4:34: a choice within a choice"]),
    "deep within": (
        rows("{choice: [[{op: conv, out: {choice: [1]}, kernel: 1}]]}"), ["4:32: a choice within a choice"],
    ),
    "keys": (
        out("[3]", ", eech: true, qualty: [1]"),
        ['4:35: unknown key "eech" beside choice; did you mean each?',
         '4:47: unknown key "qualty" beside choice; did you mean quality?'],
    ),
    "nothing": (out("[null, 3]"), ["4:31: expected a value, got nothing"]),
    "each of what": (out("[3, 4]", ", each: maybe"), ['4:44: each is true or false, and got the text "maybe"']),
    "qualities: fewer": (out("[3, 4]", ", quality: [1]"), ["4:47: expected a number for each of 2 options, got a list of 1"]),
    "qualities: one": (out("[3, 4]", ", quality: 7"), ["4:47: expected a number for each of 2 options, got 7"]),
    "qualities: no numbers": (
        out("[3, 4, 5, 6, 7]", ", quality: [.nan, .inf, x, true, -.inf]"),
        ["4:57: expected a number, got nan", "4:63: expected a number, got inf", '4:69: expected a number, got the text "x"',
         "4:72: expected a number, got true", "4:78: expected a number, got -inf"],
    ),
    "illegal options": (
        out("[3, x, -1, 0, 1.5]"),
        [f"4:{at}: expected a positive integer, got {what}"
         for at, what in ((34, 'the text "x"'), (37, "-1"), (41, "0"), (44, "1.5"))],
    ),
    "an op": (rows("{op: {choice: [conv, depthwis]}, out: 3, kernel: 3}"), ["4:26: no op is called the text \"depthwis\""]),
    "an unknown key": (rows("{op: conv, out: 3, kernel: 3, colour: {choice: [1, 2]}}"), ['4:35: unknown key "colour"']),
    "everything at once": (
        rows("{op: conv, out: {choice: []}, kernel: 3}", "{op: conv, out: {choice: [1, 1]}, kernel: 3}"),
        ["4:30: expected a list of options", "5:34: the option 1 twice"],
    ),
    "too many": (out(str(list(range(1, MOST_OPTIONS + 2)))), ["4:30: 1,001 options of one choice, and at most 1,000 can be; leave some out"]),
    "far too many": (out(str(list(range(1, 150_000)))), ["4:30: 149,999 options of one choice"]),
    "too many in all": (
        rows(*[OUT.replace("OPTIONS", str(list(range(1, 1001))))] * 11), ["4:21: 11,000 options in all, and at most 10,000 can be"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_CHOICE)
def test_what_is_no_choice(name: str) -> None:
    text, wanted = ONE_CHOICE[name]
    found = told(text)
    assert len(found) == len(wanted), found
    assert [each.startswith(start) for each, start in zip(found, wanted, strict=True)] == [
        True
    ] * len(wanted), found


def separable(more: str) -> str:
    return rows("{op: separable, out: {choice: [8, 9], each: true}, " + more + "}")


PLACES = {
    **{
        f"a choice in {key}": (
            rows(CONV, more=f"{key}: {value}"), f"{place}: a choice in {key}, on which no cost depends; leave one",
        )
        for key, value, place in (
            ("name", "{choice: [a, b]}", "2:7"), ("mncost", "{choice: [1]}", "2:9"), ("source", "{choice: [a]}", "2:9"),
            ("expect", "{mult_adds: {choice: [1, 2]}}", "2:21"), ("budget", "{macs: {choice: [1, 2]}}", "2:16"),
            ("notes", "{all: {choice: [a, b]}}", "2:14"), ("family", "{choice: [a]}", "2:9"),
        )
    },
    "whole layers": ("input: [3, 8, 8]\nlayers: {choice: [[{op: norm}]]}", "2:9: expected a list of rows, got a choice; make a row the choice"),
    "layers that are a text": ("input: [3, 8, {choice: [8]}]\nlayers: abc", '2:9: expected a list of rows, got the text "abc"'),
    "no layers": ("input: [3, 8, {choice: [8]}]", '1:1: missing key "layers"'),
    "empty layers": ("input: [3, 8, 8]\nlayers: []", "2:9: expected a list of rows, got none"),
    "a list": ("- {choice: [1]}", "1:1: expected a network, got a list of 1"),
    "a size of 0": (rows(CONV, input="{channels: 3, size: {choice: [0, 8]}}"), "1:38: expected a positive integer, got 0"),
    "α is text": (rows(CONV, more="width: {alpha: {choice: [1, x]}}"), '2:16: the width multiplier α must be a number, got the text "x"'),
    "α is true": (rows(CONV, more="width: {alpha: true}"), "2:16: the width multiplier α must be a number, got true"),
    "α is NaN": (rows(CONV, more="width: .nan"), "2:8: the width multiplier α must be in (0, 1], got nan"),
    "α is 0": (rows(CONV, more="width: {alpha: 0}"), "2:16: the width multiplier α must be in (0, 1], got 0"),
    "α is −1": (rows(CONV, more="width: {choice: [1, -1]}"), "2:21: the width multiplier α must be in (0, 1], got -1 (with width = -1)"),
    "α is 2": (rows(CONV, more="width: {alpha: {choice: [1, 2]}}"), "2:29: the width multiplier α must be in (0, 1], got 2 (with width.alpha = 2); a wider"),
    "α of what states its size": (
        rows("{choice: [{op: norm}, {op: arithmetic, function: f, out: [3, 32, 32]}]}", more="width: 0.5"),
        "4:27: s cannot be scaled: arithmetic states its size (with layers.0 = arithmetic)",
    ),
    "each, of no turns": (rows("{op: conv, out: {choice: [3], each: true}, kernel: 3}"), "4:41: each, and no turns to choose in; a row"),
    "each, of a row": (rows("{choice: [{op: norm}, {op: act, type: relu}], each: true}"), "4:57: each, and no turns to choose in"),
    "each, of the input": (rows(CONV, input="[3, 8, {choice: [8, 9], each: true}]"), "1:38: each, and no turns to choose in"),
    "each, of turns": (rows("{op: norm, repeat: {choice: [1, 2], each: true}}"), "4:24: each turn cannot choose how many there are"),
    "each stride": (separable("stride: {choice: [1, 2], each: true}, repeat: 2"), "4:87: stride is not each turn's own; leave each out"),
    "each from": (separable("from: {choice: [input], each: true}, repeat: 2"), "4:86: from is not each turn's own; leave each out"),
    "each id": (separable("id: {choice: [a, b], each: true}, repeat: 2"), "4:83: id is not each turn's own; leave each out"),
    "no turns": (separable("repeat: {choice: [1, 0]}"), "4:77: expected a positive integer, got 0"),
    "turns that are text": (separable("repeat: x"), '4:64: expected a positive integer, got the text "x"'),
    "too many turns": (separable("repeat: 1000000000"), f"4:5: 1,000,000,000 rows and turns in which something is chosen, up to here, and at most {MOST_LEVELS:,} can be"),
    "times and repeat": (
        rows("{op: repeat, times: 2, repeat: 2, layers: [{op: pointwise, out: {choice: [8, 9], each: true}}]}"),
        "4:36: both repeat and times, and turns that choose each; state times",
    ),
    "an id within": (
        rows("{op: repeat, times: 2, layers: [{op: pointwise, id: a, out: {choice: [8, 9], each: true}}]}"),
        "4:88: an id within turns that choose each",
    ),
    "ids of two choices": (
        rows("{choice: [{op: norm}, {op: norm, id: a}]}", "{choice: [{op: norm}, {op: norm, id: a}]}"),
        '5:42: the id "a" twice; first at 4:42, and both can be in one network',
    ),
    "ids, chosen and stated": (rows("{op: norm, id: {choice: [a, b]}}", "{op: norm, id: b}"), '5:20: the id "b" twice; first at 4:33'),
    "no layers left": (rows("{choice: [{op: norm}, []]}", "{choice: [[], {op: norm}]}"), "4:3: every row can be left out"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_where_no_choice_can_be(name: str) -> None:
    text, wanted = PLACES[name]
    found = told(text)
    assert found[0].startswith(wanted), found
    assert len(found) == 1, found


def test_one_choice_may_have_the_same_id_in_each_option() -> None:
    text = rows(
        "{choice: [{op: norm, id: a}, {op: act, type: relu, id: a}]}", "{op: add, from: [a, input]}"
    )
    assert plan(space_of(text)).total == 2


COMBINED = {
    "groups": (
        rows("{op: conv, out: {choice: [8, 9]}, kernel: 3}", CONV, "{op: conv, out: 12, kernel: 3}",
             "{op: conv, out: 12, kernel: 3, groups: {choice: [1, 4]}, from: input}", input="[{choice: [4, 3]}, 8, 8]"),
        "7:57: 4 groups do not divide 3 input channels (with input.0 = 3, layers.3.groups = 4, layers.0.out = 8); take",
    ),
    "a stride of nothing": (
        rows("{op: {choice: [uib, inverted_residual]}, out: 8, expand: 2}", "{op: {choice: [uib]}, expand: 2, out: 9, start: {choice: [3, 0]}, middle: {choice: [3, 0]}, stride: {choice: [1, 2]}}"),
        "5:118: a stride, and no depthwise to take it (with layers.1.op = uib, ",
    ),
    "an id of one option": (
        rows("{choice: [{op: norm, id: a}, {op: norm}]}", *["{op: pointwise, out: {choice: [4, 8]}}"] * 6, "{op: add, from: [a, input]}"),
        '11:21: no layer before this has the id "a" (with layers.0 = norm, ',
    ),
    "a map too small": (
        rows("{op: conv, out: 8, kernel: 3, stride: {choice: [1, 2]}}", "{op: conv, out: 8, kernel: {choice: [3, 5]}, padding: valid}", input="[3, 8, 8]"),
        "5:45: a kernel of 5×5 does not fit its input, 4 pixels with the padding given (with layers.1.kernel = 5, layers.0.stride = 2)",
    ),
    "in one turn": (
        rows("{op: residual, repeat: 2, layers: [{op: conv, out: {choice: [3, 4], each: true}, kernel: 3}]}"),
        "4:5: inputs of different sizes: 32×32×4 and 32×32×3 (with layers.0.layers.0.out = 4, and 1 more)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COMBINED)
def test_what_some_combination_alone_makes_illegal(name: str) -> None:
    text, wanted = COMBINED[name]
    found = told(text)
    assert any(each.startswith(wanted) for each in found), found


def test_what_is_wrong_is_told_once_for_all_combinations() -> None:
    text = rows(
        "{op: conv, out: {choice: [8, 9, 10]}, kernel: {choice: [1, 3, 5]}, stride: {choice: [1, 2]}}",
        "{op: conv, out: 8, kernel: 40, padding: valid, act: {choice: [relu, none]}}",
    )
    found = told(text)
    assert [each.partition(" (")[0] for each in found] == [
        f"5:32: a kernel of 40×40 does not fit its input, {size} pixels with the padding given"
        for size in (32, 16)
    ]
    assert "and 5 more)" in found[0]


HUGE = {
    "a row": (
        rows("{op: inverted_residual, out: {choice: O}, expand: {choice: O}, kernel: {choice: O}, stride: {choice: O},"
             " dilation: {choice: O}, se: {ratio: {choice: O}, divisor: {choice: O}}}".replace("O", TEN)),
        f"4:5: 10,000,000 combinations of the choices in this row, and at most {MOST_PARTS:,} can be; choose among fewer",
    ),
    "a turn": (
        rows("{op: fused_inverted_residual, out: {choice: O}, expand: {choice: O, each: true}, repeat: 3, kernel: {choice: O, each: true},"
             " dilation: {choice: O, each: true}, se: {ratio: {choice: O, each: true}, divisor: {choice: O}}}".replace("O", TEN)),
        "4:5: 1,000,000 combinations of the choices in this row",
    ),
    "the whole": (
        rows(CONV, input="{channels: {choice: O}, size: [{choice: O}, {choice: O}]}".replace("O", str(list(range(1, 101))))),
        f"1:19: 1,000,000 combinations of input.channels, input.size.0, input.size.1, and at most {MOST_SETTINGS:,} can be",
    ),
    "rows and settings": (
        rows(*[OUT.replace("OPTIONS", TEN)] * 40, input="[3, {choice: O}, {choice: O}]".replace("O", str(list(range(8, 48))))),
        f"4:3: 640,000 rows to count, and at most {MOST_PARTS:,} can be",
    ),
    "many rows": (
        rows(*["{op: norm, affine: {choice: [true, false]}}"] * (MOST_LEVELS + 1)),
        f"{MOST_LEVELS + 4}:5: 1,001 rows and turns in which something is chosen",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HUGE)
def test_what_is_too_large_is_refused_before_it_is_counted(name: str) -> None:
    text, wanted = HUGE[name]
    (found,) = told(text)
    assert found.startswith(wanted)


def test_formats_are_read_alike() -> None:
    yaml = rows(
        "{op: separable, out: {choice: [8, 16], each: true, quality: [0.1, 0.25]}, repeat: {choice: [1, 2]}}"
    )
    tree = read_tree(yaml.encode(), "s.yaml").value
    toml = (
        'input = [3, 32, 32]\n[[layers]]\nop = "separable"\nrepeat = {choice = [1, 2]}\n'
        "out = {choice = [8, 16], each = true, quality = [0.1, 0.25]}\n"
    )
    first, *others = (
        plan(space_of(text, file))
        for text, file in ((yaml, "s.yaml"), (json.dumps(tree), "s.json"), (toml, "s.toml"))
    )
    assert all(each.levels[0].options == first.levels[0].options for each in others)
    assert all(each.total == first.total == 2 + 2 * 2 for each in others)
    assert {str(d.quality) for d in first.space.dimensions if d.quality} == {
        "(Fraction(1, 10), Fraction(1, 4))"
    }
    assert told(
        '{"input": [3, 8, 8],\n"layers": [{"op": "norm", "affine": {"choice": []}}]}', "s.json"
    )[0].startswith("2:48: ")


def test_a_zoo_network_is_a_space_of_one() -> None:
    whole = plan(spaces.load("mobilenet_v1"))
    assert (whole.total, whole.least, whole.most) == (
        1,
        (568_740_352, 4_209_088),
        (568_740_352, 4_209_088),
    )


def test_a_space_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(out("[8, 16]").encode())))
    assert plan(spaces.load("-")).total == 2


def test_a_space_is_no_network_and_says_what_reads_it(mncost: object, tmp_path: object) -> None:
    file = tmp_path / "s.yaml"  # type: ignore[operator]
    file.write_text(out("[8, 16]"))
    ran = mncost("show", str(file))  # type: ignore[operator]
    assert ran.code == 2
    assert f"{file}:4:21: a choice, so that this is a design space" in ran.err


def test_reading_a_network_of_it_leaves_the_space_as_it_is() -> None:
    space = space_of(
        rows("[{op: norm}, {op: norm}]", "{op: conv, out: 8, kernel: {choice: [3, 5]}}")
    )
    first = space.resolved({space.dimensions[0].path: 1})
    assert [each["op"] for each in first.value["layers"]] == ["norm", "norm", "conv"]
    assert space.resolved({space.dimensions[0].path: 1}).value == first.value
    assert first.place(("layers", 2, "kernel")) == (5, 45)
    without = space_of(rows("[{op: norm}, {op: norm}]", CONV))
    assert without.resolved({}).value == without.resolved({}).value
    assert len(without.tree.value["layers"]) == 2


def test_choices_are_added_to_a_network() -> None:
    tree = read_tree(rows(CONV, "{op: linear, out: 4}").encode(), "s.yaml")
    added = with_choices(
        tree,
        {("layers", 0, "out"): [8, 16], ("input", "size"): [8, 16], ("width", "alpha"): [0.5, 1.0]},
    )
    assert plan(spaces.parse(added, "s.yaml")).total == 8
    assert tree.value["layers"][0]["out"] == 8
    with pytest.raises(SpecError, match=r"nothing stands at layers\.9\.out"):
        with_choices(tree, {("layers", 9, "out"): [1]})
