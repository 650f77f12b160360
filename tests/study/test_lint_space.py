"""What is odd in a design space, each with its place, and told once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mncost.study.explore import lint
from tests.choosing import SPACES
from tests.conftest import Ran

Run = Callable[..., Ran]

ODD = """name: odd
input: {channels: 3, size: {choice: [64, 65]}}
width: {divisor: 8, alpha: {choice: [0.5, 1.3]}}
expect: {weights: 12}
layers:
  - {op: conv, out: {choice: [8, 12]}, kernel: 3, stride: 2, id: a}
  - {op: conv, out: {choice: [16], each: true}, kernel: {choice: [3, 5], quality: [1, 2]}, repeat: 1, id: b}
  - {op: conv, out: 20, kernel: 3, from: a}
  - {op: conv, out: 8, kernel: 3}
  - {op: conv, out: 8, kernel: 3}
"""
FOUND = """\
2:28: input.size has no quality, and other choices have; its options then count as equally good
3:28: width.alpha has no quality, and other choices have; its options then count as equally good
4:9: expect is of one network, and this is a space of many
6:5: stride 2 on 65 pixels: 33 with same padding (with input.size = 65); others give 32; choose an input that divides
6:21: layers.0.out has no quality, and other choices have; its options then count as equally good
6:34: 12 channels, no multiple of the width's divisor 8; 16 is the next, or write width: fixed
7:21: a choice of one option; write the value itself
7:42: each, and never more than one turn; raise repeat, or leave each out
7:107: nothing reads the id "b"
8:21: 20 channels, no multiple of the width's divisor 8; 24 is the next, or write width: fixed
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "s.yaml"


def test_all_that_is_odd(mncost: Run, file: Path) -> None:
    file.write_text(ODD)
    ran = mncost("lint", str(file))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "".join(f"{file}:{line}\n" for line in FOUND.splitlines())
    assert mncost("lint", "--strict", str(file)).code == 1


def test_options_beyond_the_first_hundreds(
    mncost: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of 500 is odd, and told; where not all are looked at, that is told."""
    widths = [8 * n for n in range(1, 250)]
    file.write_text(
        "input: [3, 64, 64]\nwidth: {divisor: 8}\nlayers:\n"
        f"  - {{op: conv, out: {{choice: {widths}}}, kernel: 3}}\n"
        "  - {op: conv, out: 8, kernel: 3}\n"
        f"  - {{op: conv, out: {{choice: {[*widths, 12]}}}, kernel: 3}}\n"
    )
    odd = "12 channels, no multiple of the width's divisor 8"
    assert odd in mncost("lint", str(file)).out
    monkeypatch.setattr(lint, "MOST_ROWS", 600)
    ran = mncost("lint", str(file))
    assert odd not in ran.out
    assert ran.out.startswith(f"{file}: looked at 200 of 497 options beside the first ones; lint")


@pytest.mark.parametrize("name", ["turns", "once"])
def test_nothing_odd(mncost: Run, file: Path, name: str) -> None:
    file.write_text(SPACES[name])
    ran = mncost("lint", "--strict", str(file))
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_choice_that_makes_no_network(mncost: Run, file: Path) -> None:
    file.write_text(
        "input: [3, 8, 8]\nlayers:\n  - {op: conv, out: {choice: [4, 9]}, kernel: 1}\n"
        "  - {op: conv, out: 8, kernel: {choice: [1, 3]}, groups: 4}\n"
    )
    ran = mncost("lint", str(file), "mobilenet_v1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{file}:4:")
    assert "layers.0.out = 9" in ran.err


def test_networks_are_linted_as_before(mncost: Run) -> None:
    assert mncost("lint --strict mobilenet_v1 mobilenet_v2").code == 0
