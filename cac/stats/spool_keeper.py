"""Looks after the spools of a process while nobody reads: lets go of what is over, so that no hash and no salt outlives its day.

One thread, begun with the first line and ended when no spool holds anything. A segment is closed by its own process only, so
that no line is ever written to a file that the roller has deleted.
"""

import logging
import threading
import time
import weakref
from typing import Protocol

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds; well below the two minutes after which the roller deletes what nobody holds."""


class Kept(Protocol):
    """Something that holds what must be let go."""

    @property
    def is_holding(self) -> bool:
        """Whether there is anything to let go, now or later."""

    def look_after(self) -> None:
        """Let go of what is over."""

    def leave_to_parent(self) -> None:
        """In a process that was forked: hold nothing that is the parent's."""


class SpoolKeeper:
    """The thread of a process, as far as there is one, and what it looks after."""

    def __init__(self) -> None:
        self._known: weakref.WeakSet[Kept] = weakref.WeakSet()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Have no thread, as in a new process."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def leave_to_parent(self) -> None:
        """In a process that was forked: threads and who held a lock are the parent's, and so is what the spools hold."""
        self.begin_anew()
        for kept in self.list_known():
            kept.leave_to_parent()

    def know(self, kept: Kept) -> None:
        """Remember a spool, as long as somebody uses it."""
        with self._lock:
            self._known.add(kept)

    def watch(self, kept: Kept) -> None:
        """Look after a spool that holds something now, until none holds anything."""
        with self._lock:
            self._known.add(kept)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="spool-keeper", daemon=True)
                self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether there is a thread now."""
        return self._thread is not None

    def list_known(self) -> list[Kept]:
        """Return all spools of the process that are in use."""
        with self._lock:
            return list(self._known)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY)
            for kept in self.list_known():
                try:
                    kept.look_after()
                except Exception:
                    log.exception("a spool could not let go of what is over")
            with self._lock:
                if not any(kept.is_holding for kept in self._known):
                    self._thread = None
                    return
