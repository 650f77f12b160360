"""The mobile blocks as classes of their own, where those make the same; else module by module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mncost.convert.source.convs import (
    Finished,
    act_named,
    conv,
    finished,
    plainly_padded,
    size,
    unusual,
)
from mncost.convert.source.text import Call, Expression, Keyword
from mncost.formulas import Pair
from mncost.graph import Node, ops
from mncost.spec import layers as spec
from mncost.spec.network import Network

Blocks = (
    spec.Separable
    | spec.InvertedResidual
    | spec.FusedInvertedResidual
    | spec.UniversalBlock
    | spec.SqueezeExcite
)
Parts = Mapping[str, Sequence[Node]]
"""A block's operations, by the names of its parts."""


def block(network: Network, layer: Blocks, parts: Parts) -> tuple[Expression, ...]:
    """A block of any kind."""
    if isinstance(layer, spec.SqueezeExcite):
        return (squeeze_excite([node for nodes in parts.values() for node in nodes]),)
    found = {name: finished(parts[name])[0] for name in _CONVS if name in parts}
    function = layer.act or network.act
    said = [
        unusual(network, each, "none" if name in _SILENT else function)
        for name, each in found.items()
    ]
    separable = (
        isinstance(layer, spec.Separable) and said[0] == said[1] and "dilation" not in said[0]
    )
    if not all(plainly_padded(each) for each in found.values()) or (any(said) and not separable):
        return _module_by_module(network, parts)
    match layer:
        case spec.Separable():
            return (_separable(network, found, function, said[0]),)
        case spec.UniversalBlock():
            return (_universal(network, layer, found, parts, function),)
    return (_inverted(network, found, parts, function),)


_CONVS = ("start", "expand", "fused", "depthwise", "pointwise", "project")
_SILENT = ("start", "project")
"""The convolutions of a block, and those without an activation."""

Found = Mapping[str, Finished]


def _separable(network: Network, found: Found, function: str, both: Mapping[str, str]) -> Call:
    """`both` is said of either convolution: a norm, or a bias, that is not by default."""
    depthwise, pointwise = found["depthwise"], found["pointwise"]
    said = [*_said(network, depthwise.op, function)]
    said += [Keyword(name, value) for name, value in both.items()]
    return Call("Separable", (str(depthwise.inputs), str(pointwise.op.out), *said))


def _inverted(network: Network, found: Found, parts: Parts, function: str) -> Call:
    """An inverted residual, or a fused one."""
    first, main = next(iter(found.values())), found.get("fused") or found["depthwise"]
    last = found.get("project", main)
    hidden = main.op.out if "project" in found else main.inputs
    name = "FusedInvertedResidual" if "fused" in found else "InvertedResidual"
    said = list(_said(network, main.op, function))
    if "se" in parts:
        said.append(Keyword("se", squeeze_excite(parts["se"])))
    said += _shortcut(first.inputs, last.op.out, main.op.stride, "add" in parts)
    return Call(name, (str(first.inputs), str(hidden), str(last.op.out), *said))


def _universal(
    network: Network, layer: spec.UniversalBlock, found: Found, parts: Parts, function: str
) -> Call:
    inputs, expand, last = found["expand"].inputs, found["expand"], found["project"]
    strided = found.get("depthwise") or found.get("start") or expand
    said = []
    if layer.start:
        said.append(Keyword("start", str(layer.start)))
    if layer.middle != 3:
        said.append(Keyword("middle", str(layer.middle)))
    said += _said(network, strided.op, function, (strided.op.kernel))
    said += _shortcut(inputs, last.op.out, strided.op.stride, "add" in parts)
    sizes = (str(inputs), str(expand.op.out), str(last.op.out))
    return Call("UniversalBottleneck", (*sizes, *said))


def _said(
    network: Network, op: ops.Conv, function: str, usual: Pair = (3, 3)
) -> tuple[Keyword, ...]:
    """Kernel, stride and activation of a block, where they are not by default."""
    said = []
    if op.kernel != usual:
        said.append(Keyword("kernel", size(op.kernel)))
    if op.stride != (1, 1):
        said.append(Keyword("stride", size(op.stride)))
    if function != network.act:
        said.append(Keyword("act", act_named(function)))
    return tuple(said)


def _shortcut(inputs: int, out: int, stride: Pair, added: bool) -> list[Keyword]:
    by_rule = stride == (1, 1) and inputs == out
    return [] if added == by_rule else [Keyword("residual", str(added))]


def squeeze_excite(nodes: Sequence[Node]) -> Call:
    """`SqueezeExcite(channels, narrow)`, with activations where they are not the usual ones."""
    reduce, expand = finished(nodes)
    arguments: list[Expression] = [str(reduce.inputs), str(reduce.op.out)]
    if reduce.act != "relu":
        arguments.append(Keyword("act", act_named(reduce.act)))
    if expand.act != "sigmoid":
        arguments.append(Keyword("gate", act_named(expand.act)))
    return Call("SqueezeExcite", tuple(arguments))


def _module_by_module(network: Network, parts: Parts) -> tuple[Expression, ...]:
    """A block that no class makes: its convolutions, with the shortcut around them."""
    items: list[Expression] = []
    for name, nodes in parts.items():
        if name == "se":
            items.append(squeeze_excite(nodes))
        elif name in _CONVS:
            items += [item for each in finished(nodes) for item in conv(network, each)]
    return (Call("Residual", tuple(items)),) if "add" in parts else tuple(items)
