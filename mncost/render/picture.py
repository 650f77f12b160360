"""Plots as pictures: SVG, PNG or PDF, drawn by Matplotlib, an extra."""

from __future__ import annotations

import io
import os
from typing import Any

from mncost.errors import Problem, SettingError
from mncost.render.bars import Bars
from mncost.render.plot import Plot
from mncost.render.table import clean

FORMATS = (".svg", ".png", ".pdf")
"""The suffixes of pictures."""

_MARKERS = "o^sDvPX*"
_UNDATED = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


def is_picture(path: str) -> bool:
    """Whether the name of a file asks for a picture."""
    return os.path.splitext(path)[1].lower() in FORMATS


def draw(plot: Plot | Bars, path: str) -> bytes:
    """The picture that goes with the file's suffix. Raises `SettingError` without Matplotlib."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        message = "drawing a picture needs Matplotlib"
        raise SettingError(Problem(message, "pip install 'mncost[plot]'")) from None
    # Reproducible to the byte: no date, and names of things within that do not change.
    with mpl.rc_context({"svg.hashsalt": "mncost", "svg.fonttype": "none"}):
        wide = 7.2 if isinstance(plot, Plot) else min(max(7.2, 0.16 * len(plot.bars)), 40)
        figure = Figure(figsize=(wide, 4.6), layout="constrained")
        axes = figure.subplots()
        if isinstance(plot, Plot):
            _points(axes, plot)
        else:
            _bars(axes, plot)
        axes.legend()
        out = io.BytesIO()
        suffix = os.path.splitext(path)[1].lower()
        figure.savefig(out, format=suffix.lstrip("."), metadata=_UNDATED.get(suffix), dpi=160)
    return out.getvalue()


def _points(axes: Any, plot: Plot) -> None:
    from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

    for index, series in enumerate(plot.series):
        xs, ys = ([point[side] for point in series.points] for side in (0, 1))
        marker = _MARKERS[index % len(_MARKERS)]
        axes.plot(xs, ys, marker=marker, linestyle=":", label=series.name)
        below = index % 2 == 0  # labels of neighbouring series on either side of their points
        offset, side = ((5, -8), "left") if below else ((-5, 4), "right")
        for x, y, name in series.points:
            axes.annotate(name, (x, y), offset, textcoords="offset points", fontsize=6.5, ha=side)
    axes.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
    if plot.log_x:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.margins(x=0.12)
    axes.grid(alpha=0.3)


_COLOURS = ("#4c78a8", "#f58518", "#b8b8b8")
_MOST_NAMES = 150


def _bars(axes: Any, bars: Bars) -> None:
    """Bars side by side, their parts on top of each other, the largest named."""
    places = range(len(bars.bars))
    feet = [0.0] * len(bars.bars)
    for at, part in enumerate(bars.parts):
        sizes = [bar.parts[at] / bars.divisor for bar in bars.bars]
        axes.bar(places, sizes, width=0.85, bottom=feet, color=_COLOURS[at], label=part)
        feet = [foot + size for foot, size in zip(feet, sizes, strict=True)]
    for place, bar in enumerate(bars.bars):
        if bar.marked:
            words = f"{_plain(bar.name)}, {bar.label} {bars.unit}"
            side = "left" if place < len(bars.bars) / 2 else "right"
            top = (place, bar.whole / bars.divisor)
            axes.annotate(words, top, (0, 3), textcoords="offset points", fontsize=8, ha=side)
    if bars.limit is not None:
        limit = bars.limit / bars.divisor
        axes.axhline(limit, color="#c03028", linestyle="--", label=_plain(bars.limit_name))
    axes.set_title(_plain(bars.title), fontsize=9)
    axes.set_ylabel(bars.unit)
    names = [_plain(bar.name) for bar in bars.bars] if len(bars.bars) <= _MOST_NAMES else []
    axes.set_xticks(places if names else [], names, rotation=90, fontsize=5.5)
    axes.margins(x=0.01)
    most = max([*(bar.whole for bar in bars.bars), bars.limit or 0, 1])
    axes.set_ylim(0, 1.12 * most / bars.divisor)
    axes.set_axisbelow(True)
    axes.grid(axis="y", alpha=0.3)


def _plain(text: str) -> str:
    """A name as it is written: Matplotlib takes what stands between dollars for mathematics."""
    return clean(text).replace("$", r"\$")
