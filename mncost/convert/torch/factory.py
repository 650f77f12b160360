"""An object that the user's code makes: `py:package.module:factory`, imported and called with care.

It is the user's code and it is run, with the user's rights. What it prints goes to standard error,
and what goes wrong in it becomes one problem.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mncost.errors import MncostError, Problem, SettingError, SpecError, did_you_mean

PREFIX = "py:"
FORM = "write py:package.module:factory"

MOST_WORDS = 300
"""Of what an exception says."""


def made(source: str, arguments: Mapping[str, object], finished: Callable[[object], bool]) -> Any:
    """What `source` names, or makes when called; the first that is `finished`.

    Raises `SpecError` where there is none, and `SettingError` for arguments that it does not take.
    """
    module, attributes = parsed(source)
    with _beside():
        found = _found(source, module, attributes)
        if finished(found):
            if arguments:
                message = f"{attributes} is a model already, and takes no arguments"
                raise SettingError(Problem(message, f'leave out "{next(iter(arguments))}"'))
            return found
        if not callable(found):
            message = f"{attributes} is {_kind(found)}, no model and no function that returns one"
            raise SpecError(Problem(message, FORM).at(source))
        _fitting(source, attributes, found, arguments)
        with theirs(attributes, source):
            result = found(**arguments)
    if not finished(result):
        message = f"{attributes} returned {_kind(result)}, where a torch.nn.Module is expected"
        raise SpecError(Problem(message, _instead(result)).at(source))
    return result


def parsed(source: str) -> tuple[str, str]:
    """The module and the name in it.

    >>> parsed("py:torchvision.models:mobilenet_v2")
    ('torchvision.models', 'mobilenet_v2')
    """
    module, _, name = source.removeprefix(PREFIX).partition(":")
    for part, what in ((module, "module"), (name, "factory")):
        if not all(each.isidentifier() for each in part.split(".")):
            hint = "a module, not a file: no slashes, no .py" if "/" in part else FORM
            missing = f'"{part}" is no name of a {what}' if part else f"no {what} is named"
            raise SpecError(Problem(missing, hint).at(source))
    return module, name


def _found(source: str, module: str, attributes: str) -> Any:
    with theirs(f"importing {module}", source):
        found = _imported(source, module)
        for name in attributes.split("."):
            if not hasattr(found, name):
                names = [each for each in dir(found) if not each.startswith("_")]
                problem = Problem(f'{module} has no "{name}"', _near(name, names))
                raise SpecError(problem.at(source))
            found = getattr(found, name)
    return found


def _imported(source: str, module: str) -> Any:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            message, hint = f'no module is called "{error.name}"', "sought here and among packages"
        else:
            message = f'{module} needs "{error.name}", which is not installed'
            hint = "install it beside mncost"
        raise SpecError(Problem(message, hint).at(source)) from None


def _near(name: str, names: list[str]) -> str:
    hint = did_you_mean(name, names)
    return hint if len(hint) < 200 else ""


def _fitting(source: str, name: str, factory: Any, arguments: Mapping[str, object]) -> None:
    """Refuses a call that cannot be made, before it is."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return  # not told; then the call tells
    known = [each.name for each in parameters if each.kind in _NAMED]
    if not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters):
        for unknown in (each for each in arguments if each not in known):
            hint = _near(unknown, known) if known else "it takes none"
            raise SettingError(Problem(f'{name} takes no argument "{unknown}"', hint))
    missing = [
        each.name
        for each in parameters
        if each.default is inspect.Parameter.empty
        and each.kind in (*_NAMED, inspect.Parameter.POSITIONAL_ONLY)
        and each.name not in arguments
    ]
    if missing:
        message = f"{name} needs {', '.join(missing)}"
        raise SpecError(Problem(message, f"add --arg {missing[0]}=…").at(source))


_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _kind(value: object) -> str:
    if isinstance(value, type):
        return f"a class ({value.__name__})"
    name = type(value).__name__
    return "None" if value is None else f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}"


def _instead(value: object) -> str:
    if isinstance(value, Mapping):
        return "weights alone have no architecture: return the model"
    if isinstance(value, type):
        return "return an instance of it"
    return "return the model"


@contextlib.contextmanager
def theirs(what: str, source: str) -> Iterator[None]:
    """While the user's code runs: its output aside, and what it raises made one `SpecError`.

    The user's own interruption passes.
    """
    try:
        with _aside():
            yield
    except MncostError:
        raise
    except SystemExit:
        raise SpecError(Problem(f"{what} ended the program", "sys.exit()").at(source)) from None
    except Exception as error:
        raise SpecError(told(what, error, source)) from None


def told(what: str, error: Exception, source: str) -> Problem:
    """An exception in a line, where it happened."""
    words = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    words = f": {words[:MOST_WORDS]}" if words else ""
    file, line = _place(error)
    hint = "it is made and run without numbers" if type(error).__name__ in _NUMBERS else ""
    problem = Problem(f"{what} raised {type(error).__name__}{words}", hint)
    return problem.at(file, line) if file else problem.at(source)


_NUMBERS = (
    "DataDependentOutputException",
    "DynamicOutputShapeException",
    "GuardOnDataDependentSymNode",
)
"""What torch raises where the numbers in a tensor are asked for."""


def _place(error: Exception) -> tuple[str, int]:
    """The last line of a file in the current directory that the error passed through."""
    if isinstance(error, SyntaxError) and error.filename:
        return _short(error.filename), error.lineno or 0
    here = os.path.join(os.getcwd(), "")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = os.path.abspath(frame.filename)
        own = os.path.dirname(file) == os.path.dirname(__file__)
        if file.startswith(here) and "site-packages" not in file and not own:
            return _short(frame.filename), frame.lineno or 0
    return "", 0


def _short(file: str) -> str:
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative


@contextlib.contextmanager
def _beside() -> Iterator[None]:
    """While modules beside the user can be imported, as Python itself lets a script."""
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(here)


@contextlib.contextmanager
def _aside() -> Iterator[None]:
    """While what is printed, from Python or below it, goes to standard error."""
    _flush()
    kept = None
    with contextlib.suppress(OSError):
        kept = os.dup(1)
        os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr), _unlogged():
            yield
    finally:
        _flush()
        if kept is not None:
            os.dup2(kept, 1)
            os.close(kept)


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """While torch's own loggers are still: what they tell of is told in one line."""
    loggers = [
        each
        for name, each in logging.root.manager.loggerDict.items()
        if name.split(".")[0] == "torch" and isinstance(each, logging.Logger)
    ]
    before = [each.disabled for each in loggers]
    try:
        for each in loggers:
            each.disabled = True
        yield
    finally:
        for each, was in zip(loggers, before, strict=True):
            each.disabled = was


def _flush() -> None:
    for stream in (sys.stdout, sys.__stdout__):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()  # type: ignore[union-attr]
