"""The fields of an ONNX file, read strictly from its bytes: what a graph holds is known before a session sees it.

Protocol buffers leave room for two readers to see different things (a field given twice, a group, a number longer than it
need be). Here all of that is refused, and so is every field that this version does not know. Values that nobody asks for are
passed over, so that a forest of 100 MB takes well under a second. The `onnx` package is not needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

#: Fields of a file that are looked at one by one; runs of numbers count once in PIECE of them.
MAX_FIELDS = 5_000_000
PIECE = 4096
#: Messages within messages.
MAX_DEPTH = 24
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Kind(NamedTuple):
    """Fields of a message: name by number, and of those the ones that are given any number of times."""

    name: str
    fields: dict[int, str]
    many: frozenset[str]
    numbers: frozenset[str] = frozenset()


def _kind(name: str, fields: str, many: str = "", numbers: str = "") -> Kind:
    """From `number:name` pairs; `many` may be given often, `numbers` are runs of numbers, packed or one by one."""
    pairs = (one.split(":") for one in fields.split())
    own = frozenset(numbers.split())
    return Kind(name, {int(n): f for n, f in pairs}, frozenset(many.split()) | own, own)


MODEL = _kind(
    "model",
    "1:ir_version 2:producer_name 3:producer_version 4:domain 5:model_version 6:doc 7:graph 8:opset_import 14:metadata",
    "opset_import metadata",
)
GRAPH = _kind(
    "graph",
    "1:node 2:name 5:initializer 10:doc 11:input 12:output 13:value_info 14:quantization 16:metadata",
    "node initializer input output value_info quantization metadata",
)
NODE = _kind(
    "node",
    "1:input 2:output 3:name 4:op_type 5:attribute 6:doc 7:domain 8:overload 9:metadata",
    "input output attribute metadata",
)
ATTRIBUTE = _kind(
    "attribute",
    "1:name 2:f 3:i 4:s 5:t 6:g 7:floats 8:ints 9:strings 10:tensors 11:graphs 13:doc 20:type 21:reference",
    "strings tensors graphs",
    "floats ints",
)
TENSOR = _kind(
    "tensor",
    "1:dims 2:data_type 4:float_data 5:int32_data 6:string_data 7:int64_data 8:name 9:raw_data 10:double_data "
    "11:uint64_data 12:doc 13:external_data 14:data_location 16:metadata",
    "dims float_data int32_data int64_data double_data uint64_data string_data external_data metadata",
)

#: A number, or where the bytes of a field begin and end.
Value: TypeAlias = int | tuple[int, int]


class BadGraph(ValueError):
    """Why bytes are no graph that may be opened."""


class Fields:
    """The fields of messages in some bytes; counts what was looked at."""

    def __init__(self, content: bytes) -> None:
        self.content, self.seen = content, 0

    def of(self, kind: Kind, begin: int, end: int) -> Iterator[tuple[str, Value]]:
        """Name and value of each field of a message. Raises BadGraph for what is not written as it should be."""
        given, at = set[str](), begin
        while at < end:
            self.seen += 1
            if self.seen > MAX_FIELDS:
                raise BadGraph(f"more than {MAX_FIELDS:,} fields")
            start = at
            tag, at = self._varint(at, end)
            name = kind.fields.get(tag >> 3)
            if name is None:
                raise BadGraph(f"field {tag >> 3} of a {kind.name}, which is not known here")
            if name in given and name not in kind.many:
                raise BadGraph(f"{name} of a {kind.name} given twice")
            given.add(name)
            value, at = self._value(tag & 7, at, end)
            if name in kind.numbers and tag & 7 != BYTES:
                at = self._run(tag, start, end) or at
            yield name, value

    def text(self, value: Value) -> str:
        """A field's bytes as text. Raises BadGraph for other bytes."""
        if isinstance(value, int) or value[1] - value[0] > PIECE:
            raise BadGraph("a name that is none")
        try:
            return self.content[slice(*value)].decode()
        except UnicodeDecodeError:
            raise BadGraph("a name that is no UTF-8") from None

    def place(self, value: Value) -> tuple[int, int]:
        """Where a message within another begins and ends. Raises BadGraph for a number."""
        if isinstance(value, int):
            raise BadGraph("a number in the place of a message")
        return value

    def numbers(self, value: Value, most: int) -> list[int]:
        """The first `most` whole numbers of a packed field, or its one number."""
        if isinstance(value, int):
            return [value]
        out = list[int]()
        at, end = value
        while at < end and len(out) < most:
            number, at = self._varint(at, end)
            out.append(number)
        return out

    def _value(self, wire: int, at: int, end: int) -> tuple[Value, int]:
        if wire == VARINT:
            return self._varint(at, end)
        if wire == BYTES:
            length, at = self._varint(at, end)
        elif wire in (FIXED32, FIXED64):
            length = 4 if wire == FIXED32 else 8
        else:
            raise BadGraph(f"a field of wire type {wire}")
        if length > end - at:
            raise BadGraph("cut off")
        return (at, at + length), at + length

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        value, shift = 0, 0
        while at < end and shift < 70:
            byte = self.content[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF, at
            shift += 7
        raise BadGraph("cut off" if at >= end else "a number of more than ten bytes")

    def _run(self, tag: int, start: int, end: int) -> int | None:
        """Where the run of numbers that begins at `start` ends, PIECE of them at the most; None where there is none."""
        run = _RUNS.get(tag)
        if run is None:
            return None
        found = run.match(self.content, start, end)
        return found.end() if found else None


def _runs(tag: int) -> re.Pattern[bytes]:
    wire = tag & 7
    body = rb"[\x80-\xff]{0,9}[\x00-\x7f]" if wire == VARINT else b".{%d}" % (4 if wire == FIXED32 else 8)
    return re.compile(rb"(?:%b%b){1,%d}+" % (re.escape(bytes([tag])), body, PIECE), re.DOTALL)


#: Tags of the numbers that exporters write one by one: `floats` and `ints` of an attribute.
_RUNS = {tag: _runs(tag) for tag in (7 << 3 | FIXED32, 8 << 3 | VARINT)}
