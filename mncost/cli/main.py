"""`mncost`: the group of commands, and the one place where an error becomes an exit code.

0 done; 1 a budget is exceeded, nothing fits into one, or a network not into a device; 2 something
is wrong with what was given, or it could not be written; 70 a bug of ours; 130 interrupted.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

import click

from mncost import __version__
from mncost.cli.groups import Commands, Interrupted
from mncost.errors import MncostError, OutputError, Problem

OK, EXCEEDED, WRONG, BUG, INTERRUPTED = 0, 1, 2, 70, 130

COMMANDS = {
    "table1": "The body of MobileNet V1 (or any network), layer by layer, as the paper's Table 1.",
    "table2": "Mult-Adds and parameters by type of layer, as Table 2.",
    "table3": "One layer, shrunk step by step, as Table 3.",
    "compare": "Kinds of layers that do the same task, side by side.",
    "show": "Any network: by layer, kind, block or stage; sorted, cut, explained.",
    "paper": "Published figures, the paper's and others', against what is computed.",
    "convert": "An ONNX file or a PyTorch model as an architecture file.",
    "export": "A network as an ONNX file that runs, or as PyTorch source.",
    "bench": "How long a network takes, measured with ONNX Runtime, layer by layer.",
    "calibrate": "Measures this machine, as a device that times are estimated for.",
    "estimate": "How long a network would take on a device that was calibrated.",
    "zoo": "The networks that ship with mncost.",
    "reconcile": "Why another tool counts something else, or what gives a number.",
    "check": "Holds budgets against networks: the gate for CI.",
    "fit": "The settings of a network that meet every limit, and the best of them.",
    "memory": "The peak of activation memory, what makes it, and whether it fits a device.",
    "roofline": "The least time that a peak and a bandwidth allow: a bound, not an estimate.",
    "sweep": "Every combination of settings or of a space's choices, and what each costs.",
    "space": "Design spaces: how many networks, what they cost, which are within limits, the best.",
    "diff": "Two networks, layer by layer, and what each change costs.",
    "snapshot": "What budgeted networks cost now, as a base for later checks.",
    "lint": "What is legal in an architecture file, and odd.",
    "init": "A commented example: a network, its budget, a CI job.",
    "schema": "The JSON Schema that editors complete from.",
    "completion": "A script that completes mncost's commands in your shell.",
}
"""Every command, each in the module of its name."""


@click.group(
    cls=Commands,
    known=COMMANDS,
    package="mncost.cli",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="mncost")
def mncost() -> None:
    """What a MobileNet-style network costs, per layer, exactly, before anyone builds it.

    Costs are Mult-Adds (one multiplication with the addition after it) of convolutions and fully
    connected layers, as the MobileNets paper counts them (arXiv 1704.04861).
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits; whatever happens, never with 1 but for a budget."""
    try:
        code = run(arguments)
    except BaseException:
        code = BUG
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code. No exception leaves it."""
    # a plug-in of Pydantic that some other package installed has no business in a gate
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        code = mncost.main(arguments, prog_name="mncost", standalone_mode=False)
        return code if isinstance(code, int) else OK
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return WRONG
    except click.ClickException as error:
        _complain(_usage(error))
        return WRONG
    except MncostError as error:
        _complain(*error.problems)
        return WRONG
    except (click.Abort, KeyboardInterrupt, Interrupted) as error:
        _say_interrupted(str(error))
        return INTERRUPTED
    except SystemExit as stop:
        # click leaves with 1 when nobody reads its help any more, and 1 is for budgets alone
        from mncost.cli.output import close_stdout

        close_stdout()
        return OK if stop.code in (None, OK, EXCEEDED) else BUG
    except OSError as error:
        from mncost.cli.output import close_stdout

        close_stdout()
        _complain(*OutputError.of(error).problems)
        return WRONG
    except Exception as error:
        if os.environ.get("MNCOST_DEBUG"):
            import traceback

            traceback.print_exc()
        _complain(_bug(error))
        return BUG


def _say_interrupted(left: str) -> None:
    """A line, and what was left, where that is known; on a terminal, in place of its ^C."""
    if sys.stderr is not None and sys.stderr.isatty():
        with contextlib.suppress(OSError):
            sys.stderr.write("\r")
    _complain(f"mncost: interrupted{': ' if left else ''}{left}")


def _complain(*faults: Problem | str) -> None:
    """A line on standard error for each fault, and on a terminal the place; never endless."""
    from mncost.render.table import clean, to_ascii

    stream, most = sys.stderr, 50
    if stream is None:
        return
    lines = []
    for fault in faults[:most]:
        lines.append(f"{clean(_line(fault))[:1000]}\n")
        if isinstance(fault, Problem) and stream.isatty():
            from mncost.cli.carets import caret

            lines.append(caret(fault))
    if len(faults) > most:
        lines.append(f"… and {len(faults) - most} more\n")
    text = "".join(lines)
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        text = to_ascii(text)
    with contextlib.suppress(OSError):  # nobody is left to be told
        stream.write(text)
        stream.flush()


def _line(fault: Problem | str) -> str:
    """`file:line:column: what; what to do`, or mncost's name in place of a file's."""
    return str(fault) if isinstance(fault, str) or fault.file else f"mncost: {fault}"


def _usage(error: click.ClickException) -> str:
    """A mistake on the command line, in one line that names the command."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "mncost"
    what = " ".join(error.format_message().split())
    return f"{where}: {what.rstrip('.')}; try: {where} --help"


def _bug(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        file = os.path.basename(trace.tb_frame.f_code.co_filename)
        place = f" at {file}:{trace.tb_lineno}"
    return (
        f"mncost {__version__}: this is a bug, please report it: "
        f"{type(error).__name__}: {error}{place} (MNCOST_DEBUG=1 shows the trace)"
    )
