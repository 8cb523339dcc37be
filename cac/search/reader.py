"""The index as one process reads it: one object a process, shared by its threads, always the newest generation."""

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from cac.cities.catalogue import CityCatalogue
from cac.db import SessionFactory
from cac.search.cache import BoundedCache
from cac.search.document import EditionText
from cac.search.index import FORMAT, BrokenIndexError
from cac.search.index_reading import Snapshot
from cac.search.manifest import BROKEN, MANIFEST, Manifest, is_reported_broken, read_manifest, report_broken
from cac.search.popularity import Popularity
from cac.search.request import Part
from cac.search.spelling import SpellingReader
from cac.search.synonyms import GlossaryCatalogue
from cac.search.typed_filters import Labels

log = logging.getLogger(__name__)

OPEN_ATTEMPTS = 3
TEXTS_MB, EXCERPTS_MB = 32, 8


class IndexReader:
    """Reads the index in ``folder``; notices a new generation by itself, and works while there is no index at all.

    Looks for a new generation at most every ``interval`` seconds, which costs two stat calls. An index that somebody found broken
    is not answered from: what it says may be wrong without anybody noticing.
    """

    def __init__(self, folder: Path, *, interval: float = 0.2) -> None:
        self.folder = folder
        self._interval = interval
        self._snapshot: Snapshot | None = None
        self._seen: tuple[float, ...] = ()
        self._opened_folder = self._broken_folder = ""
        self._next_look = 0.0
        self._lock = threading.Lock()
        self.cities = CityCatalogue()
        # The words of the interface for the codes of the vocabulary, which whoever makes pages knows.
        self.labels: Callable[[], Labels] = dict
        self.popularity = Popularity()
        self.glossary = GlossaryCatalogue(fresh_seconds=10 * interval)
        self.spelling = SpellingReader(folder)
        # Revisions never change, so what was made of one stays true: its plain text, the form in which phrases are
        # looked for in it, its excerpt for a query.
        self.texts: BoundedCache[int, EditionText] = BoundedCache(TEXTS_MB, lambda text: text.size)
        self.comparable_texts: BoundedCache[int, str] = BoundedCache(TEXTS_MB // 2, lambda text: 200 + 2 * len(text))
        self.excerpts: BoundedCache[tuple[int, str], tuple[Part, ...]] = BoundedCache(EXCERPTS_MB, _size_of_parts)

    def snapshot(self) -> Snapshot | None:
        """Return the newest generation of the index, or None while there is none that can be used."""
        if time.monotonic() >= self._next_look and self._lock.acquire(blocking=self._snapshot is None):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._snapshot

    def warm_up(self, session_factory: SessionFactory) -> None:
        """Open what the first search would have to wait for: the index, the cities, and the glossary, which is most of it."""
        try:
            with session_factory() as session:
                self.snapshot()
                self.cities.by_id(session)
                self.glossary.synonyms(session, "", "", {})
        except SQLAlchemyError:
            log.warning("the search could not be warmed up: the first one will be slower", exc_info=True)

    def refresh(self) -> None:
        """Look for a new generation now, whenever the last look was."""
        with self._lock:
            self._look()

    def give_up(self, error: BaseException) -> None:
        """Stop using the index because reading it failed with ``error``, and tell the writer, which builds a new one."""
        with self._lock:
            self._give_up(self._opened_folder, error)

    def _look(self) -> None:
        self._next_look = time.monotonic() + self._interval
        seen = self._state()
        if seen == self._seen:
            return
        name, error = "", None
        for attempt in range(OPEN_ATTEMPTS):
            manifest = read_manifest(self.folder)
            self._seen = seen
            if manifest is None or self._is_broken(manifest):
                self._snapshot = None
                return
            name, error = manifest.folder, self._open(manifest)
            if error is None:
                return
            # A writer may have replaced the generation between two of our steps: the next attempt finds the new one.
            time.sleep(0.05 * attempt)
            seen = self._state()
        self._give_up(name, error)

    def _state(self) -> tuple[float, ...]:
        """Return what changes with the index in use and with a report that it is broken."""
        found: list[float] = []
        for name in (MANIFEST, BROKEN):
            try:
                status = os.stat(self.folder / name)
            except OSError:
                found.append(0)
            else:
                found += (status.st_ino, status.st_mtime_ns)
        return tuple(found)

    def _is_broken(self, manifest: Manifest) -> bool:
        return manifest.folder == self._broken_folder or is_reported_broken(self.folder, manifest.folder)

    def _open(self, manifest: Manifest) -> BrokenIndexError | None:
        """Open the generation that the manifest names; returns what went wrong if it cannot be read."""
        if manifest.format != FORMAT:
            return BrokenIndexError("the index is of another version")
        previous = self._snapshot if self._opened_folder == manifest.folder else None
        try:
            self._snapshot = Snapshot(self.folder / manifest.folder, previous)
        except BrokenIndexError as error:
            return error
        self._opened_folder = manifest.folder
        return None

    def _give_up(self, name: str, error: BaseException | None) -> None:
        log.error("the search index cannot be read, searching the database until it is rebuilt", exc_info=error)
        self._snapshot, self._broken_folder = None, name
        report_broken(self.folder, name)


def _size_of_parts(parts: tuple[Part, ...]) -> int:
    """Return about how many bytes an excerpt and the query under which it is kept take."""
    return 700 + sum(120 + 2 * len(part.text) for part in parts)
