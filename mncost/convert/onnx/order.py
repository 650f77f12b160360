"""Operators in an order in which each comes after all that it reads."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence

from mncost.convert.onnx.file import OnnxNode


def in_order(nodes: Sequence[OnnxNode], known: Iterable[str]) -> tuple[OnnxNode, ...]:
    """As they stand, but for those that stand before what they read: these follow it.

    ONNX asks for such an order. Runtimes sort, and some converters leave it to them. What has more
    than one maker, as inside a function that is called twice, is waited for by nobody.
    """
    makers = Counter(name for node in nodes for name in node.outputs)
    there = {"", *known}
    waiting: dict[str, list[int]] = {}
    missing: Counter[int] = Counter()
    done: list[OnnxNode] = []
    for at, node in enumerate(nodes):
        lacks = {name for name in node.inputs if name not in there and makers[name] == 1}
        missing[at] = len(lacks)
        for name in lacks:
            waiting.setdefault(name, []).append(at)
        ready = deque([at] if not lacks else [])
        while ready:
            one = nodes[ready.popleft()]
            done.append(one)
            for name in one.outputs:
                there.add(name)
                for reader in waiting.pop(name, ()):
                    missing[reader] -= 1
                    if not missing[reader]:
                        ready.append(reader)
    return (*done, *(node for at, node in enumerate(nodes) if missing[at]))
