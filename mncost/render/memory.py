"""What is in memory while a network runs: a row for each operation, and a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from mncost import units
from mncost.cost.footprint import Bits
from mncost.cost.report import Report
from mncost.graph import ops
from mncost.graph.shapes import size_text
from mncost.render import words
from mncost.render.bars import Bar, Bars
from mncost.render.footprints import bits_facts, bits_words
from mncost.render.table import Cell, Column, Mark, Row, Table
from mncost.study.fitting import Fitting, Room
from mncost.study.memory import PLANNERS, TITLES, Moment, Plan, Planner, Tensor

LOWER = (
    "A lower bound: arenas also hold scratch and im2col buffers, structures, alignment and gaps."
)

MOST_NAMED = 6
"""Tensors of a peak that are told one by one; `--json` has all."""


def table(
    report: Report,
    plan: Plan,
    others: Mapping[Planner, Plan],
    fitting: Fitting | None = None,
    top: int | None = None,
) -> Table:
    """A row for each operation that has a tensor of its own, and what the peak is made of.

    With `top`, those at which the most is in memory.
    """
    moments = _shown(plan)
    if top is not None:
        places = sorted(range(len(moments)), key=lambda at: -moments[at].bytes)[:top]
        moments = [moments[at] for at in sorted(places)]
    peak = plan.peak
    return Table(
        f"{words.subject(report)}, activation memory, planner {TITLES[plan.planner]}",
        (
            Column("layer", "Layer"),
            Column("output", "Output"),
            Column("read_bytes", "Read", "bytes"),
            Column("written_bytes", "Written", "bytes"),
            Column("kept_bytes", "Kept", "bytes"),
            Column("alive_bytes", "Alive", "bytes"),
            Column("of_peak", "% of peak", "share"),
        ),
        tuple(_row(moment, peak) for moment in moments),
        about=tuple(_about(report, plan, others, fitting)),
        notes=tuple(_notes(report, plan, top)),
        facts=_facts(report, plan, others, fitting),
    )


def picture(report: Report, plan: Plan, fitting: Fitting | None = None) -> Bars:
    """Memory over the layers: what each reads, writes, and what is kept for later ones."""
    peak = plan.peak
    scale = units.scale_for_bytes(moment.bytes for moment in plan.moments)
    ram = fitting.rooms[0].available if fitting else None
    return Bars(
        f"{words.subject(report)}, activation memory, planner {TITLES[plan.planner]}, lower bound",
        scale.suffix,
        ("read", "written", "kept for later"),
        tuple(
            Bar(moment.node.name, _parts(moment), scale.text(moment.bytes), moment is peak)
            for moment in _shown(plan)
        ),
        ram,
        f"RAM, {_short(fitting.device.ram)}" if fitting else "",
        scale.unit,
    )


def _shown(plan: Plan) -> list[Moment]:
    """Without what works in place, which adds nothing to the operation before it."""
    return [moment for moment in plan.moments if moment.writes is not None]


def _parts(moment: Moment) -> tuple[int, int, int]:
    """Bytes read, written, and kept alive for others."""
    read = sum(tensor.bytes for tensor in moment.reads)
    written = moment.writes.bytes if moment.writes else 0
    return read, written, moment.bytes - read - written


def _row(moment: Moment, peak: Moment) -> Row:
    read, written, kept = _parts(moment)
    share: Cell = Fraction(moment.bytes, peak.bytes) if peak.bytes else Mark.EMPTY
    size = size_text(moment.node.output)
    return (moment.node.name, size, read, written, kept, moment.bytes, share)


def _about(
    report: Report, plan: Plan, others: Mapping[Planner, Plan], fitting: Fitting | None
) -> Iterator[str]:
    peak = plan.peak
    yield f"Peak: {_bytes(peak.bytes)} at {peak.node.name}: {_made_of(plan.tensors)}."
    rule = PLANNERS[plan.planner]
    yield f"Planner {TITLES[plan.planner]}: {rule}; norms, activations in place, views free."
    for planner, other in others.items():
        top = other.peak
        where = "" if planner == "sum" else f", at {top.node.name}"
        yield f"Planner {TITLES[planner]}: {_bytes(top.bytes)}{where}."
    if any(moment.writes and moment.writes.scratch for moment in plan.moments):
        yield "Written by a depthwise convolution in place: the one channel that it works on."
    yield LOWER
    if report.bits:
        yield bits_words([report], report.bits)
    if fitting:
        yield from _fits(fitting, plan)


def _made_of(tensors: Sequence[Tensor]) -> str:
    """Tensors in their order; of many, the largest, and how much the others are together."""
    largest = sorted(tensors, key=lambda tensor: tensor.bytes, reverse=True)
    named, others = largest[:MOST_NAMED], largest[MOST_NAMED:]
    parts = [_tensor(tensor) for tensor in tensors if tensor in named]
    if others:
        parts.append(f"{len(others)} more, {_short(sum(each.bytes for each in others))}")
    return " + ".join(parts)


def _tensor(tensor: Tensor) -> str:
    what = f"one channel of {tensor.name}" if tensor.scratch else tensor.name
    return f"{what} {size_text(tensor.shape)}, {_short(tensor.bytes)}"


def _bytes(count: int) -> str:
    """In the unit that suits it, and exactly: 1,372 KiB (1,404,928 bytes)."""
    return _short(count) if count < 1024 else f"{_short(count)} ({count:,} B)"


def _short(count: int) -> str:
    scale = units.scale_for_bytes([count])
    return f"{scale.text(count).removesuffix('.00')} {scale.suffix}"


def _fits(fitting: Fitting, plan: Plan) -> Iterator[str]:
    """The verdict, room by room."""
    source = f" ({fitting.device.source})" if fitting.device.source else ""
    yield f"Device: {fitting.device.name}{source}."
    for room in fitting.rooms:
        yield _room(room)
    yield (
        "Fits, as far as a lower bound can say: what is left must hold the rest of the arena, code "
        "and all else."
        if fitting.fits
        else f"DOES NOT FIT {fitting.device.name}."
    )


def _room(room: Room) -> str:
    what = {"RAM": "activations", "flash": "weights"}[room.what]
    name = room.what[0].upper() + room.what[1:]
    if room.available is None:
        return f"{name}: not stated for this device, so that the {what} are not judged."
    if room.needed is None:
        return f"{name}: not known, for want of a formula, of {_bytes(room.available)}."
    used = Fraction(room.needed, room.available)
    share = f"{units.fixed(used * 100, 2)} %"
    text = f"{name}: {what} {_bytes(room.needed)} of {_bytes(room.available)}, {share}"
    left = room.available - room.needed
    return f"{text}, {_bytes(left)} left." if left >= 0 else f"{text}, {_bytes(-left)} too much."


def _notes(report: Report, plan: Plan, top: int | None) -> Iterator[str]:
    yield from words.partial(report)
    shown = len(_shown(plan))
    if top is not None and top < shown:
        yield f"Shown: the {top} operations with the most in memory, of {shown}."
    views = [m.node.name for m in plan.moments if isinstance(m.node.op, ops.Move) and m.writes]
    if views:
        yield f"Moves are counted as copies: {len(views)} of them."


def _facts(
    report: Report, plan: Plan, others: Mapping[Planner, Plan], fitting: Fitting | None
) -> dict[str, Any]:
    bits, peak = report.bits or Bits(), plan.peak
    return {
        **words.subject_facts(report),
        "planner": plan.planner,
        "lower_bound": True,
        **bits_facts(report, bits),
        "peak": {
            "bytes": peak.bytes,
            "layer": peak.node.name,
            "tensors": [
                {"name": each.name, "shape": list(each.shape), "bytes": each.bytes}
                for each in plan.tensors
            ],
        },
        "peaks": {planner: each.peak.bytes for planner, each in others.items()},
        **({"device": _device(fitting)} if fitting else {}),
    }


def _device(fitting: Fitting) -> dict[str, Any]:
    return {
        "name": fitting.device.name,
        "fits": fitting.fits,
        **{
            room.what.lower(): {
                "needed": room.needed,
                "available": room.available,
                "left": room.left,
                "fits": room.fits,
            }
            for room in fitting.rooms
        },
    }
