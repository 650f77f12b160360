"""Published accuracies of a network by α and resolution: what `data/paper` and the zoo print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mncost.formulas import Pair
from mncost.spec import published, zoo
from mncost.spec.source import is_file, load

if TYPE_CHECKING:
    from mncost.spec.published import Entry, Of, Published, PublishedTable

At = tuple[Fraction, Pair]
"""A setting: α, and height and width."""

TOP1 = ("Top-1 %", "ImageNet %", "Top-1 % (8-bit)")
"""What tables call the accuracy that is meant here, top-1 on ImageNet, and no other."""

CHECKPOINTS = "checkpoints"
"""What a table is called whose models can be downloaded: it comes before others."""


@dataclass(frozen=True, slots=True)
class Top1:
    """A top-1 accuracy on ImageNet, in per cent, as it is printed, and where."""

    printed: str
    source: str

    @property
    def value(self) -> Fraction:
        return Fraction(self.printed)


def published_accuracies(name: str) -> Mapping[At, Top1]:
    """The accuracies that are published of a zoo network, by setting; nothing of any other.

    Where several are, that of a checkpoint counts, then the one that the zoo states, then the first
    that the lists print. A file that has the name of a zoo network is not that network.
    """
    if is_file(name) or name not in zoo.names():
        return {}
    network = load(name)
    found: dict[At, Top1] = {}
    others: dict[At, Top1] = {}
    for listed in map(published.read, published.names()):
        for table, row, of in _rows(listed, name):
            at = (Fraction(str(of.alpha or 1)), of.res or network.resolution)
            kept = found if table.called == CHECKPOINTS else others
            kept.setdefault(at, Top1(row.accuracy or "", _source(listed, table)))
    if network.published is not None:
        stated = Top1(f"{network.published.top1:g}", network.published.source)
        found.setdefault((Fraction(1), network.resolution), stated)
    return {**others, **found}


def _rows(listed: Published, name: str) -> Iterator[tuple[PublishedTable, Entry, Of]]:
    """The rows that are of the whole network, as it is, and print an accuracy on ImageNet."""
    for table in listed.tables:
        for row in table.rows if table.accuracy in TOP1 else ():
            of = table.of.but(row.of)
            part = (of.classes, of.kinds, of.type, of.layer, of.rho)
            if of.network == name and row.accuracy and all(each is None for each in part):
                yield table, row, of


def _source(listed: Published, table: PublishedTable) -> str:
    bits = " (8-bit)" if "8-bit" in (table.accuracy or "") else ""
    return f"{listed.title}, {table.label}{bits}: {listed.source}"
