"""The program as a process: pipes, terminals, encodings, what it imports."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
from pathlib import Path

import pytest

MNCOST = [sys.executable, "-c", "from mncost.cli.main import main; main()"]
PLAIN = {
    name: value
    for name, value in os.environ.items()
    if name not in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM")
}


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*MNCOST, *words], env={**PLAIN, **environment}, capture_output=True, check=False
    )


def at_terminal(columns: int, *words: str, **environment: str) -> str:
    """What a terminal of that width receives."""
    return typing_at_terminal(columns, *words, **environment)[1]


def typing_at_terminal(
    columns: int, *words: str, wait: str = "", keys: str = "", **environment: str
) -> tuple[int, str]:
    """The exit code, and what a terminal receives at which, after some text, keys are pressed."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        os.execve(MNCOST[0], [*MNCOST, *words], {**PLAIN, "TERM": "xterm-256color", **environment})
    received = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        received += part
        if keys and wait.encode() in received:
            os.write(terminal, keys.encode())
            keys = ""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), received.decode().replace("\r\n", "\n")


def width(line: str) -> int:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in plain)


@pytest.mark.parametrize("command", ["table1", "table2", "table3 --explain", "show mobilenet_v1"])
def test_eighty_columns_suffice(command: str) -> None:
    text = at_terminal(80, *command.split())
    assert max(width(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("columns", [1, 20, 40, 80, 120, 200])
def test_no_number_is_ever_cut(columns: int) -> None:
    text = at_terminal(columns, "table1", "--exact")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    for number in ("568,740,352", "4,209,088", "10,838,016", "1,048,576", "24.91"):
        assert number in plain


def test_colour_is_for_terminals_that_want_it() -> None:
    assert "\x1b[" in at_terminal(80, "table2")
    assert "\x1b[" not in at_terminal(80, "table2", TERM="dumb")
    no_color = at_terminal(80, "table2", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", no_color)
    assert b"\x1b[" not in process("table2").stdout
    assert b"\x1b[" in process("table2", FORCE_COLOR="1", TERM="xterm").stdout


def test_a_pipe_is_not_wrapped() -> None:
    lines = process("table1", "--explain").stdout.decode().splitlines()
    assert max(map(len, lines)) > 100
    assert process("table1", COLUMNS="40").stdout == process("table1").stdout
    assert process("table1", COLUMNS="abc", LINES="-1").returncode == 0


def test_ascii_where_there_is_no_utf8() -> None:
    ran = process("table3", "--explain", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert ran.returncode == 0
    text = ran.stdout.decode("ascii")
    assert "alpha = 0.75" in text
    assert "14x14x512" in text
    assert "\\x" not in text
    rows = [line for line in text.splitlines() if line.startswith(("Convolution", "alpha"))]
    assert len({line.index("14x14x") for line in rows}) == 1
    wrong = process("table1", "--alpha", "0", PYTHONIOENCODING="ascii")
    assert b"width multiplier alpha must be" in wrong.stderr


def test_head_closes_the_pipe_without_a_word() -> None:
    with subprocess.Popen(
        [*MNCOST, "table1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN
    ) as ran:
        assert ran.stdout is not None
        assert ran.stderr is not None
        ran.stdout.close()
        assert ran.stderr.read() == b""
    assert ran.returncode == 0


def test_a_result_that_could_not_be_written_is_no_success() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full on this system")
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [*MNCOST, "table1"], stdout=full, stderr=subprocess.PIPE, env=PLAIN, check=False
        )
    assert ran.returncode == 2
    assert ran.stderr.decode() == ("standard output: could not write: no space left on device\n")


def test_a_closed_standard_output() -> None:
    shell = f"{sys.executable} -c 'from mncost.cli.main import main; main()' table1 >&-"
    ran = subprocess.run(["sh", "-c", shell], stderr=subprocess.PIPE, env=PLAIN, check=False)
    assert ran.returncode == 2
    assert ran.stderr == b"mncost: standard output is closed\n"


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    assert (
        process("show", "mobilenet_v1", "--json", PYTHONHASHSEED="1").stdout
        == process("show", "mobilenet_v1", "--json", PYTHONHASHSEED="2").stdout
    )


def imported(*words: str) -> set[str]:
    """The modules that a command has imported when it is done."""
    script = (
        "import sys, io\nfrom mncost.cli.main import run\nout, sys.stdout = sys.stdout, io.StringIO()\n"
        f"run({list(words)!r})\nsys.stdout = out\nprint(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    return set(ran.stdout.split())


HEAVY = {"rich", "pydantic", "yaml", "tabulate", "numpy", "onnx", "torch"}


@pytest.mark.parametrize(
    ("words", "pays_for"),
    [
        (("--help",), set()),
        (("table1", "--help"), set()),
        (("completion", "bash"), set()),
        (("compare", "standard", "dwsep", "--shape", "14x14x512"), {"rich"}),
        (("table3", "--json"), set()),
        (("table3", "--format", "github"), {"tabulate"}),
        (("table1",), {"rich", "pydantic", "yaml"}),
        (("table1", "--json"), {"pydantic", "yaml"}),
    ],
)
def test_a_command_imports_only_what_it_uses(words: tuple[str, ...], pays_for: set[str]) -> None:
    assert imported(*words) & HEAVY == pays_for


def test_help_imports_no_command() -> None:
    modules = imported("--help")
    assert not any(name.startswith("mncost.cli.table") for name in modules)


def test_completion_completes_networks() -> None:
    ran = process(
        _MNCOST_COMPLETE="bash_complete", COMP_WORDS="mncost show mobilenet_v", COMP_CWORD="2"
    )
    assert b"plain,mobilenet_v1" in ran.stdout


def test_forced_colour_stays_out_of_files(tmp_path: Path) -> None:
    file = tmp_path / "t.txt"
    process("table2", "-o", str(file), FORCE_COLOR="1", TERM="xterm")
    assert "\x1b" not in file.read_text("utf-8")


def test_a_complaint_that_nobody_can_hear_is_still_exit_2() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full on this system")
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [*MNCOST, "table1", "--alpha", "0"], stderr=full, env=PLAIN, check=False
        )
    assert ran.returncode == 2


def test_a_terminal_sees_the_line_and_a_caret(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("input: [3, 32, 32]\nlayers:\n  - {op: conv, out: 0, kernel: 3}\n")
    lines = at_terminal(200, "show", str(file)).splitlines()
    assert lines[0] == f"{file}:3:21: expected a positive integer, got 0"
    assert lines[1] == "      - {op: conv, out: 0, kernel: 3}"
    assert lines[2].index("^") == lines[1].index("0")
    assert len(process("show", str(file)).stderr.splitlines()) == 1


def test_a_verdict_holds_though_its_reader_goes_away(tmp_path: Path) -> None:
    (tmp_path / "mncost.toml").write_text(
        '[[budget]]\nname = "b"\nnetwork = "mobilenet_v1"\nmult_adds = 1\n'
    )
    command = [*MNCOST, "check", "--export", "json=r.json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN, cwd=tmp_path
    ) as ran:
        assert ran.stdout is not None
        assert ran.stderr is not None
        ran.stdout.close()
        assert ran.stderr.read() == b""
    assert ran.returncode == 1
    assert (tmp_path / "r.json").exists()


@pytest.fixture
def slow(tmp_path: Path) -> str:
    """A space whose rows take some seconds to count."""
    outs = [*range(1, 61)]
    row = f"  - {{op: conv, out: {{choice: {outs}}}, kernel: 1}}\n"
    (tmp_path / "slow.yaml").write_text(f"input: [3, 8, 8]\nlayers:\n{row * 4}")
    return str(tmp_path / "slow.yaml")


def seen(text: str) -> list[str]:
    """The lines that are left on a terminal: what is written over is gone."""
    lines = []
    for line in text.split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines


def test_a_terminal_sees_how_far_it_is_and_keeps_none_of_it(slow: str) -> None:
    code, text = typing_at_terminal(100, "space", "info", slow)
    assert re.search(r"\r[0-9,]+ rows counted", text)
    assert code == 0
    assert not any("rows counted" in line for line in seen(text))
    assert "slow: 12,960,000 architectures" in seen(text)[0]
    ran = process("space", "info", slow)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_ctrl_c_while_rows_are_counted(slow: str) -> None:
    code, text = typing_at_terminal(
        100, "space", "count", slow, "--max-params", "9k", wait="rows counted", keys="\x03"
    )
    assert code == 130
    assert seen(text) == ["mncost: interrupted: nothing is written", ""]
