"""How often each practice of the index was read, for the order by views: read from the database now and then, not for each
search.
"""

import threading
import time

import numpy as np
from sqlalchemy.orm import Session

from cac.search.index_reading import Snapshot
from cac.search.weighted_postings import Longs
from cac.stats.queries import most_viewed

# The numbers are read again after this many times the time that reading them took: a fiftieth of one thread at most.
REST = 50


class Popularity:
    """The views of all practices of a snapshot, kept for the threads of a process: milliseconds old while there are few."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._views = np.zeros(0, np.int64)
        self._fresh_until = 0.0

    def views_of_all(self, session: Session, snapshot: Snapshot) -> Longs:
        """Return the views of each practice of ``snapshot``, in the order of its ``practice_ids``."""
        with self._lock:
            if snapshot is not self._snapshot or time.monotonic() > self._fresh_until:
                started = time.monotonic()
                self._views = _read(session, snapshot)
                self._snapshot = snapshot
                ended = time.monotonic()
                self._fresh_until = ended + REST * (ended - started)
            return self._views


def _read(session: Session, snapshot: Snapshot) -> Longs:
    views = np.zeros(len(snapshot.practice_ids), np.int64)
    counted = most_viewed(session, len(snapshot.practice_ids))
    if counted and len(views):
        found = np.array(counted, np.int64)
        places = np.minimum(np.searchsorted(snapshot.practice_ids, found[:, 0]), len(views) - 1)
        known = snapshot.practice_ids[places] == found[:, 0]
        views[places[known]] = found[known, 1]
    return views
