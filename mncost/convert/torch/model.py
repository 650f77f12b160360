"""A PyTorch model as plain records: what it stores, and its operations in order.

With `torch_hollow`, the one place that knows `torch`. The model is made without weights, and run
once on tensors that know their size alone, under `torch.export`.
"""

from __future__ import annotations

import contextlib
import inspect
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mncost.convert.tensors import Dims, text
from mncost.convert.torch import factory as factory
from mncost.convert.torch.hollow import without_weights
from mncost.convert.torch.trace import TorchNode, Tracer
from mncost.errors import Problem, SettingError, SpecError
from mncost.units import MOST


@dataclass(frozen=True, slots=True)
class Saved:
    """A tensor that the model stores: its name, its size, and where its numbers are.

    Two of one `root` are the same numbers. A buffer is not trained.
    """

    name: str
    dims: Dims
    root: str
    bits: int
    trained: bool


@dataclass(frozen=True, slots=True)
class TorchModel:
    """A model as it was run: its inputs, what it stores, and its operations in order."""

    name: str
    inputs: Sequence[tuple[int, Dims]]
    saved: Mapping[int, Saved]
    nodes: Sequence[TorchNode]
    parameters: Mapping[str, Saved]
    notes: Sequence[str]


def read(source: str, sizes: Sequence[Dims], arguments: Mapping[str, object]) -> TorchModel:
    """Makes the model that `source` names, and runs it on fakes of these sizes.

    Raises `SpecError` for what cannot be made or run, `SettingError` for sizes that cannot be.
    """
    try:
        import torch
    except ImportError:
        problem = Problem("reading PyTorch models needs torch", "pip install 'mncost[torch]'")
        raise SpecError(problem) from None
    _checked(sizes)
    with torch.random.fork_rng(devices=[]), without_weights():
        model = factory.made(source, arguments, lambda each: isinstance(each, torch.nn.Module))
    name = factory.parsed(source)[1]
    with _as_it_was(model):
        _takes(model, name, source, sizes)
        readings = _readings(sizes)
        program, chosen = _exported(model, name, source, readings)
        notes = _notes(sizes, chosen)
        return _recorded(model, name, source, program, notes)


def _checked(sizes: Sequence[Dims]) -> None:
    for dims in sizes:
        if not dims or min(dims) < 1 or max(dims) > MOST:
            raise SettingError(Problem(f"an impossible size of an input: {text(dims)}"))


# -- the model, left as it was


@contextlib.contextmanager
def _as_it_was(model: Any) -> Iterator[None]:
    """While the model is run in eval mode; whatever it then holds, it holds what it did before."""
    before = [
        (module, type(module), dict(module.__dict__), {
            key: value.copy()
            for key, value in module.__dict__.items()
            if isinstance(value, dict | list | set)
        })
        for module in model.modules()
    ]  # fmt: skip
    try:
        model.eval()
        yield
    finally:
        for module, kind, attributes, held in before:
            module.__class__ = kind
            module.__dict__.clear()
            module.__dict__.update(attributes)
            for key, value in held.items():
                _refill(attributes[key], value)


def _refill(holder: Any, value: Any) -> None:
    holder.clear()
    if isinstance(holder, list):
        holder.extend(value)
    else:
        holder.update(value)


# -- what goes in


def _takes(model: Any, name: str, source: str, sizes: Sequence[Dims]) -> None:
    """Refuses another number of inputs than the model takes."""
    try:
        parameters = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):
        return
    places = [each for each in parameters if each.kind in _PLACES]
    needed = [each.name for each in places if each.default is inspect.Parameter.empty]
    several = any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters)
    if len(sizes) < max(len(needed), 1) or (len(sizes) > len(places) and not several):
        wanted = needed if len(sizes) < len(needed) else [each.name for each in places]
        inputs = f"{len(wanted)} input{'s' if len(wanted) != 1 else ''} ({', '.join(wanted)})"
        message = f"{name} takes {inputs}, and {len(sizes) or 'no'} sizes are given"
        hint = "add --input 3x224x224, say" if not sizes else "one --input for each, in order"
        raise SpecError(Problem(message, hint).at(source))


_PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Reading:
    """What sizes may mean: with a batch of one image; where short, of indices (`whole`)."""

    sizes: Sequence[Dims]
    whole: bool = False


def _readings(sizes: Sequence[Dims]) -> list[Reading]:
    """What these sizes may mean, the likeliest first."""
    meanings = [[_batched(dims) for dims in sizes], [_otherwise(dims) for dims in sizes]]
    if meanings[0] == meanings[1]:
        del meanings[1]
    short = any(len(dims) <= 2 for dims in meanings[0])
    whole = [Reading(meaning, True) for meaning in meanings] if short else []
    return [*(Reading(meaning) for meaning in meanings), *whole]


def _batched(dims: Dims) -> Dims:
    """With a batch of one: 3x224x224, 1x28x28, 8x3x224x224, 128 and 1x128 alike.

    >>> [_batched(d) for d in ((3, 224, 224), (8, 3, 224, 224), (128,), (1, 128), (16, 128))]
    [(1, 3, 224, 224), (1, 3, 224, 224), (1, 128), (1, 128), (1, 16, 128)]
    """
    if len(dims) in (1, 3) or (len(dims) == 2 and dims[0] != 1):
        return (1, *dims)
    return (1, *dims[1:])


def _otherwise(dims: Dims) -> Dims:
    """The other meaning: 1x197x768 with a batch already, 3x16x112x112 without one."""
    if len(dims) == 3:
        return dims if dims[0] == 1 else (1, *dims)
    return (1, *dims) if len(dims) in (2, 4) else _batched(dims)


def _notes(sizes: Sequence[Dims], chosen: Reading) -> list[str]:
    notes = []
    batches = {
        given[0]
        for given, taken in zip(sizes, chosen.sizes, strict=True)
        if len(given) == len(taken) and given[0] > 1
    }
    if batches:
        notes.append(f"Counted for one image; a batch of {max(batches)} was asked for.")
    if chosen.whole:
        notes.append("Counted with whole numbers going in, as for an embedding.")
    return notes


def _fakes() -> Any:
    """The mode that makes tensors which know their size alone."""
    from torch._subclasses.fake_tensor import (
        FakeTensorMode,
    )

    return FakeTensorMode(allow_non_fake_inputs=True)


def _examples(model: Any, reading: Reading) -> tuple[Any, ...]:
    """Tensors to run the model on, of its own kind of numbers and where it is."""
    import itertools

    import torch

    held = list(itertools.chain(model.parameters(), model.buffers()))
    floats = [each for each in held if each.is_floating_point()]
    kind = floats[0].dtype if floats else torch.get_default_dtype()
    kinds = [torch.int64 if reading.whole and len(d) <= 2 else kind for d in reading.sizes]
    device = held[0].device if held else "cpu"
    return tuple(
        torch.empty(dims, dtype=each, device=device)
        for dims, each in zip(reading.sizes, kinds, strict=True)
    )


# -- the run


def _exported(
    model: Any, name: str, source: str, readings: Sequence[Reading]
) -> tuple[Any, Reading]:
    """The model run on the first reading that it takes; what it says of the first is told."""
    problems: list[SpecError] = []
    for reading in readings:
        try:
            with factory.theirs(name, source):
                return _run(model, reading), reading
        except SpecError as error:
            problems.append(error)
    raise problems[0]


def _run(model: Any, reading: Reading) -> Any:
    import torch

    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # it hides what is computed
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if any(torch.nn.parameter.is_lazy(each) for each in model.parameters()):
                with without_weights():
                    model(*_examples(model, reading))
            with _fakes():
                examples = _examples(model, reading)
            return torch.export.export(model, examples, strict=False)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _recorded(model: Any, name: str, source: str, program: Any, notes: Sequence[str]) -> TorchModel:
    """What was run, as records."""
    everything = {**_all_saved(model), **_constants(program)}
    tracer = Tracer(source, {path: type(each) for path, each in _modules(model)})
    inputs: list[tuple[int, Dims]] = []
    saved: dict[int, Saved] = {}
    specs = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
    for node in program.graph.nodes:
        if node.op != "placeholder":
            continue
        ref, spec = tracer.fed(node), specs[node.name]
        if spec.kind.name == "USER_INPUT":
            inputs.append((ref.node, tracer.dims_of(node)))
        elif spec.target in everything:
            saved[ref.node] = everything[spec.target]
    tracer.run(program.graph_module)
    trained = {each.root: each for each in everything.values() if each.trained}
    return TorchModel(name, inputs, saved, tracer.nodes, trained, notes)


def _modules(model: Any) -> Any:
    return model.named_modules(remove_duplicate=False)


def _all_saved(model: Any) -> dict[str, Saved]:
    """Parameters and buffers by every name that they have."""
    parameters = model.named_parameters(remove_duplicate=False)
    buffers = model.named_buffers(remove_duplicate=False)
    return {
        **{name: _saved(name, each, True) for name, each in parameters},
        **{name: _saved(name, each, False) for name, each in buffers},
    }


def _constants(program: Any) -> dict[str, Saved]:
    """Other tensors that the model holds, or makes out of numbers in its code."""
    import torch

    return {
        name: _saved(name, each, isinstance(each, torch.nn.Parameter))
        for name, each in program.constants.items()
        if isinstance(each, torch.Tensor)
    }


def _saved(name: str, tensor: Any, trained: bool) -> Saved:
    dims = tuple(int(each) for each in tensor.shape)
    storage = tensor.untyped_storage()._cdata if tensor.layout.__str__() == "torch.strided" else 0
    root = f"{storage or name}:{tensor.storage_offset() if storage else 0}:{tensor.numel()}"
    return Saved(name, dims, root, tensor.element_size() * 8, trained)
