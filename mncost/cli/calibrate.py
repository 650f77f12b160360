"""`mncost calibrate`: this machine as a device that times are estimated for."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from mncost.cli.bench import LONG, level_option, threads_option
from mncost.cli.output import write_file
from mncost.cli.streams import interruptible, progress
from mncost.cli.values import Whole

if TYPE_CHECKING:
    from mncost.measure.calibrate import Calibration


@click.command("calibrate")
@click.option("-o", "--output", metavar="FILE", required=True, help="laptop.json, say.")
@click.option("--name", metavar="NAME", help="Of the device; by default the file's.")
@click.option(
    "--chains", type=Whole(12), default=48, show_default=True, metavar="N", help="To measure."
)
@level_option
@threads_option
@click.option("--seed", type=Whole(0), default=0, show_default=True, help="Of random chains.")
@click.option("--force", is_flag=True, help="Let -o overwrite a file.")
def command(
    output: str, name: str | None, chains: int, level: str, threads: int, seed: int, force: bool
) -> int | None:
    """Measures this machine: what each kind of layer takes, as mncost estimate reads it.

    Random chains of layers are run with ONNX Runtime and its profiler, all of them again and
    again, for about four minutes and no more than five: blocks of MobileNet V1 and V2 and full
    convolutions, kernels of 3, 5 and 7, and in a quarter of them channels of any number. To each
    kind of layer, o + max(Mult-Adds / P, bytes / B) is fitted. Ctrl-C keeps what is measured by
    then.

    Needs the extra bench: pip install 'mncost[bench]'.
    """
    from mncost.measure import calibrate
    from mncost.measure.runtime import Setting, ran_on

    name = name or os.path.splitext(os.path.basename(output))[0]
    _refuse(output, name, force)
    setting = Setting(level, threads)
    machine = ran_on(setting)
    count = chains * calibrate.PASSES
    with interruptible() as interrupted, progress(count, "measured", LONG) as tick:
        found = calibrate.calibrate(setting, chains, seed=seed, tick=tick, stop=interrupted)
        stopped = interrupted()
    done = len(found.chains)
    if stopped and done < calibrate.LEAST:
        least = f"{calibrate.LEAST} are the least"
        print(f"mncost: interrupted after {done} chains, and {least}", file=sys.stderr)
        return 128 + stopped
    _write(found, output, name, machine, force)
    if stopped:
        passes = max(len(each) for each in found.chains.values())
        some = f"{done} of {chains} chains are measured, {passes} of {calibrate.PASSES} times"
        print(f"mncost: interrupted: {some}", file=sys.stderr)
    return 128 + stopped if stopped else None


def _refuse(output: str, name: str, force: bool) -> None:
    """What would only fail after minutes of measuring. Raises `OutputError`."""
    from mncost.errors import OutputError, Problem
    from mncost.spec.values import MOST_NAME

    if len(name) > MOST_NAME or not name.isprintable():
        message = f"--name: expected a line of {MOST_NAME} characters at most"
        raise click.UsageError(message)
    if os.path.splitext(output)[1].lower() != ".json":
        raise click.UsageError(f"-o {output}: its name would end in .json")
    folder = os.path.dirname(output) or "."
    if not os.path.isdir(folder):
        raise OutputError(Problem("no such folder", "make it first").at(folder))
    if os.path.isdir(output):
        raise OutputError(Problem("is a directory", "name a file").at(output))
    if os.path.lexists(output) and not force:
        raise OutputError(Problem("exists already", "add --force to overwrite it").at(output))


def _write(
    found: Calibration, output: str, name: str, machine: dict[str, Any], force: bool
) -> None:
    """The device file, and on standard error how well it went."""
    from mncost.measure.calibrate import device
    from mncost.render.estimates import MOST_NOISE, about
    from mncost.render.table import clean
    from mncost.render.times import percent
    from mncost.spec.calibrated import device_of
    from mncost.spec.tree import Tree

    value = device(found, name, machine)
    written = device_of(Tree(value), output)
    write_file(output, to_json(value), force)
    print(f"mncost: {clean(output)} is written", file=sys.stderr)
    for line in about(written):
        print(f"mncost: {line}", file=sys.stderr)
    noise = written.calibration.noise
    if noise > MOST_NOISE:
        print(
            "mncost: NOT SURE: half of the rounds were slower than the fastest by "
            f"{percent(noise)} or more; calibrate again when nothing else runs",
            file=sys.stderr,
        )


def to_json(value: dict[str, Any]) -> str:
    """A device file: a line for each kind of work, so that people can read it."""
    head = {key: each for key, each in value.items() if key != "kinds"}
    text = json.dumps(head, indent=2)[:-2]
    kinds = ",\n".join(f"    {json.dumps(kind)}" for kind in value["kinds"])
    return f'{text},\n  "kinds": [\n{kinds}\n  ]\n}}\n'
