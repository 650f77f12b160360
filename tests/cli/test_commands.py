"""Every command as it is typed: what it prints, and where."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mncost.cli.main import COMMANDS
from tests.conftest import GOLDENS, Ran

Run = Callable[..., Ran]

EXAMPLES = {
    "table1_0.75_192": "table1 --alpha 0.75 --res 192",
    "table1_fold": "table1 --fold --explain",
    "table2": "table2",
    "table3_explain": "table3 --explain",
    "compare": "compare standard dwsep flattened grouped:4 bottleneck:4 inverted:6 --shape 14x14x512 --kernel 3",
    "show_kind": "show mobilenet_v1 --by kind --params all --exact",
    "show_block_top": "show mobilenet_v1 --by block --sort cost --top 4",
    "show_stage": "show mobilenet_v1 --by stage --res 192x256",
    "table2_github": "table2 --alpha 0.5 --res 160 --format github",
    "table3_json": "table3 --json",
    "columns_memory": "show mobilenet_v1 --by kind --columns memory --weight-bits 8 --activation-bits 8",
    "columns_all": "table1 --columns all --fold",
    "columns_compare": "compare standard dwsep --shape 14x14x512 --columns traffic --exact",
    "memory": "memory mobilenet_v2 --weight-bits 8 --activation-bits 8 --top 6",
    "memory_device": "memory mlperf_tiny_vww --weight-bits 8 --activation-bits 8 --device nucleo-f411re",
    "memory_plot": "memory mlperf_tiny_resnet8 --weight-bits 8 --activation-bits 8 --planner in_place --plot",
    "roofline": "roofline mlperf_tiny_dscnn --peak 0.24G --bandwidth 100MB/s --weight-bits 8 --activation-bits 8",
    "counters": "show mobilenet_v2 --convention all",
    "reconcile": "reconcile mobilenet_v1 --to thop",
    "reconcile_layers": "reconcile mobilenet_v4_conv_small --to thop --by layer",
    "reconcile_target": "reconcile mobilenet_v1 --target 589M",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_output_is_as_it_was(name: str, mncost: Run, update_goldens: bool) -> None:
    """Goldens: `pytest --update-goldens` writes them anew; read the difference before committing."""
    ran = mncost(EXAMPLES[name])
    assert (ran.code, ran.err) == (0, "")
    file = GOLDENS / "cli" / f"{name}.txt"
    if update_goldens:
        file.parent.mkdir(exist_ok=True)
        file.write_text(ran.out, "utf-8")
    assert ran.out == file.read_text("utf-8")


def rows(ran: Ran) -> list[dict[str, str]]:
    assert (ran.code, ran.err) == (0, "")
    return list(csv.DictReader(io.StringIO(ran.out)))


def test_table1_is_the_papers_table_1(mncost: Run) -> None:
    """The rows of the paper, as printed but for the stride of the last depthwise layer."""
    folded = rows(mncost("table1 --fold --format csv"))
    expected = [
        ("Conv / s2", "3×3×3×32", "224×224×3"), ("Conv dw / s1", "3×3×32 dw", "112×112×32"),
        ("Conv / s1", "1×1×32×64", "112×112×32"), ("Conv dw / s2", "3×3×64 dw", "112×112×64"),
        ("Conv / s1", "1×1×64×128", "56×56×64"), ("Conv dw / s1", "3×3×128 dw", "56×56×128"),
        ("Conv / s1", "1×1×128×128", "56×56×128"), ("Conv dw / s2", "3×3×128 dw", "56×56×128"),
        ("Conv / s1", "1×1×128×256", "28×28×128"), ("Conv dw / s1", "3×3×256 dw", "28×28×256"),
        ("Conv / s1", "1×1×256×256", "28×28×256"), ("Conv dw / s2", "3×3×256 dw", "28×28×256"),
        ("Conv / s1", "1×1×256×512", "14×14×256"), ("5× Conv dw / s1", "3×3×512 dw", "14×14×512"),
        ("5× Conv / s1", "1×1×512×512", "14×14×512"), ("Conv dw / s2", "3×3×512 dw", "14×14×512"),
        ("Conv / s1", "1×1×512×1024", "7×7×512"), ("Conv dw / s1", "3×3×1024 dw", "7×7×1024"),
        ("Conv / s1", "1×1×1024×1024", "7×7×1024"), ("Avg Pool / s1", "Pool 7×7", "7×7×1024"),
        ("FC / s1", "1024×1000", "1×1×1024"), ("Softmax / s1", "Classifier", "1×1×1000"),
    ]  # fmt: skip
    assert [(row["type"], row["filter"], row["input"]) for row in folded] == expected
    costs = [row["mult_adds"] for row in folded if row["mult_adds"]]
    assert sum(map(int, costs)) == 568_740_352


@pytest.mark.parametrize("by", ["layer", "kind", "block", "stage"])
@pytest.mark.parametrize("sort", ["order", "cost", "params", "name"])
@pytest.mark.parametrize("top", ["1", "3", "1000"])
def test_show_sums_hold(by: str, sort: str, top: str, mncost: Run) -> None:
    found = rows(mncost(f"show mobilenet_v1 --by {by} --sort {sort} --top {top} --format csv"))
    costs = [row["mult_adds"] for row in found if row["mult_adds"]]
    assert sum(map(int, costs)) == 568_740_352
    assert sum(int(row["weights"]) for row in found) == 4_209_088
    assert len(found) <= int(top) + 1
    if sort == "cost" and top == "1000":
        numbers = [int(cost) for cost in costs]
        assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    ("params", "count"), [("weights", 4_209_088), ("trainable", 4_231_976), ("all", 4_253_864)]
)
@pytest.mark.parametrize("command", ["table1", "table2", "show mobilenet_v1"])
def test_params(command: str, params: str, count: int, mncost: Run) -> None:
    document = json.loads(mncost(f"{command} --params {params} --json").out)
    assert document["totals"][params] == count
    assert document["parameters"]["mode"] == params


def test_rho_and_res_say_the_same(mncost: Run) -> None:
    by_rho = json.loads(mncost("table1 --rho 0.714 --json").out)
    by_res = json.loads(mncost("table1 --res 160 --json").out)
    assert by_rho == by_res
    assert by_rho["rho"] == [160 / 224, 160 / 224]


def test_reduction_of_compare(mncost: Run) -> None:
    ran = mncost("compare standard dwsep --shape 14x14x512 --kernel 3")
    assert "1/N + 1/D_K² = 1/512 + 1/(3·3) = 0.1131 of standard: 8.84× less" in ran.out


def test_huge_sizes_stay_exact(mncost: Run) -> None:
    document = json.loads(mncost("table1 --res 1000000000 --json").out)
    first = document["rows"][0]
    assert first["mult_adds"] == 3 * 3 * 3 * 32 * 500_000_000 * 500_000_000


def test_a_file_is_written_once_and_over_only_when_asked(mncost: Run, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    assert mncost("table2", "-o", str(file)).code == 0
    before = file.read_text("utf-8")
    assert before.startswith("type,mult_adds,")
    again = mncost("table2", "--alpha", "0.5", "-o", str(file))
    assert again.code == 2
    assert again.err == f"{file}: exists already; add --force to overwrite it\n"
    assert file.read_text("utf-8") == before
    assert mncost("table2", "--alpha", "0.5", "-o", str(file), "--force").code == 0
    assert file.read_text("utf-8") != before


def test_an_explicit_format_beats_the_suffix(mncost: Run, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    mncost("table2", "-o", str(file), "--json")
    assert json.loads(file.read_text("utf-8"))["totals"]["mult_adds"] == 568_740_352


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, mncost: Run) -> None:
    ran = mncost(command, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: mncost {command}")


def test_help_lists_every_command(mncost: Run) -> None:
    listed = mncost("--help").out
    assert all(f"  {command} " in listed for command in COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, mncost: Run) -> None:
    ran = mncost(f"completion {shell}")
    assert ran.code == 0
    assert "_MNCOST_COMPLETE" in ran.out


@pytest.mark.parametrize("by", ["kind", "block", "stage"])
def test_show_explains_groups(by: str, mncost: Run) -> None:
    found = rows(mncost(f"show mobilenet_v1 --by {by} --explain --top 2 --format csv"))
    assert all("=" in row["formula"] for row in found)


def test_names_sort_as_people_count(mncost: Run) -> None:
    names = [
        row["block"]
        for row in rows(mncost("show mobilenet_v1 --by block --sort name --format csv"))
    ]
    assert names.index("separable2") < names.index("separable10")


def test_a_dash_is_standard_output(mncost: Run) -> None:
    assert mncost("table2 -o -").out == mncost("table2").out


def test_notes_are_the_networks_own(mncost: Run, tmp_path: Path) -> None:
    file = tmp_path / "mobilenet_v1.yaml"
    file.write_text("input: [3, 8, 8]\nlayers: [{op: conv, out: 2, kernel: 3}]\n")
    assert "Note:" not in mncost("table1", str(file)).out
    assert "Note:" in mncost("table1").out


def test_compare_says_who_does_another_task(mncost: Run) -> None:
    ran = mncost("compare depthwise standard --shape 14x14x512 --out 256")
    assert "depthwise puts out 512 channels, not 256." in ran.out
    assert "more." in mncost("compare standard dwsep --shape 14x14x512 --kernel 1").out
