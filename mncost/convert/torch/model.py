"""A PyTorch model as plain records: what it stores, and its operations in order.

The model is made without weights, and run once on tensors that know their size alone: by the light
recorder where that sees everything, under `torch.export` where it does not.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mncost.convert.tensors import Dims, text
from mncost.convert.torch import exported, record
from mncost.convert.torch import factory as factory
from mncost.convert.torch.hollow import without_weights
from mncost.convert.torch.saved import Run, Saved
from mncost.convert.torch.state import State, as_it_was
from mncost.convert.torch.trace import Ref, TorchNode
from mncost.errors import Problem, SettingError, SpecError
from mncost.units import MOST


@dataclass(frozen=True, slots=True)
class TorchModel:
    """A model as it was run: its inputs, what it stores, and its operations in order."""

    name: str
    inputs: Sequence[tuple[int, Dims]]
    saved: Mapping[int, Saved]
    nodes: Sequence[TorchNode]
    outputs: Sequence[Ref]
    parameters: Mapping[str, Saved]
    notes: Sequence[str]
    bits: Sequence[int]
    """Of each number of each input."""


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
    with as_it_was(model) as state:
        _takes(model, name, source, sizes)
        run, chosen = _ran(model, state, name, source, _readings(sizes))
    notes = _notes(sizes, chosen)
    trained = {each.root: each for each in run.everything.values() if each.trained}
    bits = [kind.itemsize * 8 for kind in _kinds(model, chosen)]
    return TorchModel(name, run.inputs, run.saved, run.nodes, run.outputs, trained, notes, bits)


def _checked(sizes: Sequence[Dims]) -> None:
    for dims in sizes:
        if not dims or min(dims) < 1 or max(dims) > MOST:
            raise SettingError(Problem(f"an impossible size of an input: {text(dims)}"))


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


def _kinds(model: Any, reading: Reading) -> list[Any]:
    """Which kinds of numbers go in: the model's own."""
    import itertools

    import torch

    held = itertools.chain(model.parameters(), model.buffers())
    floats = (each.dtype for each in held if each.is_floating_point())
    kind = next(floats, torch.get_default_dtype())
    return [torch.int64 if reading.whole and len(d) <= 2 else kind for d in reading.sizes]


# -- the run


def _ran(model: Any, state: State, name: str, source: str, readings: Sequence[Reading]) -> Any:
    """The model run on the first reading that it takes; what it says of the first is told."""
    problems: list[SpecError] = []
    for reading in readings:
        try:
            with _quiet(), factory.theirs(name, source):
                kinds = _kinds(model, reading)
                run = _recorded(model, state, reading, kinds)
                program = run or exported.program(model, reading.sizes, kinds)
        except SpecError as error:
            problems.append(error)
        else:
            return run or exported.run(model, source, program), reading
    raise problems[0]


def _recorded(model: Any, state: State, reading: Reading, kinds: Sequence[Any]) -> Run | None:
    """What was seen of a light run; None where that is not all."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            run = record.run(model, reading.sizes, kinds)
    except Exception:  # whatever it is, torch.export tells
        state.restore()
        model.eval()
        return None
    sys.stdout.write(said.getvalue())
    return run


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """While torch computes all of attention in the open, keeps no gradients, and does not warn."""
    import torch

    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # it hides what is computed
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
