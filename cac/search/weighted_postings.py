"""What each term adds to the score of each document of one generation of the index: BM25, read and worked out together.

Reading a list is cheap and numpy's calls are not: the lists that a query needs are read one after the other and weighted in one
step. Kept in memory up to a limit, for the next query with the same words.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from cac.search.index import TEXT_FIELDS, BrokenIndexError

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
# A field and a term in it.
Key = tuple[str, str]

# The constants of BM25 (Robertson and Zaragoza 2009). K1 is a little under the usual 1.2: overlapping bigrams repeat together.
K1, B = 1.0, 0.75
# A term in more than half of the documents of a language says nothing there, once there are enough of them to tell.
COMMON_SHARE, COMMON_FROM = 0.5, 20
_BYTES_PER_LIST = 300


class Postings(NamedTuple):
    """The documents of one term in one field, and what the term adds to the score of each (BM25, idf per language).

    ``counts`` says in how many documents of each base language it occurs; ``common`` names those where it is too common
    to count, or is None.
    """

    ids: Ints
    impacts: Floats
    counts: Ints
    common: Flags | None


class Lists(Protocol):
    """What a segment of the index gives: its size, the lengths of its documents by field, and its posting lists."""

    size: int
    lengths: dict[str, Floats]

    def postings(self, field: str, term: bytes) -> tuple[Ints, Floats] | None:
        """Return the documents of a term and how often it occurs in each; None if there are none."""


class WeightedPostings:
    """The posting lists of some segments as one, weighted.

    ``live`` says which documents count, ``base_of`` the number of each one's base language, ``base_sizes`` how many documents
    each base language has.
    """

    def __init__(
        self, parts: Sequence[Lists], live: Flags, base_of: Longs, base_sizes: Longs, *, cache_mb: int
    ) -> None:
        self._parts = parts
        self._live, self._is_all_live = live, bool(live.all())
        self._base_of, self._base_sizes = base_of.astype(np.int32), base_sizes
        self._norms = {field: self._load_norms(field) for field in TEXT_FIELDS}
        self._nothing = Postings(
            np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(len(base_sizes), np.int32), None
        )
        self._cache: OrderedDict[Key, Postings] = OrderedDict()
        self._cached_bytes, self._most_bytes = 0, cache_mb << 20
        self._lock = threading.Lock()

    def _load_norms(self, field: str) -> Floats:
        """Return for each document what its length does to its scores."""
        parts = [part.lengths[field] for part in self._parts]
        lengths = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        of_live = self._base_of[self._live]
        totals = np.bincount(of_live, weights=lengths[self._live], minlength=len(self._base_sizes))
        means = np.maximum(totals / np.maximum(self._base_sizes, 1), 1e-6)
        return np.asarray(K1 * (1 - B + B * lengths / means[self._base_of]), np.float32)

    def find(self, field: str, term: str) -> Postings:
        """Return the postings of ``term`` in ``field``; empty if it does not occur."""
        return self.find_all(((field, term),))[field, term]

    def find_all(self, keys: Iterable[Key]) -> dict[Key, Postings]:
        """Return the postings of each of ``keys``."""
        found: dict[Key, Postings] = {}
        missing: list[Key] = []
        with self._lock:
            for key in keys:
                kept = self._cache.get(key)
                if kept is None:
                    missing.append(key)
                else:
                    self._cache.move_to_end(key)
                    found[key] = kept
        if missing:
            read = self._read(missing)
            found |= read
            self._keep(read)
        return found

    def _keep(self, read: dict[Key, Postings]) -> None:
        with self._lock:
            for key, postings in read.items():
                if key not in self._cache:
                    self._cache[key] = postings
                    self._cached_bytes += _size(postings)
            while self._cached_bytes > self._most_bytes:
                self._cached_bytes -= _size(self._cache.popitem(last=False)[1])

    def _read(self, keys: Sequence[Key]) -> dict[Key, Postings]:
        read = dict.fromkeys(keys, self._nothing)
        lists: list[tuple[Ints, Floats]] = []
        owners: list[Key] = []
        for key in read:
            parts = list(self._lists(*key))
            if parts:
                lists += parts
                owners += [key] * len(parts)
        if lists:
            read |= self._weighted(owners, lists)
        return read

    def _lists(self, field: str, term: str) -> Iterable[tuple[Ints, Floats]]:
        offset, encoded = 0, term.encode()
        for part in self._parts:
            found = part.postings(field, encoded)
            if found is not None:
                yield (found[0] + np.int32(offset) if offset else found[0]), found[1]
            offset += part.size

    def _weighted(self, owners: Sequence[Key], lists: Sequence[tuple[Ints, Floats]]) -> dict[Key, Postings]:
        """Return the weighted postings of each key; ``owners`` names the key of each list, those of a key together."""
        keys = list(dict.fromkeys(owners))
        languages = len(self._base_sizes)
        cells = {key: number * languages for number, key in enumerate(keys)}
        # The place of each posting in a table of keys and base languages.
        cell = np.repeat(np.array([cells[owner] for owner in owners], np.int32), [len(ids) for ids, _ in lists])
        ids = np.concatenate([ids for ids, _ in lists])
        if ids.min() < 0 or ids.max() >= len(self._live):
            raise BrokenIndexError("a posting list names documents that are not there")
        counts = np.concatenate([counts for _, counts in lists])
        lengths = np.concatenate([self._norms[field][ids] for (field, _), (ids, _) in zip(owners, lists, strict=True)])
        if not self._is_all_live:
            alive = self._live[ids]
            ids, counts, cell, lengths = ids[alive], counts[alive], cell[alive], lengths[alive]
        cell += self._base_of[ids]
        frequencies = np.bincount(cell, minlength=len(keys) * languages).reshape(len(keys), languages)
        # The idf of Lucene, with the statistics of each language for itself: "die" is rare in English only.
        idf = np.log(1 + (self._base_sizes - frequencies + 0.5) / (frequencies + 0.5))
        impacts = ((K1 + 1) * idf).astype(np.float32).ravel()[cell] * (counts / (counts + lengths))
        common = (frequencies > COMMON_SHARE * self._base_sizes) & (self._base_sizes >= COMMON_FROM)
        has_common = [bool(each.any()) for each in common]
        frequencies = frequencies.astype(np.int32)
        ends = frequencies.sum(axis=1).cumsum().tolist()
        # Copies: a part of a long array would keep all of it in memory.
        return {
            key: Postings(
                ids[start:end].copy(), impacts[start:end].copy(), frequencies[number],
                common[number] if has_common[number] else None,
            )
            for number, (key, start, end) in enumerate(zip(keys, [0, *ends], ends, strict=False))
        }  # fmt: skip


def _size(postings: Postings) -> int:
    return postings.ids.nbytes + postings.impacts.nbytes + postings.counts.nbytes + _BYTES_PER_LIST
