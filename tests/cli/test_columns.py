"""`--columns`: what it adds to every table of layers, at a terminal and in files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import Ran

Run = Callable[..., Ran]

MEMORY = ("weight_bytes", "activation_bytes", "im2col_bytes")
TRAFFIC = (
    "bytes_read",
    "bytes_written",
    "mult_adds_per_byte",
    "gemm",
    "gemm_m",
    "gemm_k",
    "gemm_n",
)
SIGHT = tuple(
    f"{what}_{side}"
    for what in ("receptive_field", "effective_stride")
    for side in ("height", "width")
)
COMMANDS = (
    "table1", "table2", "table3", "show mobilenet_v2", "show mobilenet_v2 --by kind",
    "show mobilenet_v2 --by block --top 3 --explain", "show mobilenet_v2 --by stage",
    "compare standard dwsep --shape 14x14x512", "compare mobilenet_v1 mobilenet_v2",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("which", "keys"),
    [("memory", MEMORY), ("traffic", TRAFFIC), ("all", (*MEMORY, *TRAFFIC, *SIGHT))],
)
def test_every_table_of_layers_takes_them(
    command: str, which: str, keys: tuple[str, ...], mncost: Run
) -> None:
    ran = mncost(f"{command} --columns {which} --json")
    assert (ran.code, ran.err) == (0, "")
    document = json.loads(ran.out)
    jsonschema.validate(document, json.loads(mncost("schema table").out))
    added = [column["key"] for column in document["columns"] if column["key"] in keys]
    assert added == list(keys)
    for row in document["rows"]:
        whole = [row[key] for key in keys if key not in ("mult_adds_per_byte", "gemm")]
        assert all(value is None or type(value) is int for value in whole)
        assert all(row[key] is not None or row["marks"][key] == "not_counted" for key in keys)
    assert (document["weight_bits"], document["activation_bits"]) == (32, 32)


@pytest.mark.parametrize("command", COMMANDS)
def test_without_them_a_table_is_as_it_was(command: str, mncost: Run) -> None:
    found = mncost(f"{command} --json").out
    assert not any(key in found for key in (*MEMORY, *TRAFFIC, *SIGHT, "weight_bits"))


@pytest.mark.parametrize("by", ["layer", "kind", "block", "stage"])
def test_bytes_sum_to_the_same_however_layers_are_grouped(by: str, mncost: Run) -> None:
    ran = mncost(
        f"show mobilenet_v2 --by {by} --columns all --weight-bits 8 --activation-bits 8 --format csv"
    )
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert sum(int(row["weight_bytes"]) for row in rows) == 3_469_760
    assert sum(int(row["activation_bytes"]) for row in rows) == sum(
        int(row["bytes_written"]) for row in rows
    )
    assert max(int(row["im2col_bytes"] or 0) for row in rows) == 3 * 3 * 3 * 112 * 112


def test_bits_of_the_file_come_first(mncost: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    layers = "[{op: conv, out: 4, kernel: 1, weight_bits: 4}, {op: pointwise, out: 4}]"
    file.write_text(f"input: [4, 8, 8]\nnorm: none\nact: none\nlayers: {layers}\n", "utf-8")
    ran = mncost("show", str(file), "--columns", "memory", "--weight-bits", "16", "--json")
    assert [row["weight_bytes"] for row in json.loads(ran.out)["rows"]] == [8, 32]
    words = mncost("show", str(file), "--columns", "memory", "--weight-bits", "16").out
    assert "Bytes: where the network does not say, 16 bits a weight, 32 an activation" in words


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--columns memry", "unknown 'memry'; did you mean memory?"),
        ("--weight-bits 8", "--weight-bits says how bytes count: give --columns too"),
        ("--activation-bits 8", "--activation-bits says how bytes count: give --columns too"),
        ("--columns memory --weight-bits 0", "expected a whole number from 1 to 64, got '0'"),
        ("--columns memory --weight-bits -8", "expected a whole number from 1 to 64, got '-8'"),
        ("--columns memory --activation-bits 65", "expected a whole number from 1 to 64, got '65'"),
        (
            "--columns memory --activation-bits nan",
            "expected a whole number from 1 to 64, got 'nan'",
        ),
        ("--columns memory --convention all", "--columns says nothing of --convention all"),
    ],
)
def test_bad_input(options: str, expected: str, mncost: Run) -> None:
    ran = mncost(f"show mobilenet_v1 {options}")
    assert (ran.code, ran.out) == (2, "")
    assert expected in ran.err
