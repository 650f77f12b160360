"""A network as readable PyTorch source, laid out as its architecture file is, a line for a row."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from mncost.convert.source.classes import CLASSES, NEEDS
from mncost.convert.source.convs import act_named
from mncost.convert.source.forward import Forward, tangled
from mncost.convert.source.recipe import LOSS, LOSS_OF_SOFTMAX, RECIPE
from mncost.convert.source.rows import Rows
from mncost.convert.source.text import WIDTH, Call, Expression, Keyword, Row, Times, laid_out, plain
from mncost.cost import engine
from mncost.cost.report import Report
from mncost.errors import Path, Problem, SpecError
from mncost.graph import Graph, ops
from mncost.spec import layers as spec
from mncost.spec.located import located
from mncost.spec.lower import lower
from mncost.spec.network import Network

FAMILY_OF_RECIPE = "MobileNetV1"
"""The networks whose file carries the paper's training recipe."""


def source(network: Network) -> str:
    """The text of a Python file with the network as `Net`, which needs PyTorch and nothing else.

    Raises `SpecError` with every layer that cannot be written, and `ShapeError` where layers do not
    fit together.
    """
    graph = lower(network)
    if refused := list(_refused(network, graph)):
        origin = network._origin
        raise SpecError(located(refused, *origin) if origin else refused)
    net, used = _net(network, graph)
    recipe = network.family == FAMILY_OF_RECIPE
    parts = [
        _head(network, engine.analyze(graph), recipe),
        *_classes(network, used),
        net,
        *([_recipe(network)] if recipe else []),
        _MAIN,
    ]
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


NOT_WRITTEN = ("arithmetic", "reduce", "matmul", "conv_transpose", "mul")
"""Layers whose cost is known, and of what they compute too little."""


def _refused(network: Network, graph: Graph) -> Iterator[Problem]:
    """The layers that no module computes, once each."""
    hint = "leave it out, or write it with other layers"
    for path, layer in spec.walk(network.layers):
        op = getattr(layer, "op", "")
        name = f'"{layer.id}"' if layer.id else f"a {op} layer"
        if op in NOT_WRITTEN or (isinstance(layer, spec.Norm) and layer.type != "batch"):
            yield Problem(f"PyTorch: {name} does not say what it computes", hint, path)
        elif isinstance(layer, spec.Move) and not _is_written(layer, path, graph):
            yield Problem(f"PyTorch: {name} does not say how it moves", hint, path)
        elif isinstance(layer, spec.Custom):
            yield Problem(f"PyTorch: {name} states what it costs, not what it computes", hint, path)
        elif isinstance(layer, spec.LocalNorm) and any(
            isinstance(node.op, ops.LocalNorm) and len(node.inputs[0]) != 3
            for node in graph.nodes
            if node.path[: len(path)] == path
        ):
            yield Problem(f"PyTorch: {name} normalises channels, and reads no map", hint, path)


def _is_written(layer: spec.Move, path: Path, graph: Graph) -> bool:
    """To features, or to numbers of another type, which are floats here."""
    nodes = [node for node in graph.nodes if node.path[: len(path)] == path]
    return len(layer.out) == 1 or all(ops.is_cast(each.op, each.inputs[0]) for each in nodes)


def _head(network: Network, report: Report, recipe: bool) -> str:
    """What the file is, and what it costs."""
    setting = network.setting
    height, width = setting.resolution
    title = f"{plain(network.name)}, at α = {setting.alpha:g} and {height}×{width} pixels."
    about = textwrap.wrap(plain(network.source), WIDTH, break_on_hyphens=False)
    total = report.totals
    shape = (network.input.channels, height, width)
    lines = [
        f'"""{title}',
        "",
        *([*about, ""] if about else []),
        'Written by mncost from its architecture file. It needs PyTorch alone.\n"""',
        "",
        "from __future__ import annotations",
        "",
        *(["from typing import Any", ""] if recipe else []),
        "import torch",
        "from torch import nn",
        "",
        f"INPUT = {shape}  # channels, height, width",
        f"MULT_ADDS = {total.mult_adds:_}  # multiply-additions for one image of that size",
        f"PARAMETERS = {total.parameters.trainable:_}  # trained numbers: weights, biases, norms",
    ]
    return "\n".join(lines)


def _net(network: Network, graph: Graph) -> tuple[str, set[str]]:
    """`class Net`, and the names of what it calls."""
    rows = Rows(network, graph)
    if tangled(network.layers):
        forward = Forward(rows, network.layers)
        forward.chain(network.layers, ("layers",))
        modules, lines = forward.modules, [*forward.lines, "return x"]
    else:
        all_rows = tuple(rows.chain(network.layers, ("layers",)))
        modules = {"layers": Call("nn.Sequential", all_rows, tall=True)}
        lines = ["return self.layers(x)"]
    made = [
        line
        for name, module in modules.items()
        for line in laid_out(module, 8, before=f"self.{name} = ")
    ]
    text = "\n".join(
        [
            "class Net(nn.Module):",
            "    def __init__(self) -> None:",
            "        super().__init__()",
            *made,
            "",
            "    def forward(self, x: torch.Tensor) -> torch.Tensor:",
            *(f"        {line}" for line in lines),
            "",
        ]
    )
    return text, {name for module in modules.values() for name in _called(module)}


def _called(expression: Expression) -> Iterator[str]:
    """Every name that is called in an expression."""
    inner: Sequence[Expression] = ()
    match expression:
        case Call():
            yield expression.name
            inner = expression.arguments
        case Keyword():
            inner = (expression.value,)
        case Times():
            inner = (expression.item,)
        case Row():
            inner = expression.items
    for each in inner:
        yield from _called(each)


def _classes(network: Network, used: set[str]) -> Iterator[str]:
    """The classes that the network calls, with its defaults."""
    wanted = used | {need for name in used for need in NEEDS.get(name, ())}
    for name, text in CLASSES.items():
        if name in wanted:
            defaults = {"{ACT}": act_named(network.act), "{NORM}": str(network.norm == "batch")}
            for what, value in defaults.items():
                text = text.replace(what, value)
            yield text


def _recipe(network: Network) -> str:
    last = network.layers[-1]
    softmax = isinstance(last, spec.Softmax) and last.written != "absent"
    return RECIPE.replace("{LOSS}", LOSS_OF_SOFTMAX if softmax else LOSS)


_MAIN = """\
if __name__ == "__main__":
    count = sum(each.numel() for each in Net().parameters())
    print(f"{count:,} parameters, {MULT_ADDS:,} Mult-Adds")
"""
