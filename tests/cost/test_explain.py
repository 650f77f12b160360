"""Explanations are the formulas themselves, run on numbers that remember."""

from __future__ import annotations

import re

from hypothesis import given

import mncost
from mncost.cost.events import mult_adds
from mncost.cost.explain import Shown, explain
from mncost.graph import Node
from mncost.graph.ops import Conv
from mncost.graph.shapes import infer
from tests.test_formulas import convolutions


def value(explanation: str) -> tuple[int, int]:
    """The arithmetic of an explanation evaluated, and the number after the equals sign."""
    left, right = explanation.rsplit(" = ", 1)
    sums = re.sub(r"^(\(5\), pointwise term|\(\d\) in groups|\(\d\)|M·N) ", "", left)
    total = 0
    for term in sums.split(" + "):
        product = 1
        for factor in term.strip().split("·"):
            over, _, under = factor.strip("()").partition("/")
            product *= int(over) // int(under or 1)
        total += product
    return total, int(right.replace(",", ""))


@given(convolutions())
def test_what_is_explained_is_what_is_counted(case: tuple[Conv, int, int, int]) -> None:
    conv, channels, height, width = case
    shape = (channels, height + 12, width + 12)
    node = Node((), "", conv, (shape,), infer(conv, (shape,)), (-1,))
    application = mult_adds(node)
    assert application is not None
    shown, total = value(explain([application]))
    assert shown == total == application()


def test_every_row_of_v1_explains_itself() -> None:
    for row in mncost.analyze(mncost.load("mobilenet_v1")):
        if row.formula is not None:
            assert value(explain([row.formula])) == (row.mult_adds, row.mult_adds)


def test_grouped_convolutions_show_their_groups() -> None:
    network = {
        "name": "grouped",
        "input": [8, 4, 4],
        "layers": [{"op": "conv", "out": 6, "kernel": 3, "groups": 2}],
    }
    (row,) = mncost.analyze(mncost.Network.model_validate(network)).rows
    assert row.formula is not None
    assert explain([row.formula]) == "(2) in groups 3·3·(8/2)·6·4·4 = 3,456"


def test_shown_numbers_are_integers() -> None:
    number = Shown(3) * 4 + Shown(5)
    assert (int(number), number.text) == (17, "3·4 + 5")
