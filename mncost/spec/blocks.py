"""The mobile blocks: what each stands for, operation by operation, with its source."""

from __future__ import annotations

from mncost.errors import Path
from mncost.formulas import Pair, narrowed, widened
from mncost.graph import ops
from mncost.spec import layers as spec
from mncost.spec.emit import Emitter

RATIO = 0.25
"""Of squeeze and excitation in MobileNetV3, MnasNet and EfficientNet."""


def separable(emit: Emitter, layer: spec.Separable, path: Path, name: str) -> None:
    """Depthwise, then pointwise, each with norm and act (MobileNets, figure 3)."""
    emit.filter(layer, (*path, "depthwise"), f"{name}/depthwise", layer.kernel)
    _pointwise(emit, layer, (*path, "pointwise"), f"{name}/pointwise", layer.out)


def inverted_residual(emit: Emitter, layer: spec.InvertedResidual, path: Path, name: str) -> None:
    """1x1 up, depthwise, squeeze and excitation, 1x1 down (MobileNetV2, table 1; V3, figure 4).

    Where there is nothing to expand, the first 1x1 is left out, as in every implementation.
    """
    start, channels = emit.at, emit.channels
    hidden = _hidden(emit, layer, channels)
    if hidden != channels:
        _pointwise(emit, layer, (*path, "expand"), f"{name}/expand", hidden)
    emit.filter(layer, (*path, "depthwise"), f"{name}/depthwise", layer.kernel)
    if layer.se is not None:
        squeeze_excite(emit, layer.se, (*path, "se"), f"{name}/se", channels)
    _project(emit, layer, path, name, start)


def fused_inverted_residual(
    emit: Emitter, layer: spec.FusedInvertedResidual, path: Path, name: str
) -> None:
    """A full convolution in place of 1x1 and depthwise (MobileNet-EdgeTPU; V4's FusedIB).

    Where there is nothing to expand, and no squeeze and excitation in between, the convolution
    alone remains, with its activation.
    """
    start, channels = emit.at, emit.channels
    hidden = _hidden(emit, layer, channels)
    if hidden == channels and layer.se is None:
        emit.convolve(layer, (*path, "fused"), f"{name}/fused", layer.kernel, layer.out)
        _shortcut(emit, layer, path, name, start)
        return
    emit.convolve(layer, (*path, "fused"), f"{name}/fused", layer.kernel, hidden)
    if layer.se is not None:
        squeeze_excite(emit, layer.se, (*path, "se"), f"{name}/se", channels)
    _project(emit, layer, path, name, start)


def universal(emit: Emitter, layer: spec.UniversalBlock, path: Path, name: str) -> None:
    """MobileNetV4's universal inverted bottleneck (its figure 4): either depthwise may be absent.

    The depthwise at the start has a norm and no activation.
    """
    start, channels = emit.at, emit.channels
    hidden = _hidden(emit, layer, channels)
    if layer.start:
        update = {"act": "none", **({"stride": (1, 1)} if layer.middle else {})}
        first = layer.model_copy(update=update)
        emit.filter(first, (*path, "start"), f"{name}/start", _square(layer.start))
    _pointwise(emit, layer, (*path, "expand"), f"{name}/expand", hidden)
    if layer.middle:
        emit.filter(layer, (*path, "depthwise"), f"{name}/depthwise", _square(layer.middle))
    _project(emit, layer, path, name, start)


def squeeze_excite(
    emit: Emitter, layer: spec.Squeeze, path: Path, name: str, block_input: int
) -> None:
    """Pool, 1x1 down, act, 1x1 up, gate, and a product (Hu et al., arXiv 1709.01507)."""
    source, channels = emit.at, emit.channels
    base = block_input if layer.of == "input" else channels
    narrow = layer.squeeze or narrowed(base, layer.ratio or RATIO, layer.divisor)
    written = emit.network.written.squeeze
    emit.add(ops.AdaptivePool(), (*path, "squeeze"), f"{name}/squeeze", written)
    emit.add(ops.Conv(narrow, (1, 1), bias=True), (*path, "reduce"), f"{name}/reduce")
    emit.finish("none", layer.act, (*path, "reduce"), f"{name}/reduce")
    emit.add(ops.Conv(channels, (1, 1), bias=True), (*path, "expand"), f"{name}/expand")
    emit.finish("none", layer.gate, (*path, "expand"), f"{name}/expand")
    emit.join(ops.Mul(), (*path, "scale"), f"{name}/scale", [source, emit.at])


def _hidden(emit: Emitter, layer: spec.Block, channels: int) -> int:
    """The block's hidden channels: stated, or a multiple of those that come in."""
    if layer.hidden is not None:
        return layer.hidden
    if layer.expand == 1:
        return channels
    return widened(channels, layer.expand or 1, emit.network.width.divisor)


def _pointwise(
    emit: Emitter, layer: spec.Convolving, path: Path, name: str, out: int, act: str | None = None
) -> None:
    """A 1x1 convolution of a block: stride, dilation and padding belong to the depthwise."""
    update = {"stride": (1, 1), "dilation": (1, 1), "padding": "valid", "act": act or layer.act}
    emit.convolve(layer.model_copy(update=update), path, name, (1, 1), out)


def _project(emit: Emitter, layer: spec.Block, path: Path, name: str, start: int | None) -> None:
    """The last 1x1, without activation, and the shortcut around the block."""
    _pointwise(emit, layer, (*path, "project"), f"{name}/project", layer.out, act="none")
    _shortcut(emit, layer, path, name, start)


def _shortcut(emit: Emitter, layer: spec.Block, path: Path, name: str, start: int | None) -> None:
    """The residual addition, where the rule says so. `always` lets the sizes clash and say so."""
    if start is None or emit.at is None:
        return
    equal = emit.builder.shape(start) == emit.builder.shape(emit.at)
    fits = equal and layer.stride == (1, 1)
    if layer.residual == "always" or (layer.residual == "auto" and fits):
        emit.join(ops.Add(), (*path, "add"), f"{name}/add", [start, emit.at])


def _square(kernel: int) -> Pair:
    return kernel, kernel
