"""The operations of a model while it runs once, as plain records: no program is made of them.

What runs is the model's own code, on blank tensors. Every operation is seen where `torch.export`
sees it, before torch takes it apart. Whatever cannot be seen so is `Unfit`, and left to
`torch.export`.

Code may still tell the two apart, by asking for torch's own FakeTensor, whether a function mode is
on, or how many dispatch modes are. No network is known that computes other things then.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mncost.convert.tensors import Dims
from mncost.convert.torch import state
from mncost.convert.torch.blank import Blanks, Unfit, form
from mncost.convert.torch.own import Own
from mncost.convert.torch.saved import Run, Saved, saved
from mncost.convert.torch.trace import Ref, TorchNode, bits_of, derived, operation

COMPARED = ("2.13",)
"""The versions of torch that both doors were compared on, network by network: the run stands on
parts of torch that may change. On any other, torch.export."""


class Recorder:
    """Sees every operation of a run, and says what comes out of it."""

    def __init__(self, model: Any) -> None:
        import torch

        kind: Any = type(model)
        self.torch = torch
        self.blanks = Blanks(self._again, self._out_of_sight)
        self.own = Own(model, self.blanks)
        self.nodes: list[TorchNode] = []
        self.count = 0
        self.stored: dict[int, Saved] = {}
        self.refs: dict[int, Ref] = {}
        self.constants: list[Any] = []
        self.fresh = 0
        self.calls: list[tuple[str, tuple[str, ...]]] = [("", derived(kind))]
        self.missed = ""

    def fed(self, tensor: Any) -> Ref:
        """What goes in from outside."""
        ref = self.refs[id(tensor)] = Ref(self.count)
        self.count += 1
        return ref

    def _again(self, tensor: Any) -> Any:
        """Another tensor that is the same as the one that torch has made this moment."""
        if id(tensor) != self.fresh:
            return self._out_of_sight("detach")
        other = self.blanks.tensor(tensor.shape, tensor.stride(), tensor.dtype)
        self.refs[id(other)], self.fresh = self.refs[id(tensor)], 0
        return other

    def _out_of_sight(self, what: str) -> Any:
        self.missed = f"{what} is out of sight"
        raise Unfit(self.missed)

    def seen(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """What comes out of one more operation. The code that asks may catch what goes wrong: then
        it is known here."""
        try:
            if self.torch.is_autocast_enabled("cpu"):
                raise Unfit("other kinds of numbers than are stated")
            return self._done(function, args, kwargs)
        except BaseException as error:
            self.missed = str(error) or "an error"
            raise

    def _done(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Recorded if a tensor comes out."""
        how = form(function)
        values = how.values(args, kwargs)
        given = {
            name: self._value(each, how.lifts) for name, each in zip(how.names, values, strict=True)
        }
        out = self.blanks.ran(function, values)
        outs = out if isinstance(out, list | tuple) else (out,)
        self.fresh = id(outs[0])
        if self.blanks.tensors(outs):
            index = self.count
            self.count += 1
            sizes: list[Dims | None] = []
            for slot, each in enumerate(outs):
                sizes.append(None if each is None else tuple(each.shape))
                if each is not None:
                    self.refs[id(each)] = Ref(index, slot)
            called = self.calls[-1]
            self.nodes.append(
                operation(index, function, given, tuple(sizes), bits_of(outs), *called)
            )
        return out

    def _value(self, value: Any, lifted: bool) -> Any:
        """An argument, with records for tensors."""
        if isinstance(value, self.torch.Tensor):
            return self.refs.get(id(value)) or self._constant(value, lifted)
        if isinstance(value, list | tuple):
            return [self._value(each, lifted) for each in value]
        return value

    def _constant(self, tensor: Any, lifted: bool) -> Ref:
        """A tensor that the model holds, or made out of numbers in its code."""
        stored = self.own.saved(tensor)
        if stored is None:
            if not lifted or type(tensor) is not self.torch.Tensor or not tensor.is_cpu:
                raise Unfit("a tensor of unknown origin")
            stored = saved("", tensor, False)
            self.constants.append(tensor)
        ref = self.fed(tensor)
        self.stored[ref.node] = stored
        return ref

    def called(self, module: Any, run: Any, args: Any, kwargs: Any) -> Any:
        """A module's own run; what it does is recorded under its path."""
        path = self.own.paths.get(id(module))
        if path is None:
            return run(module, *args, **kwargs)
        kind: Any = type(module)
        self.calls.append((path, derived(kind)))
        try:
            return run(module, *args, **kwargs)
        finally:
            self.calls.pop()


def run(model: Any, sizes: Sequence[Dims], kinds: Sequence[Any]) -> Run:
    """A model run on blank tensors of these sizes and kinds of numbers.

    Raises `Unfit` where that does not tell everything, whatever the reason; the model may hold
    other things then.
    """
    import torch

    if ".".join(torch.__version__.split(".")[:2]) not in COMPARED:
        raise Unfit("another torch")
    recorder, why = Recorder(model), ""
    try:
        inputs, given = _ran(recorder, model, sizes, kinds)
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {error}"
    recorder.own.let_go()
    recorder.blanks.let_go()
    if why:
        raise Unfit(why)
    return Run(inputs, recorder.stored, recorder.nodes, given, recorder.own.everything)


def _ran(
    recorder: Recorder, model: Any, sizes: Sequence[Dims], kinds: Sequence[Any]
) -> tuple[list[tuple[int, Dims]], list[Ref]]:
    """What goes in, and what comes out; what is done with it is recorded."""
    inputs = [
        recorder.blanks.tensor(size, None, kind) for size, kind in zip(sizes, kinds, strict=True)
    ]
    refs = [recorder.fed(each) for each in inputs]
    with recorder.own.blank():
        before = state.held(model)
        with _seen(recorder), _as_exported(), _called(recorder):
            out = model(*inputs)
        if recorder.missed:
            raise Unfit(recorder.missed)
        if not state.same(before, state.held(model)):
            raise Unfit("it changes what it holds")
        given = [recorder.refs[id(each)] for each in _tensors(out) if id(each) in recorder.refs]
    return [(ref.node, size) for ref, size in zip(refs, sizes, strict=True)], given


def _tensors(out: Any) -> Iterator[Any]:
    """What is put out; refuses what torch.export may refuse to."""
    import torch
    from torch.utils._pytree import tree_leaves

    for each in tree_leaves(out):
        if each is not None and not isinstance(each, int | float | str | torch.Tensor):
            raise Unfit("it puts out something unusual")
        if isinstance(each, torch.Tensor):
            yield each


@contextlib.contextmanager
def _called(recorder: Recorder) -> Iterator[None]:
    """While every call of a module passes the recorder."""
    from torch.nn import Module

    run = Module.__call__

    def called(module: Any, *args: Any, **kwargs: Any) -> Any:
        return recorder.called(module, run, args, kwargs)

    Module.__call__ = called
    try:
        yield
    finally:
        Module.__call__ = run


@contextlib.contextmanager
def _as_exported() -> Iterator[None]:
    """While torch tells code that asks that it is being exported, as `torch.export` has it."""
    from torch import backends, compiler
    from torch.fx import _symbolic_trace as fx

    flags = [(compiler, "_is_compiling_flag"), (compiler, "_is_exporting_flag")]
    flags = [(fx, "_is_fx_tracing_flag"), *(each for each in flags if hasattr(*each))]
    before = [getattr(*each) for each in flags]
    kernels = [
        (each, each.set_flags(False)) for each in (backends.mkldnn, backends.nnpack, backends.cudnn)
    ]
    try:
        for each in flags:
            setattr(*each, True)
        if not compiler.is_compiling():
            raise Unfit("torch cannot be told")
        yield
    finally:
        for each, was in zip(flags, before, strict=True):
            setattr(*each, was)
        for kernel, was in kernels:
            kernel.set_flags(*was)


@contextlib.contextmanager
def _seen(recorder: Recorder) -> Iterator[None]:
    """While every operation passes the recorder, before torch takes it apart.

    It is the level of dispatch that `torch.export` traces at. Torch lets modes of a few kinds of
    its own there; of these, the one here has no other duties.
    """
    try:
        from torch._C import DispatchKey
        from torch._dispatch.python import enable_python_dispatcher, no_python_dispatcher
        from torch._subclasses.schema_check_mode import SchemaCheckMode
        from torch.utils._python_dispatch import TorchDispatchMode
    except ImportError:
        raise Unfit("another torch") from None

    class Seen(SchemaCheckMode):  # type: ignore[misc]
        def __init__(self) -> None:
            TorchDispatchMode.__init__(self, DispatchKey.PreDispatch)

        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False

        def __torch_dispatch__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            with no_python_dispatcher():
                return recorder.seen(function, args, kwargs or {})

    with enable_python_dispatcher(), Seen():
        yield
