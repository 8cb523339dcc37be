"""One generation of the index as numpy arrays: columns, lengths and postings read from Whoosh's own files.

Whoosh is a sound format and a slow evaluator: its posting blocks are decoded here whole, without a Python step per posting.
What the numbers mean for a query is said in search/executor.
"""

import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec.whoosh3 import LENGTHS_COLUMN, W3Codec
from whoosh.reading import SegmentReader
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
from cac.search.term_files import TermFiles
from cac.search.weighted_postings import Flags, Floats, Ints, Key, Longs, Postings, WeightedPostings
from cac.search.words import base_language

# Groups of languages whose flags are kept: queries have few, by the scripts of their words.
MOST_FLAGS = 1000
_LENGTHS = np.array([byte_to_length(byte) for byte in range(256)], dtype=np.float32)


class Segment:
    """One of Whoosh's segments, opened: unchangeable but for deletions, and so kept from one generation to the next."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._terms = TermFiles(reader._terms)
        self.size = int(reader.doc_count_all())
        self.numbers = {name: self._numbers(name) for name in NUMBER_FIELDS}
        self.facets = {name: self._codes(name) for name in FACET_FIELDS}
        self.lengths = {name: self._field_lengths(name) for name in TEXT_FIELDS}
        # Cities have few names, and nearly every word of a query is none of them: no need to look for it in the file.
        self._names = frozenset(reader.lexicon("names"))
        self.close = weakref.finalize(self, reader.close)

    def postings(self, field: str, term: bytes) -> tuple[Ints, Floats] | None:
        """Return the documents with ``term`` in ``field`` and how often it occurs in each; None if there are none.

        Raises BrokenIndexError if what is read makes no sense.
        """
        if field == "names" and term not in self._names:
            return None
        try:
            found = self._terms.read(field, term)
        except Exception as error:  # Nothing is checked: what is wrong with a file shows in any way.
            raise BrokenIndexError(field) from error
        if found is None:
            return None
        ids, counts = found
        if len(ids) == 0 or len(ids) != len(counts) or ids[-1] >= self.size:
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


def _open_whole(described: Any, storage: Any) -> Segment:
    """Open a segment; raises BrokenIndexError where a writer deletes its files meanwhile, as another has taken its place.

    To Whoosh a file that is gone is a column without values. Each document has these columns, and terms.
    """
    files = _files_of(described, storage)
    columns = {W3Codec.column_filename(described, name) for name in (*NUMBER_FIELDS, *FACET_FIELDS, "_body_len")}
    if not columns <= files:
        raise BrokenIndexError(str(described.segment_id()))
    segment = Segment(SegmentReader(storage, schema(), described))
    if _files_of(described, storage) != files:
        segment.close()
        raise BrokenIndexError(str(described.segment_id()))
    return segment


def _files_of(described: Any, storage: Any) -> set[str]:
    return {name for name in storage.list() if str(described.segment_id()) in name}


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
        self._load_columns()
        self._postings = WeightedPostings(self._parts, self.live, self.base_of, self.base_sizes, cache_mb=cache_mb)

    def _take(self, described: Any, storage: Any, known: dict[str, Segment], live: list[Flags]) -> None:
        if described.doc_count_all() == 0:
            return
        segment_id = str(described.segment_id())
        alive = np.ones(described.doc_count_all(), np.bool_)
        alive[list(described.deleted_docs())] = False
        live.append(alive)
        self._segments[segment_id] = known.get(segment_id) or _open_whole(described, storage)

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
        self._flags: dict[frozenset[str], Flags] = {}

    def flags_of(self, bases: Iterable[str]) -> Flags:
        """Return for each base language of the index whether it is among ``bases``; not to be changed."""
        key = frozenset(bases)
        found = self._flags.get(key)
        if found is None:
            if len(self._flags) >= MOST_FLAGS:
                self._flags.clear()
            found = self._flags[key] = np.array([base in key for base in self.bases], np.bool_)
        return found

    def with_other_editions(self, documents: Flags) -> Flags:
        """Return ``documents`` and all other editions of their practices."""
        if self.has_one_edition_each or not len(self.practice_ids):
            return documents
        practices = np.zeros(len(self.practice_ids), np.bool_)
        practices[self.practice_of[documents & self.live]] = True
        return np.asarray(practices[self.practice_of] & self.live, np.bool_)

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

    def postings(self, field: str, term: str) -> Postings:
        """Return the postings of ``term`` in ``field``; empty if it does not occur."""
        return self._postings.find(field, term)

    def all_postings(self, keys: Iterable[Key]) -> dict[Key, Postings]:
        """Return the postings of each (field, term) of ``keys``: together they cost a fraction."""
        return self._postings.find_all(keys)
