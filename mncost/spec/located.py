"""Pydantic's errors in our words, each at its place in the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import AliasChoices, BaseModel, ValidationError

from mncost.errors import Path, Problem, SpecError, did_you_mean
from mncost.spec.layers import LAYERS
from mncost.spec.tree import Tree
from mncost.spec.values import shown

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], value: Any, file: str, tree: Tree, prefix: Path = ()) -> Model:
    """The value as a model. Raises `SpecError` with all that is wrong, each with its place.

    `prefix` is the path of the value within the tree: `("tool", "mncost")`, say.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        within = {each["loc"][:length] for each in details for length in range(len(each["loc"]))}
        problems = [
            _problem(each, model, value, prefix)
            for each in details
            if not (each["type"] == "too_short" and each["loc"] in within)
        ]
        raise SpecError(located(problems, file, tree)) from None


def located(problems: Iterable[Problem], file: str, tree: Tree) -> list[Problem]:
    """Problems with file, line and column, in the order of the text."""
    found = [problem.at(file, *tree.place(problem.path, problem.key)) for problem in problems]
    return sorted(found, key=lambda problem: (problem.line, problem.column))


def _problem(
    detail: Mapping[str, Any], model: type[BaseModel], value: Any, prefix: Path
) -> Problem:
    """One of Pydantic's errors. `loc` is the path."""
    loc: Path = tuple(detail["loc"])
    path = (*prefix, *loc)
    context = detail.get("ctx", {})
    got = shown(detail["input"])
    match detail["type"]:
        case "mncost":
            blamed = (*path, context["field"]) if context["field"] else path
            return Problem(context["message"], context["hint"], blamed)
        case "missing":
            return Problem(f'missing key "{path[-1]}"', "", path[:-1])
        case "extra_forbidden":
            known = _keys(model, value, loc[:-1])
            if loc[-1] in known:
                message = f'"{loc[-1]}" is another name for a key that is there already'
                return Problem(message, "leave one out", path, key=True)
            hint = did_you_mean(str(loc[-1]), known)
            return Problem(f'unknown key "{loc[-1]}"', hint, path, key=True)
        case "literal_error":
            return Problem(f"expected {context['expected']}, got {got}", "", path)
        case "string_type":
            return Problem(f"expected text, got {got}", "quote it", path)
        case "string_too_long":
            return Problem(f"a text of over {context['max_length']} characters", "", path)
        case "string_too_short":
            return Problem("an empty text", "", path)
        case "too_short":
            return Problem("expected at least one, got none", "", path)
        case "bool_type":
            return Problem(f"expected true or false, got {got}", "", path)
        case "model_type" | "dict_type":
            return Problem(f"expected a mapping, got {got}", "", path)
        case "tuple_type":
            return Problem(f"expected a list, got {got}", "", path)
    message = str(detail["msg"]).removeprefix("Input should be ")
    return Problem(f"expected {message}, got {got}", "", path)


def _keys(model: type[BaseModel], value: Any, path: Path) -> list[str]:
    """The keys that the mapping at `path` may have."""
    for step in path:
        value = value[step]
        op = value.get("op") if isinstance(value, Mapping) else None
        if isinstance(op, str) and op in LAYERS:
            model = LAYERS[op]
        elif isinstance(step, str):
            model = next(_inner(model, step), model)
    return [name for field in model.model_fields.items() for name in _names(*field)]


def _inner(model: type[BaseModel], key: str) -> Iterator[type[BaseModel]]:
    """The models that a field of `model` may hold."""
    if key == "budget" and model.__name__ == "Network":
        from mncost.spec.budgets import Limits  # late, as in the field itself

        yield Limits
    for name, field in model.model_fields.items():
        if key in _names(name, field):
            waiting = [field.annotation]
            while waiting:
                kind: Any = waiting.pop()
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    yield kind
                waiting.extend(getattr(kind, "__args__", ()))


def _names(name: str, field: Any) -> list[str]:
    """What a field may be called in a text."""
    if isinstance(field.validation_alias, AliasChoices):
        return [str(choice) for choice in field.validation_alias.choices]
    return [field.alias or name]
