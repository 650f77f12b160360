"""Python expressions, and how they are laid out: on one line where they fit, else a line for each
argument."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Call:
    """`name(arguments)`; `tall` has a line for each argument in any case."""

    name: str
    arguments: tuple[Expression, ...] = ()
    tall: bool = False


@dataclass(frozen=True, slots=True)
class Keyword:
    """`name=value`, among arguments."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Times:
    """`*(item for _ in range(times))`: so many of one make, each with weights of its own."""

    item: Expression
    times: int


@dataclass(frozen=True, slots=True)
class Row:
    """Arguments that stand on one line where they fit, with a remark."""

    items: tuple[Expression, ...]
    remark: str = ""


Expression = str | Call | Keyword | Times | Row


def flat(expression: Expression) -> str:
    """The expression on one line; what it remarks is left out."""
    match expression:
        case Call():
            return f"{expression.name}({_joined(expression.arguments)})"
        case Keyword():
            return f"{expression.name}={flat(expression.value)}"
        case Times():
            return f"*({flat(expression.item)} for _ in range({expression.times}))"
        case Row():
            return _joined(expression.items)
    return expression


def laid_out(expression: Expression, indent: int, before: str = "", after: str = "") -> list[str]:
    """The expression in lines, `before` and `after` being what stands on them already."""
    pad = " " * indent
    line = f"{pad}{before}{flat(expression)}{after}"
    if len(line) <= WIDTH and not _tall(expression):
        return [line]
    match expression:
        case Call():
            inner = [
                e for each in expression.arguments for e in laid_out(each, indent + 4, "", ",")
            ]
            return [f"{pad}{before}{expression.name}(", *inner, f"{pad}){after}"]
        case Keyword():
            return laid_out(expression.value, indent, f"{before}{expression.name}=", after)
        case Times():
            item = laid_out(expression.item, indent + 4)
            count = f"{pad}    for _ in range({expression.times})"
            return [f"{pad}{before}*(", *item, count, f"{pad}){after}"]
        case Row():
            return _row(expression, indent, after)
    return [line]


def _row(row: Row, indent: int, after: str) -> list[str]:
    """The remark stands behind a row of one line, and above a taller one."""
    pad = " " * indent
    line = f"{pad}{flat(row)}{after}" if flat(row) else ""
    if not row.remark and not line:
        return []
    if len(line) <= WIDTH and not any(_tall(each) for each in row.items):
        if not row.remark:
            return [line]
        both = f"{line}  # {row.remark}" if line else f"{pad}# {row.remark}"
        return [both] if len(both) <= WIDTH else [f"{pad}# {row.remark}", line]
    lines = [line for each in row.items for line in laid_out(each, indent, "", after)]
    return [f"{pad}# {row.remark}", *lines] if row.remark else lines


def _tall(expression: Expression) -> bool:
    """Whether there is a remark somewhere, or else what wants its lines."""
    match expression:
        case Call():
            return expression.tall or any(_tall(each) for each in expression.arguments)
        case Keyword():
            return _tall(expression.value)
        case Times():
            return _tall(expression.item)
        case Row():
            return bool(expression.remark) or any(_tall(each) for each in expression.items)
    return False


def _joined(expressions: Iterable[Expression]) -> str:
    return ", ".join(text for each in expressions if (text := flat(each)))


def runs(expressions: Sequence[Expression]) -> list[Expression]:
    """Expressions in a row, with those that are the same and neighbours as `Times`."""
    out: list[Expression] = []
    for each in expressions:
        before = out[-1] if out else None
        if isinstance(before, Times) and before.item == each:
            out[-1] = Times(each, before.times + 1)
        elif before == each:
            out[-1] = Times(each, 2)
        else:
            out.append(each)
    return out


def plain(text: str) -> str:
    """Somebody's text, fit for a comment or a docstring: printable, on one line, no code in it."""
    letters = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(letters.replace("\\", "/").replace('"', "'").split())
