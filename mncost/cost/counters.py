"""The conventions of other counters, each as its tool was seen to count; and all by name."""

from __future__ import annotations

from dataclasses import replace

from mncost.cost.conventions import (
    LEARNED,
    PAPER,
    TRAINABLE,
    Convention,
    Term,
    parameter_terms,
)
from mncost.errors import Problem, SettingError, did_you_mean

HOOKED = ("module",)
"""Seen by a tool that looks for modules of exactly the framework's types."""

DERIVED = ("module", "subclass")
"""Seen by a tool that looks for modules of the framework's types and what is derived from them."""

CALLED = ("module", "subclass", "function")
"""Seen by a tool that watches the functions which modules call, too; methods it misses."""


NORM = ("scale", "shift", "mean", "variance")
EVERY = parameter_terms()
MAX_AND_AVG = ("max", "avg", "global max", "global avg", "adaptive max", "adaptive avg")
AVERAGES = ("avg", "global avg", "adaptive avg")
ADAPTIVE = ("global avg", "adaptive avg")


def _measured(exact: int, of: int = 57) -> str:
    """How far a rule is known to be the tool's: its own totals, to the unit."""
    return f"rule measured on {of} networks of torchvision, timm and the paper: equal on {exact}"


MODULES = "modules of the framework's own types, unless the file's `written` says otherwise"

UNMEASURED = (
    Term(0, "norm", ("local", "instance", "rms", "lp")),
    Term(0, "mac", ("custom",)),
    Term(0, "arithmetic"),
    Term(0, "reduce"),
)
"""What no tool was run on: other norms, arithmetic, and layers whose authors state their cost."""

STRAIGHT = ("conv", "linear", "custom")
"""Kinds of multiply-additions that tools of modules count as what they are; a transposed
convolution they count by its output, `spread`."""

_KERNELS = (
    Term(1, "mac", (*STRAIGHT, "transposed")),
    Term(1, "mac", ("matmul",), written=HOOKED),
)
"""What tools see that watch the kernels which run: attention as one kernel they do not see through,
whose products are written as a `function`."""

_THOP = (
    Term(1, "mac", STRAIGHT, written=HOOKED),
    Term(1, "spread", written=HOOKED),
    Term(4, "norm", ("layer",), written=HOOKED),
    Term(4, "norm", ("affine",), written=HOOKED),
    Term(2, "norm", ("plain",), written=HOOKED),
    Term(1, "pool", ("avg",), "output", HOOKED),
    Term(1, "pool", ADAPTIVE, "ratio", HOOKED),
    Term(3, "softmax", per="output", written=HOOKED),
    Term(-1, "softmax", per="place", written=HOOKED),
    Term(1, "resize", per="output"),
)

THOP = Convention(
    name="thop",
    unit="MACs",
    terms=_THOP,
    counts="multiply-additions of nn.Conv2d and nn.Linear; 4 for each element of an affine "
    "BatchNorm (2 of a plain one); average pools",
    omits="biases, activations, max pools, additions, products, functions, methods, subclasses",
    source=f"thop 0.1.1-2209072238, https://pypi.org/project/thop/; {_measured(57)}",
    parameters=parameter_terms(*TRAINABLE, written=HOOKED),
    assumes=MODULES,
    unmeasured=UNMEASURED,
)

ULTRALYTICS_THOP = Convention(
    name="ultralytics-thop",
    unit="MACs",
    terms=(
        Term(1, "mac", ("conv", "transposed", "custom"), written=DERIVED),
        Term(1, "mac", ("linear",)),
        Term(1, "mac", ("matmul",), written=HOOKED),
        Term(4, "norm", ("affine", "layer", "group"), written=DERIVED),
        Term(2, "norm", ("plain",), written=DERIVED),
        Term(1, "pool", AVERAGES, "window", DERIVED),
        Term(1, "pool", AVERAGES, "output", DERIVED),
        Term(3, "softmax", per="output", written=DERIVED),
        Term(-1, "softmax", per="place", written=DERIVED),
    ),
    counts="as thop, and subclasses; a pool by every element that its windows read and put out",
    omits="biases, activations, max pools, additions, products; norms and pools as functions",
    source=f"ultralytics-thop 2.2.3, https://pypi.org/project/ultralytics-thop/; {_measured(57)}",
    parameters=LEARNED,
    assumes=MODULES,
    unmeasured=UNMEASURED,
)

_PTFLOPS_MODULES = (
    Term(1, "mac", (*STRAIGHT, "transposed"), written=HOOKED),
    Term(1, "norm", ("layer",), written=HOOKED),
    Term(2, "norm", ("group",), written=HOOKED),
    Term(1, "bias", written=HOOKED),
    Term(2, "norm", ("affine",), written=HOOKED),
    Term(1, "norm", ("plain",), written=HOOKED),
    Term(1, "act", ("relu", "relu6", "gelu"), written=HOOKED),
    Term(1, "pool", MAX_AND_AVG, "input", HOOKED),
    Term(1, "resize", per="output"),
)

PTFLOPS = Convention(
    name="ptflops",
    unit="MACs",
    terms=(
        *_PTFLOPS_MODULES,
        Term(1, "act", ("relu", "swish", "gelu"), written=CALLED),
        Term(1, "act", ("relu6",), written=("function",)),
        Term(1, "pool", MAX_AND_AVG, "input", CALLED),
        Term(1, "softmax", per="output", written=CALLED),
        Term(1, "resize", per="output"),
    ),
    counts="multiply-additions and biases; 2 for each element of an affine BatchNorm; activations "
    "and pools, twice where a module (nn.ReLU, nn.MaxPool2d) calls a function that it counts too",
    omits="hard-swish, hard-sigmoid, sigmoid; + and *; methods",
    source=f"ptflops 0.7.5, backend pytorch, https://pypi.org/project/ptflops/; {_measured(57)}",
    parameters=LEARNED,
    assumes=MODULES,
    aliases=("ptflops-pytorch",),
    unmeasured=UNMEASURED,
)

PTFLOPS_MODULES = Convention(
    name="ptflops-modules",
    unit="MACs",
    terms=_PTFLOPS_MODULES,
    counts="as ptflops, and no functions: nothing is counted twice",
    omits="swish, hard-swish, hard-sigmoid, sigmoid, softmax; functions, methods, + and *",
    source="ptflops 0.7.5 with backend_specific_config={'count_functional': False}, "
    f"https://pypi.org/project/ptflops/; {_measured(57)}",
    parameters=LEARNED,
    assumes=MODULES,
    aliases=("ptflops-nofunc", "ptflops-pytorch-nofunc"),
    unmeasured=UNMEASURED,
)

PTFLOPS_ATEN = Convention(
    name="ptflops-aten",
    unit="MACs",
    terms=(*_KERNELS, Term(1, "bias")),
    counts="multiply-additions and biases of convolutions and fully connected layers",
    omits="batch normalisation, activations, pools, additions, products",
    source=f"ptflops 0.7.5, backend aten, https://pypi.org/project/ptflops/; {_measured(57)}",
    parameters=LEARNED,
    unmeasured=UNMEASURED,
)

_FVCORE = (
    *_KERNELS,
    Term(5, "norm", ("layer", "group")),
    Term(1, "pool", ADAPTIVE, "input", CALLED),
    Term(1, "resize", per="output"),
)

FVCORE = Convention(
    name="fvcore",
    unit="MACs",
    terms=(*_FVCORE, Term(2, "norm", ("affine",)), Term(1, "norm", ("plain",))),
    counts="multiply-additions, which it calls flops; 2 for each element of an affine BatchNorm; "
    "what adaptive average pools read",
    omits="biases, activations, other pools, means, additions, products",
    source="fvcore 0.1.5.post20221221, model.eval(), "
    f"https://github.com/facebookresearch/fvcore; {_measured(57)}",
    parameters=LEARNED,
    unmeasured=UNMEASURED,
)

FVCORE_TRAIN = Convention(
    name="fvcore-train",
    unit="MACs",
    terms=(*_FVCORE, Term(5, "norm", ("affine",)), Term(4, "norm", ("plain",))),
    counts="as fvcore, with 5 for each element of an affine BatchNorm",
    omits=FVCORE.omits,
    source="fvcore 0.1.5.post20221221 on a model left in train mode, "
    f"https://github.com/facebookresearch/fvcore; {_measured(49, 49)}",
    parameters=LEARNED,
    assumes="a batch that BatchNorm in train mode takes: one image after a global pool is refused",
    unmeasured=UNMEASURED,
)

TORCHINFO = Convention(
    name="torchinfo",
    unit="Mult-Adds",
    terms=(
        Term(1, "mac", ("conv", "custom"), written=DERIVED),
        Term(1, "spread", written=DERIVED),
        Term(1, "bias", ("conv",), written=DERIVED),
        Term(1, "parameter", ("weights", "biases"), "linear", DERIVED),
        Term(1, "parameter", ("scale", "shift"), written=HOOKED),
    ),
    counts="multiply-additions and biases; norms and fully connected layers by their parameters, "
    "whatever their map",
    omits="activations, pools, additions, products; norms that hold other modules",
    source=f"torchinfo 1.8.0, https://github.com/TylerYep/torchinfo; {_measured(57)}",
    parameters=LEARNED,
    assumes=MODULES,
    unmeasured=UNMEASURED,
)

_CALFLOPS = (
    Term(2, "mac", (*STRAIGHT, "transposed")),
    Term(5, "norm", ("layer", "group")),
    Term(1, "bias", ("conv",)),
    Term(2, "norm", ("affine",)),
    Term(1, "norm", ("plain",)),
    Term(1, "act", ("relu", "swish", "gelu"), written=CALLED),
    Term(1, "act", ("relu6",), written=("function",)),
    Term(1, "pool", MAX_AND_AVG, "input", CALLED),
    Term(1, "softmax", per="output", written=CALLED),
)
_CALFLOPS_COUNTS = (
    "two for each multiply-addition; biases of convolutions; 2 for each element of an affine "
    "BatchNorm; ReLU, swish and GELU; what pools read"
)
_CALFLOPS_OMITS = "biases of fully connected layers, nn.ReLU6, hard-swish, sigmoid; +, * and means"

CALFLOPS = Convention(
    name="calflops",
    unit="FLOPs",
    terms=(*_CALFLOPS, Term(1, "resize", per="input")),
    counts=_CALFLOPS_COUNTS,
    omits=_CALFLOPS_OMITS,
    source=f"calflops 0.3.2, https://github.com/MrYxJ/calculate-flops.pytorch; {_measured(57)}",
    parameters=LEARNED,
    unmeasured=UNMEASURED,
)

DEEPSPEED = Convention(
    name="deepspeed",
    unit="FLOPs",
    terms=(*_CALFLOPS, Term(2, "mac", ("matmul",)), Term(1, "resize", per="output")),
    counts=_CALFLOPS_COUNTS,
    omits=_CALFLOPS_OMITS,
    source="deepspeed 0.19.8, "
    f"https://deepspeed.readthedocs.io/en/latest/flops-profiler.html; {_measured(57)}",
    parameters=LEARNED,
    unmeasured=UNMEASURED,
)


def _macs_of(convention: Convention) -> Convention:
    """The MACs that a tool reports beside its FLOPs."""
    return Convention(
        name=f"{convention.name}-macs",
        unit="MACs",
        terms=(Term(1, "mac", (*STRAIGHT, "transposed")),)
        if convention is CALFLOPS
        else (Term(1, "mac"),),
        counts=PAPER.counts,
        omits="anything else",
        source=convention.source,
        parameters=LEARNED,
    )


TORCHPROFILE = Convention(
    name="torchprofile",
    unit="MACs",
    terms=(
        Term(1, "mac", (*STRAIGHT, "matmul")),
        Term(1, "spread"),
        Term(1, "norm", ("affine", "layer", "group")),
        Term(1, "pool", AVERAGES, "output"),
        Term(1, "mul"),
    ),
    counts="multiply-additions; 1 for each element of an affine BatchNorm; outputs of average "
    "pools and means; products",
    omits="biases, activations, max pools, additions",
    source=f"torchprofile 0.1.0, https://github.com/zhijian-liu/torchprofile; {_measured(55, 55)}",
    unmeasured=UNMEASURED,
)

TORCH_FLOP_COUNTER = Convention(
    name="torch-flop-counter",
    unit="FLOPs",
    terms=tuple(replace(term, weight=2) for term in _KERNELS),
    counts="two for each multiply-addition of convolutions and fully connected layers",
    omits="anything else",
    source="torch 2.13.0, torch.utils.flop_counter.FlopCounterMode, "
    "https://docs.pytorch.org/docs/stable/utils.html; "
    f"{_measured(57)}",
    aliases=("flopcountermode", "torch-flopcountermode", "flop-counter"),
    unmeasured=UNMEASURED,
)

_ONNX_TOOL = (
    Term(1, "mac"),
    Term(1, "bias"),
    Term(1, "act", ("relu",)),
    Term(2, "act", ("relu6",)),
    Term(4, "act", ("hardsigmoid",)),
    Term(5, "act", ("hardswish",)),
    Term(32, "act", ("sigmoid",)),
    Term(33, "act", ("swish",)),
    Term(1, "pool", ("global avg",), "input"),
    Term(4, "pool", ("global avg",), "output", CALLED),
    Term(1, "pool", ("avg", "max", "adaptive avg"), "window"),
    Term(36, "softmax", per="output", written=CALLED),
    Term(1, "add"),
    Term(1, "mul"),
)
_ONNX_TOOL_COUNTS = (
    "multiply-additions and biases; ReLU 1, ReLU6 2, hard-sigmoid 4, hard-swish 5, sigmoid 32, "
    "softmax 36 for each element; pools, additions, products"
)

ONNX_TOOL = Convention(
    name="onnx-tool",
    unit="MACs",
    terms=(
        *_ONNX_TOOL,
        Term(1, "norm", per="folds"),
        Term(31, "norm", per="stays"),
        Term(31, "norm", per="stays behind a bias"),
    ),
    counts=f"{_ONNX_TOOL_COUNTS}; a norm behind a convolution as the bias that it becomes when it "
    "is folded, any other at 31 for each element",
    omits="what moves data",
    source=f"onnx_tool 1.0.1, https://github.com/ThanatosShinji/onnx-tool; {_measured(33, 35)}",
    parameters=(
        *parameter_terms("weights", "biases"),
        Term(1, "parameter", ("mean",), "folds"),
        Term(1, "parameter", NORM, "stays"),
        Term(1, "parameter", NORM, "stays behind a bias"),
    ),
    assumes="torch.onnx.export, which folds each norm into the convolution before it",
    unmeasured=(
        *UNMEASURED,
        Term(0, "act", ("gelu", "tanh")),
        Term(0, "resize", per="output"),
        Term(0, "pool", ("global max", "adaptive max"), "output"),
    ),
)

ONNX_TOOL_UNFOLDED = Convention(
    name="onnx-tool-unfolded",
    unit="MACs",
    terms=(*_ONNX_TOOL, Term(31, "norm")),
    counts=f"{_ONNX_TOOL_COUNTS}; 31 for each element of a norm",
    omits=ONNX_TOOL.omits,
    source=ONNX_TOOL.source,
    parameters=EVERY,
    assumes="an export that keeps norms",
    aliases=("onnx-tool-bn",),
    unmeasured=ONNX_TOOL.unmeasured,
)

KERAS = Convention(
    name="keras",
    unit="parameters",
    terms=EVERY,
    counts="every number that is stored, running statistics of norms included (Total params)",
    omits="any computation",
    source="keras 3.15.1, Model.count_params, https://keras.io/api/models/model/",
    parameters=EVERY,
)

TIMM = replace(
    FVCORE,
    name="timm",
    counts=f"as fvcore: {FVCORE.counts}",
    source="timm 1.0.31, results/*.csv, https://github.com/huggingface/pytorch-image-models",
)

CONVENTIONS = {
    convention.name: convention
    for convention in (
        PAPER,
        THOP,
        ULTRALYTICS_THOP,
        PTFLOPS,
        PTFLOPS_MODULES,
        PTFLOPS_ATEN,
        FVCORE,
        FVCORE_TRAIN,
        TORCHINFO,
        CALFLOPS,
        _macs_of(CALFLOPS),
        DEEPSPEED,
        _macs_of(DEEPSPEED),
        TORCHPROFILE,
        TORCH_FLOP_COUNTER,
        ONNX_TOOL,
        ONNX_TOOL_UNFOLDED,
        KERAS,
        TIMM,
    )
}
"""Every convention by its name."""


def counting(name: str) -> Convention:
    """The convention of that name, if it counts computation. Raises `SettingError`."""
    convention = named(name)
    if convention.unit == "parameters":
        message = f"{convention.name} counts parameters, and no computation"
        raise SettingError(Problem(message, "it stands in: mncost show NETWORK --convention all"))
    return convention


def named(name: str) -> Convention:
    """The convention of that name, or of what others call it. Raises `SettingError`."""
    wanted = name.lower().replace("_", "-")
    for convention in CONVENTIONS.values():
        if wanted in (convention.name, *convention.aliases):
            return convention
    hint = did_you_mean(wanted, CONVENTIONS)
    raise SettingError(Problem(f'no counting convention "{name}"', hint))
