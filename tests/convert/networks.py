"""Networks of which both writers must be right: every layer, odd maps, and names that bite."""

from __future__ import annotations

import mncost
from mncost.spec.network import Network
from mncost.spec.source import parse

EVERY_LAYER = r"""
name: "every \"\"\" layer \\"
source: "x \"\"\" + exit() #"
input: [4, 31, 45]
act: hardswish
layers:
  - {op: conv, out: 8, kernel: 3, stride: 2, id: "low\nraise SystemExit"}
  - {op: conv, out: 8, kernel: [2, 3], id: forward}
  - {op: pool, type: max, kernel: 3, stride: 2, padding: [0, 1, 1, 0], ceil: true}
  - {op: pool, type: avg, kernel: 3, stride: 1, padding: same, id: class}
  - {op: resize, size: [16, 23]}
  - {op: add, from: [forward, "low\nraise SystemExit"], id: 9lives}
  - op: residual
    layers:
      - {op: conv, out: 8, kernel: 3, id: inner}
      - {op: parallel, branches: [[], [{op: pointwise, out: 8}], [{op: act, type: tanh}, {op: softmax}]], join: add}
    shortcut: [{op: conv, out: 8, kernel: 3, dilation: 2}]
    act: relu6
    repeat: 2
  - op: parallel
    id: par
    branches:
      - [{op: depthwise, multiplier: 2, id: deep}, {op: shuffle, groups: 4}]
      - [{op: split, parts: 2, part: 2, from: inner}]
      - []
  - op: repeat
    times: 3
    layers:
      - {op: uib, out: 28, expand: 2, start: 5, middle: 0, act: gelu}
      - {op: uib, out: 28, expand: 2, start: 3, middle: 5, residual: never}
      - {op: se, ratio: 0.5, gate: hardsigmoid}
  - {op: inverted_residual, out: 28, hidden: 30, norm: none, se: {squeeze: 4, act: swish}}
  - {op: fused_inverted_residual, out: 28, expand: 1, residual: always, se: {squeeze: 4, act: none}}
  - {op: fused_inverted_residual, out: 28, expand: 1, kernel: 5}
  - {op: separable, out: 28, bias: true, act: relu6}
  - {op: separable, out: 28, padding: valid, kernel: [3, 1]}
  - {op: pad, padding: [1, 0, 2, 3]}
  - {op: conv, out: 28, kernel: 3, groups: 14, padding: [0, 2, 1, 1], act: sigmoid}
  - {op: resize, scale: 2}
  - {op: norm, affine: false}
  - {op: local_norm, size: 5}
  - {op: pool, type: avg, kernel: [5, 4], stride: [3, 3], ceil: true}
  - {op: adaptive_pool, size: [1, 2], type: max}
  - {op: global_pool, type: max, id: g}
  - {op: concat, from: [g, g]}
  - {op: linear, out: 12, norm: batch, act: swish, repeat: 2, bias: false}
  - {op: dropout, rate: 0.1}
  - {op: norm}
  - {op: softmax}
"""


def network(text: str) -> Network:
    """A network from its text."""
    return parse(text.encode(), "net.yaml")


def of_layers(*layers: str, shape: str = "[3, 16, 16]", more: str = "") -> Network:
    """A network of a few layers, each as in a file."""
    rows = "".join(f"  - {{{each}}}\n" for each in layers)
    return network(f"name: net\ninput: {shape}\n{more}\nlayers:\n{rows}")


def thin(name: str, alpha: float = 0.25, resolution: int | None = None) -> Network:
    """A zoo network, small enough to run."""
    return mncost.scale(mncost.load(name), alpha=alpha, resolution=resolution)
