"""A formula with its numbers filled in, by running it on numbers that remember how they came."""

from __future__ import annotations

from collections.abc import Sequence

from mncost import formulas
from mncost.cost.events import Application

EQUATIONS = {
    formulas.standard: "(2)",
    formulas.depthwise: "(4)",
    formulas.pointwise: "(5), pointwise term",
    formulas.separable: "(5)",
    formulas.convolution: "(2) in groups",
    formulas.linear: "M·N",
    formulas.transposed: "(2) from each input",
    formulas.matmul: "M·K·N",
    formulas.stated: "stated",
}
"""Which equation of the paper a formula is."""


class Shown(int):
    """An integer that remembers its arithmetic as text."""

    text: str

    def __new__(cls, value: int, text: str = "") -> Shown:
        shown = super().__new__(cls, value)
        shown.text = text or str(value)
        return shown

    def __mul__(self, other: int) -> Shown:
        return Shown(int(self) * int(other), f"{self.text}·{_text(other)}")

    def __add__(self, other: int) -> Shown:
        return Shown(int(self) + int(other), f"{self.text} + {_text(other)}")

    def __floordiv__(self, other: int) -> Shown:
        return Shown(int(self) // int(other), f"({self.text}/{_text(other)})")


def explain(applications: Sequence[Application], equation: str = "") -> str:
    """The sum of these formulas, filled in, and its value.

    >>> explain([Application(formulas.separable, ((3, 3), 512, 512, (14, 14)))])
    '(5) 3·3·512·14·14 + 512·512·14·14 = 52,283,392'
    """
    labels = dict.fromkeys(EQUATIONS[application.formula] for application in applications)
    terms = [_filled(application) for application in applications]
    total = sum(int(term) for term in terms)
    label = equation or " + ".join(labels)
    return f"{label} {' + '.join(term.text for term in terms)} = {total:,}"


def _filled(application: Application) -> Shown:
    arguments = (
        tuple(Shown(side) for side in argument) if isinstance(argument, tuple) else Shown(argument)
        for argument in application.arguments
    )
    result = application.formula(*arguments)
    return result if isinstance(result, Shown) else Shown(result)


def _text(number: int) -> str:
    return number.text if isinstance(number, Shown) else str(number)
