"""Small networks in PyTorch that a light run may see all of (`SEEN`), or may not (`UNSEEN`)."""

from __future__ import annotations

import copy
import functools
import math
import sys
from collections import namedtuple
from typing import Any

import pytest

from tests.convert.nets import Calls, parameter

torch: Any = pytest.importorskip("torch")
nn: Any = torch.nn
F: Any = torch.nn.functional

Two = namedtuple("Two", "a b")
CACHE: dict[str, Any] = {}
IMAGE, TOKENS, INDICES = [(3, 16, 16)], [(1, 10, 24)], [(12,)]


def conv(m: int = 3, n: int = 8) -> Any:
    return nn.Conv2d(m, n, 3, padding=1)


def after(function: Any) -> Any:
    """What is done with a convolution's output."""
    return lambda: Calls(lambda s, x: function(s.c(x)), c=conv())


def beside(function: Any, **things: Any) -> Any:
    """What is done with the image, and with a module's own things."""

    def model() -> Any:
        made = {name: each() for name, each in things.items()}
        return Calls(function, c=conv(), **made)

    return model


def each(function: Any, **things: Any) -> Any:
    """What is done with tokens."""
    return lambda: Calls(function, **{name: each() for name, each in things.items()})


def _in_place(y: Any) -> Any:
    y.add_(1)
    y[:, :4] += 1
    y[:, 0] = y[:, 1]
    flat = y.view(1, 8, -1)
    flat.mul_(2)
    return y + flat.view_as(y)


def _by_size(y: Any) -> Any:
    if y.shape[-1] > 8 and len(y) == 1:
        y = F.max_pool2d(y, 2)
    for row in y[0]:
        y = y + row.sum()
    return F.interpolate(y, scale_factor=math.ceil(y.shape[-1] / 3))


def _caught(s: Any, x: Any) -> Any:
    try:
        if x.sum() > 0:
            x = s.c(x)
    except Exception:
        x = s.d(x)
    return x


def _caught_below(s: Any, x: Any) -> Any:
    try:
        x.data_ptr()
    except RuntimeError:
        x = s.d(x)
    return s.c(x)


def _cells(s: Any, x: Any) -> Any:
    state = (x.new_zeros(1, 16), x.new_zeros(1, 16))
    for step in range(x.shape[1]):
        state = s.r(x[:, step], state)
    return state[0]


def _cast(s: Any, x: Any) -> Any:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return s.c(x).float()


def _under(mode: Any) -> Any:
    def run(s: Any, x: Any) -> Any:
        with mode():
            y = s.c(x)
        return y * 2

    return run


def _cached(s: Any, x: Any) -> Any:
    if "grid" not in CACHE:
        CACHE["grid"] = torch.arange(16.0)
    return s.c(x) + CACHE["grid"]


def _cached_then_read(s: Any, x: Any) -> Any:
    y = _cached(s, x)
    return y * torch.tensor(2.0).item()


def _raises(s: Any, x: Any) -> Any:
    raise ValueError("no such thing")


class Swish(torch.autograd.Function):  # type: ignore[misc]
    """A function with a gradient of its own."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)


class Detr(nn.Module):
    """Queries that attend to a map, and a dictionary of what comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(conv(3, 24), nn.BatchNorm2d(24), nn.ReLU(inplace=True))
        self.transformer = nn.Transformer(24, 4, 2, 2, 48)
        self.rows, self.columns, self.queries = (
            parameter(50, 12),
            parameter(50, 12),
            parameter(9, 24),
        )
        self.classes, self.boxes = nn.Linear(24, 5), nn.Linear(24, 4)

    def forward(self, x: Any, mask: Any = None) -> Any:
        h = self.body(x)
        tall, wide = h.shape[-2:]
        places = [
            self.columns[:wide].unsqueeze(0).repeat(tall, 1, 1),
            self.rows[:tall].unsqueeze(1).repeat(1, wide, 1),
        ]
        at = torch.cat(places, -1).flatten(0, 1).unsqueeze(1)
        found = self.transformer(at + h.flatten(2).permute(2, 0, 1), self.queries.unsqueeze(1))
        return {"logits": self.classes(found), "boxes": self.boxes(found).sigmoid()}


def hooked() -> Any:
    model = nn.Sequential(conv(), nn.ReLU(), conv(8, 8))
    model[0].register_forward_hook(lambda module, given, out: out * 2)
    model[2].register_forward_pre_hook(lambda module, given: (given[0] + 1,))
    model.register_forward_hook(lambda module, given, out: out.mean((2, 3)))
    return model


def tied() -> Any:
    model = nn.Sequential(nn.Linear(16, 16), nn.Linear(16, 16))
    model[1].weight = model[0].weight
    return model


def named_twice() -> Any:
    model = nn.Sequential(conv(), conv(8, 8), nn.ReLU())
    model.add_module("again", model[1])
    return model


def _part(kind: str, **given: Any) -> Any:
    return lambda: getattr(nn, kind)(**given)


HEADS = {"embed_dim": 24, "num_heads": 4, "batch_first": True}
LAYER = {"d_model": 24, "nhead": 4, "dim_feedforward": 48, "batch_first": True}

SEEN: dict[str, tuple[Any, list[tuple[int, ...]]]] = {
    "dictionary out": (after(lambda y: {"a": y, "b": [y.mean((2, 3)), None, 1.5]}), IMAGE),
    "named out": (after(lambda y: Two(y, 1)), IMAGE),
    "the image out": (beside(lambda s, x: x * 1), IMAGE),
    "norm as in training": (after(lambda y: F.batch_norm(y, None, None, training=True)), IMAGE),
    "dropout as in training": (after(lambda y: F.dropout(y, 0.5, True)), IMAGE),
    "dropout beside": (beside(lambda s, x: x + s.d(x), d=nn.Dropout), IMAGE),
    "nothing beside": (beside(lambda s, x: x + s.d(x), d=nn.Identity), IMAGE),
    "in place": (after(_in_place), IMAGE),
    "by size": (after(_by_size), IMAGE),
    "written over": (after(lambda y: torch.zeros(1, 8, 16, 16).copy_(y) * 2), IMAGE),
    "part written over": (after(lambda y: (torch.zeros_like(y)[:, :8].copy_(y), y * 2)), IMAGE),
    "out given": (after(lambda y: torch.add(y, y, out=y)), IMAGE),
    "buffer counts": (
        beside(lambda s, x: (s.b.add_(1), s.c(x) + s.b)[1], b=lambda: nn.Buffer(torch.zeros(1))),
        IMAGE,
    ),
    "constants": (after(lambda y: y * torch.tensor([1.0, 2.0]).repeat(4).view(-1, 1, 1)), IMAGE),
    "made": (after(lambda y: y + torch.rand(1) + torch.arange(16) + torch.eye(16)), IMAGE),
    "attribute": (beside(lambda s, x: s.c(x) @ s.t, t=lambda: torch.ones(16, 4)), IMAGE),
    "fused weights": (
        each(
            lambda s, x: F.conv2d(x, s.w * s.g.view(-1, 1, 1, 1) + F.pad(s.v, [1] * 4)),
            w=lambda: parameter(8, 3, 3, 3), g=lambda: parameter(8), v=lambda: parameter(8, 3, 1, 1),
        ),
        IMAGE,
    ),
    "called twice": (beside(lambda s, x: s.d(s.d(s.c(x))), d=lambda: conv(8, 8)), IMAGE),
    "made on the way": (after(lambda y: nn.Softmax(dim=1)(nn.ReLU()(y))), IMAGE),
    "not registered": (beside(lambda s, x: s.l[0](s.c(x)), l=lambda: [nn.ReLU()]), IMAGE),
    "forward alone": (beside(lambda s, x: s.d.forward(s.c(x)), d=lambda: nn.Sequential(conv(8, 4))), IMAGE),
    "own function": (after(lambda y: Swish.apply(y)), IMAGE),
    "inference mode": (beside(_under(torch.inference_mode)), IMAGE),
    "gradients on": (beside(_under(torch.enable_grad)), IMAGE),
    "hooks": (hooked, IMAGE),
    "tied": (tied, [(16,)]),
    "half": (lambda: nn.Sequential(conv(), nn.ReLU()).half(), IMAGE),
    "parametrized": (
        beside(lambda s, x: s.d(s.c(x)), d=lambda: nn.utils.parametrizations.weight_norm(conv(8, 8))), IMAGE,
    ),
    "detr": (Detr, IMAGE),
    "lstm": (each(lambda s, x: s.r(x)[0], r=lambda: nn.LSTM(24, 16, 2, bidirectional=True)), TOKENS),
    "gru": (each(lambda s, x: s.r(x)[1], r=lambda: nn.GRU(24, 16, batch_first=True)), TOKENS),
    "cells": (each(_cells, r=lambda: nn.LSTMCell(24, 16)), TOKENS),
    "attention": (each(lambda s, x: s.r(x, x, x), r=_part("MultiheadAttention", **HEADS)), TOKENS),
    "masked": (
        each(
            lambda s, x: s.r(x, x, x, key_padding_mask=x.sum(-1) > 0, need_weights=False)[0],
            r=_part("MultiheadAttention", **HEADS),
        ),
        TOKENS,
    ),
    "encoder": (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(**LAYER), 2), TOKENS),
    "embedding": (lambda: nn.Sequential(nn.Embedding(100, 16), nn.Linear(16, 4)), INDICES),
    "spectrum": (after(lambda y: torch.fft.irfft2(torch.fft.rfft2(y) * 2)), IMAGE),
    "pieces": (after(lambda y: torch.cat(y.split([3, 5], 1)[::-1], 1)), IMAGE),
    "asked": (beside(lambda s, x: s.c(x) if torch.compiler.is_exporting() else x), IMAGE),
}  # fmt: skip

UNSEEN: dict[str, tuple[Any, list[tuple[int, ...]]]] = {
    "by data": (beside(lambda s, x: s.c(x) if x.sum() > 0 else x), IMAGE),
    "by data, caught": (beside(_caught, d=lambda: conv(3, 4)), IMAGE),
    "below, caught": (beside(_caught_below, d=lambda: conv(3, 3)), IMAGE),
    "as many as there are": (after(lambda y: y[y > 0]), IMAGE),
    "a number": (after(lambda y: y * torch.tensor(2.0).item()), IMAGE),
    "a number of its own": (beside(lambda s, x: s.c(x) * s.p.item(), p=lambda: parameter(1)), IMAGE),
    "numbers": (after(lambda y: y * len(y[0, 0].tolist())), IMAGE),
    "data": (each(lambda s, x: F.conv2d(x.data, s.w.data), w=lambda: parameter(8, 3, 3, 3)), IMAGE),
    "a view, asked": (beside(lambda s, x: s.c(x) if x[:, 1:]._is_view() else x), IMAGE),
    "an offset": (beside(lambda s, x: s.c(x) if x[:, 1:].storage_offset() else x), IMAGE),
    "laid out anew": (after(lambda y: y.unsqueeze_(0) * 2), IMAGE),
    "printed": (after(lambda y: (repr(y), y)[1] * 2), IMAGE),
    "remembered": (beside(lambda s, x: (setattr(s, "z", x), s.c(x))[1]), IMAGE),
    "counted": (beside(lambda s, x: (setattr(s, "n", s.n + 1), s.c(x))[1], n=lambda: 0), IMAGE),
    "listed": (beside(lambda s, x: (s.l[0].append(x), s.c(x))[1], l=lambda: [[]]), IMAGE),
    "buffer replaced": (
        beside(lambda s, x: (setattr(s, "b", s.b + 1), s.c(x))[1], b=lambda: nn.Buffer(torch.zeros(1))),
        IMAGE,
    ),
    "norm in training": (beside(lambda s, x: s.n.train()(s.c(x)), n=lambda: nn.BatchNorm2d(8)), IMAGE),
    "unusual out": (after(lambda y: {y}), IMAGE),
    "named twice": (named_twice, IMAGE),
    "copied": (beside(lambda s, x: copy.deepcopy(s.c)(x)), IMAGE),
    "cast": (beside(_cast), IMAGE),
    "mapped": (after(lambda y: torch.vmap(lambda each: each * 2)(y)), IMAGE),
    "a condition": (after(lambda y: torch.cond(y.sum() > 0, torch.sin, torch.cos, (y,))), IMAGE),
    "a program": (lambda: torch.fx.symbolic_trace(nn.Sequential(conv(), nn.ReLU())), IMAGE),
    "another class": (
        beside(lambda s, x: s.c(x) * s.t, t=lambda: torch.ones(1).as_subclass(type("Odd", (torch.Tensor,), {}))),
        IMAGE,
    ),
    "not registered weights": (beside(lambda s, x: s.l[0](s.c(x)), l=lambda: [conv(8, 4)]), IMAGE),
    "on no device": (lambda: nn.Sequential(conv(), nn.ReLU()).to("meta"), IMAGE),
    "lazy": (lambda: nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(5)), IMAGE),
    "old weight norm": (beside(lambda s, x: s.d(s.c(x)), d=lambda: nn.utils.spectral_norm(conv(8, 8))), IMAGE),
    "raises": (beside(_raises), IMAGE),
    "ends": (beside(lambda s, x: sys.exit(3)), IMAGE),
    "does not fit": (lambda: nn.Sequential(conv(), conv(4, 4)), IMAGE),
    "cached": (beside(_cached_then_read), IMAGE),
}  # fmt: skip


@functools.cache
def made(name: str) -> Any:
    """One of them, the same each time."""
    return fresh(name)


def fresh(name: str) -> Any:
    """One of them, anew."""
    torch.manual_seed(0)
    return {**SEEN, **UNSEEN}[name][0]()
