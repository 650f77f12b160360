"""`Bars`: a bar for each layer, in parts; ready for any renderer, and its drawing in characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mncost.render.table import clean, to_ascii

FILLS = "█▓░"
PLAIN_FILLS = "#=."


@dataclass(frozen=True, slots=True)
class Bar:
    """A layer: its name, its parts from the axis on, and how the whole is written."""

    name: str
    parts: tuple[int, ...]
    label: str
    marked: bool = False

    @property
    def whole(self) -> int:
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars in order, what their parts are called, and a line that they should not pass."""

    title: str
    unit: str
    parts: tuple[str, ...]
    bars: tuple[Bar, ...]
    limit: int | None = None
    limit_name: str = ""
    divisor: int = 1
    """What one of the unit is."""


def text(bars: Bars, width: int = 80, ascii: bool = False) -> str:
    """The bars in so many columns of characters, one a line; the largest is marked."""
    fills = PLAIN_FILLS if ascii else FILLS
    names = [clean(bar.name) for bar in bars.bars]
    margin = min(max(map(len, names)), max(width // 3, 12))
    label = max(len(bar.label) for bar in bars.bars)
    across = max(width - margin - label - 5, 10)
    most = max([*(bar.whole for bar in bars.bars), bars.limit or 0, 1])
    stop = None if bars.limit is None else round(bars.limit * across / most)
    lines = [clean(bars.title)]
    for bar, name in zip(bars.bars, names, strict=True):
        drawn = _over(_filled(bar.parts, fills, across, most), stop, across)
        cut = "..." if ascii else "…"
        short = name if len(name) <= margin else cut + name[len(cut) - margin :]
        mark = "◄" if bar.marked else ""
        lines.append(f"{short:<{margin}} {bar.label:>{label}} {drawn} {mark}".rstrip())
    legend = [f"{fills[at]} {part}" for at, part in enumerate(bars.parts)]
    legend.append("◄ the most")
    if bars.limit is not None:
        legend.append(f"│ {clean(bars.limit_name)}")
    lines.append(f"{bars.unit}:  {'   '.join(legend)}")
    drawn = "\n".join(lines) + "\n"
    return to_ascii(drawn.replace("│", "|").replace("◄", "<")) if ascii else drawn


def _filled(parts: Sequence[int], fills: str, across: int, most: int) -> str:
    """The parts of a bar, each up to where it ends to scale; what is there is never nothing."""
    drawn, end = "", 0
    for part, fill in zip(parts, fills, strict=True):
        end += part
        drawn += fill * (round(end * across / most) - len(drawn))
    return drawn or (fills[0] if end else "")


def _over(drawn: str, stop: int | None, across: int) -> str:
    """The bar with the line of the limit in it."""
    padded = f"{drawn:<{across}}"
    if stop is None or stop >= len(padded):
        return padded if stop is None else f"{padded}│"
    return f"{padded[:stop]}│{padded[stop:]}" if stop >= len(drawn) else padded
