"""An ONNX file without its weights: the protobuf wire format, walked, and large tensors left out.

A file of 500 MB becomes one of some kB before it is parsed, so that nothing of the weights is ever
held. Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator

from mncost.errors import MncostError, Problem

LARGE = 4096
"""Bytes of a message above which it is looked into; below, it is copied whole."""

MOST_BYTES = 64 * 2**20
"""Of what is left when weights are out: no architecture needs that."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DATA = frozenset({4, 5, 6, 7, 9, 10, 11})
"""The fields of a tensor that hold its numbers."""

_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph"},
    "tensor": {},
}
"""In which fields of a message another one stands that may hold weights."""

Buffer = mmap.mmap | bytes


class Malformed(MncostError):
    """Bytes that are no protobuf message."""


def without_weights(buffer: Buffer) -> bytes:
    """The model with the numbers of large tensors left out. Raises `Malformed`."""
    slim = b"".join(_slim(buffer, 0, len(buffer), "model"))
    if len(slim) > MOST_BYTES:
        message = f"more than {MOST_BYTES // 2**20} MiB without its weights"
        raise Malformed(Problem(message, "no architecture needs that"))
    return slim


def _slim(buffer: Buffer, start: int, end: int, message: str) -> Iterator[bytes]:
    """The message between two places, field by field."""
    inside = _INSIDE[message]
    for field, kind, begin, content, stop in _fields(buffer, start, end):
        large = stop - content > LARGE
        if message == "tensor" and field in _DATA and end - start > LARGE:
            continue
        if kind == _BYTES and large and field in inside:
            body = b"".join(_slim(buffer, content, stop, inside[field]))
            yield _tag(field) + _varint(len(body)) + body
        else:
            yield bytes(buffer[begin:stop])


def _fields(buffer: Buffer, start: int, end: int) -> Iterator[tuple[int, int, int, int, int]]:
    """(field, wire type, where it begins, where its content begins, where it ends) of each."""
    at = start
    while at < end:
        begin = at
        key, at = _read_varint(buffer, at, end)
        field, kind, content = key >> 3, key & 7, at
        if kind == _VARINT:
            _, at = _read_varint(buffer, at, end)
        elif kind == _FIXED64:
            at += 8
        elif kind == _FIXED32:
            at += 4
        elif kind == _BYTES:
            length, content = _read_varint(buffer, at, end)
            at = content + length
        else:
            raise Malformed(Problem(f"a field of wire type {kind}"))
        if at > end or field == 0:
            raise Malformed(Problem("a field that goes beyond its message"))
        yield field, kind, begin, content, at


def _read_varint(buffer: Buffer, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 64:
        byte = buffer[at]
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
