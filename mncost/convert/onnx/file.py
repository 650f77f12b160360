"""An ONNX file as plain records: nodes, constants, inputs. The one place that knows `onnx`.

Nothing is checked or inferred by onnx itself, and no external data is ever opened: costs need the
sizes of weights alone. Local functions are inlined, within limits.
"""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mncost.convert.onnx.datatypes import BITS, Value, value
from mncost.convert.onnx.wire import Malformed, Pages, without_weights
from mncost.convert.tensors import Dims
from mncost.errors import Problem, SpecError

SUFFIX = ".onnx"

MOST_NODES = 20_000
MOST_DEPTH = 16
MOST_OUTPUTS = 1000
MOST_SIDES = 8
MOST_VALUES = 4096
"""Constants of more numbers are weights, of which the size alone is kept."""

PRODUCER = "mncost"
"""Who wrote the files in which every operator's name is that of its layer."""

ADAPTIVE = "mncost: adaptive"
"""Said of a pool with a window that stands for one that adapts to whatever comes in."""

PLAIN = "mncost: without scale and shift"
"""Said of a norm whose scale and shift are there because ONNX wants them, and not trained."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A tensor that is known before the network runs: its size, and its numbers where few.

    `root` is the initializer that it comes from: two uses of one are stored once.
    """

    dims: Dims
    value: Value | None = None
    root: str = ""
    bits: int = 32


@dataclass(frozen=True, slots=True)
class OnnxNode:
    """An operator as the file has it. `scope` is its name's hierarchy, where there is one."""

    op: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    doc: str = ""

    def __str__(self) -> str:
        return f'{self.op} "{self.name or (self.outputs or ("?",))[0]}"'


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A file: what goes in and comes out, each with what is known of its size, and its nodes."""

    name: str
    opset: int
    inputs: Mapping[str, tuple[int | str, ...] | None]
    outputs: tuple[str, ...]
    stated: Mapping[str, tuple[int | str, ...] | None]
    constants: Mapping[str, Constant]
    nodes: tuple[OnnxNode, ...]
    producer: str = ""
    kinds: Mapping[str, int] = field(default_factory=dict)
    """Data types, as far as they are stated, by onnx's numbers."""


def read(path: str) -> OnnxModel:
    """The model in a file. Raises `SpecError`."""
    try:
        return _Reader(_parse(_slim(path)), path).model()
    except Malformed as error:
        raise SpecError(
            Problem("not an ONNX file", each.message).at(path) for each in error.problems
        ) from None


def _slim(path: str) -> bytes:
    """The file without its weights; of a large one, no more than a page is ever held."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            what = "a directory" if os.path.isdir(path) else "not a regular file"
            raise SpecError(Problem(what, "expected an ONNX file").at(path))
        if status.st_size == 0:
            raise SpecError(Problem("an empty file", "not an ONNX model").at(path))
        with open(path, "rb") as file:
            return without_weights(Pages(file.fileno(), status.st_size))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError(Problem(reason).at(path)) from None
    except ValueError as error:  # a NUL in the name
        raise SpecError(Problem(str(error)).at(path)) from None


def _model_proto() -> Any:
    """onnx's message class for a model, an empty one: its generated module alone is loaded.

    `import onnx` brings NumPy and all that works on models, three quarters of the time that
    counting a small file takes. The generated module needs protobuf and nothing else.
    """
    if "onnx" in sys.modules and sys.modules["onnx"] is not None:
        return sys.modules["onnx"].ModelProto()
    found = importlib.util.find_spec("onnx")
    if found is None or not found.submodule_search_locations:
        problem = Problem("reading ONNX files needs onnx", "pip install 'mncost[onnx]'")
        raise SpecError(problem)
    file = os.path.join(found.submodule_search_locations[0], "onnx_ml_pb2.py")
    if not os.path.isfile(file):
        import onnx

        return onnx.ModelProto()
    spec = importlib.util.spec_from_file_location("mncost_onnx_ml_pb2", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ModelProto()


def _parse(data: bytes) -> Any:
    model = _model_proto()
    from google.protobuf.message import DecodeError

    try:
        model.ParseFromString(data)
    except (DecodeError, ValueError, RecursionError) as error:
        raise Malformed(Problem(f"{type(error).__name__}: {str(error)[:80]}")) from None
    if not model.HasField("graph"):
        raise Malformed(Problem("a model without a graph"))
    return model


class _Reader:
    """Turns onnx's messages into our records."""

    def __init__(self, model: Any, path: str) -> None:
        self.proto, self.path = model, path
        self.functions = {(each.domain, each.name): each for each in model.functions}
        self.count = 0

    def model(self) -> OnnxModel:
        graph = self.proto.graph
        constants = {_text(each.name): self.constant(each) for each in graph.initializer}
        nodes = tuple(self.nodes(graph.node, {}, "", 0))
        if not nodes:
            raise self.problem("a graph without nodes", "not a network")
        return OnnxModel(
            self.name(),
            self.opset(),
            {
                name: _dims(each)
                for each in graph.input
                if (name := _text(each.name)) not in constants
            },
            tuple(_text(each.name) for each in graph.output),
            {_text(each.name): _dims(each) for each in (*graph.value_info, *graph.output)},
            constants,
            nodes,
            _text(self.proto.producer_name),
            {
                _text(each.name): each.type.tensor_type.elem_type
                for each in (*graph.input, *graph.value_info, *graph.output)
                if each.type.tensor_type.elem_type
            },
        )

    def name(self) -> str:
        """The file's name, as exporters call all graphs alike; the network's, if we wrote it."""
        stem = os.path.basename(self.path)[: -len(SUFFIX)]
        own = self.proto.graph.name if self.proto.producer_name == PRODUCER else ""
        return _text(own) or stem or "network"

    def opset(self) -> int:
        versions = [e.version for e in self.proto.opset_import if e.domain in ("", "ai.onnx")]
        if not versions or versions[0] < 1:
            raise self.problem(
                f"opset {versions[0] if versions else 'missing'}", "expected 9 or newer"
            )
        return int(versions[0])

    def nodes(
        self,
        protos: Any,
        names: Mapping[str, str],
        prefix: str,
        depth: int,
        bound: Mapping[str, Any] | None = None,
    ) -> Iterator[OnnxNode]:
        """Nodes with local functions inlined; within one, names are its own.

        `bound` are the attributes that a function was called with: its nodes refer to them.
        """
        for proto in protos:
            self.count += 1
            if self.count > MOST_NODES:
                raise self.problem(f"more than {MOST_NODES:,} operators, functions inlined")
            if len(proto.output) > MOST_OUTPUTS:
                raise self.problem(f"an operator with {len(proto.output):,} outputs")
            inputs = tuple(_renamed(each, names, prefix) for each in proto.input)
            outputs = tuple(_renamed(each, names, prefix) for each in proto.output)
            function = self.functions.get((proto.domain, proto.op_type))
            if function is None:
                attributes = self.attributes(proto.attribute, bound or {})
                name = _scope(proto) or _text(proto.name)
                yield OnnxNode(
                    _text(proto.op_type),
                    _text(proto.domain),
                    prefix + name,
                    inputs,
                    outputs,
                    attributes,
                    _text(proto.doc_string),
                )
                continue
            if depth >= MOST_DEPTH:
                raise self.problem(
                    f'functions nested deeper than {MOST_DEPTH}: "{proto.op_type}"',
                    "a function must not call itself",
                )
            inner = f"{prefix}{_text(proto.name or proto.op_type)}/"
            given = {
                **dict(zip(map(_text, function.input), inputs, strict=False)),
                **dict(zip(map(_text, function.output), outputs, strict=False)),
            }
            called = {
                **self.attributes(function.attribute_proto, {}),
                **self.attributes(proto.attribute, bound or {}),
            }
            yield from self.nodes(function.node, given, inner, depth + 1, called)

    def attributes(self, protos: Any, bound: Mapping[str, Any]) -> dict[str, Any]:
        """Attributes by name; one that refers to a function's own is what that was called with."""
        found = {}
        for each in protos:
            name, reference = _text(each.name), _text(each.ref_attr_name)
            if not reference:
                found[name] = self.attribute(each)
            elif reference in bound:
                found[name] = bound[reference]
        return found

    def attribute(self, proto: Any) -> Any:
        """An attribute's value; of a graph, the word that it is one."""
        kinds = {1: "f", 2: "i", 3: "s", 4: "t", 6: "floats", 7: "ints", 8: "strings"}
        kind = kinds.get(proto.type)
        match kind:
            case None:
                return "graph" if proto.type in (5, 10) else None
            case "s":
                return proto.s.decode("utf-8", "replace")
            case "t":
                return self.constant(proto.t)
            case "floats" | "ints" | "strings":
                return tuple(getattr(proto, kind))
        return getattr(proto, kind)

    def constant(self, proto: Any) -> Constant:
        """A tensor: its size, and its numbers where they are few and in the file."""
        dims = tuple(int(each) for each in proto.dims)
        count = 1
        if len(dims) > MOST_SIDES:
            raise self.problem(f"a tensor of {len(dims):,} sides")
        for each in dims:
            if each < 0:
                raise self.problem(f'a tensor of negative size: "{proto.name}"')
            count *= each
        if count > 10**13:
            raise self.problem(f'a tensor of {count:,} numbers: "{proto.name}"')
        bits = BITS.get(proto.data_type, 32)
        constant = Constant(dims, None, _text(proto.name), bits)
        return replace(constant, value=value(proto, count)) if count <= MOST_VALUES else constant

    def problem(self, message: str, hint: str = "") -> SpecError:
        return SpecError(Problem(message, hint).at(self.path))


def _renamed(name: object, names: Mapping[str, str], prefix: str) -> str:
    plain = _text(name)
    return names.get(plain, prefix + plain) if plain else ""


def _text(name: object) -> str:
    """A name; protobuf hands out bytes where they are no UTF-8."""
    return name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else str(name)


def _dims(proto: Any) -> tuple[int | str, ...] | None:
    """The size that a file states for a value: numbers, names of symbols, or "?"."""
    if not proto.type.HasField("tensor_type") or not proto.type.tensor_type.HasField("shape"):
        return None
    sides = proto.type.tensor_type.shape.dim
    if len(sides) > MOST_SIDES:
        return None
    return tuple(
        each.dim_value if each.HasField("dim_value") else (_text(each.dim_param) or "?")
        for each in sides
    )


def _scope(proto: Any) -> str:
    """The hierarchy that the newer exporter keeps beside a node: the modules it lies in."""
    for each in proto.metadata_props:
        if each.key == "pkg.torch.onnx.name_scopes":
            scopes = [part.strip(" '\"") for part in each.value.strip("[]").split(",")]
            return "/".join([part for part in scopes[:-1] if part] + [str(proto.op_type)])
    return ""
