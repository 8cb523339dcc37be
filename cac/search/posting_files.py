"""Whoosh's posting lists, read and written whole: in its format, which it can read, without its step in Python per posting.

The format is that of whoosh.codec.whoosh3: the header, then blocks of (length, pickled facts, pickled ids and weights), the last
one with a negative length; document numbers are differences. The files are the index's own: whoever can write them can write
the rest of the instance as well.
"""

import pickle
import struct
from array import array
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC, W3FieldWriter, W3TermInfo
from whoosh.system import pack_ushort

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Posting = tuple[str, bytes, int, float, bytes]
# Field, term, and its documents and weights as packed by TermPool.
TermPostings = tuple[str, bytes, bytes]

_LENGTH = struct.Struct("!i")
_FRAME, _FRAMED = struct.Struct("<3sQ"), b"\x80\x05\x95"
_ENTRY = struct.Struct("<If")
_ENTRIES = np.dtype([("number", "<u4"), ("weight", "<f4")])
# About what a term takes in memory beside its postings: the key, the buffer, their places in a dictionary.
_BYTES_PER_TERM = 300
_TERMS_AT_ONCE = 1000
# Postings in one block: we read whole lists, and a block costs more to open than to decode.
BLOCK = 8192
# Shorter lists, which most are, take less room and time without numpy.
SHORT = 16
_PROTOCOL = 5


def decode_postings(data: bytes) -> tuple[Ints, Floats]:
    """Return the documents of a posting list and the weight of each; whatever is raised says that it is none."""
    if data[:4] != WHOOSH3_HEADER_MAGIC:
        raise ValueError("no posting list stands here")
    ids: list[Ints] = []
    counts: list[Floats] = []
    size, at = 0, 4
    while size >= 0:
        size = _LENGTH.unpack_from(data, at)[0]
        at += _LENGTH.size
        deltas, weights, _ = pickle.loads(data[at + _size_of_facts(data, at) :])  # noqa: S301
        at += abs(size)
        ids.append(np.add.accumulate(np.array(deltas, dtype=np.int32), dtype=np.int32))
        if weights is None or isinstance(weights, float):
            counts.append(np.full(len(deltas), 1.0 if weights is None else weights, np.float32))
        else:
            counts.append(np.array(weights, dtype=np.float32))
    return (ids[0], counts[0]) if len(ids) == 1 else (np.concatenate(ids), np.concatenate(counts))


def _size_of_facts(data: bytes, at: int) -> int:
    """Return how long the first pickle of a block is: protocol, frame mark, and a frame that tells its length (PEP 3154)."""
    mark, length = _FRAME.unpack_from(data, at)
    if mark != _FRAMED:
        raise ValueError("a block begins in another way")
    return int(_FRAME.size + length)


class TermPool:
    """The postings of a batch until it is committed, gathered by term; takes the place of Whoosh's pool, which sorts postings.

    Documents come in ascending order. What does not fit into ``memory_mb`` waits in files in ``folder``.
    """

    def __init__(self, folder: Path, memory_mb: int) -> None:
        self._folder = folder
        self._most_bytes = memory_mb << 20
        self._bytes = 0
        self._terms: dict[bytes, bytearray] = {}
        self._runs: list[Path] = []
        self.fieldnames: set[str] = set()

    def add(self, posting: Posting) -> None:
        """Take one posting: field, term, document, weight, and a value that we do not use."""
        field, term, number, weight, _ = posting
        key = field.encode() + b"\0" + term
        entry = _ENTRY.pack(number, weight)
        kept = self._terms.get(key)
        if kept is None:
            self.fieldnames.add(field)
            self._terms[key] = bytearray(entry)
            self._bytes += _BYTES_PER_TERM + len(key)
        else:
            kept += entry
        self._bytes += len(entry)
        if self._bytes > self._most_bytes:
            self._save()

    def iter_terms(self) -> Iterator[TermPostings]:
        """Yield all terms by field and term, each once, with its documents and weights."""
        runs = [self._read(path) for path in self._runs]
        waiting = sorted(self._terms.items())
        self._terms = {}
        in_order: Iterable[tuple[bytes, bytes | bytearray]] = (
            merge(*runs, waiting, key=itemgetter(0)) if runs else waiting
        )
        for key, parts in groupby(in_order, key=itemgetter(0)):
            field, _, term = key.partition(b"\0")
            yield field.decode(), term, b"".join(part for _, part in parts)

    # Whoosh's writer asks for postings under this name, and hands them to PostingsByTerm.add_postings.
    iter_postings = iter_terms

    def cleanup(self) -> None:
        """Forget everything."""
        self._terms = {}
        for path in self._runs:
            path.unlink(missing_ok=True)
        self._runs = []

    def _save(self) -> None:
        path = self._folder / f"{len(self._runs)}.terms"
        self._runs.append(path)
        ordered = sorted(self._terms.items())
        with path.open("wb") as stream:
            for start in range(0, len(ordered), _TERMS_AT_ONCE):
                some = [(key, bytes(entries)) for key, entries in ordered[start : start + _TERMS_AT_ONCE]]
                pickle.dump(some, stream, pickle.HIGHEST_PROTOCOL)
        self._terms, self._bytes = {}, 0

    def _read(self, path: Path) -> Iterator[tuple[bytes, bytes]]:
        with path.open("rb") as stream:
            while True:
                try:
                    yield from pickle.load(stream)  # noqa: S301
                except EOFError:
                    return


class PostingsByTerm(W3FieldWriter):  # type: ignore[misc]
    """Whoosh's writer of terms and postings, given whole lists by TermPool instead of single postings."""

    def add_postings(self, schema: Any, _lengths: object, terms: Iterator[TermPostings]) -> None:
        """Write all terms, which come by field and term."""
        current = ""
        for field, term, entries in terms:
            if field != current:
                self.start_field(field, schema[field])
                current = field
            info = self._write_list(entries)
            self._tindex.add(pack_ushort(self._fieldid) + term, info.to_bytes())
        if current:
            self.finish_field()

    def _write_list(self, entries: bytes) -> W3TermInfo:
        start = self._postfile.tell()
        self._postfile.write(WHOOSH3_HEADER_MAGIC)
        if len(entries) <= SHORT * _ENTRY.size:
            info = self._write_short(list(_ENTRY.iter_unpack(entries)))
        else:
            info = self._write_long(np.frombuffer(entries, _ENTRIES))
        info.set_extent(start, self._postfile.tell() - start)
        return info

    def _write_short(self, entries: list[tuple[int, float]]) -> W3TermInfo:
        numbers, weights = [number for number, _ in entries], [weight for _, weight in entries]
        deltas = tuple(after - before for before, after in pairwise((0, *numbers)))
        most = max(weights)
        kept = None if most == 1.0 == min(weights) else most if most == min(weights) else tuple(weights)
        self._write_block(len(entries), numbers[-1], most, (deltas, kept, None), is_last=True)
        return W3TermInfo(sum(weights), len(entries), 0, 0, most, numbers[0], numbers[-1])

    def _write_long(self, entries: np.ndarray[Any, Any]) -> W3TermInfo:
        numbers, weights = entries["number"], entries["weight"]
        deltas = np.diff(numbers, prepend=np.uint32(0))
        most = float(weights.max())
        for at in range(0, len(entries), BLOCK):
            part = slice(at, at + BLOCK)
            # In every block but the first, the first difference is to nothing.
            parted = deltas[part].copy()
            parted[0] = numbers[at]
            data = (array("I", parted.tobytes()), array("f", weights[part].tobytes()), None)
            last = min(at + BLOCK, len(entries)) - 1
            self._write_block(len(parted), int(numbers[last]), most, data, is_last=last == len(entries) - 1)
        return W3TermInfo(float(weights.sum()), len(entries), 0, 0, most, int(numbers[0]), int(numbers[-1]))

    def _write_block(self, count: int, last: int, most: float, data: object, *, is_last: bool) -> None:
        # Whoosh asks for the number of postings, the last one, the highest weight, no compression, and lengths we do not use.
        facts = pickle.dumps((count, last, most, 0, 0, 0), _PROTOCOL)
        content = pickle.dumps(data, _PROTOCOL)
        size = len(facts) + len(content)
        self._postfile.write(_LENGTH.pack(-size if is_last else size) + facts + content)
