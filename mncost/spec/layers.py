"""The layers that people write, one model each, told apart by `op`. To add one: its model here,
its place in `AnyOfThem`, and its case in `lower`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

from pydantic import Field, SerializeAsAny, WrapValidator, model_validator

from mncost.errors import Path, did_you_mean
from mncost.spec.values import (
    ActName,
    AnyShape,
    Bits,
    Count,
    Density,
    Factor,
    Map,
    Name,
    Names,
    NormName,
    Padding,
    Pixels,
    Size,
    Strict,
    WidthRule,
    Writing,
    refuse,
    shown,
)


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


class Layer(Strict):
    """What every layer may say: a name, what it reads, and how often it stands in a row."""

    id: Annotated[Name | None, Field(description="a name of its own, unique in the file")] = None
    from_: Annotated[
        Names | None,
        Field(alias="from", description="what it reads, by id; the layer before it by default"),
    ] = None
    repeat: Annotated[
        Count, Field(description="so many in a row; a stride counts for the first alone")
    ] = 1
    weight_bits: Annotated[
        Bits | None, Field(description="of each parameter, here and in the layers within")
    ] = None
    activation_bits: Annotated[
        Bits | None, Field(description="of each number put out, here and in the layers within")
    ] = None
    density: Annotated[
        Density | None, Field(description="the share of weights that pruning left")
    ] = None


if TYPE_CHECKING:
    AnyLayer: TypeAlias = "AnyOfThem"
else:
    # Annotated with the base alone, for a union would build the model of every layer there is.
    AnyLayer = Annotated[SerializeAsAny[Layer], WrapValidator(_chosen)]

Chain = Annotated[tuple[AnyLayer, ...], Field(min_length=1, strict=False)]
"""Layers in a row, at least one."""


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


class ConvTranspose(Convolving):
    """A transposed convolution: a larger map, with a stride, and `extra` pixels at its end."""

    op: Literal["conv_transpose"] = "conv_transpose"
    out: Count
    kernel: Size
    groups: Count = 1
    extra: Annotated[tuple[Pixels, Pixels], Field(strict=False)] = (0, 0)
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


class Squeeze(Strict):
    """Squeeze and excitation: how narrow, and through which activations.

    `squeeze` states the channels, or `ratio` a share of those that come into the block (`of:
    input`) or into the module (`of: hidden`), rounded as `divisor` says, else down, at least 1.
    """

    squeeze: Count | None = None
    ratio: Annotated[Factor | None, Field(description="0.25, where squeeze is not stated")] = None
    of: Literal["input", "hidden"] = "hidden"
    divisor: Count | None = None
    act: ActName = "relu"
    gate: ActName = "sigmoid"

    @model_validator(mode="after")
    def _one_of_both(self) -> Squeeze:
        if self.squeeze is not None and (self.ratio is not None or self.divisor is not None):
            raise refuse("both squeeze and a ratio", "squeeze states the channels: leave one out")
        return self


class SqueezeExcite(Squeeze, Layer):
    """Squeeze and excitation on its own: each channel weighed by a look at the whole map."""

    op: Literal["se"] = "se"


Residual = Literal["auto", "always", "never"]


class Block(Convolving):
    """What the mobile blocks share. `act` is of all but the last convolution, which has none."""

    out: Count
    expand: Annotated[
        Factor | None, Field(description="hidden channels, as a multiple of the input's; or hidden")
    ] = None
    hidden: Annotated[Count | None, Field(description="hidden channels; or expand")] = None
    residual: Annotated[
        Residual, Field(description="auto: where stride is 1 and channels are equal")
    ] = "auto"
    width: WidthRule = "scale"

    @model_validator(mode="after")
    def _one_of_both(self) -> Block:
        if (self.expand is None) == (self.hidden is None):
            raise refuse("a block needs either expand or hidden", "as in expand: 6")
        return self


class InvertedResidual(Block):
    """MobileNetV2's block: 1x1 to hidden channels, depthwise, squeeze and excitation, 1x1."""

    op: Literal["inverted_residual"] = "inverted_residual"
    kernel: Size = (3, 3)
    se: Squeeze | None = None


class FusedInvertedResidual(Block):
    """The same with one full convolution in place of 1x1 and depthwise."""

    op: Literal["fused_inverted_residual"] = "fused_inverted_residual"
    kernel: Size = (3, 3)
    se: Squeeze | None = None


class UniversalBlock(Block):
    """MobileNetV4's universal inverted bottleneck: either depthwise may be left out, with 0.

    The stride is the middle depthwise convolution's, else the one at the start's.
    """

    op: Literal["uib"] = "uib"
    start: Annotated[Pixels, Field(description="kernel before the expansion; 0 for none")] = 0
    middle: Annotated[Pixels, Field(description="kernel after the expansion; 0 for none")] = 3

    @model_validator(mode="after")
    def _someone_strides(self) -> UniversalBlock:
        if not self.start and not self.middle and self.stride != (1, 1):
            raise refuse("a stride, and no depthwise to take it", "state start or middle", "stride")
        return self


class Written(Layer):
    """What a framework's code may have as a module, a function or a method: said where it is not
    as the network's `written` has it."""

    written: Writing | None = None


class Pool(Written):
    """Average or max pooling with a window; the stride is the window's size unless stated."""

    op: Literal["pool"] = "pool"
    type: Literal["avg", "max"]
    kernel: Size
    stride: Size | None = None
    padding: Padding = "valid"
    ceil: Annotated[bool, Field(description="a last window may hang over the end")] = False


class GlobalPool(Written):
    """Pooling of each whole map to one number."""

    op: Literal["global_pool"] = "global_pool"
    type: Literal["avg", "max"] = "avg"


class AdaptivePool(Written):
    """Pooling to a map of the size stated, whatever comes in."""

    op: Literal["adaptive_pool"] = "adaptive_pool"
    size: Size
    type: Literal["avg", "max"] = "avg"


class Linear(Layer):
    """A fully connected layer over all elements of its input. No norm or act unless stated.

    With `each`, over the last side alone, at each place of the others: tokens, say.
    """

    op: Literal["linear"] = "linear"
    out: Count
    bias: bool = True
    each: bool = False
    norm: NormName = "none"
    act: ActName = "none"
    width: Annotated[WidthRule, Field(description="α leaves a linear layer be by default")] = (
        "fixed"
    )


class Norm(Layer):
    """Normalisation on its own: batch normalisation, or another, with what it stores."""

    op: Literal["norm"] = "norm"
    type: Literal["batch", "layer", "group", "instance", "rms", "lp"] = "batch"
    affine: bool = True
    params: Annotated[Pixels, Field(description="of any but batch normalisation")] = 0


class LocalNorm(Layer):
    """Local response normalisation over so many channels, as in AlexNet and GoogLeNet."""

    op: Literal["local_norm"] = "local_norm"
    size: Count = 5


class Act(Written):
    """An activation on its own."""

    op: Literal["act"] = "act"
    type: ActName


class Softmax(Layer):
    """Softmax over the channels. A classifier's is often `absent` from the code, in the loss."""

    op: Literal["softmax"] = "softmax"
    written: Writing | Literal["absent"] = "module"


class Dropout(Layer):
    """Dropout: nothing at inference, and listed as such."""

    op: Literal["dropout"] = "dropout"
    rate: Annotated[float, Field(ge=0, lt=1)] = 0.5


class Joining(Layer):
    """What joins several layers: `from` names them."""


class Add(Joining):
    """The sum of several maps."""

    op: Literal["add"] = "add"


class Concat(Joining):
    """Several maps stacked along their channels."""

    op: Literal["concat"] = "concat"


class Gathering(Layer):
    """What may read one layer or several: `from` names them."""


class MatMul(Gathering):
    """`times` products of an M x K and a K x N matrix, both computed: attention, say."""

    op: Literal["matmul"] = "matmul"
    m: Count
    k: Count
    n: Count
    times: Count = 1
    out: AnyShape


class Arithmetic(Gathering):
    """Some other computation, element by element, and the numbers that it stores."""

    op: Literal["arithmetic"] = "arithmetic"
    function: Name
    out: AnyShape
    params: Pixels = 0


class Reduce(Layer):
    """Many elements made one, along some sides."""

    op: Literal["reduce"] = "reduce"
    function: Name
    out: AnyShape


class Move(Gathering):
    """Numbers in another order or shape: free."""

    op: Literal["move"] = "move"
    function: Name = "reshape"
    out: AnyShape


class Product(Joining):
    """The product of several maps, element by element; a [C, 1, 1] is spread over the map."""

    op: Literal["mul"] = "mul"


class Pad(Layer):
    """Noughts around the map: pixels on every side, or [top, bottom, left, right]."""

    op: Literal["pad"] = "pad"
    padding: Padding

    @model_validator(mode="after")
    def _in_pixels(self) -> Pad:
        if isinstance(self.padding, str):
            raise refuse(f"pad by {self.padding} is no number of pixels", "", "padding")
        return self


class Resize(Layer):
    """The map at another size, by interpolation: `size`, or `scale` times as large."""

    op: Literal["resize"] = "resize"
    size: Size | None = None
    scale: Count | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Resize:
        if (self.size is None) == (self.scale is None):
            raise refuse("resize needs either size or scale", "as in scale: 2")
        return self


class Shuffle(Layer):
    """Channels dealt out over groups, as ShuffleNet does."""

    op: Literal["shuffle"] = "shuffle"
    groups: Count


class Split(Layer):
    """One of several equal parts of the channels: `part` of `parts`, from 1."""

    op: Literal["split"] = "split"
    parts: Count = 2
    part: Count = 1


class Custom(Layer):
    """A layer of your own: it states its Mult-Adds, its parameters and its output."""

    op: Literal["custom"] = "custom"
    mult_adds: Pixels
    params: Pixels = 0
    out: Map


class Repeat(Layer):
    """Layers in a row, so many times."""

    op: Literal["repeat"] = "repeat"
    times: Count
    layers: Chain


class ResidualOf(Layer):
    """Layers whose output is added to their input, or to what `shortcut` makes of it."""

    op: Literal["residual"] = "residual"
    layers: Chain
    shortcut: Chain | None = None
    act: Annotated[ActName, Field(description="after the sum")] = "none"


class Parallel(Layer):
    """Branches that read one input, and are joined. An empty branch is the input itself."""

    op: Literal["parallel"] = "parallel"
    branches: Annotated[
        tuple[Annotated[tuple[AnyLayer, ...], Field(strict=False)], ...],
        Field(min_length=2, strict=False),
    ]
    join: Literal["add", "concat"] = "concat"


AnyOfThem = (
    Conv
    | ConvTranspose
    | Depthwise
    | Pointwise
    | Separable
    | InvertedResidual
    | FusedInvertedResidual
    | UniversalBlock
    | SqueezeExcite
    | Pool
    | GlobalPool
    | AdaptivePool
    | Linear
    | Norm
    | LocalNorm
    | Act
    | Softmax
    | Dropout
    | Add
    | Product
    | MatMul
    | Arithmetic
    | Reduce
    | Move
    | Concat
    | Pad
    | Resize
    | Shuffle
    | Split
    | Custom
    | Repeat
    | ResidualOf
    | Parallel
)

NESTED = ("layers", "shortcut")


def walk(layers: tuple[Layer, ...], path: Path = ("layers",)) -> Iterator[tuple[Path, Layer]]:
    """Every layer with its path, those within others included, in order of the text."""
    for index, layer in enumerate(layers):
        here = (*path, index)
        yield here, layer
        for field in NESTED:
            yield from walk(getattr(layer, field, None) or (), (*here, field))
        for number, branch in enumerate(getattr(layer, "branches", ())):
            yield from walk(branch, (*here, "branches", number))


LAYERS: dict[str, type[Layer]] = {
    get_args(model.model_fields["op"].annotation)[0]: model for model in get_args(AnyOfThem)
}
"""Every layer by its `op`: the one table in which a name from a file is looked up."""
