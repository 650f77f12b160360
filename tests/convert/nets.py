"""Small networks in PyTorch, each a way of writing something, and MobileNet V1 as in the paper."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")
nn: Any = torch.nn
F: Any = torch.nn.functional


def mobilenet_v1(alpha: float = 1.0, full: bool = False, shallow: bool = False) -> Any:
    """MobileNet V1: padding 1, batch normalisation and ReLU as modules."""

    def block(m: int, n: int, kernel: int, stride: int, groups: int = 1) -> Any:
        conv = nn.Conv2d(m, n, kernel, stride, kernel // 2, groups=groups, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(n), nn.ReLU(inplace=True))

    widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    widths += [] if shallow else [(512, 1)] * 5
    widths += [(1024, 2), (1024, 1)]
    m = int(32 * alpha)
    layers = [block(3, m, 3, 2)]
    for width, stride in widths:
        n = int(width * alpha)
        if full:
            layers.append(block(m, n, 3, stride))
        else:
            layers += [block(m, m, 3, stride, m), block(m, n, 1, 1)]
        m = n
    return nn.Sequential(
        nn.Sequential(*layers), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(m, 1000)
    )


class Calls(nn.Module):
    """Layers, and what is done with them and the inputs."""

    def __init__(self, function: Any, **layers: Any) -> None:
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *inputs: Any) -> Any:
        return self.function(self, *inputs)


def parameter(*sizes: int) -> Any:
    return nn.Parameter(torch.zeros(*sizes))


# -- ways of writing, each beside the sizes that go in

MAP, ROW, TOKENS = (8, 12, 10), (8, 20), (16, 24)


def _tried() -> Any:
    """Code that finds a size out by running what it has so far."""
    conv = nn.Conv2d(8, 16, 3, 2)
    size = conv(torch.zeros(1, 8, 48, 40)).flatten(1).shape[1]
    return nn.Sequential(conv, nn.Flatten(), nn.Linear(size, 7))


def _made_over() -> Any:
    """Code that initialises, copies, converts and loads weights."""
    import copy

    conv = nn.Conv2d(8, 64, 3).to("cpu")
    nn.init.trunc_normal_(conv.weight, std=0.02)
    nn.init.orthogonal_(conv.weight)
    other = copy.deepcopy(conv)
    other.load_state_dict(conv.state_dict())
    other.weight.data = torch.randn(64, 8, 3, 3).mul_(conv.weight.detach().std())
    made = nn.Sequential(other, nn.BatchNorm2d(64)).double().float()
    return made.to(memory_format=torch.channels_last)


PROBES: dict[str, tuple[Any, list[tuple[int, ...]]]] = {
    "conv": (lambda: nn.Conv2d(8, 16, (3, 5), (2, 1), (1, 2)), [MAP]),
    "conv same": (lambda: nn.Conv2d(8, 16, (4, 3), padding="same", dilation=(1, 2)), [MAP]),
    "conv valid": (lambda: nn.Conv2d(8, 16, 3, padding="valid"), [MAP]),
    "conv reflected": (lambda: nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"), [MAP]),
    "grouped": (lambda: nn.Conv2d(8, 16, 3, groups=4, padding=(2, 0)), [MAP]),
    "depthwise": (lambda: nn.Conv2d(8, 8, 3, groups=8), [MAP]),
    "row": (lambda: nn.Sequential(nn.Conv1d(8, 16, 3, padding=2), nn.BatchNorm1d(16)), [(1, *ROW)]),
    "row same": (lambda: nn.Conv1d(8, 16, 4, padding="same"), [(1, *ROW)]),
    "volume": (lambda: nn.Conv3d(4, 6, (3, 2, 1), groups=2), [(1, 4, 5, 6, 7)]),
    "transposed": (
        lambda: nn.ConvTranspose2d(8, 16, (3, 2), (2, 3), (1, 0), (1, 2), groups=2), [MAP],
    ),
    "transposed row": (lambda: nn.ConvTranspose1d(8, 4, 3, 2, 1, 1), [(1, *ROW)]),
    "transposed volume": (lambda: nn.ConvTranspose3d(4, 6, 3, 2, groups=2), [(1, 4, 5, 6, 7)]),
    "lazy": (lambda: nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(500)), [MAP]),
    "several maps": (
        lambda: Calls(
            lambda s, x: s.conv(x.reshape(2, 4, 12, 10)).reshape(1, 12, 10, 8),
            conv=nn.Conv2d(4, 6, 3),
        ),
        [MAP],
    ),
    "pools": (
        lambda: nn.Sequential(
            nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(2, ceil_mode=True),
            nn.AdaptiveMaxPool2d(2), nn.Conv2d(8, 3, 1),
        ),
        [MAP],
    ),
    "row pools": (
        lambda: nn.Sequential(
            nn.MaxPool1d(3, 2, 1), nn.AvgPool1d(2), nn.AdaptiveAvgPool1d(2), nn.Conv1d(8, 3, 1)
        ),
        [(1, *ROW)],
    ),
    "upsampled": (
        lambda: nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear"), nn.UpsamplingNearest2d(size=(7, 9)),
            nn.Conv2d(8, 3, 3),
        ),
        [MAP],
    ),
    "linear": (lambda: nn.Linear(24, 5), [(24,)]),
    "linear each": (lambda: nn.Linear(24, 5, bias=False), [(1, *TOKENS)]),
    "norm of tokens": (
        lambda: Calls(lambda s, x: s.norm(x.flatten(0, 1)) @ s.w, norm=nn.BatchNorm1d(24), w=parameter(24, 4)),
        [(1, *TOKENS)],
    ),
    "norms": (
        lambda: nn.Sequential(
            nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True), nn.LayerNorm([12, 10]),
            nn.BatchNorm2d(8, affine=False), nn.BatchNorm2d(8, track_running_stats=False),
            nn.LocalResponseNorm(3), nn.Conv2d(8, 2, 1), nn.PReLU(2),
        ),
        [MAP],
    ),
    "functions": (
        lambda: Calls(
            lambda s, x: F.linear(F.relu(F.conv2d(x, s.w, s.b, padding=1)).mean((2, 3)), s.v),
            w=parameter(6, 8, 3, 3), b=parameter(6), v=parameter(4, 6),
        ),
        [MAP],
    ),
    "products": (
        lambda: Calls(
            lambda s, x, y: torch.baddbmm(x @ y, torch.addmm(s.b, x[0], s.w)[None], s.v @ y)
            + torch.bmm(x, y) + torch.mm(x[0], s.u),
            b=parameter(7), w=parameter(24, 7), v=parameter(7, 24), u=parameter(24, 16),
        ),
        [(1, *TOKENS), (1, 24, 16)],
    ),
    "tensordot": (
        lambda: Calls(lambda s, x: torch.tensordot(x, s.w, dims=([1, 3], [2, 0])), w=parameter(10, 5, 8)),
        [MAP],
    ),
    "einsum": (
        lambda: Calls(
            lambda s, x: torch.einsum("bchw,dc->bdhw", x, s.w)
            + torch.einsum("...hw,...hv->...wv", x, x).sum() + torch.einsum("bchw->bc", x).sum()
            + torch.einsum("ij,j", s.w, x[0, :, 0, 0]).sum() + torch.einsum("bchw,c->bchw", x, s.v).sum(),
            w=parameter(6, 8), v=parameter(8),
        ),
        [MAP],
    ),
    "einsum of four": (
        lambda: Calls(
            lambda s, x: torch.einsum("bnk,kl,lm,bmp->bnp", x, s.u, s.v, x.mT[:, :9]),
            u=parameter(24, 7), v=parameter(7, 9),
        ),
        [(1, *TOKENS)],
    ),
    "attention": (
        lambda: Calls(
            lambda s, x: F.scaled_dot_product_attention(
                s.q(x).unflatten(-1, (3, 8)).transpose(1, 2),
                *(s.kv(x).unflatten(-1, (2, 3, 8)).permute(2, 0, 3, 1, 4)), attn_mask=s.mask,
            ),
            q=nn.Linear(24, 24), kv=nn.Linear(24, 48), mask=parameter(3, 16, 16),
        ),
        [(1, *TOKENS)],
    ),
    "multi-head": (
        lambda: Calls(lambda s, x: s.a(x, x, x)[0], a=nn.MultiheadAttention(24, 4, batch_first=True)),
        [(1, *TOKENS)],
    ),
    "encoder": (
        lambda: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(24, 4, 30, batch_first=True), 2, enable_nested_tensor=False
        ),
        [(1, *TOKENS)],
    ),
    "recurrent": (
        lambda: Calls(
            lambda s, x: s.gru(s.rnn(s.lstm(x)[0])[0])[0],
            lstm=nn.LSTM(24, 6, 2, bidirectional=True, batch_first=True), rnn=nn.RNN(12, 5),
            gru=nn.GRU(5, 3),
        ),
        [(1, *TOKENS)],
    ),
    "embedding": (
        lambda: nn.Sequential(nn.Embedding(50, 8), nn.Flatten(), nn.Linear(80, 3)), [(10,)],
    ),
    "prepared weights": (
        lambda: Calls(lambda s, x: F.conv2d(x, s.w * s.gain / s.w.std()), w=parameter(4, 8, 3, 3), gain=parameter(4, 1, 1, 1)),
        [MAP],
    ),
    "weights of weights": (
        lambda: Calls(lambda s, x: F.conv2d(x, (s.a @ s.b).reshape(4, 8, 1, 1)), a=parameter(4, 2), b=parameter(2, 8)),
        [MAP],
    ),
    "weight norm": (
        lambda: nn.utils.parametrizations.weight_norm(nn.Conv2d(8, 4, 3)), [MAP],
    ),
    "class token": (
        lambda: Calls(
            lambda s, x: s.head((torch.cat([s.token.expand(1, -1, -1), x], 1) + s.places)[:, 0]),
            token=parameter(1, 1, 24), places=parameter(1, 17, 24), head=nn.Linear(24, 3),
        ),
        [(1, *TOKENS)],
    ),
    "parts": (
        lambda: Calls(
            lambda s, x: s.conv(
                torch.cat([*x.chunk(2, 1), x[:, 1:3], x[:, ::2], *x.split([3, 5], 1), x[:, -1:]], 1)
            ),
            conv=nn.Conv2d(23, 2, 1),
        ),
        [MAP],
    ),
    "written over": (
        lambda: Calls(lambda s, x: s.conv(_over(x)), conv=nn.Sequential(nn.BatchNorm2d(8), nn.Conv2d(8, 2, 3))),
        [MAP],
    ),
    "grad inside": (
        lambda: Calls(lambda s, x: _with_grad(s.conv, x), conv=nn.Conv2d(8, 2, 3)), [MAP],
    ),
    "made over": (_made_over, [MAP]),
    "tried while it is made": (_tried, [(8, 48, 40)]),
    "two inputs": (
        lambda: Calls(
            lambda s, x, y: s.a(x) * s.b(y)[:, :, None, None], a=nn.Conv2d(8, 4, 1), b=nn.Linear(5, 4)
        ),
        [MAP, (5,)],
    ),
}  # fmt: skip


def _over(x: Any) -> Any:
    out = torch.zeros(x.shape)
    out[:, :4] = x[:, 4:]
    return out


def _with_grad(layer: Any, x: Any) -> Any:
    with torch.enable_grad():
        return layer(x)


def probe(name: str) -> Any:
    return PROBES[name][0]()


# -- what is stored once


class Shared(nn.Module):
    """One convolution called twice, on maps of two sizes, and once more by another name."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.again = self.conv

    def forward(self, x: Any) -> Any:
        x = self.norm(self.conv(x))
        return self.again(self.norm(self.conv(F.max_pool2d(x, 2))))


class Tied(nn.Module):
    """A table of words that goes in and out; the way out has a bias of its own."""

    def __init__(self, data: bool = False) -> None:
        super().__init__()
        self.words, self.out = nn.Embedding(1000, 16), nn.Linear(16, 1000)
        if data:
            self.out.weight.data = self.words.weight.data
        else:
            self.out.weight = self.words.weight

    def forward(self, x: Any) -> Any:
        return self.out(self.words(x))


def huge() -> Any:
    """Ten thousand million parameters: 40 GB, if they were."""
    return nn.Sequential(
        nn.Linear(100_000, 100_000, bias=False), nn.ReLU(), nn.BatchNorm1d(100_000)
    )


class Watched(nn.Module):
    """A model that keeps things: in eval mode in part, with a cache and a counter."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4).eval()
        self.drop = nn.Dropout(0.5)
        self.cache: dict[str, Any] = {}
        self.seen = 0
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x: Any) -> Any:
        self.seen += 1
        self.cache["x"] = x
        self.count += 1
        return self.drop(self.norm(self.conv(x)))


READY = Watched()
"""A model that is there already."""


class Derived(nn.Conv2d):
    """Somebody's own convolution."""


def ways() -> Any:
    """The same operation as a module, a subclass, a function and a method."""
    return nn.Sequential(
        nn.Conv2d(8, 8, 3), Derived(8, 8, 1), nn.ReLU(), nn.ReLU6(),
        Calls(lambda s, x: F.relu(F.conv2d(x, s.w)), w=parameter(8, 8, 1, 1)),
        Calls(lambda s, x: x.mean((2, 3))),
    )  # fmt: skip


def unknown() -> Any:
    """A transform that there is no formula for, between layers that there is one for."""
    return Calls(lambda s, x: s.conv(torch.fft.fft2(x).real), conv=nn.Conv2d(8, 4, 1))


def branching() -> Any:
    return Calls(
        lambda s, x: torch.cond(x.sum() > 0, lambda y: s.conv(y), lambda y: s.conv(y) * 2, (x,)),
        conv=nn.Conv2d(8, 4, 1),
    )  # fmt: skip


def depending() -> Any:
    return Calls(lambda s, x: s.conv(x) if x.sum() > 0 else x, conv=nn.Conv2d(8, 4, 1))


def of_type(name: str) -> Any:
    """Numbers of one type but where the code changes it, and where the largest is."""
    kind = getattr(torch, name)
    return Calls(
        lambda s, x: s.b(F.relu(s.n(s.a(x)))).float().argmax(1), a=nn.Conv2d(8, 4, 3),
        n=nn.BatchNorm2d(4), b=nn.Conv2d(4, 8, 1),
    ).to(kind)  # fmt: skip


def stored_in_halves() -> Any:
    """What is stored by other layers than those of kernels, and numbers of places."""
    shape = nn.Sequential(nn.Conv2d(8, 8, 1), nn.PReLU(8), nn.GroupNorm(2, 8)).half()
    places = torch.arange(8).flip(0)
    made = Calls(lambda s, x: s.shape(x)[:, s.places] * s.scale, shape=shape)
    made.register_buffer("places", places)
    made.scale = nn.Parameter(torch.ones(8, 1, 1).half())
    return made


def told_by_weights() -> Any:
    """A type that the weights of a layer that comes later tell."""
    return Calls(
        lambda s, x: s.head(s.stem(x).double().type_as(s.head.weight)),
        stem=nn.Conv2d(8, 4, 1), head=nn.Conv2d(4, 6, 1),
    )  # fmt: skip


def copied_over() -> Any:
    """A map of another type, made beforehand and written over."""

    def run(made: Any, x: Any) -> Any:
        y = made.c(x)
        z = torch.empty_like(y, dtype=torch.float16)
        z.copy_(y)
        return torch.sigmoid(z) + z

    return Calls(run, c=nn.Conv2d(8, 8, 1))
