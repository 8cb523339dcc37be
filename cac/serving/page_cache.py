"""Pages kept in the memory of a process for readers who are not signed in; each is shown only while its state is the present one.

A page that costs milliseconds to draw is drawn once for each state of what it shows (revision, views, day) and address.
Whoever asks brings the state from the database: nothing can be shown that has changed or was withdrawn since.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from cac.stats.spool import CountedPractice


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


class PageCache:
    """The pages that were asked for last, up to ``max_bytes`` of HTML; safe for the threads of a process."""

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self._pages: OrderedDict[Hashable, KeptPage] = OrderedDict()
        self._lock = threading.Lock()

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
