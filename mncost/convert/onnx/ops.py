"""What each ONNX operator is: one table, by name. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from mncost.convert.onnx.convolutions import conv, conv_integer, conv_transpose, qlinear_conv
from mncost.convert.onnx.elementwise import (
    act,
    added,
    arithmetic,
    batch_norm,
    clip,
    local_norm,
    multiplied,
    norm,
    prelu,
    qlinear,
    unary,
    where,
)
from mncost.convert.onnx.moves import (
    cast,
    concat,
    depth_to_space,
    dropout,
    expand,
    flatten,
    gather,
    pad,
    qlinear_concat,
    reshape,
    resize,
    same,
    sliced_away,
    split,
    squeeze,
    tile,
    transpose,
    unsqueeze,
)
from mncost.convert.onnx.narrow import dequantised, quantised
from mncost.convert.onnx.place import Handler
from mncost.convert.onnx.pools import argmax, global_pool, pool, reduce, softmax, top
from mncost.convert.onnx.products import einsum, gemm, matmul, qgemm, qlinear_matmul

CONTROL = ("If", "Loop", "Scan", "SequenceMap")
"""Operators whose cost depends on the data."""


WEIGHTS: dict[str, tuple[int, ...]] = {
    "Conv": (1, 2), "ConvTranspose": (1, 2), "ConvInteger": (1, 2, 3), "Gemm": (1, 2),
    "QGemm": (1, 2, 3, 4, 5, 6, 7, 8), "MatMul": (1,),
    "BatchNormalization": (1, 2, 3, 4), "InstanceNormalization": (1, 2),
    "LayerNormalization": (1, 2), "GroupNormalization": (1, 2), "PRelu": (1,),
    "QLinearConv": (1, 2, 3, 4, 5, 6, 7, 8), "QLinearMatMul": (1, 2, 3, 4, 5, 6, 7),
    "DequantizeLinear": (1, 2), "QuantizeLinear": (1, 2), "Reshape": (1,), "Clip": (1, 2),
}  # fmt: skip
"""Which inputs of an operator are weights, or other numbers that are stored."""


ELEMENTWISE = (
    "Abs", "Acos", "Asin", "Atan", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "IsInf", "IsNaN",
    "Log", "Neg", "Not", "Reciprocal", "Round", "Sign", "Sin", "Sinh", "Sqrt", "Tan", "CumSum",
    "Shrink", "BitwiseNot", "Trilu", "Hardmax", "Mish", "ThresholdedRelu", "QuickGelu",
)  # fmt: skip


BETWEEN = (
    "Sub", "Div", "Pow", "Mod", "Min", "Max", "Mean", "And", "Or", "Xor", "Equal", "Less",
    "Greater", "LessOrEqual", "GreaterOrEqual", "BitShift",
)  # fmt: skip


ACTS = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "HardSigmoid": "hardsigmoid",
    "HardSwish": "hardswish", "Gelu": "gelu", "Swish": "swish", "LeakyRelu": "leakyrelu",
    "Elu": "elu", "Selu": "selu", "Celu": "celu", "Softplus": "softplus", "Softsign": "softsign",
    "FastGelu": "gelu", "BiasGelu": "gelu", "QLinearSigmoid": "sigmoid",
    "QLinearLeakyRelu": "leakyrelu",
}  # fmt: skip


REDUCE = (
    "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
    "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare", "QLinearReduceMean",
)  # fmt: skip


HANDLERS: dict[str, Handler] = {
    "Conv": conv,
    "FusedConv": conv,
    "ConvInteger": conv_integer,
    "QLinearConv": qlinear_conv,
    "ConvTranspose": conv_transpose,
    "Gemm": gemm,
    "QGemm": qgemm,
    "MatMul": matmul,
    "MatMulInteger": matmul,
    "QLinearMatMul": qlinear_matmul,
    "Einsum": einsum,
    "BatchNormalization": batch_norm,
    "InstanceNormalization": norm("instance"),
    "LayerNormalization": norm("layer"),
    "GroupNormalization": norm("group"),
    "RMSNormalization": norm("rms"),
    "SimplifiedLayerNormalization": norm("rms"),
    "MeanVarianceNormalization": norm("instance"),
    "LpNormalization": norm("lp"),
    "LRN": local_norm,
    "Clip": clip,
    "PRelu": prelu,
    "MaxPool": pool("max"),
    "AveragePool": pool("avg"),
    "QLinearAveragePool": pool("avg"),
    "GlobalAveragePool": global_pool("avg"),
    "QLinearGlobalAveragePool": global_pool("avg"),
    "GlobalMaxPool": global_pool("max"),
    "TopK": top,
    "ArgMax": argmax,
    "ArgMin": argmax,
    "Softmax": softmax,
    "QLinearSoftmax": softmax,
    "LogSoftmax": softmax,
    "Add": added,
    "Sum": added,
    "Mul": multiplied,
    "QLinearAdd": qlinear("add"),
    "QLinearMul": qlinear("mul"),
    "QLinearConcat": qlinear_concat,
    "QuantizeLinear": quantised,
    "DequantizeLinear": dequantised,
    "DynamicQuantizeLinear": unary,
    "Identity": same,
    "Cast": cast,
    "CastLike": cast,
    "Dropout": dropout,
    "Flatten": flatten,
    "Reshape": reshape,
    "Transpose": transpose,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Expand": expand,
    "Tile": tile,
    "Concat": concat,
    "Split": split,
    "Slice": sliced_away,
    "Gather": gather,
    "Pad": pad,
    "Resize": resize,
    "Upsample": resize,
    "DepthToSpace": depth_to_space,
    "SpaceToDepth": depth_to_space,
    "Where": where,
    "QLinearWhere": where,
    **{name: act(function) for name, function in ACTS.items()},
    **dict.fromkeys(ELEMENTWISE, unary),
    **dict.fromkeys(BETWEEN, arithmetic),
    **dict.fromkeys(REDUCE, reduce),
}
"""Every operator that is known, by its name."""
