"""The equations of the MobileNets paper (Howard et al. 2017, arXiv 1704.04861), pure and exact.

Names are the paper's: a kernel K of D_K x D_K, M input channels, N output channels, a feature map
of D_F x D_F. Kernels and maps are pairs (height, width), which the paper takes to be square. The
map is the one that the convolution *puts out*: the paper writes its equations for stride one,
where both are the same, and its Tables 1 and 2 count the output when the stride is two.

Costs are Mult-Adds: one multiplication with the addition that follows it counts once. Everything
is an exact `int` or `Fraction`. Costs use `+ - * //` alone and never branch on a size, so that
the very same function, run on numbers that remember how they were made, explains itself
(`mncost.cost.explain`).
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

Pair = tuple[int, int]


def standard(kernel: Pair, m: int, n: int, fmap: Pair) -> int:
    """(2): D_K · D_K · M · N · D_F · D_F, the Mult-Adds of a standard convolution.

    Table 3's first row, 462 million:

    >>> standard((3, 3), 512, 512, (14, 14))
    462422016
    """
    return kernel[0] * kernel[1] * m * n * fmap[0] * fmap[1]


def depthwise(kernel: Pair, m: int, fmap: Pair) -> int:
    """(4): D_K · D_K · M · D_F · D_F, one filter for each input channel.

    >>> depthwise((3, 3), 512, (14, 14))
    903168
    """
    return kernel[0] * kernel[1] * m * fmap[0] * fmap[1]


def pointwise(m: int, n: int, fmap: Pair) -> int:
    """The second term of (5): M · N · D_F · D_F, a 1x1 convolution that combines channels.

    >>> pointwise(512, 512, (14, 14))
    51380224
    """
    return m * n * fmap[0] * fmap[1]


def separable(kernel: Pair, m: int, n: int, fmap: Pair) -> int:
    """(5): depthwise plus pointwise. Table 3's second row, 52.3 million:

    >>> separable((3, 3), 512, 512, (14, 14))
    52283392
    """
    return depthwise(kernel, m, fmap) + pointwise(m, n, fmap)


def separable_thin(kernel: Pair, m: int, n: int, fmap: Pair, alpha: float) -> int:
    """(6): (5) with αM and αN channels. Table 3's third row, 29.6 million:

    >>> separable_thin((3, 3), 512, 512, (14, 14), alpha=0.75)
    29578752
    """
    return separable(kernel, thin(m, alpha), thin(n, alpha), fmap)


def separable_small(
    kernel: Pair, m: int, n: int, fmap: Pair, alpha: float, rho: Fraction | float
) -> int:
    """(7): (6) with a map of ρD_F x ρD_F. Table 3's last row, 15.1 million:

    >>> separable_small((3, 3), 512, 512, (14, 14), alpha=0.75, rho=0.714)
    15091200
    """
    return separable_thin(kernel, m, n, (shrink(fmap[0], rho), shrink(fmap[1], rho)), alpha)


def reduction(kernel: Pair, n: int) -> Fraction:
    """What (5) costs as a share of (2): 1/N + 1/D_K², exactly (section 3.1).

    "Between 8 to 9 times less" for a 3x3 kernel:

    >>> reduction((3, 3), 512)
    Fraction(521, 4608)
    """
    return Fraction(1, n) + Fraction(1, kernel[0] * kernel[1])


def convolution(kernel: Pair, m: int, n: int, fmap: Pair, groups: int = 1) -> int:
    """Any convolution: each of N·D_F·D_F outputs sums a kernel over the M/G channels of its group.

    (2), (4) and the pointwise term are its cases:

    >>> convolution((3, 3), 512, 512, (14, 14)) == standard((3, 3), 512, 512, (14, 14))
    True
    >>> convolution((3, 3), 512, 512, (14, 14), groups=512) == depthwise((3, 3), 512, (14, 14))
    True
    >>> convolution((1, 1), 512, 512, (14, 14)) == pointwise(512, 512, (14, 14))
    True
    """
    return kernel[0] * kernel[1] * (m // groups) * n * fmap[0] * fmap[1]


def transposed(kernel: Pair, m: int, n: int, fmap: Pair, groups: int = 1) -> int:
    """A transposed convolution: each of M·D_F·D_F *inputs* is spread over N/G kernels.

    `fmap` is the map that comes in.

    >>> transposed((2, 2), 8, 16, (10, 12))
    61440
    """
    return kernel[0] * kernel[1] * m * (n // groups) * fmap[0] * fmap[1]


def matmul(m: int, k: int, n: int, times: int = 1) -> int:
    """`times` products of an M x K and a K x N matrix, as attention has them.

    >>> matmul(10, 12, 10, times=8)
    9600
    """
    return m * k * n * times


def linear(m: int, n: int) -> int:
    """A fully connected layer: M · N Mult-Adds, and as many weights.

    >>> linear(1024, 1000)
    1024000
    """
    return m * n


def stated(mult_adds: int) -> int:
    """A cost that the author of an operation states: no formula at all.

    >>> stated(1000)
    1000
    """
    return mult_adds


def kernel_weights(kernel: Pair, m: int, n: int, groups: int = 1) -> int:
    """The weights of any convolution: K is D_K x D_K x M x N, or M/G channels deep in G groups.

    >>> kernel_weights((3, 3), 512, 512), kernel_weights((3, 3), 512, 512, groups=512)
    (2359296, 4608)
    """
    return kernel[0] * kernel[1] * (m // groups) * n


def elements(shape: tuple[int, ...]) -> int:
    """How many numbers a feature map of this shape holds.

    >>> elements((512, 14, 14))
    100352
    """
    count = 1
    for size in shape:
        count = count * size
    return count


def adaptive_windows(shape: tuple[int, ...], size: Pair) -> int:
    """How many elements all windows of an adaptive pool read together, those that overlap twice.

    The window of output i is from ⌊i · n / size⌋ up to ⌈(i + 1) · n / size⌉, as in
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html: every border
    between two of them that falls within an element is read from both sides.

    >>> adaptive_windows((8, 10, 12), (1, 1)), adaptive_windows((8, 10, 12), (4, 4))
    (960, 1152)
    """
    height, width = (
        side + places - gcd(side, places) for side, places in zip(shape[1:], size, strict=True)
    )
    return elements((shape[0], height, width))


def adaptive_ratio(shape: tuple[int, ...], size: Pair) -> int:
    """Inputs for each output of an adaptive pool, in floating point, times its outputs.

    So thop reckons; where a size does not divide its input, one may be lost on the way. With the
    outputs themselves, the only sum in which a float takes part:

    >>> adaptive_ratio((8, 10, 12), (4, 4)), adaptive_ratio((8, 8, 8), (7, 7))
    (1088, 903)
    """
    ratio = (shape[1] / size[0]) * (shape[2] / size[1])
    return int((ratio + 1) * elements((shape[0], *size)))


def bytes_of(count: int, bits: int) -> int:
    """How many whole bytes so many numbers of so many bits take.

    >>> bytes_of(1000, 8), bytes_of(3, 4)
    (1000, 2)
    """
    return -(-count * bits // 8)


def stored(weights: int, density: Fraction) -> int:
    """How many of the weights pruning left: their share of all, rounded up to a whole weight.

    >>> stored(4608, Fraction(1, 4)), stored(9, Fraction(1, 2))
    (1152, 5)
    """
    return -(-weights * density.numerator // density.denominator)


def im2col(kernel: Pair, m: int, fmap: Pair, groups: int = 1) -> int:
    """How many numbers im2col lays out for a convolution: D_K · D_K · M/G for each place it has.

    One column for each place of the kernel, a group at a time, as in Chellapilla et al. 2006
    (https://inria.hal.science/inria-00112631) and Caffe. The paper's section 3.2: 1x1 convolutions
    "do not require this reordering in memory".

    >>> im2col((3, 3), 512, (14, 14)), im2col((3, 3), 512, (14, 14), groups=512)
    (903168, 1764)
    """
    return kernel[0] * kernel[1] * (m // groups) * fmap[0] * fmap[1]


def receptive_field(field: Fraction, jump: Fraction, kernel: int, dilation: int = 1) -> Fraction:
    """How many pixels of the input one output sees along a side: r + dilation·(k - 1)·j.

    `field` and `jump` (the effective stride) are those of what the layer reads; Araujo et al. 2019,
    https://distill.pub/2019/computing-receptive-fields/

    >>> receptive_field(receptive_field(Fraction(1), Fraction(1), kernel=3), Fraction(2), kernel=3)
    Fraction(7, 1)
    """
    return field + dilation * (kernel - 1) * jump


def transposed_span(kernel: int, stride: int, dilation: int = 1) -> int:
    """How many inputs in a row an output of a transposed convolution sees, along one side.

    Input i reaches output i·stride + k·dilation for each k of the kernel: an output sees those k
    that lie a whole number of strides apart, every stride / gcd(stride, dilation) one.

    >>> transposed_span(4, stride=2), transposed_span(3, stride=2), transposed_span(2, 2, 3)
    (2, 2, 1)
    """
    every = stride // gcd(stride, dilation)
    return (kernel - 1) // every * every * dilation // stride + 1


def adaptive_span(size: int, places: int) -> int:
    """The largest of the windows that split a side of `size` into so many places.

    The i-th is from ⌊i·size / places⌋ up to ⌈(i + 1)·size / places⌉.

    >>> adaptive_span(7, 3), adaptive_span(8, 2)
    (3, 4)
    """
    return -(-(size + places - gcd(size, places)) // places)


def attainable(work: int, traffic: int, peak: int, bandwidth: int) -> Fraction:
    """The least time, in seconds, that a machine of this peak and bandwidth needs: the roofline.

    The longer one of `work` at the peak, and of `traffic` at the bandwidth; Williams, Waterman and
    Patterson 2009, https://doi.org/10.1145/1498765.1498785

    >>> attainable(51_380_224, 463_000, peak=10**10, bandwidth=10**9)
    Fraction(50176, 9765625)
    """
    return max(Fraction(work, peak), Fraction(traffic, bandwidth))


def output_size(size: int, kernel: int, stride: int, dilation: int, padding: Pair) -> int:
    """How many places the kernel has along one side, `padding` being (before, after).

    ⌊(size + padding - dilation·(kernel - 1) - 1) / stride⌋ + 1. Below one, it does not fit.

    >>> output_size(224, kernel=3, stride=2, dilation=1, padding=(1, 1))
    112
    """
    return (size + padding[0] + padding[1] - dilation * (kernel - 1) - 1) // stride + 1


def output_size_ceil(size: int, kernel: int, stride: int, dilation: int, padding: Pair) -> int:
    """As `output_size`, but rounded up: the last window may hang over the end, not lie beyond it.

    Caffe's pooling, and `ceil_mode` of
    https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html

    >>> output_size_ceil(111, 3, 2, 1, (0, 0)), output_size_ceil(112, 3, 2, 1, (0, 0))
    (55, 56)
    """
    span = size + padding[0] + padding[1] - dilation * (kernel - 1) - 1
    places = -(-span // stride) + 1
    return places - ((places - 1) * stride >= size + padding[0])


def output_size_transposed(
    size: int, kernel: int, stride: int, dilation: int, padding: Pair, extra: int
) -> int:
    """How large a transposed convolution makes one side; `extra` is added at the end.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html

    >>> output_size_transposed(10, kernel=2, stride=2, dilation=1, padding=(0, 0), extra=0)
    20
    """
    return (size - 1) * stride - sum(padding) + dilation * (kernel - 1) + extra + 1


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> Pair:
    """TensorFlow's "same": what makes the output ⌈size / stride⌉; an odd surplus goes to the end.

    https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2

    >>> same_padding(224, kernel=3, stride=2, dilation=1)
    (0, 1)
    >>> same_padding(75, kernel=3, stride=2, dilation=1)
    (1, 1)
    """
    places = -(-size // stride)
    total = max((places - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def thin(channels: int, alpha: float, minimum: int = 1) -> int:
    """αM as a whole number of channels: `max(int(α · M), minimum)`, the product in float64.

    TF-Slim's rule for MobileNet V1 with `minimum=8`, Keras' with 1; they agree on every setting
    of the paper. The product is a float because theirs is: 0.29 · 100 gives 28 channels there,
    and so it does here.

    >>> thin(512, 0.75), thin(32, 0.25, minimum=8), thin(32, 0.125, minimum=8)
    (384, 8, 8)
    """
    return max(int(alpha * channels), minimum)


def thin_divisible(channels: int, alpha: float, divisor: int, minimum: int | None = None) -> int:
    """αM as the nearest multiple of `divisor`, never below 90 % of αM nor below `minimum`.

    `make_divisible` of TF-Slim's MobileNet V2 and later, and of torchvision and timm:
    https://github.com/tensorflow/models/blob/master/research/slim/nets/mobilenet/mobilenet.py

    >>> thin_divisible(32, 0.35, 8), thin_divisible(24, 0.75, 8), thin_divisible(1280, 1.4, 8)
    (16, 24, 1792)
    """
    target = alpha * channels
    count = max(minimum or divisor, int(target + divisor / 2) // divisor * divisor)
    return count + divisor if count < 0.9 * target else count


def widened(channels: int, factor: float, divisor: int | None = None) -> int:
    """Hidden channels of a block: the nearest whole number, or as `thin_divisible`.

    torchvision's V2 has `int(round(M · t))`, TF-Slim's and V3's a multiple of 8.

    >>> widened(24, 6), widened(40, 2.3, 8)
    (144, 96)
    """
    if divisor is None:
        return max(round(channels * factor), 1)
    return thin_divisible(channels, factor, divisor)


def narrowed(channels: int, ratio: float, divisor: int | None = None) -> int:
    """Channels within squeeze and excitation: rounded down, at least 1, or as `thin_divisible`.

    EfficientNet and MnasNet have `max(1, int(M · 0.25))`, V3 a multiple of 8.

    >>> narrowed(24, 0.25), narrowed(72, 0.25, 8)
    (6, 24)
    """
    if divisor is None:
        return max(int(channels * ratio), 1)
    return thin_divisible(channels, ratio, divisor)


def shrink(size: int, rho: Fraction | float) -> int:
    """ρD_F as a whole number of pixels, the nearest; halves go up.

    The ρ that comes out is `Fraction(shrink(size, rho), size)`.

    >>> shrink(14, 0.714), shrink(224, 0.714), shrink(5, 0.5)
    (10, 160, 3)
    """
    return int(Fraction(rho) * size + Fraction(1, 2))
