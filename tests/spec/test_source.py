"""Files and names to networks; every problem of a file at once, each at its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import mncost
from mncost.errors import SpecError
from mncost.spec.source import parse

GOOD = """\
name: "tiny"
input: [3, 32, 32]
layers:
  - {id: "c1", op: "conv", out: 8, kernel: 3, stride: 2}
  - {id: "d1", op: "depthwise", kernel: 3, stride: 1}
  - {id: "p1", op: "pointwise", out: 16}
  - {id: "g", op: "global_pool"}
  - {id: "fc", op: "linear", out: 10}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(mncost.MncostError) as caught:
        mncost.lower(parse(text.encode(), "net.yaml"))
    return [str(problem) for problem in caught.value.problems]


def test_a_file_is_a_network(tmp_path: Path) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(GOOD)
    totals = mncost.analyze(mncost.load(file)).totals
    assert totals.mult_adds == (
        3 * 3 * 3 * 8 * 16 * 16 + 3 * 3 * 8 * 16 * 16 + 8 * 16 * 16 * 16 + 16 * 10
    )
    assert totals.parameters.trainable == (
        3 * 3 * 3 * 8 + 2 * 8 + 3 * 3 * 8 + 2 * 8 + 8 * 16 + 2 * 16 + 16 * 10 + 10
    )


@pytest.mark.parametrize(
    ("line", "replacement", "expected"),
    [
        (4, "  - {op: conv, out: ¦0, kernel: 3}", "expected a positive integer, got 0"),
        (4, "  - {op: conv, out: 8, kernel: ¦-3}", "expected a positive integer, got -3"),
        (4, '  - {op: conv, out: 8, kernel: ¦"3"}', 'expected a positive integer, got the text "3"'),
        (4, "  - {op: conv, out: 8, kernel: ¦true}", "expected a positive integer, got true"),
        (4, "  - {op: conv, out: 8, kernel: ¦2.5}", "expected a positive integer, got 2.5"),
        (4, "  - {op: conv, out: 8, kernel: ¦[1, 2, 3]}", "expected one size or [height, width], got a list of 3"),
        (4, "  - ¦{op: conv, out: 8, kernal: 3}", 'missing key "kernel"'),
        (4, "  - {op: conv, out: 8, kernel: 3, groups: ¦2}", "2 groups do not divide 3 input channels; take a divisor of 3"),
        (4, "  - {op: conv, out: 8, kernel: ¦50, padding: valid}", "a kernel of 50×50 does not fit its input, 32 pixels with the padding given; pad it, or take a smaller kernel or fewer strides before it"),
        (4, "  - {op: ¦convv, out: 8}", 'no op is called the text "convv"; did you mean conv?'),
        (4, "  - ¦{out: 8}", "a layer without op; choose from act, adaptive_pool, add, arithmetic, concat, conv, conv_transpose, custom, depthwise, dropout, fused_inverted_residual, global_pool, inverted_residual, linear, local_norm, matmul, move, mul, norm, pad, parallel, pointwise, pool, reduce, repeat, residual, resize, se, separable, shuffle, softmax, split, uib"),
        (4, "  - ¦conv", 'expected a layer, got the text "conv"; write {op: conv, out: 32, …}'),
        (5, "  - {id: ¦c1, op: softmax}", 'the id "c1" twice; first at 4:10'),
        (4, "  - {op: conv, out: 8, kernel: 3, act: ¦rellu}", 'expected one of none, relu, relu6, hardswish, hardsigmoid, swish, sigmoid, gelu, tanh, leakyrelu, elu, selu, celu, softplus, softsign, got the text "rellu"'),
        (4, "  - {op: conv, out: 8, kernel: 3, padding: ¦some}", 'expected a padding, got the text "some"; write same, valid, a number of pixels, or [top, bottom, left, right]'),
        (2, "input: ¦[3, 32]", "expected [channels, height, width], got a list of 2; write [3, 224, 224] or {channels: 3, size: 224}"),
        (2, "input: ¦[3, 0, 32]", "expected a positive integer, got 0"),
        (2, "input: ¦wide", 'expected an input, got the text "wide"; write [3, 224, 224] or {channels: 3, size: 224}'),
        (1, 'name: ¦""', "an empty text"),
        (1, "name: ¦7", "expected text, got 7; quote it"),
        (1, "¦nmae: tiny", 'unknown key "nmae"; did you mean name?'),
        (6, "  - {op: linear, out: 10, repeat: ¦1000000001}", "expected at most 1,000,000,000, got 1000000001"),
    ],
)  # fmt: skip
def test_a_problem_says_where_and_what(line: int, replacement: str, expected: str) -> None:
    """The broken bar stands before what is to blame."""
    lines = GOOD.splitlines()
    lines[line - 1] = replacement.replace("¦", "")
    column = replacement.index("¦") + 1
    assert problems("\n".join(lines))[0] == f"net.yaml:{line}:{column}: {expected}"


def test_an_unknown_key_is_told_the_nearest() -> None:
    text = GOOD.replace("kernel: 3, stride: 2", "kernel: 3, strid: 2")
    assert problems(text) == ['net.yaml:4:47: unknown key "strid"; did you mean stride?']


def test_all_problems_at_once_in_order_of_the_text() -> None:
    text = (
        GOOD.replace("out: 8", "out: 0")
        .replace("[3, 32, 32]", "[3, 32]")
        .replace('op: "linear"', "op: lin")
    )
    places = [problem.split(": ")[0] for problem in problems(text)]
    assert places == ["net.yaml:2:8", "net.yaml:4:33", "net.yaml:8:20"]


def test_shape_problems_all_at_once_and_no_echo() -> None:
    text = GOOD.replace("kernel: 3, stride: 2", "kernel: 3, groups: 5")
    assert len(problems(text)) == 1
    linear_first = GOOD.replace('op: "global_pool"', 'op: "linear", out: 4').replace(
        'id: "fc", op: "linear", out: 10', 'id: "p", op: "global_pool"'
    )
    assert problems(linear_first) == [
        "net.yaml:8:5: global pooling needs a feature map, and its input is 1×1×4 features; "
        "put it before the fully connected layer"
    ]


def test_missing_and_wrong_files(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path / "no.yaml", "no such file"),
        (tmp_path, "a directory"),
        ("/dev/zero", "not a regular file"),
        ("a\0b.yaml", "null"),
    ):
        with pytest.raises(SpecError, match=words):
            mncost.load(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(SpecError, match="not a regular file"):
        mncost.load(tmp_path / "pipe.yaml")


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(SpecError, match="did you mean mobilenet_v1"):
        mncost.load("mobilnet_v1")


LAYER = "layers:\n  - {op: conv, out: 8, kernel: 3}\n"


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("  - {op: conv, out: 6, kernel: 3, repeat: 3, groups: ¦5}", "5 groups do not divide 8 input channels"),
        ("  - {op: separable, out: 8, kernel: ¦50, padding: valid}", "a kernel of 50×50 does not fit"),
        ("  - {op: conv, out: 8, kernel: ¦.inf}", "expected a positive integer, got inf"),
        ("  - ¦{op: pointwise, out: 1, repeat: 1000000000}", "more than 20,000 operations; repeat less"),
        ("  - ¦{op: depthwise, multiplier: 1000000000, repeat: 600}", "a map of more than 1,000,000,000"),
        ("  - {op: add, from: ¦[a, b]}", 'no layer before this has the id "a"'),
        ("  - {op: act, type: relu, from: ¦later}", 'no layer before this has the id "later"; it comes later'),
        ("  - {op: act, type: relu, from: ¦[one, two]}", "from names one layer here, not 2"),
        ("  - ¦{op: add}", "what joins layers needs two or more"),
        ("  - {op: inverted_residual, out: ¦8}", "a block needs either expand or hidden"),
        ("  - {op: split, parts: ¦3}", "3 parts do not divide 8 channels"),
        ("  - {op: shuffle, groups: ¦3}", "3 groups do not divide 8 channels"),
        ("  - {op: residual, layers: [{op: pointwise, out: 4, id: ¦x}]}", ""),
    ],
)  # fmt: skip
def test_problems_of_branches_repeats_and_blocks(layer: str, expected: str) -> None:
    text = f"input: [3, 32, 32]\n{LAYER}{layer.replace('¦', '')}\n  - {{op: softmax, id: later}}\n"
    found = problems(text)
    assert len(found) <= 2
    assert expected in found[0]
    assert found[0].startswith("net.yaml:4:")
    if "block needs" not in expected and expected:
        assert found[0].startswith(f"net.yaml:4:{layer.index('¦') + 1}: ")


def test_an_odd_key_is_no_crash() -> None:
    assert problems("input: {op: {a: 1}, channels: 3, size: 4}\n" + LAYER) == [
        'net.yaml:1:9: unknown key "op"; choose from bits, channels, size'
    ]


def test_one_bad_layer_is_one_problem() -> None:
    text = "input: [3, 32, 32]\nlayers:\n  - {op: conv, out: 0, kernel: 3}\n"
    assert problems(text) == ["net.yaml:3:21: expected a positive integer, got 0"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("width: 8", "expected a mapping, got 8"),
        ("layers: 5", "expected a list, got 5"),
        (f"name: {'x' * 201}", "a text of over 200 characters"),
        ("act: 3", "expected one of none, relu"),
        ("mncost: 2", "expected 1, got 2"),
    ],
)
def test_pydantic_speaks_our_language(line: str, expected: str) -> None:
    text = "input: [3, 32, 32]\n" + line + ("\n" + LAYER if not line.startswith("layers") else "\n")
    (problem,) = problems(text)
    assert expected in problem
    assert problem.startswith("net.yaml:2:")


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert mncost.load("-").name == "tiny"


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    file = tmp_path / "model.pth"
    file.write_bytes(b"\x80\x04.")
    with pytest.raises(SpecError, match="never opened"):
        mncost.load(file)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("{op: uib, out: 8, expand: 2, start: 0, middle: 0, stride: 2}", "no depthwise to take it"),
        ("{op: resize}", "either size or scale"),
        ("{op: resize, size: 3, scale: 2}", "either size or scale"),
        ("{op: se, squeeze: 2, ratio: 0.5}", "both squeeze and a ratio"),
        ("{op: pad, padding: same}", "no number of pixels"),
        ("{op: dropout, rate: '0.2'}", "expected a valid number"),
        ("{op: pointwise, out: }", "expected a value, got nothing"),
    ],
)
def test_layers_that_contradict_themselves(layer: str, expected: str) -> None:
    (problem,) = problems(f"input: [3, 32, 32]\n{LAYER}  - {layer}\n")
    assert expected in problem
    assert problem.startswith("net.yaml:4:")


def test_a_key_may_be_a_letter_that_some_readers_take_for_no() -> None:
    """The sides of a product of matrices are m, k and n."""
    network = parse(
        b"input: [3, 4, 4]\nlayers: [{op: matmul, m: 4, k: 4, n: 4, out: [4, 4]}]\n", "net.yaml"
    )
    assert network.layers[0].n == 4  # type: ignore[attr-defined]
    with pytest.raises(SpecError, match="n means different things to YAML readers"):
        parse(b"input: [3, 4, 4]\nname: n\nlayers: [{op: softmax}]\n", "net.yaml")
