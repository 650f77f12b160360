"""The columns of `--columns`: what layers hold and move, and how much of the input they see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from mncost.cost import report as cost_report
from mncost.cost.footprint import Bits, Footprint, together
from mncost.cost.report import PARAMETERS, Report
from mncost.render.table import Cell, Column, Mark, Row

MEMORY = (
    Column("weight_bytes", "Weights", "bytes", panel="memory"),
    Column("activation_bytes", "Output", "bytes", panel="memory"),
    Column("im2col_bytes", "im2col", "bytes", panel="memory"),
)
TRAFFIC = (
    Column("bytes_read", "Read", "bytes", panel="traffic"),
    Column("bytes_written", "Written", "bytes", panel="traffic"),
    Column("mult_adds_per_byte", "Mult-Adds/B", "ratio", panel="traffic"),
    Column("gemm", "GEMM", panel="traffic"),
    Column("gemm_m", "M", "number", panel="traffic"),
    Column("gemm_k", "K", "number", panel="traffic"),
    Column("gemm_n", "N", "number", panel="traffic"),
)
SIGHT = (
    Column("receptive_field_height", "Field H", "number", panel="sight"),
    Column("receptive_field_width", "Field W", "number", panel="sight"),
    Column("effective_stride_height", "Stride H", "number", panel="sight"),
    Column("effective_stride_width", "Stride W", "number", panel="sight"),
)

CHOICES = {"memory": MEMORY, "traffic": TRAFFIC, "all": (*MEMORY, *TRAFFIC, *SIGHT)}
"""What `--columns` may say, and the columns that it adds."""


def columns(which: str) -> tuple[Column, ...]:
    """The columns of a choice; none where nothing was chosen."""
    return CHOICES.get(which, ())


def cells(which: str, report: Report, rows: Iterable[cost_report.Row]) -> Row:
    """The cells of these columns for some layers together.

    Bytes are summed, of im2col buffers the largest is taken; what is of one layer alone is not
    stated of several.
    """
    rows = tuple(rows)
    if not which or not rows:
        return ()
    total = together(_footprints(rows))
    hows = {each.product.how if each.product else "" for each in _footprints(rows)}
    known: dict[str, Cell] = {
        **_memory(total),
        **_traffic(total, report.total(rows)),
        **_product(total, hows.pop() if len(hows) == 1 else ""),
        **_sight(rows),
    }
    return tuple(known[column.key] for column in columns(which))


def _footprints(rows: Iterable[cost_report.Row]) -> Iterator[Footprint]:
    for row in rows:
        assert row.footprint is not None
        yield row.footprint


def _memory(total: Footprint) -> dict[str, Cell]:
    return {
        "weight_bytes": Mark.UNKNOWN if total.unknown else total.weights,
        "activation_bytes": total.activations,
        "im2col_bytes": _buffer(total),
    }


def _buffer(total: Footprint) -> Cell:
    if total.im2col is not None:
        return total.im2col
    return Mark.UNKNOWN if total.unknown else Mark.NOT_COUNTED


def _traffic(total: Footprint, costs: cost_report.Total) -> dict[str, Cell]:
    counted = costs.mult_adds and total.moved
    moved = Fraction(costs.mult_adds, total.moved) if counted else Mark.NOT_COUNTED
    return {
        "bytes_read": Mark.UNKNOWN if total.unknown else total.read,
        "bytes_written": total.written,
        "mult_adds_per_byte": Mark.UNKNOWN if total.unknown else moved,
    }


def _product(total: Footprint, how: str) -> dict[str, Cell]:
    """The product of one layer, or of several that are one; how it is made, of all that are so."""
    nothing = Mark.UNKNOWN if total.unknown else Mark.NOT_COUNTED
    of = total.product
    return {
        "gemm": how or nothing,
        "gemm_m": of.m if of else nothing,
        "gemm_k": of.k if of else nothing,
        "gemm_n": of.n if of else nothing,
    }


_SIDES = tuple(column.key for column in SIGHT)


def _sight(rows: tuple[cost_report.Row, ...]) -> dict[str, Cell]:
    """Of one layer; nobody asks what several see."""
    seen = rows[0].sight
    if len(rows) > 1 or seen is None or seen.what == "whole":
        return dict.fromkeys(_SIDES, Mark.NOT_COUNTED)
    if seen.what == "unknown":
        return dict.fromkeys(_SIDES, Mark.UNKNOWN)
    tall, wide = (-(-side.numerator // side.denominator) for side in seen.field)
    return dict(zip(_SIDES, (tall, wide, *(_whole(side) for side in seen.stride)), strict=True))


def _whole(side: Fraction) -> Cell:
    return side.numerator if side.denominator == 1 else side


def about(which: str, reports: Iterable[Report]) -> tuple[str, ...]:
    """What the columns are, in lines below a table."""
    reports = tuple(reports)
    bits = reports[0].bits
    if not which or bits is None:
        return ()
    lines = [bits_words(reports, bits)]
    if which in ("memory", "all"):
        lines.append(
            "Output: what a layer puts out; im2col: the buffer it needs where its kernel is larger "
            "than 1×1, of several layers the largest."
        )
    if which in ("traffic", "all"):
        lines.append(
            "Read and written: each layer its inputs and weights once, its output once, nothing "
            "kept between layers."
        )
        lines.append(
            "GEMM: M·K by K·N; plain: as the numbers lie; im2col, strided (1×1 that skips places): "
            "after they are laid out; grouped: one for each group."
        )
    if which == "all":
        lines.append(
            "Field, stride: pixels of the input, the most over all paths, padding included; – from "
            "a global pool or fully connected layer on, and of several; gates behind such a pool "
            "are left out."
        )
    return tuple(lines)


def bits_words(reports: Iterable[Report], bits: Bits) -> str:
    """At which bits bytes were counted, in words."""
    stored = PARAMETERS[bits.counted][1]
    own = "where the network does not say, "
    said = any(report.own_bits for report in reports)
    return (
        f"Bytes: {own if said else ''}{bits.weights} bits a weight, {bits.activations} an "
        f"activation; each tensor in whole bytes; stored: {stored}."
    )


def facts(which: str, report: Report) -> dict[str, Any]:
    """The bits, for machines."""
    if not which or report.bits is None:
        return {}
    return bits_facts(report, report.bits)


def bits_facts(report: Report, bits: Bits) -> dict[str, Any]:
    """At which bits bytes are counted; or where the network does not say."""
    return {
        "weight_bits": bits.weights,
        "activation_bits": bits.activations,
        "network_states_bits": report.own_bits,
    }
