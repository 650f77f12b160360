"""Convolutions, each with its norm and activation, as `Conv(…)`: what is not by default is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mncost.convert.source.text import Call, Expression, Keyword
from mncost.convert.windows import alike
from mncost.formulas import Pair
from mncost.graph import Node, ops
from mncost.spec.network import Network

ACTS = {
    "relu": "nn.ReLU", "relu6": "nn.ReLU6", "hardswish": "nn.Hardswish",
    "hardsigmoid": "nn.Hardsigmoid", "swish": "nn.SiLU", "sigmoid": "nn.Sigmoid",
    "gelu": "nn.GELU", "tanh": "nn.Tanh", "leakyrelu": "nn.LeakyReLU", "elu": "nn.ELU",
    "selu": "nn.SELU", "celu": "nn.CELU", "softplus": "nn.Softplus", "softsign": "nn.Softsign",
}  # fmt: skip
"""PyTorch's module for each activation of the language."""


def act(function: str) -> Call:
    """An activation as a module."""
    return Call(ACTS[function])


def act_named(function: str) -> str:
    """An activation as a class, or None."""
    return ACTS.get(function, "None")


def size(pair: Pair) -> str:
    """A size as one number where both are the same."""
    return str(pair[0]) if pair[0] == pair[1] else str(pair)


@dataclass(frozen=True, slots=True)
class Finished:
    """A convolution with what finishes it, as the graph has them."""

    node: Node
    op: ops.Conv
    normed: bool
    act: str

    @property
    def inputs(self) -> int:
        return self.node.inputs[0][0]


def finished(nodes: Sequence[Node]) -> list[Finished]:
    """The convolutions among operations, each with the norm and the activation after it."""
    found = []
    for at, node in enumerate(nodes):
        if not isinstance(node.op, ops.Conv):
            continue
        rest = [each.op for each in nodes[at + 1 : at + 3]]
        normed = bool(rest) and isinstance(rest[0], ops.BatchNorm)
        last = rest[1:] if normed else rest
        function = last[0].function if last and isinstance(last[0], ops.Act) else "none"
        found.append(Finished(node, node.op, normed, function))
    return found


def convs(network: Network, nodes: Sequence[Node]) -> tuple[Expression, ...]:
    """All convolutions among operations."""
    return tuple(item for each in finished(nodes) for item in conv(network, each))


def conv(network: Network, each: Finished) -> tuple[Expression, ...]:
    """A convolution; before it, the padding where that cannot be alike on both ends."""
    padding, said = _padding(each)
    arguments: list[Expression] = [str(each.inputs), str(each.op.out), size(each.op.kernel)]
    if each.op.stride != (1, 1):
        arguments.append(Keyword("stride", size(each.op.stride)))
    if each.op.groups != 1:
        arguments.append(Keyword("groups", str(each.op.groups)))
    given = {**said, **unusual(network, each, network.act)}
    arguments += [Keyword(name, value) for name, value in given.items()]
    return (*padding, Call("Conv", tuple(arguments)))


def unusual(network: Network, each: Finished, function: str) -> dict[str, str]:
    """What has to be said of a convolution, size, stride, groups and padding aside."""
    said = {}
    if each.op.dilation != (1, 1):
        said["dilation"] = size(each.op.dilation)
    if each.normed != (network.norm == "batch"):
        said["norm"] = str(each.normed)
    if each.op.bias == each.normed:
        said["bias"] = str(each.op.bias)
    if each.act != function:
        said["act"] = act_named(each.act)
    return said


def plainly_padded(each: Finished) -> bool:
    """Whether its padding is that which `Conv` takes by default."""
    return _padding(each) == ((), {})


def _padding(each: Finished) -> tuple[tuple[Expression, ...], dict[str, str]]:
    """What pads before the convolution, and what it is told of its padding."""
    op, (_, height, width) = each.op, each.node.inputs[0]
    top, bottom, left, right = op.padding
    tall = alike(height, op.kernel[0], op.stride[0], op.dilation[0], (top, bottom))
    wide = alike(width, op.kernel[1], op.stride[1], op.dilation[1], (left, right))
    if tall is None or wide is None:
        return (zeros(op.padding),), {"padding": "0"} if _half(op) != (0, 0) else {}
    return (), {"padding": size((tall, wide))} if (tall, wide) != _half(op) else {}


def zeros(padding: ops.Sides) -> Call:
    """Noughts around the map; PyTorch begins with the left side."""
    top, bottom, left, right = padding
    same = len(set(padding)) == 1
    return Call("nn.ZeroPad2d", (str(top if same else (left, right, top, bottom)),))


def _half(op: ops.Conv) -> Pair:
    """The padding that `Conv` takes by default."""
    (tall, wide), (down, along) = op.kernel, op.dilation
    return down * (tall - 1) // 2, along * (wide - 1) // 2
