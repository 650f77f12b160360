"""The layers that people write, one model each, told apart by `op`. To add one: its model here,
its entry in `LAYERS`, and its case in `lower`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import Field, WrapValidator

from mncost.errors import did_you_mean
from mncost.spec.values import (
    ActName,
    Count,
    Name,
    NormName,
    Padding,
    Size,
    Strict,
    WidthRule,
    refuse,
    shown,
)


class Layer(Strict):
    """What every layer may say: a name, and how often it stands in a row."""

    id: Annotated[Name | None, Field(description="a name of its own, unique in the file")] = None
    repeat: Annotated[
        Count, Field(description="so many in a row; a stride counts for the first alone")
    ] = 1


class Convolving(Layer):
    """What every convolution may say. Left out, the network's defaults hold."""

    stride: Size = (1, 1)
    dilation: Size = (1, 1)
    padding: Padding | None = None
    norm: NormName | None = None
    act: ActName | None = None
    bias: Annotated[
        bool | None, Field(description="by default, where no norm follows, as norms have a shift")
    ] = None


class Conv(Convolving):
    """A standard convolution, formula (2); with groups, a grouped one."""

    op: Literal["conv"] = "conv"
    out: Count
    kernel: Size
    groups: Count = 1
    width: WidthRule = "scale"


class Depthwise(Convolving):
    """A depthwise convolution, formula (4): one filter for each input channel."""

    op: Literal["depthwise"] = "depthwise"
    kernel: Size = (3, 3)
    multiplier: Annotated[Count, Field(description="filters for each input channel")] = 1


class Pointwise(Convolving):
    """A 1x1 convolution, the second term of formula (5)."""

    op: Literal["pointwise"] = "pointwise"
    out: Count
    groups: Count = 1
    width: WidthRule = "scale"


class Separable(Convolving):
    """A depthwise separable convolution, formula (5): both halves with their norm and act."""

    op: Literal["separable"] = "separable"
    out: Count
    kernel: Size = (3, 3)
    width: WidthRule = "scale"


class Pool(Layer):
    """Average or max pooling with a window; the stride is the window's size unless stated."""

    op: Literal["pool"] = "pool"
    type: Literal["avg", "max"]
    kernel: Size
    stride: Size | None = None
    padding: Padding = "valid"
    ceil: Annotated[bool, Field(description="a last window may hang over the end")] = False


class GlobalPool(Layer):
    """Pooling of each whole map to one number."""

    op: Literal["global_pool"] = "global_pool"
    type: Literal["avg", "max"] = "avg"


class Linear(Layer):
    """A fully connected layer over all elements of its input. No norm or act unless stated."""

    op: Literal["linear"] = "linear"
    out: Count
    bias: bool = True
    norm: NormName = "none"
    act: ActName = "none"
    width: WidthRule = "scale"


class Norm(Layer):
    """Batch normalisation on its own."""

    op: Literal["norm"] = "norm"
    affine: bool = True


class Act(Layer):
    """An activation on its own."""

    op: Literal["act"] = "act"
    type: ActName


class Softmax(Layer):
    """Softmax over the channels."""

    op: Literal["softmax"] = "softmax"


AnyOfThem = (
    Conv | Depthwise | Pointwise | Separable | Pool | GlobalPool | Linear | Norm | Act | Softmax
)

LAYERS: dict[str, type[Layer]] = {
    get_args(model.model_fields["op"].annotation)[0]: model for model in get_args(AnyOfThem)
}
"""Every layer by its `op`: the one table in which a name from a file is looked up."""


def _chosen(value: Any, _: object) -> Layer:
    """Chooses the model by `op` and lets it validate: only layers in use are ever built."""
    if isinstance(value, Layer):
        return value
    if not isinstance(value, Mapping):
        raise refuse(f"expected a layer, got {shown(value)}", "write {op: conv, out: 32, …}")
    if "op" not in value:
        raise refuse("a layer without op", f"choose from {', '.join(sorted(LAYERS))}")
    op = value["op"]
    if not isinstance(op, str) or op not in LAYERS:
        raise refuse(f"no op is called {shown(op)}", did_you_mean(str(op), LAYERS), "op")
    return LAYERS[op].model_validate(value)


if TYPE_CHECKING:
    AnyLayer = AnyOfThem
else:
    # Annotated with the base alone, for a union would build the model of every layer there is.
    AnyLayer = Annotated[Layer, WrapValidator(_chosen)]
