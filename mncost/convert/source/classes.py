"""The PyTorch classes that a written file carries, as text: those alone that its network uses.

`{ACT}` and `{NORM}` stand for the network's defaults.
"""

from __future__ import annotations

CONV = '''\
Size = int | tuple[int, int]
Act = type[nn.Module] | None


def pair(size: Size) -> tuple[int, int]:
    return size if isinstance(size, tuple) else (size, size)


class Conv(nn.Sequential):
    """A convolution, with the norm and the activation that follow it.

    Unless stated, padding is half the kernel, alike on both sides. TensorFlow's "same" has a pixel
    less before an even map that is read with a stride: maps have the same sizes here, and windows
    lie a pixel further to the start.
    """

    def __init__(
        self,
        inputs: int,
        out: int,
        kernel: Size,
        *,
        stride: Size = 1,
        padding: Size | None = None,
        dilation: Size = 1,
        groups: int = 1,
        norm: bool = {NORM},
        act: Act = {ACT},
        bias: bool | None = None,  # by default, where no norm follows
    ) -> None:
        super().__init__()
        if padding is None:
            sides = zip(pair(kernel), pair(dilation))
            padding = tuple(between * (side - 1) // 2 for side, between in sides)
        if bias is None:
            bias = not norm
        self.conv = nn.Conv2d(inputs, out, kernel, stride, padding, dilation, groups, bias)
        if norm:
            self.norm = nn.BatchNorm2d(out)
        if act:
            self.act = act()
'''

SEPARABLE = '''\
class Separable(nn.Sequential):
    """A depthwise convolution and a pointwise one (MobileNets, figure 3)."""

    def __init__(
        self,
        inputs: int,
        out: int,
        *,
        kernel: Size = 3,
        stride: Size = 1,
        norm: bool = {NORM},
        act: Act = {ACT},
        bias: bool | None = None,
    ) -> None:
        super().__init__()
        both = {"norm": norm, "act": act, "bias": bias}
        self.depthwise = Conv(inputs, inputs, kernel, stride=stride, groups=inputs, **both)
        self.pointwise = Conv(inputs, out, 1, **both)
'''

SQUEEZE_EXCITE = '''\
class SqueezeExcite(nn.Module):
    """Each channel weighed by a look at the whole map (arXiv 1709.01507)."""

    def __init__(
        self, channels: int, narrow: int, *, act: Act = nn.ReLU, gate: Act = nn.Sigmoid
    ) -> None:
        super().__init__()
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, narrow, 1)
        self.act = act() if act else nn.Identity()
        self.expand = nn.Conv2d(narrow, channels, 1)
        self.gate = gate() if gate else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.gate(self.expand(self.act(self.reduce(self.squeeze(x)))))
'''

_BLOCK = """\
        super().__init__()
        # by default, a shortcut where the map that comes out is of the size that comes in
        self.residual = (pair(stride) == (1, 1) and inputs == out) if residual is None else residual
"""

_FORWARD = """\
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)
"""

_ARGUMENTS = """\
    def __init__(
        self,
        inputs: int,
        hidden: int,
        out: int,
        *,
        kernel: Size = 3,
        stride: Size = 1,
        act: Act = {ACT},
        se: nn.Module | None = None,
        residual: bool | None = None,
    ) -> None:
"""

INVERTED_RESIDUAL = f'''\
class InvertedResidual(nn.Module):
    """1x1 up, where there is something to widen, depthwise, 1x1 down (MobileNetV2, V3)."""

{_ARGUMENTS}{_BLOCK}\
        layers: list[nn.Module] = []
        if hidden != inputs:
            layers.append(Conv(inputs, hidden, 1, act=act))
        layers.append(Conv(hidden, hidden, kernel, stride=stride, groups=hidden, act=act))
        if se is not None:
            layers.append(se)
        layers.append(Conv(hidden, out, 1, act=None))
{_FORWARD}'''

FUSED_INVERTED_RESIDUAL = f'''\
class FusedInvertedResidual(nn.Module):
    """A full convolution up, 1x1 down; where there is nothing to widen, the first alone."""

{_ARGUMENTS}{_BLOCK}\
        layers: list[nn.Module] = []
        if hidden == inputs and se is None:
            layers.append(Conv(inputs, out, kernel, stride=stride, act=act))
        else:
            layers.append(Conv(inputs, hidden, kernel, stride=stride, act=act))
            if se is not None:
                layers.append(se)
            layers.append(Conv(hidden, out, 1, act=None))
{_FORWARD}'''

UNIVERSAL_BOTTLENECK = f'''\
class UniversalBottleneck(nn.Module):
    """MobileNetV4's block: depthwise at the start, 1x1 up, depthwise in the middle, 1x1 down.

    Either depthwise may be left out, with 0; the middle one has the stride, else the first.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        out: int,
        *,
        start: int = 0,
        middle: int = 3,
        stride: Size = 1,
        act: Act = {{ACT}},
        residual: bool | None = None,
    ) -> None:
{_BLOCK}\
        layers: list[nn.Module] = []
        if start:
            first = 1 if middle else stride
            layers.append(Conv(inputs, inputs, start, stride=first, groups=inputs, act=None))
        layers.append(Conv(inputs, hidden, 1, act=act))
        if middle:
            layers.append(Conv(hidden, hidden, middle, stride=stride, groups=hidden, act=act))
        layers.append(Conv(hidden, out, 1, act=None))
{_FORWARD}'''

RESIDUAL = '''\
class Residual(nn.Module):
    """Layers whose output is added to their input, or to what the shortcut makes of it."""

    def __init__(
        self,
        *layers: nn.Module,
        shortcut: nn.Module | None = None,
        act: type[nn.Module] | None = None,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.shortcut = shortcut or nn.Identity()
        self.act = act() if act else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.layers(x) + self.shortcut(x))
'''

CONCAT = '''\
class Concat(nn.ModuleList):
    """Branches that read one map, and what they make of it stacked along the channels."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__(branches)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([branch(x) for branch in self], dim=1)
'''

SUM = '''\
class Sum(nn.ModuleList):
    """Branches that read one map, and what they make of it added up."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__(branches)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, *others = (branch(x) for branch in self)
        for each in others:
            first = first + each
        return first
'''

SHUFFLE = '''\
class Shuffle(nn.Module):
    """Channels dealt out over groups (ShuffleNet)."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(1, (self.groups, -1)).transpose(1, 2).flatten(1, 2)
'''

SPLIT = '''\
class Split(nn.Module):
    """One of several equal parts of the channels, from 1."""

    def __init__(self, parts: int, part: int) -> None:
        super().__init__()
        self.parts, self.part = parts, part

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.chunk(self.parts, dim=1)[self.part - 1]
'''

CLASSES = {
    "Conv": CONV,
    "Separable": SEPARABLE,
    "SqueezeExcite": SQUEEZE_EXCITE,
    "InvertedResidual": INVERTED_RESIDUAL,
    "FusedInvertedResidual": FUSED_INVERTED_RESIDUAL,
    "UniversalBottleneck": UNIVERSAL_BOTTLENECK,
    "Residual": RESIDUAL,
    "Concat": CONCAT,
    "Sum": SUM,
    "Shuffle": SHUFFLE,
    "Split": SPLIT,
}
"""In the order in which a file has them."""

NEEDS = {
    "Separable": ("Conv",),
    "SqueezeExcite": ("Conv",),
    "InvertedResidual": ("Conv",),
    "FusedInvertedResidual": ("Conv",),
    "UniversalBottleneck": ("Conv",),
}
"""Which classes, or names beside them, a class reads."""
