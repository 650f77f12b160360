"""What cannot be: one clear line on standard error, exit 2, never a traceback."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mncost.cli import main
from tests.conftest import Ran

Run = Callable[..., Ran]

LAYER = "compare standard --shape 14x14x512"

WRONG = {
    "table1 --alpha 0": "must be in (0, 1], got 0",
    "table1 --alpha -0.5": "must be in (0, 1], got -0.5",
    "table1 --alpha nan": "must be in (0, 1], got nan",
    "table1 --alpha inf": "must be in (0, 1], got inf",
    "table1 --alpha 1e309": "must be in (0, 1], got inf",
    "table1 --alpha 1.5": "needs --allow-wider",
    "table1 --alpha 101 --allow-wider": "must be in (0, 100]",
    "table1 --alpha x": "'x' is not a valid float",
    "table1 --res 0": "whole numbers from 1 to 1,000,000,000",
    "table1 --res -224": "whole numbers from 1",
    "table1 --res 224.5": "whole numbers from 1",
    "table1 --res 1_000": "whole numbers from 1",
    "table1 --res 1000000001": "whole numbers from 1",
    "table1 --res 224x": "whole numbers from 1",
    f"table1 --res {'9' * 5000}": "whole numbers from 1",
    "table1 --rho 0.5 --res 112": "give one",
    "table1 --rho 0": "resolution multiplier ρ",
    "table1 --rho 1.5": "a larger input is --res",
    "table1 --rho nan": "resolution multiplier ρ",
    "table1 --rho 0.001": "leaves no pixel",
    "table1 --classes -1": "whole number from 0",
    "table1 --params weigths": "did you mean weights",
    "table1 --format githb": "did you mean github",
    "table1 --fromat csv": "--format",
    "table2 --alpha 2": "needs --allow-wider",
    "table3 --alpha 0": "must be in (0, 1]",
    "table3 --shape 14x14": "as in 14x14x512",
    "table3 --kernel 15": "larger than its map, 10×10",
    f"{LAYER} --kernel 4": "no centre",
    f"{LAYER} --kernel 15": "larger than its map",
    f"{LAYER} --kernel 0": "whole numbers from 1",
    f"{LAYER} --stride 0": "whole number from 1",
    f"{LAYER} --rho 0.01": "no pixel",
    f"{LAYER} --alpha nan": "must be in (0, 1]",
    "compare standard --shape 14x14": "as in 14x14x512",
    "compare standard --shape 14x14x0": "as in 14x14x512",
    "compare standard --shape axbxc": "as in 14x14x512",
    "compare standard --shape 14x14x512x1": "as in 14x14x512",
    "compare standard": "--shape",
    "compare --shape 14x14x512": "KIND",
    "compare dwsp --shape 14x14x512": "did you mean dwsep",
    "compare grouped:3 --shape 14x14x512": "do not divide 512",
    "compare grouped --shape 14x14x512": "as in grouped:4",
    "show": "NETWORK",
    "show mobilnet_v1": "did you mean mobilenet_v1",
    "show no/such.yaml": "no/such.yaml: no such file",
    "show mobilenet_v1 --by blok": "did you mean block",
    "show mobilenet_v1 --sort csot": "did you mean cost",
    "show mobilenet_v1 --top 0": "whole number from 1",
    "tabel1": "did you mean table1",
    "completion tcsh": "choose from bash, fish, zsh",
    "table2 --json --format csv": "give one",
    "compare mobilenet_v1 --kernel 5": "--kernel says nothing of networks",
    "compare mobilenet_v1 --explain": "--explain says nothing of networks",
    "compare standard --shape 14x14x512 --res 192": "--res and --device are for networks",
    "diff mobilenet_v1 mobilenet_v1 --explain": "No such option",
    "diff mobilenet_v1 mobilenet_v1 --params all": "No such option",
    "table2 -o t.xlsx": "no format goes with the name t.xlsx",
    "table2 -o . --json": ".: is a directory",
    "table2 --alpha 1.0000001": "got 1.0000001",
    "table2 -o no/such/folder/t.csv": "no/such/folder/t.csv: could not write: no such file",
}


@pytest.mark.parametrize("command", WRONG)
def test_one_clear_line(command: str, mncost: Run) -> None:
    ran = mncost(command)
    assert ran.code == 2
    assert ran.out == ""
    assert WRONG[command] in ran.err
    assert len(ran.err.splitlines()) == 1
    assert "Traceback" not in ran.err


def test_no_command_at_all_is_help(mncost: Run) -> None:
    ran = mncost("")
    assert ran.code == 2
    assert ran.out == ""
    assert "Usage: mncost" in ran.err


def test_both_problems_of_a_kernel_at_once(mncost: Run) -> None:
    ran = mncost("compare standard --shape 14x14x512 --kernel 16")
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 2


def test_a_bug_is_neither_a_budget_nor_a_mistake(
    mncost: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the \x1b[2J sky\nfell")

    monkeypatch.setattr(main.mncost, "main", broken)
    ran = mncost("table1")
    assert ran.code == 70
    assert "this is a bug, please report it: RuntimeError: the \\x1b[2J sky\\nfell at " in ran.err
    assert len(ran.err.splitlines()) == 1


def test_an_interrupt_is_130(mncost: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main.mncost, "main", interrupted)
    ran = mncost("table1")
    assert (ran.code, ran.out, ran.err) == (130, "", "mncost: interrupted\n")


@pytest.mark.parametrize("word", ["table1\x1b[2J", "--\x9b", "[red]"])
def test_hostile_words_come_out_inert(word: str, mncost: Run) -> None:
    ran = mncost("show", word)
    assert ran.code == 2
    assert ran.err.rstrip("\n").isprintable()
