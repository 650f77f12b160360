"""The ranges of the two multipliers: α and ρ in (0, 1], as the paper has them."""

from __future__ import annotations

import math
from fractions import Fraction

from mncost.errors import Problem, SettingError

WIDEST = 100


def check_alpha(alpha: float, allow_wider: bool = False) -> None:
    """Refuses a width multiplier outside (0, 1], or (0, 100] where wider is allowed."""
    if math.isfinite(alpha) and 0 < alpha <= (WIDEST if allow_wider else 1):
        return
    if allow_wider:
        message = f"the width multiplier α must be in (0, {WIDEST}], got {alpha:g}"
        raise SettingError(Problem(message))
    hint = "a wider network needs --allow-wider" if 1 < alpha <= WIDEST else ""
    raise SettingError(Problem(f"the width multiplier α must be in (0, 1], got {alpha:g}", hint))


def check_rho(rho: Fraction | float) -> None:
    """Refuses a resolution multiplier outside (0, 1]."""
    if not (math.isfinite(rho) and 0 < rho <= 1):
        hint = "a larger input is --res" if 1 < rho < math.inf else ""
        message = f"the resolution multiplier ρ must be in (0, 1], got {float(rho):g}"
        raise SettingError(Problem(message, hint))
