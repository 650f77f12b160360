"""Design spaces small enough to list, and the listing of one: every architecture as a file."""

from __future__ import annotations

from collections.abc import Iterator

import mncost
from mncost.cost.report import Report
from mncost.spec import space as spaces
from mncost.spec.source import parse, read_tree
from mncost.study.explore.picked import Picked, picked, text
from mncost.study.explore.plan import Plan
from mncost.study.explore.planner import plan as planned

SPACES = {
    "turns": """
name: small
input: {channels: 3, size: {choice: [32, 64]}}
width: {divisor: 8, alpha: {choice: [0.5, 1.0]}}
layers:
  - {op: conv, out: {choice: [8, 16]}, kernel: 3, stride: 2}
  - {op: inverted_residual, expand: {choice: [3, 6], each: true}, kernel: {choice: [3, 5], each: true}, out: 24, stride: 2, repeat: {choice: [1, 2]}}
  - {choice: [{op: conv, out: 32, kernel: 3}, [{op: depthwise, kernel: 3}, {op: pointwise, out: 32}]]}
  - {op: global_pool}
  - {op: linear, out: 10}
""",
    "once": """
input: [3, 32, 32]
act: relu6
layers:
  - {op: conv, out: {choice: [16, 24, 32]}, kernel: 3, stride: 2}
  - {op: inverted_residual, expand: {choice: [2, 4]}, out: 16, kernel: {choice: [3, 5]}, repeat: {choice: [1, 2, 3]}}
  - {op: pointwise, out: {choice: [32, 64]}}
""",
    "blocks": """
input: [3, 32, 32]
layers:
  - {op: conv, out: 8, kernel: 3, id: a}
  - {op: conv, out: 16, kernel: 3, stride: 2}
  - {op: repeat, times: {choice: [1, 2, 3]}, from: a, id: c, layers: [{op: conv, out: {choice: [8, 16], each: true}, kernel: 3}, {op: depthwise}]}
  - {op: concat, from: [a, c]}
  - {op: conv, out: 4, kernel: 1}
""",
    "ids": """
input: [3, 32, 32]
layers:
  - {op: conv, out: 8, kernel: 3, id: a}
  - {op: conv, out: {choice: [8, 16], each: true}, kernel: 3, from: a, repeat: 2, id: b}
  - {op: pointwise, out: {choice: [8, 16]}, from: a, id: c}
  - {op: concat, from: [b, c]}
""",
    "nested": """
input: [3, 16, 16]
width: {choice: [0.25, 0.5, 1]}
layers:
  - {op: conv, out: 16, kernel: 3}
  - op: residual
    layers:
      - {op: conv, out: 24, kernel: {choice: [1, 3]}}
      - {op: conv, out: 16, kernel: 3, width: scale}
  - op: parallel
    branches:
      - [{op: pointwise, out: {choice: [8, 32]}}]
      - [{op: conv, out: 16, kernel: {choice: [3, 5]}, width: fixed}]
  - {op: repeat, times: {choice: [1, 2]}, layers: [{op: pointwise, out: 20, width: grow}]}
  - {choice: [[], {op: conv, out: 40, kernel: 3}]}
""",
}
"""By what is peculiar about them."""


def plan(text: str, file: str = "space.yaml", **how: bool | str) -> Plan:
    """The plan of a space in a text."""
    return planned(spaces.parse(read_tree(text.encode(), file), file), **how)  # type: ignore[arg-type]


def everyone(of: Plan) -> list[Picked]:
    """Every architecture, in the order of their numbers."""
    return picked(of, (of.path_of(number) for number in range(of.total)), None)


def files(of: Plan) -> Iterator[tuple[Picked, str]]:
    """Every architecture, and its file."""
    for each in everyone(of):
        yield each, text(of, each, "one-0001", "")


def counted(text: str) -> Report:
    """What the network of a file costs."""
    return mncost.analyze(parse(text.encode(), "one.yaml"))
