"""The line that a problem is in, with a caret under the place: for a terminal."""

from __future__ import annotations

import os

from mncost.errors import Problem
from mncost.render.table import clean

WIDEST = 120


def caret(problem: Problem) -> str:
    """Two lines, or nothing where the place or its text cannot be had."""
    if not problem.line or not problem.column or not os.path.isfile(problem.file):
        return ""
    try:
        with open(problem.file, encoding="utf-8-sig", errors="replace") as file:
            line = next((text for at, text in enumerate(file, 1) if at == problem.line), "")
    except OSError:
        return ""
    line, at = line.rstrip("\r\n"), problem.column - 1
    start = max(at - WIDEST // 2, 0)
    before, after = clean(line[start:at]), clean(line[at : start + WIDEST])
    if not (before + after).strip():
        return ""
    return f"    {before}{after}\n    {' ' * len(before)}^\n"
