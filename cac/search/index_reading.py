"""One generation of the index as numpy arrays: columns, lengths and postings read from Whoosh's own files.

Whoosh is a sound format and a slow evaluator: its posting blocks are decoded here whole, without a Python step per posting.
What the numbers mean for a query is said in search/executor.
"""

import threading
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.codec.whoosh3 import LENGTHS_COLUMN
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.util.numeric import byte_to_length

from cac.search.facet_columns import FacetColumn
from cac.search.facet_table import FACETS
from cac.search.index import (
    FACET_FIELDS,
    NUMBER_FIELDS,
    TEXT_FIELDS,
    BrokenIndexError,
    open_index,
    schema,
)
from cac.search.posting_files import read_postings
from cac.search.words import base_language

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

# The constants of BM25 (Robertson and Zaragoza 2009). K1 is a little under the usual 1.2: overlapping bigrams repeat together.
K1, B = 1.0, 0.75
# A term in more than half of the documents of a language says nothing there, once there are enough of them to tell.
COMMON_SHARE, COMMON_FROM = 0.5, 20

_LENGTHS = np.array([byte_to_length(byte) for byte in range(256)], dtype=np.float32)


class Postings(NamedTuple):
    """The documents of one term in one field, and what the term adds to the score of each (BM25, idf per language).

    ``counts`` says in how many documents of each base language it occurs; ``common`` names those where it is too common
    to count, or is None.
    """

    ids: Ints
    impacts: Floats
    counts: Ints
    common: Flags | None


class Segment:
    """One of Whoosh's segments, opened: unchangeable but for deletions, and so kept from one generation to the next."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self.size = int(reader.doc_count_all())
        self.numbers = {name: self._numbers(name) for name in NUMBER_FIELDS}
        self.facets = {name: self._codes(name) for name in FACET_FIELDS}
        self.lengths = {name: self._field_lengths(name) for name in TEXT_FIELDS}
        # Cities have few names, and nearly every word of a query is none of them: no need to look for it in the file.
        self._names = frozenset(reader.lexicon("names"))
        weakref.finalize(self, reader.close)

    def postings(self, field: str, term: bytes) -> tuple[Ints, Floats] | None:
        """Return the documents with ``term`` in ``field`` and how often it occurs in each; None if there are none.

        Raises BrokenIndexError if what is read makes no sense.
        """
        if field == "names" and term not in self._names:
            return None
        with self._lock:
            try:
                ids, counts = read_postings(self._reader._terms, field, term)
            except (TermNotFound, KeyError):
                return None
            except Exception as error:  # Whoosh checks nothing: what is wrong with a file shows in any way.
                raise BrokenIndexError(field) from error
        if len(ids) == 0 or len(ids) != len(counts) or ids[0] < 0 or ids[-1] >= self.size:
            raise BrokenIndexError(field)
        return ids, counts

    def _numbers(self, name: str) -> Longs:
        column = self._reader.column_reader(name, translate=False)
        if not hasattr(column, "_basepos"):
            return np.zeros(self.size, np.int64)
        found = np.full(self.size, column._default, np.int64)
        count = min(column._count, self.size)
        raw = column._dbfile.get(column._basepos, count * 8)
        found[:count] = np.frombuffer(raw, dtype=">i8")
        return found

    def _codes(self, name: str) -> tuple[Ints, list[str]]:
        column = self._reader.column_reader(name, translate=False)
        if not hasattr(column, "_uniques"):
            return np.zeros(self.size, np.int32), [""]
        raw = column._dbfile.get(column._basepos, self.size * column._itemsize)
        codes = np.frombuffer(raw, dtype=">u2" if column._itemsize == 2 else np.uint8)
        return codes.astype(np.int32), [value.decode() for value in column._uniques]

    def _field_lengths(self, name: str) -> Floats:
        column = f"_{name}_len"
        perdoc = self._reader._perdoc
        if not perdoc.has_column(column):
            return np.zeros(self.size, np.float32)
        raw = bytes(perdoc.column_reader(column, LENGTHS_COLUMN))
        found = np.zeros(self.size, np.float32)
        found[: len(raw)] = _LENGTHS[np.frombuffer(raw, np.uint8)][: self.size]
        return found


class Snapshot:
    """One generation of the index. Its arrays never change and are shared by all threads of the process.

    Making one raises BrokenIndexError if there is no index in the folder that can be read.

    There is one entry per document (an edition of a practice). ``practice_of`` numbers the practices from 0, -1 for
    a document that was taken out; ``one_document_of`` gives one of the documents of each practice; ``bases`` are the base
    languages and ``base_of`` the one of each document.
    """

    def __init__(self, folder: Path, previous: "Snapshot | None" = None, *, cache_mb: int = 64) -> None:
        self._segments: dict[str, Segment] = {}
        live: list[Flags] = []
        index = open_index(folder)
        try:
            toc = index._read_toc()
            for described in toc.segments:
                self._take(described, index.storage, previous._segments if previous is not None else {}, live)
        except Exception as error:  # as above
            index.storage.close_all()
            raise BrokenIndexError(str(folder)) from error
        self._parts = list(self._segments.values())
        self.live = np.concatenate(live) if live else np.zeros(0, np.bool_)
        self.size = len(self.live)
        self._is_all_live = bool(self.live.all())
        self._load_columns()
        self._load_norms()
        self._cache: OrderedDict[tuple[str, str], Postings] = OrderedDict()
        self._cached_bytes, self._most_bytes = 0, cache_mb << 20
        self._lock = threading.Lock()

    def _take(self, described: Any, storage: Any, known: dict[str, Segment], live: list[Flags]) -> None:
        if described.doc_count_all() == 0:
            return
        segment_id = str(described.segment_id())
        alive = np.ones(described.doc_count_all(), np.bool_)
        alive[list(described.deleted_docs())] = False
        live.append(alive)
        self._segments[segment_id] = known.get(segment_id) or Segment(SegmentReader(storage, schema(), described))

    def _load_columns(self) -> None:
        for name in NUMBER_FIELDS:
            parts = [part.numbers[name] for part in self._parts]
            setattr(self, name, np.concatenate(parts) if parts else np.zeros(0, np.int64))
        self.facets: dict[str, Ints] = {}
        self.facet_values: dict[str, list[tuple[str, ...]]] = {}
        for name in FACET_FIELDS:
            self.facets[name], self.facet_values[name] = self._joined_codes(name)
        self.columns = {
            facet.name: FacetColumn(self.facets[facet.column], self.facet_values[facet.column], facet.widen)
            for facet in FACETS
        }
        self.practice_ids, inverse = np.unique(self.practice_id[self.live], return_inverse=True)
        self.practice_of = np.full(self.size, -1, np.int64)
        self.practice_of[self.live] = inverse
        self.one_document_of = np.zeros(len(self.practice_ids), np.int64)
        self.one_document_of[inverse] = np.flatnonzero(self.live)
        self.has_one_edition_each = len(inverse) == len(self.practice_ids)
        tags = [values[0] if values else "" for values in self.facet_values["language"]]
        self.bases = list(dict.fromkeys(base_language(tag) for tag in tags if tag))
        table = np.array([self.bases.index(base_language(tag)) if tag else 0 for tag in tags], dtype=np.int64)
        self.base_of = table[self.facets["language"]] if self.size else np.zeros(0, np.int64)
        self.base_sizes = np.bincount(self.base_of[self.live], minlength=len(self.bases))

    practice_id: Longs
    edition_id: Longs
    version: Longs
    published: Longs
    checked: Longs
    is_original: Longs
    is_whole: Longs

    def _joined_codes(self, name: str) -> tuple[Ints, list[tuple[str, ...]]]:
        vocabulary: dict[str, int] = {}
        codes = []
        for part in self._parts:
            own, values = part.facets[name]
            table = np.array([vocabulary.setdefault(value, len(vocabulary)) for value in values], dtype=np.int32)
            codes.append(table[own])
        joined = np.concatenate(codes) if codes else np.zeros(0, np.int32)
        return joined, [tuple(value.split()) for value in vocabulary]

    def _load_norms(self) -> None:
        sizes = np.maximum(self.base_sizes, 1)
        self._norms: dict[str, Floats] = {}
        for name in TEXT_FIELDS:
            parts = [part.lengths[name] for part in self._parts]
            lengths = np.concatenate(parts) if parts else np.zeros(0, np.float32)
            totals = np.bincount(self.base_of[self.live], weights=lengths[self.live], minlength=len(self.bases))
            means = np.maximum(totals / sizes, 1e-6)
            self._norms[name] = (K1 * (1 - B + B * lengths / means[self.base_of])).astype(np.float32)

    def postings(self, field: str, term: str) -> Postings:
        """Return the postings of ``term`` in ``field``; empty if it does not occur."""
        key = (field, term)
        with self._lock:
            found = self._cache.get(key)
            if found is not None:
                self._cache.move_to_end(key)
                return found
        found = self._read(field, term)
        with self._lock:
            if key not in self._cache:
                self._cache[key] = found
                self._cached_bytes += _size(found)
            while self._cached_bytes > self._most_bytes:
                self._cached_bytes -= _size(self._cache.popitem(last=False)[1])
        return found

    def _read(self, field: str, term: str) -> Postings:
        ids, counts, offset, encoded = [], [], 0, term.encode()
        for part in self._parts:
            found = part.postings(field, encoded)
            if found is not None:
                ids.append(found[0] + np.int32(offset))
                counts.append(found[1])
            offset += part.size
        if not ids:
            return _nothing(len(self.bases))
        return self._weighted(field, np.concatenate(ids), np.concatenate(counts))

    def _weighted(self, field: str, ids: Ints, counts: Floats) -> Postings:
        if not self._is_all_live:
            alive = self.live[ids]
            ids, counts = ids[alive], counts[alive]
        bases = self.base_of[ids]
        frequencies = np.bincount(bases, minlength=len(self.bases))
        # The idf of Lucene, with the statistics of each language for itself: "die" is rare in English only.
        idf = np.log(1 + (self.base_sizes - frequencies + 0.5) / (frequencies + 0.5))
        impacts = ((K1 + 1) * idf).astype(np.float32)[bases] * counts / (counts + self._norms[field][ids])
        common = (frequencies > COMMON_SHARE * self.base_sizes) & (self.base_sizes >= COMMON_FROM)
        return Postings(ids, impacts, frequencies.astype(np.int32), common if common.any() else None)


def _nothing(bases: int) -> Postings:
    return Postings(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(bases, np.int32), None)


def _size(postings: Postings) -> int:
    return postings.ids.nbytes + postings.impacts.nbytes + postings.counts.nbytes + 200
