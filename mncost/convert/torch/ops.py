"""What each of PyTorch's operations is: one table, by name; what torch itself tells of the rest.

https://docs.pytorch.org/docs/stable/torch.compiler_ir.html
"""

from __future__ import annotations

from mncost.convert.torch import layers, moves, products
from mncost.convert.torch.layers import Handler
from mncost.convert.torch.trace import TorchNode

ALIASES = frozenset({
    "to", "_to_copy", "contiguous", "clone", "detach", "alias", "lift_fresh", "lift_fresh_copy",
    "type_as", "positive", "resolve_conj", "resolve_neg", "float", "half", "requires_grad",
    "_assert_tensor_metadata",
})  # fmt: skip
"""The same numbers in the same places."""

CREATES = frozenset({
    "arange", "empty", "empty_like", "eye", "full", "full_like", "linspace", "logspace",
    "new_empty", "new_full", "new_ones", "new_zeros", "ones", "ones_like", "rand", "rand_like",
    "randn", "randn_like", "scalar_tensor", "zeros", "zeros_like", "tril_indices", "triu_indices",
    "bernoulli", "randint", "randint_like", "normal", "_shape_as_tensor", "empty_strided",
    "new_empty_strided", "hann_window", "hamming_window", "randperm",
})  # fmt: skip
"""Numbers that depend on no image; of a tensor that is given, the size alone is read."""

ACTS = {
    "relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "silu": "swish",
    "hardsigmoid": "hardsigmoid", "hardswish": "hardswish", "gelu": "gelu", "mish": "mish",
    "leaky_relu": "leakyrelu", "elu": "elu", "selu": "selu", "celu": "celu",
    "softplus": "softplus", "softsign": "softsign", "log_sigmoid": "logsigmoid",
    "threshold": "thresholdedrelu", "hardshrink": "hardshrink", "softshrink": "softshrink",
    "rrelu": "rrelu", "special_expit": "sigmoid",
}  # fmt: skip

MOVES = (
    "reshape", "view", "permute", "transpose", "flatten", "squeeze", "unsqueeze", "expand", "roll",
    "flip", "repeat", "tile", "stack", "repeat_interleave", "im2col", "tril", "triu", "gather",
    "take_along_dim", "pixel_shuffle", "pixel_unshuffle", "rot90", "fliplr", "flipud", "select",
    "meshgrid", "hstack", "vstack", "dstack", "block_diag", "slice_scatter", "select_scatter",
    "scatter", "index_put", "index_copy", "diag_embed", "reflection_pad1d", "reflection_pad2d",
    "replication_pad1d", "replication_pad2d", "cartesian_prod", "channels_last", "unfold_copy",
    "permute_copy", "view_copy", "expand_copy", "_unsafe_view", "t", "numpy_T", "fill", "zero",
    "max_unpool2d", "masked_select", "combinations", "reshape_as", "view_as",
)  # fmt: skip

ARITHMETIC = (
    "absolute", "divide", "subtract", "greater", "greater_equal", "less", "less_equal", "not_equal",
    "true_divide", "cumsum", "cumprod", "glu", "rsub", "softmin", "square", "where", "col2im",
    "normalize", "cumulative_trapezoid", "outer", "ger", "negative", "arccos", "arcsin", "arctan",
    "fix", "clip", "logcumsumexp", "scatter_add", "index_add", "diff", "addcmul", "addcdiv", "lerp",
    "float_power", "isfinite", "isinf", "fake_quantize_per_tensor_affine", "addr",
    "fake_quantize_per_channel_affine", "avg_pool3d", "max_pool3d", "adaptive_avg_pool3d",
    "upsample_nearest3d", "upsample_trilinear3d", "special_erf", "special_logit",
    "cosine_similarity",
)  # fmt: skip

REDUCTIONS = (
    "sum", "amax", "amin", "max", "min", "prod", "var", "std", "var_mean", "std_mean", "norm",
    "linalg_vector_norm", "linalg_norm", "argmax", "argmin", "logsumexp", "any", "all", "median",
    "nanmean", "nansum", "mode", "frobenius_norm", "count_nonzero", "numel",
)  # fmt: skip

PRODUCTS: dict[str, Handler] = {
    "conv1d": layers.convolution,
    "conv2d": layers.convolution,
    "conv3d": layers.convolution,
    "convolution": layers.convolution,
    "conv_transpose1d": layers.convolution,
    "conv_transpose2d": layers.convolution,
    "conv_transpose3d": layers.convolution,
    "linear": products.linear,
    "matmul": products.matmul,
    "linalg_matmul": products.matmul,
    "mm": products.matmul,
    "bmm": products.matmul,
    "mv": products.matmul,
    "dot": products.matmul,
    "vdot": products.matmul,
    "addmm": products.added_product,
    "addmv": products.added_product,
    "baddbmm": products.added_product,
    "tensordot": products.tensordot,
    "einsum": products.einsum,
    "scaled_dot_product_attention": products.attention,
    "lstm": products.recurrent,
    "gru": products.recurrent,
    "rnn_tanh": products.recurrent,
    "rnn_relu": products.recurrent,
    "lstm_cell": products.recurrent,
    "gru_cell": products.recurrent,
    "rnn_tanh_cell": products.recurrent,
    "rnn_relu_cell": products.recurrent,
}
"""What multiplies and adds; counted even where nothing of it depends on the image."""

HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(MOVES, moves.move),
    **dict.fromkeys(ARITHMETIC, layers.arithmetic),
    **dict.fromkeys(REDUCTIONS, layers.reduce),
    **{name: layers.act(function) for name, function in ACTS.items()},
    **PRODUCTS,
    "batch_norm": layers.batch_norm,
    "layer_norm": layers.norm("layer"),
    "group_norm": layers.norm("group"),
    "instance_norm": layers.norm("instance"),
    "rms_norm": layers.norm("rms"),
    "hardtanh": layers.clamp,
    "clamp": layers.clamp,
    "clamp_min": layers.clamp,
    "prelu": layers.prelu,
    "softmax": layers.softmax,
    "_softmax": layers.softmax,
    "log_softmax": layers.softmax,
    "dropout": layers.dropout,
    "feature_dropout": layers.dropout,
    "alpha_dropout": layers.dropout,
    "feature_alpha_dropout": layers.dropout,
    "max_pool1d": layers.pool("max", 1),
    "max_pool2d": layers.pool("max", 2),
    "max_pool1d_with_indices": layers.pool("max", 1),
    "max_pool2d_with_indices": layers.pool("max", 2),
    "avg_pool1d": layers.pool("avg", 1),
    "avg_pool2d": layers.pool("avg", 2),
    "adaptive_avg_pool1d": layers.adaptive_pool("avg", 1),
    "adaptive_avg_pool2d": layers.adaptive_pool("avg", 2),
    "adaptive_max_pool1d": layers.adaptive_pool("max", 1),
    "adaptive_max_pool2d": layers.adaptive_pool("max", 2),
    "mean": layers.mean,
    "upsample_nearest1d": layers.resize,
    "upsample_nearest2d": layers.resize,
    "upsample_linear1d": layers.resize,
    "upsample_bilinear2d": layers.resize,
    "upsample_bicubic2d": layers.resize,
    "_upsample_nearest_exact2d": layers.resize,
    "_upsample_bilinear2d_aa": layers.resize,
    "_upsample_bicubic2d_aa": layers.resize,
    "add": layers.added,
    "mul": layers.multiplied,
    "multiply": layers.multiplied,
    "slice": moves.cut,
    "narrow": moves.cut,
    "chunk": moves.parted,
    "split": moves.parted,
    "split_with_sizes": moves.parted,
    "tensor_split": moves.parted,
    "unsafe_chunk": moves.parted,
    "unsafe_split": moves.parted,
    "unbind": moves.unbound,
    "cat": moves.joined,
    "concat": moves.joined,
    "concatenate": moves.joined,
    "pad": moves.padded,
    "constant_pad_nd": moves.padded,
    "channel_shuffle": moves.shuffled,
    "native_channel_shuffle": moves.shuffled,
    "copy": moves.written_over,
    "embedding": moves.looked_up,
    "embedding_bag": moves.looked_up,
    "index": moves.looked_up,
    "index_select": moves.looked_up,
}
"""Every operation that is known, by its name."""


def handler(node: TorchNode, label: str) -> Handler:
    """How an operation is written: by the table, or by what torch says it is."""
    if node.space == "aten" and label in HANDLERS:
        if label in ("max", "min") and node.overload == "other":
            return layers.arithmetic  # of two maps
        return HANDLERS[label]
    match node.nature:
        case "view":
            return moves.move
        case "elementwise":
            return layers.arithmetic
        case "reduction":
            return layers.reduce
    return layers.opaque
