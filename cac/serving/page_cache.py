"""Pages kept in the memory of a process for readers who are not signed in; each is shown only while its state is the present one.

A page that costs milliseconds to draw is drawn once for each state of what it shows (revision, views, day) and address.
Whoever asks brings the state from the database: nothing can be shown that has changed or was withdrawn since. While one reader's
page is drawn, others who want the same wait for it: were each to draw it, at 200 requests a second all would wait half a second.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cac.stats.spool import CountedPractice

LONGEST_WAIT = 2.0
"""Seconds that a reader waits for a page that is drawn for another, before it is drawn a second time."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A drawn page: the state that it shows, its HTML as UTF-8, and what is counted when it is read, if anything is.

    ``etag`` names what it says, so that a browser that has it already need not be sent it again.
    """

    state: Hashable
    body: bytes
    shows: CountedPractice | None = None
    etag: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "etag", hashlib.blake2b(self.body, digest_size=16).hexdigest())


@dataclass(slots=True)
class Drawing:
    """A page that is drawn now: the lock of the thread that draws it, and how many threads want it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted_by: int = 0


class PageCache:
    """The pages that were asked for last, up to ``max_bytes`` of HTML; safe for the threads of a process."""

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self._pages: OrderedDict[Hashable, KeptPage] = OrderedDict()
        self._drawings: dict[Hashable, Drawing] = {}
        self._lock = threading.Lock()

    @contextmanager
    def one_draws(self, address: Hashable) -> Iterator[None]:
        """Let one thread at a time draw the page of an address; who has waited finds it kept, if it could be."""
        with self._lock:
            drawing = self._drawings.setdefault(address, Drawing())
            drawing.wanted_by += 1
        is_alone = drawing.lock.acquire(timeout=LONGEST_WAIT)
        try:
            yield
        finally:
            if is_alone:
                drawing.lock.release()
            with self._lock:
                drawing.wanted_by -= 1
                if not drawing.wanted_by:
                    del self._drawings[address]

    def find(self, address: Hashable, state: Hashable) -> KeptPage | None:
        """Return the page kept for an address if it shows this state."""
        with self._lock:
            page = self._pages.get(address)
            if page is None or page.state != state:
                return None
            self._pages.move_to_end(address)
            return page

    def keep(self, address: Hashable, page: KeptPage) -> None:
        """Keep a page in place of the one with another state, and let the pages go that were asked for longest ago."""
        with self._lock:
            old = self._pages.pop(address, None)
            self.size -= len(old.body) if old else 0
            self._pages[address] = page
            self.size += len(page.body)
            while self.size > self.max_bytes and self._pages:
                _, oldest = self._pages.popitem(last=False)
                self.size -= len(oldest.body)
