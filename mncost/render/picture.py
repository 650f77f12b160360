"""Plots as pictures: SVG, PNG or PDF, drawn by Matplotlib, an extra."""

from __future__ import annotations

import io
import os

from mncost.errors import Problem, SettingError
from mncost.render.plot import Plot

FORMATS = (".svg", ".png", ".pdf")
"""The suffixes of pictures."""

_MARKERS = "o^sDvPX*"
_UNDATED = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


def is_picture(path: str) -> bool:
    """Whether the name of a file asks for a picture."""
    return os.path.splitext(path)[1].lower() in FORMATS


def draw(plot: Plot, path: str) -> bytes:
    """The picture that goes with the file's suffix. Raises `SettingError` without Matplotlib."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.ticker import EngFormatter, LogLocator, NullLocator
    except ImportError:
        message = "drawing a picture needs Matplotlib"
        raise SettingError(Problem(message, "pip install 'mncost[plot]'")) from None
    # Reproducible to the byte: no date, and names of things within that do not change.
    with mpl.rc_context({"svg.hashsalt": "mncost", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.2, 4.6), layout="constrained")
        axes = figure.subplots()
        for index, series in enumerate(plot.series):
            xs, ys = ([point[side] for point in series.points] for side in (0, 1))
            marker = _MARKERS[index % len(_MARKERS)]
            axes.plot(xs, ys, marker=marker, linestyle=":", label=series.name)
            below = index % 2 == 0  # labels of neighbouring series on either side of their points
            offset, side = ((5, -8), "left") if below else ((-5, 4), "right")
            for x, y, name in series.points:
                axes.annotate(
                    name, (x, y), offset, textcoords="offset points", fontsize=6.5, ha=side
                )
        axes.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
        if plot.log_x:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(EngFormatter())
        axes.margins(x=0.12)
        axes.grid(alpha=0.3)
        axes.legend()
        out = io.BytesIO()
        suffix = os.path.splitext(path)[1].lower()
        figure.savefig(out, format=suffix.lstrip("."), metadata=_UNDATED.get(suffix), dpi=160)
    return out.getvalue()
