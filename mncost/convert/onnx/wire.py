"""An ONNX file without its weights: the protobuf wire format, walked, and large tensors left out.

A file of 500 MB becomes one of some kB before it is parsed, so that nothing of the weights is ever
held. What is left has bounds, in bytes, in fields and in depth, that hold while it is walked. Field
numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from mncost.errors import MncostError, Problem

LARGE = 4096
"""Bytes of a message above which it is looked into, or left out; below, most are kept whole."""

MOST_BYTES = 16 * 2**20
"""Of what is left when weights are out: no architecture needs that."""

MOST_FIELDS = 600_000
MOST_DEPTH = 24

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DATA = frozenset({4, 5, 6, 7, 9, 10, 11})
"""The fields of a tensor that hold its numbers."""

_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph"},
    "tensor": {},
}
"""In which fields of a message another one stands that may hold weights, or too much else."""

_IDLE: dict[str, frozenset[int]] = {
    "model": frozenset({6, 14, 20}),
    "graph": frozenset({10, 14, 15, 16}),
    "function": frozenset({8, 12, 13, 14}),
    "node": frozenset(),
    "attribute": frozenset({10, 11, 13, 14, 15, 22, 23}),
    "tensor": frozenset({12, 13, 16}),
}
"""Fields that say nothing of costs: documentation, metadata, lists of graphs and of types."""

_ALWAYS = frozenset({"graph", "function", "node", "attribute"})
"""Messages that are looked into whatever their size: they may hold many small ones."""


class Malformed(MncostError):
    """Bytes that are no protobuf message, or one beyond all bounds."""


class Pages:
    """A file's bytes, read where they are asked for; one that shrinks meanwhile is malformed."""

    SIZE = 2**18

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor, self.size = descriptor, size
        self.start, self.page = 0, b""

    def byte(self, at: int) -> int:
        """The byte at a place."""
        offset = at - self.start
        if not 0 <= offset < len(self.page):
            self.start, self.page = at, os.pread(self.descriptor, self.SIZE, at)
            offset = 0
        if offset >= len(self.page):
            raise Malformed(Problem("the file ends too early"))
        return self.page[offset]

    def span(self, start: int, stop: int) -> bytes:
        """The bytes between two places."""
        offset = start - self.start
        if offset >= 0 and offset + stop - start <= len(self.page):
            return self.page[offset : offset + stop - start]
        data = os.pread(self.descriptor, stop - start, start)
        if len(data) < stop - start:
            raise Malformed(Problem("the file ends too early"))
        return data


def without_weights(pages: Pages) -> bytes:
    """The model with the numbers of large tensors left out. Raises `Malformed`."""
    return bytes(_Walk(pages).message(0, pages.size, "model", 0))


class _Walk:
    """One walk through a file, and what it has met so far."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.fields = self.kept = 0

    def message(self, start: int, end: int, message: str, depth: int) -> bytearray:
        """The message between two places, field by field."""
        if depth > MOST_DEPTH:
            raise Malformed(Problem(f"messages nested deeper than {MOST_DEPTH}"))
        inside, idle, out = _INSIDE[message], _IDLE[message], bytearray()
        for field, kind, begin, content, stop in self._fields(start, end):
            size = stop - content
            if field in idle or (message == "tensor" and field in _DATA and end - start > LARGE):
                continue
            inner = inside.get(field) if kind == _BYTES else None
            if inner is not None and (size > LARGE or inner in _ALWAYS):
                body = self.message(content, stop, inner, depth + 1)
                out += _tag(field) + _varint(len(body)) + body
            elif size <= LARGE and not (message == "node" and self._idles(field, content, stop)):
                self._keep(stop - begin)
                out += self.pages.span(begin, stop)
        return out

    def _idles(self, field: int, content: int, stop: int) -> bool:
        """Whether a field of a node is metadata, but for the scopes of its name."""
        return field == 9 and b"name_scopes" not in self.pages.span(content, stop)

    def _keep(self, size: int) -> None:
        self.kept += size
        if self.kept > MOST_BYTES:
            message = f"more than {MOST_BYTES // 2**20} MiB without its weights"
            raise Malformed(Problem(message, "no architecture needs that"))

    def _fields(self, start: int, end: int) -> Iterator[tuple[int, int, int, int, int]]:
        """(field, wire type, where it begins, where its content begins, where it ends) of each."""
        at = start
        while at < end:
            begin = at
            key, at = self._number(at, end)
            field, kind, content = key >> 3, key & 7, at
            if kind == _VARINT:
                _, at = self._number(at, end)
            elif kind in (_FIXED64, _FIXED32):
                at += 8 if kind == _FIXED64 else 4
            elif kind == _BYTES:
                length, content = self._number(at, end)
                at = content + length
            else:
                raise Malformed(Problem(f"a field of wire type {kind}"))
            if at > end or field == 0:
                raise Malformed(Problem("a field that goes beyond its message"))
            self.fields += 1
            if self.fields > MOST_FIELDS:
                raise Malformed(Problem(f"more than {MOST_FIELDS:,} fields without its weights"))
            yield field, kind, begin, content, at

    def _number(self, at: int, end: int) -> tuple[int, int]:
        value = shift = 0
        while at < end and shift < 64:
            byte = self.pages.byte(at)
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, at
            shift += 7
        raise Malformed(Problem("a number that does not end"))


def _tag(field: int) -> bytes:
    return _varint(field << 3 | _BYTES)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
