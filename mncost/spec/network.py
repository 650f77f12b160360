"""`Network`: a whole specification, as an architecture file states it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializeAsAny,
    WithJsonSchema,
    WrapValidator,
)

from mncost.formulas import Pair
from mncost.graph import Setting
from mncost.spec.layers import Chain
from mncost.spec.tree import Tree
from mncost.spec.values import (
    BITS_SCHEMA,
    COUNT_SCHEMA,
    SIZE_SCHEMA,
    ActName,
    Bits,
    Count,
    Name,
    NormName,
    Padding,
    Size,
    Strict,
    Writing,
    refuse,
    shown,
)


class Input(Strict):
    """The input of one image: channels, and a square size or [height, width]; its own bits."""

    channels: Count
    size: Size
    bits: Bits | None = None


def _input(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        if len(value) != 3:
            raise refuse(
                f"expected [channels, height, width], got {shown(value)}",
                "write [3, 224, 224] or {channels: 3, size: 224}",
            )
        channels, height, width = value
        return {"channels": channels, "size": (height, width)}
    if isinstance(value, (dict, Input)):
        return value
    raise refuse(
        f"expected an input, got {shown(value)}", "write [3, 224, 224] or {channels: 3, size: 224}"
    )


_INPUT_SCHEMA = {
    "anyOf": [
        {"type": "array", "items": COUNT_SCHEMA, "minItems": 3, "maxItems": 3},
        {
            "type": "object",
            "properties": {"channels": COUNT_SCHEMA, "size": SIZE_SCHEMA, "bits": BITS_SCHEMA},
            "required": ["channels", "size"],
            "additionalProperties": False,
        },
    ]
}


class Width(Strict):
    """How α·C becomes a whole number of channels.

    Without a divisor, `max(int(α·C), minimum)`: TF-Slim's rule for MobileNet V1 (minimum 8), and
    Keras' (minimum 1). With one, the nearest multiple that is no less than 90 % of α·C: the rule
    of V2 and later.
    """

    divisor: Count | None = None
    minimum: Count | None = None


class Written(Strict):
    """How the code of a framework writes the operations of this network, kind by kind.

    Mult-Adds do not depend on it, but what tools report does: those that hook modules miss
    functions, methods (`x.mean((2, 3))` for a global pool) and subclasses. `squeeze` is the pool in
    squeeze and excitation.
    """

    conv: Writing = "module"
    linear: Writing = "module"
    norm: Writing = "module"
    act: Writing = "module"
    pool: Writing = "module"
    global_pool: Writing = "module"
    squeeze: Writing = "module"


class Accuracy(Strict):
    """An accuracy on ImageNet that somebody published for a network, and where."""

    top1: Annotated[float, Field(gt=0, le=100, description="per cent")]
    source: str


class Variant(Strict):
    """Of which network this is a variant, and why there is one."""

    of: Name
    reason: Annotated[str, Field(min_length=1)]


def _limits(value: Any, _: object) -> Any:
    from mncost.spec.budgets import Limits  # late: most networks have none

    return Limits.model_validate(value)


if TYPE_CHECKING:
    from mncost.spec.budgets import Limits

    ALimits: TypeAlias = Limits
else:
    ALimits = Annotated[SerializeAsAny[Strict], WrapValidator(_limits)]


Total = Annotated[int, Field(ge=1)]


class Expect(Strict):
    """What the network is known to cost: a zoo file's test of itself."""

    mult_adds: Total | None = None
    weights: Total | None = None
    trainable: Total | None = None
    all: Total | None = None


class Network(Strict):
    """A network as it is written: an input, defaults, and layers in order.

    Left out, `norm`, `act` and `padding` are the paper's: batch normalisation and ReLU after every
    convolution, "same" padding.
    """

    mncost: Annotated[Literal[1], Field(description="version of this language")] = 1
    name: Name
    source: Annotated[str, Field(description="where the architecture is published")] = ""
    family: Annotated[str, Field(description="the family it is listed under")] = ""
    variant: Variant | None = None
    published: Accuracy | None = None
    notes: Annotated[
        dict[str, str], Field(description="what a reader should know, by table; `all` for any")
    ] = Field(default_factory=dict)
    input: Annotated[
        Input,
        BeforeValidator(_input),
        WithJsonSchema(_INPUT_SCHEMA),
    ]
    width: Width = Width()
    norm: NormName = "batch"
    act: ActName = "relu"
    padding: Padding = "same"
    written: Written = Written()
    weight_bits: Annotated[Bits | None, Field(description="of each parameter")] = None
    activation_bits: Annotated[
        Bits | None, Field(description="of each number that goes in, and that layers put out")
    ] = None
    layers: Chain
    expect: Expect | None = None
    budget: Annotated[ALimits | None, Field(description="limits for `mncost check`")] = None

    _setting: Setting | None = PrivateAttr(None)
    _origin: tuple[str, Tree] | None = PrivateAttr(None)

    @property
    def setting(self) -> Setting:
        """At which α and resolution this network was taken; as it is written, α = ρ = 1."""
        return self._setting or Setting(1.0, self.resolution, self.resolution)

    @property
    def resolution(self) -> Pair:
        """Height and width of the input, in pixels."""
        return self.input.size
