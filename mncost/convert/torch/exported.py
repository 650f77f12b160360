"""A PyTorch model run under `torch.export`, which sees whatever can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mncost.convert.tensors import Dims
from mncost.convert.torch.saved import Run, Saved, everything, saved
from mncost.convert.torch.trace import Ref, Tracer


def program(model: Any, sizes: Sequence[Dims], kinds: Sequence[Any]) -> Any:
    """What torch makes of a model that is run on tensors of these sizes and kinds of numbers."""
    import torch

    if any(torch.nn.parameter.is_lazy(each) for each in model.parameters()):
        from mncost.convert.torch.hollow import without_weights

        with without_weights():
            model(*_examples(model, sizes, kinds))
    with _fakes():
        examples = _examples(model, sizes, kinds)
    return torch.export.export(model, examples, strict=False)


def _fakes() -> Any:
    """The mode that makes tensors which know their size alone."""
    from torch._subclasses.fake_tensor import (
        FakeTensorMode,
    )

    return FakeTensorMode(allow_non_fake_inputs=True)


def _examples(model: Any, sizes: Sequence[Dims], kinds: Sequence[Any]) -> tuple[Any, ...]:
    """Tensors to run the model on, where it is."""
    import itertools

    import torch

    held = next(itertools.chain(model.parameters(), model.buffers()), None)
    device = "cpu" if held is None else held.device
    return tuple(
        torch.empty(dims, dtype=each, device=device)
        for dims, each in zip(sizes, kinds, strict=True)
    )


def run(model: Any, source: str, program: Any) -> Run:
    """A program's operations, as records."""
    stored = {**everything(model), **_constants(program)}
    modules = model.named_modules(remove_duplicate=False)
    tracer = Tracer(source, {path: type(each) for path, each in modules})
    inputs: list[tuple[int, Dims]] = []
    read: dict[int, Saved] = {}
    specs = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
    for node in program.graph.nodes:
        if node.op != "placeholder":
            continue
        ref, spec = tracer.fed(node), specs[node.name]
        if spec.kind.name == "USER_INPUT":
            inputs.append((ref.node, tracer.dims_of(node)))
        elif spec.target in stored:
            read[ref.node] = stored[spec.target]
    out = tracer.run(program.graph_module)
    given = [each for each in out or () if isinstance(each, Ref)]
    return Run(inputs, read, tracer.nodes, given, stored)


def _constants(program: Any) -> dict[str, Saved]:
    """Other tensors that the model holds, or makes out of numbers in its code."""
    import torch

    return {
        name: saved(name, each, isinstance(each, torch.nn.Parameter))
        for name, each in program.constants.items()
        if isinstance(each, torch.Tensor)
    }
