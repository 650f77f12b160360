"""The operations of a program that `torch.export` has traced, as plain records."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from mncost.convert.tensors import Dims
from mncost.errors import Problem, SpecError


class Ref(NamedTuple):
    """A tensor: which node puts it out, and in which place."""

    node: int
    slot: int = 0


Nature = Literal["view", "elementwise", "reduction", ""]
"""What torch itself says of an operation."""


@dataclass(frozen=True, slots=True)
class TorchNode:
    """An operation as torch has it: `aten.conv2d` with all that it is given, by name.

    `scope` is the module that calls it, and `classes` what that module is: its own class first,
    and those that it derives from. `outputs` are sizes; None for what is no tensor. Numbers of each
    have so many `bits`.
    """

    index: int
    space: str
    op: str
    overload: str
    given: Mapping[str, Any]
    outputs: tuple[Dims | None, ...]
    bits: tuple[int, ...]
    scope: str
    classes: tuple[str, ...]
    nature: Nature
    writes: bool

    def __str__(self) -> str:
        where = f" in {self.scope}" if self.scope else ""
        return f"{self.space}.{self.op}{where}"

    @property
    def read(self) -> Iterator[Ref]:
        """Every tensor that goes in."""
        for value in self.given.values():
            if isinstance(value, Ref):
                yield value
            elif isinstance(value, list):
                yield from (each for each in value if isinstance(each, Ref))


INLINED = {
    "wrap_with_set_grad_enabled": 1,
    "wrap_with_autocast": 4,
    "tag_activation_checkpoint": 0,
    "invoke_subgraph": 0,
}
"""Wrappers around operations that run once, by where they have them."""

CONTROL = ("cond", "while_loop", "scan", "map", "map_impl", "associative_scan", "switch")


class Tracer:
    """Walks a traced program, and those inside it."""

    def __init__(self, source: str, modules: Mapping[str, type]) -> None:
        self.source = source
        self.modules = {path: derived(kind) for path, kind in modules.items()}
        self.nodes: list[TorchNode] = []
        self.values: dict[Any, Any] = {}
        self.count = 0

    def fed(self, node: Any) -> Ref:
        """What goes in from outside."""
        ref = Ref(self.count)
        self.count += 1
        self.values[node] = ref
        return ref

    def run(self, program: Any, given: Sequence[Any] | None = None) -> Any:
        """Records every operation of a program, what goes in being `given` or fed before; what it
        puts out."""
        feed = iter(given or ())
        for node in program.graph.nodes:
            match node.op:
                case "placeholder" if given is not None:
                    self.values[node] = next(feed, None)
                case "get_attr":
                    self.values[node] = self._attribute(program, node)
                case "call_function":
                    self.values[node] = self._called(node)
                case "output":
                    return self._value(node.args[0])
        return None

    def _attribute(self, program: Any, node: Any) -> Any:
        """A program inside this one, or a number or tensor that stands in the code."""
        found = program
        for name in node.target.split("."):
            found = getattr(found, name)
        return found if hasattr(found, "graph") else self.fed(node)

    def _called(self, node: Any) -> Any:
        target = node.target
        if target is operator.getitem:
            held, key = self._value(node.args[0]), node.args[1]
            return held[key] if isinstance(held, list | tuple) and key < len(held) else None
        schema = getattr(target, "_schema", None)
        if schema is None:
            return self._wrapped(node)
        value = node.meta.get("val")
        outputs = tuple(self._dims(each, node) for each in _several(value))
        bits = bits_of(_several(value))
        index = self.count
        self.count += 1
        given = self._given(schema, node)
        self.nodes.append(operation(index, target, given, outputs, bits, *self._caller(node)))
        refs = [Ref(index, slot) for slot in range(len(outputs))]
        return refs if isinstance(value, list | tuple) else refs[0] if refs else None

    def _wrapped(self, node: Any) -> Any:
        """A program inside this one; refused where how often it runs depends on the data."""
        name = str(getattr(node.target, "__name__", node.target))
        given = [self._value(each) for each in node.args]
        at = INLINED.get(name)
        if at is None and not any(hasattr(each, "graph") for each in given):
            return None  # arithmetic on sizes
        if at is None:
            why = (
                "control flow, whose cost depends on the data" if name in CONTROL else "no formula"
            )
            hint = "count the network without it"
            raise SpecError(Problem(f"{name}: {why}", hint).at(self.source))
        body = next(i for i, each in enumerate(given) if i >= at and hasattr(each, "graph"))
        rest = [each for each in given[body + 1 :] if not isinstance(each, str)]
        return self.run(given[body], rest)

    def _given(self, schema: Any, node: Any) -> dict[str, Any]:
        """Arguments by name, those left out as torch fills them in."""
        given: dict[str, Any] = {}
        for at, argument in enumerate(schema.arguments):
            if at < len(node.args):
                value = node.args[at]
            else:
                value = node.kwargs.get(argument.name, argument.default_value)
            given[argument.name] = self._value(value)
        return given

    def _value(self, value: Any) -> Any:
        """An argument, with records for nodes."""
        if isinstance(value, list | tuple):
            return [self._value(each) for each in value]
        return self.values.get(value) if hasattr(value, "all_input_nodes") else value

    def _caller(self, node: Any) -> tuple[str, tuple[str, ...]]:
        """The module that calls an operation, and what it is."""
        stack = list((node.meta.get("nn_module_stack") or {}).values())
        path = str(stack[-1][0]).split("@")[0] if stack else ""
        return path, self.modules.get(path, ())

    def dims_of(self, node: Any) -> Dims:
        """The size of what goes in."""
        return self._dims(node.meta.get("val"), node) or ()

    def _dims(self, value: Any, node: Any) -> Dims | None:
        if not hasattr(value, "shape"):
            return None
        if not all(isinstance(each, int) for each in value.shape):
            message = f"{node.target}: a size that depends on the data"
            raise SpecError(Problem(message, "count the network without it").at(self.source))
        return tuple(int(each) for each in value.shape)


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def bits_of(outputs: Iterable[Any]) -> tuple[int, ...]:
    """Of each number of what is put out, output by output; 32 of what is no tensor."""
    return tuple(each.dtype.itemsize * 8 if hasattr(each, "dtype") else 32 for each in outputs)


def operation(
    index: int,
    target: Any,
    given: Mapping[str, Any],
    outputs: tuple[Dims | None, ...],
    bits: tuple[int, ...],
    scope: str,
    classes: tuple[str, ...],
) -> TorchNode:
    """The record of an operation of torch's, `target`, and of what it is given where it stands."""
    named = _named(target)
    return TorchNode(index, *named[:3], given, outputs, bits, scope, classes, *named[3:])


@functools.cache
def _named(target: Any) -> tuple[str, str, str, Nature, bool]:
    """What is the same wherever an operation stands."""
    schema = target._schema
    space, _, name = str(schema.name).partition("::")
    return space, name, target._overloadname, _nature(target, schema), schema.is_mutable


@functools.cache
def derived(kind: Any) -> tuple[str, ...]:
    """A class and those that it derives from, up to torch's own Module."""
    names = [f"{each.__module__}.{each.__qualname__}" for each in kind.__mro__]
    end = "torch.nn.modules.module.Module"
    return tuple(names[: names.index(end)] if end in names else names)


def _nature(target: Any, schema: Any) -> Nature:
    tags = {str(each).rpartition(".")[2] for each in target.tags}
    if "pointwise" in tags:
        return "elementwise"
    if "reduction" in tags:
        return "reduction"
    views = [each.alias_info for each in schema.returns if each.alias_info is not None]
    return "view" if views and not any(each.is_write for each in views) else ""
