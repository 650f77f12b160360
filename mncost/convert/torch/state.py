"""All that a PyTorch model holds, to see whether it changed, and to put it back."""

from __future__ import annotations

import contextlib
import functools
import operator
from collections.abc import Iterator
from typing import Any


class State:
    """What the modules of a model hold."""

    def __init__(self, model: Any) -> None:
        seen: set[int] = set()
        self.before = [
            (module, type(module), dict(module.__dict__), list(_holders(module.__dict__, seen)))
            for module in model.modules()
        ]

    def restore(self) -> None:
        """Has them hold what they did."""
        for module, kind, attributes, held in self.before:
            if type(module) is not kind:
                module.__class__ = kind
            module.__dict__.clear()
            module.__dict__.update(attributes)
            for holder, contents in held:
                if (holder or contents) and not same(_contents(holder), contents):
                    _refill(holder, contents)


def _holders(holder: Any, seen: set[int]) -> Iterator[tuple[Any, list[Any]]]:
    """Whatever in a thing itself holds others, each with what it holds."""
    for each in holder.values() if isinstance(holder, dict) else holder:
        kind: Any = type(each)
        if _holds(kind) and id(each) not in seen:
            seen.add(id(each))
            yield each, _contents(each) if each else _NOTHING
            if each:
                yield from _holders(each, seen)


_NOTHING: list[Any] = []


def _contents(holder: Any) -> list[Any]:
    return [*holder, *holder.values()] if isinstance(holder, dict) else list(holder)


def _refill(holder: Any, contents: list[Any]) -> None:
    if isinstance(holder, tuple):
        return
    holder.clear()
    if isinstance(holder, dict):
        half = len(contents) // 2
        holder.update(zip(contents[:half], contents[half:], strict=True))
    else:
        (holder.extend if isinstance(holder, list) else holder.update)(contents)


@contextlib.contextmanager
def as_it_was(model: Any) -> Iterator[State]:
    """While the model is run in eval mode; whatever it then holds, it holds what it did before."""
    state = State(model)
    try:
        model.eval()
        yield state
    finally:
        state.restore()


def held(model: Any) -> list[Any]:
    """Everything that a model holds at this moment, the things themselves in order; without the
    lists of weights that torch's recurrent modules keep anew as they run."""
    from torch.nn import RNNBase

    found: list[Any] = []
    for module in model.modules():
        found.append(type(module))
        own = module.__dict__
        if isinstance(module, RNNBase):
            own = {key: each for key, each in own.items() if not key.startswith("_flat_weight")}
        _held(own, found)
    return found


def _held(holder: Any, found: list[Any]) -> None:
    values = list(holder.values() if isinstance(holder, dict) else holder)
    found.append(len(values))
    found.extend(values)
    for each in values:
        kind: Any = type(each)
        if _holds(kind) and each:
            _held(each, found)


@functools.cache
def _holds(kind: Any) -> bool:
    """Whether things of this kind hold others."""
    return issubclass(kind, dict | list | tuple | set)


def same(before: list[Any], after: list[Any]) -> bool:
    """Whether nothing was put in another's place."""
    return len(before) == len(after) and all(map(operator.is_, before, after))
