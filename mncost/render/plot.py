"""`Plot`: points with names, ready for any renderer; and its drawing in characters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mncost import units
from mncost.render.table import clean, to_ascii

MARKS = "●▲■◆○△□◇"
PLAIN_MARKS = "o^#x+*%@"


@dataclass(frozen=True, slots=True)
class Series:
    """Points that belong together: (x, y) of each, and its name."""

    name: str
    points: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Series over two axes. x may be logarithmic; both ends of an axis are its data's."""

    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    log_x: bool = False

    @property
    def points(self) -> list[tuple[float, float, str]]:
        return [point for series in self.series for point in series.points]


def text(plot: Plot, width: int = 80, height: int = 20, ascii: bool = False) -> str:
    """The plot in so many columns and rows of characters, a mark for each series."""
    marks = PLAIN_MARKS if ascii else MARKS
    ys = [y for _, y, _ in plot.points]
    xs = [x for x, _, _ in plot.points]
    labels = [units.significant(value, 4) for value in (max(ys), min(ys))]
    margin = max(len(label) for label in labels)
    across = max(width - margin - 2, 20)
    grid = [[" "] * across for _ in range(height)]
    at_x, at_y = _placer(xs, across, plot.log_x), _placer(ys, height)
    for index, series in enumerate(plot.series):
        for x, y, _ in series.points:
            grid[height - 1 - at_y(y)][at_x(x)] = marks[index % len(marks)]
    legend = "   ".join(
        f"{marks[index % len(marks)]} {clean(series.name)}"
        for index, series in enumerate(plot.series)
    )
    lines = [clean(plot.title), f"{clean(plot.y)}"]
    for number, row in enumerate(grid):
        label = {0: labels[0], height - 1: labels[1]}.get(number, "")
        lines.append(f"{label:>{margin}} │{''.join(row)}".rstrip())
    lines.append(f"{'':>{margin}} └{'─' * across}")
    ends = [units.scaled(round(end)) for end in (min(xs), max(xs))]
    scale = f"{plot.x}{', logarithmic' if plot.log_x else ''}"
    lines.append(
        f"{'':>{margin}}  {ends[0]}{scale:^{across - len(ends[0]) - len(ends[1])}}{ends[1]}"
    )
    lines.append(f"{'':>{margin}}  {legend}")
    drawn = "\n".join(line.rstrip() for line in lines) + "\n"
    return to_ascii(drawn.replace("│", "|").replace("└", "+")) if ascii else drawn


def _placer(values: Sequence[float], places: int, log: bool = False) -> Callable[[float], int]:
    """Where a value stands among so many places from the least of the values to the most."""
    scaled = [math.log(value) if log else value for value in values]
    least, span = min(scaled), (max(scaled) - min(scaled)) or 1.0

    def place(value: float) -> int:
        at = math.log(value) if log else value
        return round((at - least) / span * (places - 1))

    return place
