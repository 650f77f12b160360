"""A graph as a network in our language: the right inverse of `lower`. One layer for each row."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mncost.errors import Path, Problem, SpecError
from mncost.graph import Graph, Node, Numbers, ops
from mncost.graph.ops import Sides
from mncost.graph.shapes import kind, size_text
from mncost.spec.values import MOST_NAME, MOST_SIDES

Layer = dict[str, Any]

_SHARED = "Some layers share their weights; an architecture file counts them for each."


def lift(graph: Graph) -> dict[str, Any]:
    """The network as an architecture file has it: values for `Network`, or for YAML.

    Nothing is left to defaults, so that it says all that it is. Raises `SpecError` with every
    operation that the language has no word for.
    """
    if graph.others:
        raise SpecError(Problem(f"{graph.name} has several inputs", "a network here has one"))
    if wordless := list(_wordless(graph)):
        raise SpecError(wordless)
    if len(graph.input) not in (1, 3):
        message = f"{graph.name} reads {size_text(graph.input)}, neither a map nor features"
        raise SpecError(Problem(message, "an architecture file has one of both"))
    channels, *sides = (*graph.input, 1, 1)[:3]
    notes = " ".join(_left_out(graph))
    bits = {graph.bits(-1), *(node.numbers.activation_bits for node in graph.nodes)}
    common = graph.bits(-1) if len(bits) == 1 else None
    own = None if common else graph.bits(-1)
    return {
        "mncost": 1,
        "name": _name(graph),
        **({"notes": {"all": notes}} if notes else {}),
        "input": _input([channels, *sides], own),
        "norm": "none",
        "act": "none",
        "padding": "valid",
        **({"activation_bits": common} if common else {}),
        "layers": list(_layers(graph, common)),
    }


def _wordless(graph: Graph) -> Iterable[Problem]:
    """Operations that the language has no word for."""
    for node in graph.nodes:
        if isinstance(node.op, ops.Opaque):
            yield Problem(f"{node.name}: no formula for {node.op.what}", "state it as custom")
        elif len(node.output) > MOST_SIDES:
            message = f"{node.name} puts out {size_text(node.output)}"
            yield Problem(message, f"a map here has {MOST_SIDES} sides at most")


def _left_out(graph: Graph) -> Iterable[str]:
    """What the language has no word for, and a reader of tables should know."""
    if any(node.shared for node in graph.nodes):
        yield _SHARED
    given, ends = set(graph.gives), set(replace(graph, outputs=None).gives)
    if also := _named(graph, given - ends):
        yield f"The network also gives {also}: here memory of that ends with its last reader."
    if dead := _named(graph, ends - given):
        yield f"Nothing reads {dead}, and the network does not give it: here it does."


def _named(graph: Graph, positions: set[int]) -> str:
    """The rows with these positions, the first three by name."""
    names = ["its input"] if min(positions, default=0) < 0 else []
    names += [graph.nodes[row[0]].name for row in _rows(graph) if positions & set(row)]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")


def _name(graph: Graph) -> str:
    """The network's name, and the setting at which it was taken, if that is not its own."""
    at, name = graph.setting, graph.name
    if at is not None and at.alpha != 1:
        name += f"_{at.alpha:g}"
    if at is not None and at.resolution != at.base:
        name += f"_{at.resolution[0]}x{at.resolution[1]}"
    return name[:MOST_NAME]


def _input(sides: list[int], bits: int | None) -> list[int] | dict[str, Any]:
    channels, *size = sides
    return {"channels": channels, "size": size, "bits": bits} if bits else sides


def _layers(graph: Graph, common: int | None) -> Iterable[Layer]:
    """A layer for each operation, with the norm and the act that finish it.

    `common` are bits that are said already, of all that layers put out.
    """
    rows = _rows(graph)
    ends = {row[-1]: graph.nodes[row[0]].name for row in rows}
    before = -1
    for row in rows:
        head = graph.nodes[row[0]]
        layer: Layer = {"op": "", **_attributes(head)}
        for at in row[1:]:
            node = graph.nodes[at]
            layer |= {"norm": "batch"} if isinstance(node.op, ops.BatchNorm) else _act(node)
        names = ["input" if source < 0 else ends[source] for source in head.sources]
        if head.sources != (before,):
            layer["from"] = names if len(names) > 1 else names[0]
        layer |= _numbers(head.numbers, common)
        layer["id"] = head.name
        before = row[-1]
        yield layer


def _rows(graph: Graph) -> list[list[int]]:
    """Positions of the operations of each row: an operation, and what hangs under its path.

    What another operation reads too, or the network gives, ends a row.
    """
    rows: list[list[int]] = []
    by_path: dict[Path, list[int]] = {}
    readers = Counter(source for node in graph.nodes for source in node.sources)
    readers.update(graph.gives)
    for at, node in enumerate(graph.nodes):
        row = by_path.get(node.path[:-1]) if node.path[-1:] in (("norm",), ("act",)) else None
        alone = row is not None and at == row[-1] + 1 and readers[row[-1]] == 1
        if row is not None and alone and _finishes(node, graph.nodes[row[0]]):
            row.append(at)
        else:
            rows.append([at])
            by_path[node.path] = rows[-1]
    return rows


def _finishes(node: Node, head: Node) -> bool:
    """Whether the head's layer has a word for this: convolutions and linear layers have."""
    weighty = isinstance(head.op, ops.Conv | ops.ConvTranspose | ops.Linear)
    plain = node.op == ops.BatchNorm() or isinstance(node.op, ops.Act)
    own, its = node.numbers, head.numbers
    alike = own.activation_bits == its.activation_bits
    alike = alike and (isinstance(node.op, ops.Act) or own == its)
    return weighty and plain and alike


def _numbers(numbers: Numbers, common: int | None) -> Layer:
    """What its numbers take, where the graph says so."""
    density, bits = float(numbers.density), numbers.activation_bits
    return {
        **({"weight_bits": numbers.weight_bits} if numbers.weight_bits else {}),
        **({"activation_bits": bits} if bits != common else {}),
        **({"density": density} if density != 1 else {}),
    }


def _act(node: Node) -> Layer:
    return {"act": node.op.function} if isinstance(node.op, ops.Act) else {}


def _attributes(node: Node) -> Layer:
    """What a layer says of an operation."""
    match node.op:
        case ops.Conv() as conv:
            return _conv(conv, node)
        case ops.ConvTranspose() as conv:
            return {
                "op": "conv_transpose", "out": conv.out, "kernel": list(conv.kernel),
                **_window(conv), "extra": list(conv.extra),
            }  # fmt: skip
        case ops.Linear() as linear:
            each = {"each": True} if linear.each else {}
            return {"op": "linear", "out": linear.out, "bias": linear.bias, **each}
        case ops.Pool() as pool:
            return {
                "op": "pool", "type": pool.function, "kernel": list(pool.kernel),
                "stride": list(pool.stride), **_padding(pool.padding),
                **({"ceil": True} if pool.ceil else {}),
            }  # fmt: skip
        case ops.AdaptivePool(function, (1, 1)):
            return {"op": "global_pool", "type": function}
        case ops.AdaptivePool() as pool:
            return {"op": "adaptive_pool", "type": pool.function, "size": list(pool.size)}
    return _plain(node)


def _plain(node: Node) -> Layer:
    """The operations of few words."""
    match node.op:
        case ops.BatchNorm() as norm:
            return {"op": "norm", "affine": norm.affine}
        case ops.Norm() as norm:
            return {"op": "norm", "type": norm.function, "params": norm.parameters}
        case ops.LocalNorm() as local:
            return {"op": "local_norm", "size": local.size}
        case ops.Act() as act:
            return {"op": "act", "type": act.function}
        case ops.Add() | ops.Mul() | ops.Concat() | ops.Softmax() | ops.Dropout():
            return {"op": type(node.op).__name__.lower()}
        case ops.Slice() as part:
            return _slice(part, node)
        case ops.Shuffle() as shuffle:
            return {"op": "shuffle", "groups": shuffle.groups}
        case ops.Pad() as pad:
            return {"op": "pad", "padding": list(pad.padding)}
        case ops.Resize() as resize:
            return {"op": "resize", "size": list(resize.size)}
        case ops.MatMul() as product:
            sides = {"m": product.m, "k": product.k, "n": product.n, "times": product.times}
            return {"op": "matmul", **sides, "out": list(product.output)}
        case ops.Arithmetic() as arithmetic:
            stored = {"params": arithmetic.parameters} if arithmetic.parameters else {}
            return {"op": "arithmetic", "function": arithmetic.function, **_out(node), **stored}
        case ops.Reduce() | ops.Move() as other:
            return {"op": type(other).__name__.lower(), "function": other.function, **_out(node)}
        case ops.Custom() as custom:
            cost = {"mult_adds": custom.mult_adds, "params": custom.weights}
            return {"op": "custom", **cost, **_out(node)}
    raise SpecError(
        Problem(f"{node.name}: nothing in the language is {kind(node.op, node.inputs)}")
    )


def _conv(conv: ops.Conv, node: Node) -> Layer:
    """A convolution by the word for its kind."""
    what = kind(conv, node.inputs)
    channels = node.inputs[0][0]
    if what == "pointwise" and conv.padding == (0, 0, 0, 0):
        return {"op": "pointwise", "out": conv.out, **_window(conv)}
    if what == "depthwise":
        times = {"multiplier": conv.out // channels} if conv.out != channels else {}
        return {"op": "depthwise", "kernel": list(conv.kernel), **times, **_window(conv, False)}
    return {"op": "conv", "out": conv.out, "kernel": list(conv.kernel), **_window(conv)}


def _window(conv: ops.Conv | ops.ConvTranspose, grouped: bool = True) -> Layer:
    """Stride, padding, dilation, groups and bias, where they are not what they mostly are."""
    return {
        **({"stride": list(conv.stride)} if conv.stride != (1, 1) else {}),
        **_padding(conv.padding),
        **({"dilation": list(conv.dilation)} if conv.dilation != (1, 1) else {}),
        **({"groups": conv.groups} if grouped and conv.groups != 1 else {}),
        "bias": conv.bias,
    }


def _padding(padding: Sides) -> Layer:
    return {"padding": list(padding)} if padding != (0, 0, 0, 0) else {}


def _slice(part: ops.Slice, node: Node) -> Layer:
    """One of equal parts, by its number; any other run of channels moves."""
    size, channels = part.stop - part.start, node.inputs[0][0]
    if channels % size == 0 and part.start % size == 0:
        return {"op": "split", "parts": channels // size, "part": part.start // size + 1}
    return {"op": "move", "function": "slice", **_out(node)}


def _out(node: Node) -> Layer:
    return {"out": list(node.output)}


def to_yaml(network: dict[str, Any]) -> str:
    """The network as YAML, a line for each layer."""
    lines = []
    for key, value in network.items():
        if key == "layers":
            lines += ["layers:", *(f"  - {_flow(layer)}" for layer in value)]
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "none"}


def _flow(value: Any) -> str:
    """A value in YAML's flow style; text is quoted where it could be read as something else."""
    match value:
        case dict():
            return (
                "{" + ", ".join(f"{_flow(key)}: {_flow(each)}" for key, each in value.items()) + "}"
            )
        case list() | tuple():
            return "[" + ", ".join(_flow(each) for each in value) + "]"
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if plain or value == "none" else _quoted(value)


def _quoted(text: str) -> str:
    """Text in double quotes: as JSON has it, but beyond 16 bits as YAML has it."""
    return "".join(
        json.dumps(each)[1:-1] if each < "\U00010000" else f"\\U{ord(each):08x}" for each in text
    ).join('""')
