"""Equations (1) and (3) performed literally on small maps, each multiplication counted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from mncost.graph.ops import Conv


def multiplications(conv: Conv, channels: int, height: int, width: int) -> tuple[int, int, int]:
    """Slides the kernel over the padded map: (multiplications, output height, output width).

    Padding is part of the map, as the paper's D_F x D_F output with "padding" has it: a product
    with a padded nought is counted, as every formula and every counter does.
    """
    top, bottom, left, right = conv.padding
    rows = list(_places(height + top + bottom, conv.kernel[0], conv.stride[0], conv.dilation[0]))
    columns = list(_places(width + left + right, conv.kernel[1], conv.stride[1], conv.dilation[1]))
    deep = channels // conv.groups
    count = 0
    for n, _, _ in product(range(conv.out), rows, columns):
        group = n // (conv.out // conv.groups)
        for _i, _j, m in product(range(conv.kernel[0]), range(conv.kernel[1]), range(channels)):
            if group * deep <= m < (group + 1) * deep:
                count += 1
    return count, len(rows), len(columns)


def _places(size: int, kernel: int, stride: int, dilation: int) -> Iterator[int]:
    """Every place at which the whole dilated kernel lies on the map."""
    place = 0
    while place + dilation * (kernel - 1) < size:
        yield place
        place += stride
