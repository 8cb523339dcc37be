"""Finds a term and its posting list in the files of one of Whoosh's segments, by three reads at known places.

Whoosh looks through its hash file with a Python step for each number it reads, and seeks in a file that all threads share. Here
each look-up reads by offset (pread), so threads need not wait for each other, and a file cut short gives short reads and not a
crash. The format is that of whoosh.filedb.filetables: 256 tables of (hash, place) slots over entries of (length of key, length
of value, key, value).
"""

import os
import struct
from hashlib import md5
from typing import Any

from cac.search.posting_files import Floats, Ints, decode_postings

_SLOT = struct.Struct("!Iq")
_LENGTHS = struct.Struct("!ii")
_SLOTS_AT_ONCE = 8
# A value: whoosh.codec.whoosh3.W3TermInfo's facts, the first of which is whether the postings stand here, then their extent.
_VALUE = struct.Struct("!BfIBBfIIqi")
# Field numbers stand before each term, in two bytes.
_FIELD = struct.Struct("!H")


class TermFiles:
    """The terms of one segment. ``terms`` is Whoosh's own reader of them, which must stay open as long as this is used."""

    def __init__(self, terms: Any) -> None:
        index = terms._tindex
        if index.hashtype != 0:
            raise ValueError("terms are hashed in another way than MD5")
        self._tables: list[tuple[int, int]] = index.tables
        self._fields = {field: _FIELD.pack(number) for field, number in terms._fieldmap.items()}
        self._terms_file: int = index.dbfile.raw_file().fileno()
        self._posts_file: int = terms._postfile.raw_file().fileno()

    def read(self, field: str, term: bytes) -> tuple[Ints, Floats] | None:
        """Return the documents of a term and how often it occurs in each, None if it does not occur.

        Whatever is raised says that the files are not what was written.
        """
        number = self._fields.get(field)
        value = self._find(number + term) if number is not None else None
        if value is None:
            return None
        is_inlined, *_, start, length = _VALUE.unpack(value)
        if is_inlined:
            raise ValueError("no posting list stands here")
        return decode_postings(os.pread(self._posts_file, length, start))

    def _find(self, key: bytes) -> bytes | None:
        key_hash = int.from_bytes(md5(key, usedforsecurity=False).digest()[-4:], "big")
        first, count = self._tables[key_hash & 255]
        slot, left = ((key_hash >> 8) % count if count else 0), count
        while left:
            # A table begins again after its end; half of its slots are empty, so that one read is nearly always enough.
            size = min(_SLOTS_AT_ONCE, count - slot)
            slots = os.pread(self._terms_file, size * _SLOT.size, first + slot * _SLOT.size)
            for at in range(0, size * _SLOT.size, _SLOT.size):
                place_hash, place = _SLOT.unpack_from(slots, at)
                if not place:
                    return None
                if place_hash == key_hash and (value := self._value(place, key)) is not None:
                    return value
            slot, left = (slot + size) % count, left - size
        return None

    def _value(self, place: int, key: bytes) -> bytes | None:
        """Return the value of the entry at ``place`` if it is that of ``key``."""
        size = _LENGTHS.size + len(key)
        entry = os.pread(self._terms_file, size + _VALUE.size, place)
        key_length, value_length = _LENGTHS.unpack_from(entry)
        if key_length != len(key) or entry[_LENGTHS.size : size] != key:
            return None
        if value_length != _VALUE.size:
            raise ValueError("a term has facts of another form")
        return entry[size:]
