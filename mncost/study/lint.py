"""What is legal in a network, and odd: a place for each, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mncost.errors import Path, Problem
from mncost.graph import Graph, Node, ops
from mncost.graph.shapes import kind
from mncost.spec import layers as spec
from mncost.spec.located import located
from mncost.spec.lower import lower
from mncost.spec.network import Network
from mncost.spec.tree import written


def lint(network: Network, named: Collection[str] = ()) -> list[Problem]:
    """Everything odd about a network, in the order of its text. Raises `ShapeError`.

    `named` are layers that something else names: a budget of the configuration.
    """
    graph = lower(network)
    found = [
        *_expectations(network, graph),
        *_widths(network),
        *_small_maps(graph),
        *_accidents(network, graph),
        *_unused(network, named),
        *_odd_sizes(network, graph),
        *_idle_bits(network, graph),
    ]
    return located(found, *network._origin) if network._origin else found


def _expectations(network: Network, graph: Graph) -> Iterator[Problem]:
    """`expect:` that is not what the network costs."""
    from mncost.cost.engine import analyze

    if network.expect is None:
        return
    totals = analyze(graph).totals
    counted = {
        "mult_adds": totals.mult_adds,
        "weights": totals.parameters.weights,
        "trainable": totals.parameters.trainable,
        "all": totals.parameters.all,
    }
    for name, expected in network.expect.model_dump(exclude_none=True).items():
        if counted[name] != expected:
            message = f"{name} is {counted[name]:,}, and expected to be {expected:,}"
            yield Problem(message, "", ("expect", name))


def _widths(network: Network) -> Iterator[Problem]:
    """Channels that are no multiple of the divisor that the network states."""
    divisor = network.width.divisor
    if divisor is None:
        return
    for path, layer in spec.walk(network.layers):
        for field in ("out", "hidden"):
            stated = getattr(layer, field, None)
            scales = getattr(layer, "width", "fixed") != "fixed"
            if scales and isinstance(stated, int) and stated % divisor:
                message = f"{stated} channels, no multiple of the width's divisor {divisor}"
                hint = f"{-(-stated // divisor) * divisor} is the next, or write width: fixed"
                yield Problem(message, hint, (*path, field))


def _small_maps(graph: Graph) -> Iterator[Problem]:
    """A map of one pixel with convolutions of larger kernels still to come."""
    for node in graph.nodes:
        if not isinstance(node.op, ops.Conv) or node.op.kernel == (1, 1):
            continue
        if node.inputs[0][1:] == (1, 1):
            tall, wide = node.op.kernel
            message = f"a {tall}×{wide} kernel on a map of one pixel"
            yield Problem(message, "fewer strides before it, or a larger input", _layer(node))


def _accidents(network: Network, graph: Graph) -> Iterator[Problem]:
    """A convolution whose groups happen to make it depthwise."""
    convs = {path for path, layer in spec.walk(network.layers) if isinstance(layer, spec.Conv)}
    for node in graph.nodes:
        if _layer(node) in convs and kind(node.op, node.inputs) == "depthwise":
            message = f"{node.inputs[0][0]} groups make this convolution depthwise"
            yield Problem(
                message, "write op: depthwise, which follows α", (*_layer(node), "groups")
            )


def _unused(network: Network, named: Collection[str]) -> Iterator[Problem]:
    """An id that nothing reads, where other layers are read by id."""
    layers = list(spec.walk(network.layers))
    read = {name for _, layer in layers for name in layer.from_ or ()}
    budgeted = set(network.budget.layers) if network.budget else set()
    if not read:
        return
    named_all = sum(bool(layer.id) for _, layer in layers) > len(layers) // 2
    for path, layer in layers if not named_all else ():  # then ids are names, and not for reading
        if layer.id and layer.id not in read | budgeted | set(named):
            yield Problem(f'nothing reads the id "{layer.id}"', "", (*path, "id"))


def _odd_sizes(network: Network, graph: Graph) -> Iterator[Problem]:
    """Strides on odd sizes, where frameworks' paddings give different maps."""
    same = {
        path
        for path, layer in spec.walk(network.layers)
        if (getattr(layer, "padding", None) or network.padding) == "same"
    }
    for node in graph.nodes:
        if not isinstance(node.op, ops.Conv | ops.Pool) or _layer(node) not in same:
            continue
        for size, stride in zip(node.inputs[0][1:], node.op.stride, strict=True):
            if stride > 1 and size % stride and size > 1:
                message = (
                    f"stride {stride} on {size} pixels: {-(-size // stride)} with same padding"
                )
                hint = f"others give {size // stride}; choose an input that divides"
                yield Problem(message, hint, _layer(node))
                break


def _idle_bits(network: Network, graph: Graph) -> Iterator[Problem]:
    """Bits or a density of weights, where nothing is stored."""
    keys = ("weight_bits", "density")
    layers = [*spec.walk(network.layers)]
    if all(getattr(layer, key) is None for _, layer in layers for key in keys):
        return
    from mncost.cost.events import parameters

    stored = [(written(node.path), parameters(node)) for node in graph.nodes]
    for path, layer in layers:
        within = [kept for where, kept in stored if where[: len(path)] == path]
        idle = {
            "weight_bits": not any(kept.all for kept in within),
            "density": not any(kept.weights for kept in within),
        }
        for key in keys:
            if getattr(layer, key) is not None and idle[key]:
                yield Problem(f"{key} of a layer without weights", "leave it out", (*path, key))


def _layer(node: Node) -> Path:
    """The path of the layer that a node came from: without repeats, and without its own part."""
    path = written(node.path)
    while path and not isinstance(path[-1], int):
        path = path[:-1]
    return path
