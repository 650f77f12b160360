"""The ranges of the two multipliers: α and ρ in (0, 1], as the paper has them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from mncost.errors import Problem

WIDEST = 100


def alpha_problems(alpha: Fraction | float, allow_wider: bool = False) -> Iterator[Problem]:
    """What is wrong with a width multiplier: outside (0, 1], or (0, 100] where wider is allowed."""
    if not isinstance(alpha, int | float | Fraction):
        yield Problem(f"the width multiplier α must be a number, got {alpha!r}")
    elif not (math.isfinite(alpha) and 0 < alpha <= (WIDEST if allow_wider else 1)):
        span = f"(0, {WIDEST}]" if allow_wider else "(0, 1]"
        wider = not allow_wider and 1 < alpha <= WIDEST
        hint = "a wider network needs --allow-wider (allow_wider=True)" if wider else ""
        yield Problem(f"the width multiplier α must be in {span}, got {float(alpha):.12g}", hint)


def rho_problems(rho: Fraction | float) -> Iterator[Problem]:
    """What is wrong with a resolution multiplier: outside (0, 1]."""
    if not isinstance(rho, int | float | Fraction):
        yield Problem(f"the resolution multiplier ρ must be a number, got {rho!r}")
    elif not (math.isfinite(rho) and 0 < rho <= 1):
        hint = "a larger input is --res (resolution=…)" if 1 < rho < math.inf else ""
        yield Problem(f"the resolution multiplier ρ must be in (0, 1], got {float(rho):.12g}", hint)
