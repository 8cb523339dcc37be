"""Writes one line for each counted request to this process's file in the spool, before the answer leaves.

A process owns its *segment*, ``<UTC hour>-<host>-<pid>-<start>.log``, opened at its first line, changed each hour, locked
(flock, shared) while it is open. A line is one ``os.write`` to a file opened O_APPEND: what a kill -9 leaves is whole lines,
and only a full disk or a power cut can tear one. Nothing here ever fails a page: what could not be written is ``dropped``, and
stands in a gauge (cac/stats/gauge). A segment is closed when its hour is over, also when nobody reads any more
(cac/stats/spool_keeper). The format of a line stands in cac/stats/lines.
"""

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from cac.stats.day_salt import DaySalt
from cac.stats.days import HOUR_MS, Calendar
from cac.stats.files import open_held
from cac.stats.gauge import Gauge
from cac.stats.host_id import host_id
from cac.stats.lines import CLASS_LETTERS, MEASURE_RECORDS, SALT_BREAK, Search, write_search
from cac.stats.models import Measure, ViewClass
from cac.stats.spool_keeper import SpoolKeeper
from cac.stats.visitors import KeepsSalts, Salts

log = logging.getLogger(__name__)

COMPLAIN_EVERY = 60.0
LATE_MS = 2_000
"""A thread may have paused between reading its clock and writing: its line goes into the segment of the hour that has begun."""


@dataclass(frozen=True, slots=True)
class CountedPractice:
    """What an answer shows: a published practice of a city in the language of one of its editions (BCP 47).

    ``view_class`` is set where the kind of answer says who asks, whatever the user agent. ``item``: fields 3 to 5 of its lines.
    """

    practice_id: int
    city_id: int
    language: str
    measure: Measure = Measure.VIEW
    view_class: ViewClass | None = None
    item: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "item", f"p{self.practice_id}\t{self.city_id}\t{self.language}")


class Spool:
    """The writing end of the spool in one process; ``count`` may be called by many threads at once.

    ``dropped`` is how many lines this process could not write since it began. ``zone`` is the site's time zone: the
    visitor's salt changes at its midnight. ``moment`` gives seconds since 1970.
    """

    def __init__(
        self,
        folder: Path,
        zone: str = "UTC",
        *,
        salts: KeepsSalts | None = None,
        moment: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.dropped = 0
        self._salt = DaySalt(salts or Salts(folder), Calendar(zone))
        self._gauge = Gauge(folder)
        self._moment = moment
        self._complained_at = 0.0
        self._forget_segment()
        KEEPER.know(self)

    def _forget_segment(self) -> None:
        self._lock = threading.Lock()
        self._descriptor = -1
        self._begins_ms = self._ends_ms = 0
        self._is_torn = False

    def count(
        self,
        counted: CountedPractice,
        view_class: ViewClass,
        *,
        address: str = "",
        agent: str = "",
        languages: str = "",
        referrer: str = "",
        country: str = "",
        search: Search | None = None,
    ) -> bool:
        """Write down one request to count; False, and one more ``dropped``, if that was not possible.

        ``address``, ``agent`` and ``languages`` go into the visitor's key and nowhere else.
        """
        now_ms = int(self._moment() * 1000)
        visitor = ""
        if view_class == "person":
            visitor = self._salt.visitor_of(now_ms, address, agent, languages)
        line = (
            f"{MEASURE_RECORDS[counted.measure]}\t{now_ms}\t{counted.item}\t{CLASS_LETTERS[view_class]}\t{visitor}\t"
            f"{referrer}\t{country}\t"
        ).encode("ascii", "replace")
        line += write_search(search) + b".\n" if search else b".\n"
        with self._lock:
            try:
                if now_ms >= self._ends_ms or now_ms < self._begins_ms or self._is_torn or self._salt.has_break:
                    self._make_ready(now_ms)
                written = os.write(self._descriptor, line)
                if written != len(line):
                    self._fail_torn(written, len(line))
            except OSError as error:
                self._drop(now_ms, error)
                return False
        return True

    def close(self) -> None:
        """Close the segment; the next line opens another."""
        with self._lock:
            self._close_segment()

    @property
    def is_holding(self) -> bool:
        """Whether a segment is open, a salt known or a dropped line not noted yet."""
        return self._descriptor >= 0 or self._salt.is_held or self._gauge.is_held

    def look_after(self) -> None:
        """Let go of a segment whose hour is over and of a salt whose day is; ask again for a salt that could not be had."""
        now_ms = int(self._moment() * 1000)
        with self._lock:
            if self._descriptor >= 0 and now_ms >= self._ends_ms:
                self._close_segment()
            self._gauge.look_after(now_ms)
        self._salt.look_after(now_ms)

    def _make_ready(self, now_ms: int) -> None:
        """Open a segment for a line of this moment, end a torn line, so that it spoils no other, and note a lost salt."""
        if not self._begins_ms <= now_ms < self._ends_ms:
            self._open_segment(now_ms)
        if self._is_torn:
            self._append(b"\n")
            self._is_torn = False
        if self._salt.has_break:
            self._append(b"%s\t%d\t\t\t\t\t\t\t\t.\n" % (SALT_BREAK, now_ms))
            self._salt.has_break = False

    def _append(self, data: bytes) -> None:
        written = os.write(self._descriptor, data)
        if written != len(data):
            self._fail_torn(written, len(data))

    def _fail_torn(self, written: int, length: int) -> NoReturn:
        self._is_torn = True
        raise OSError(f"only {written} of {length} bytes were written")

    def _open_segment(self, now_ms: int) -> None:
        self._close_segment()
        try:
            path = self.folder / segment_name(self.folder, now_ms)
            self._descriptor, self._is_torn = open_held(path, os.O_APPEND), False
            self._ends_ms = (now_ms // HOUR_MS + 1) * HOUR_MS
            self._begins_ms = self._ends_ms - HOUR_MS - LATE_MS
        finally:
            KEEPER.watch(self)

    def _close_segment(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._begins_ms, self._ends_ms = -1, 0, 0

    def _drop(self, now_ms: int, error: OSError) -> None:
        self.dropped += 1
        self._gauge.add(now_ms)
        KEEPER.watch(self)
        if self._moment() - self._complained_at >= COMPLAIN_EVERY:
            self._complained_at = self._moment()
            log.error("a view could not be written to %s (%s dropped so far): %s", self.folder, self.dropped, error)

    def leave_to_parent(self) -> None:
        """In a process that was forked: let go of the parent's segment and gauge, which stay the parent's."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self.dropped = 0
        self._gauge.leave_to_parent()
        self._salt.forget()
        self._forget_segment()


def segment_name(folder: Path, now_ms: int) -> str:
    """Return a new name for a segment of this process in a spool; raises OSError where the host has no id and cannot have one."""
    hour = datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y%m%dT%H")
    return f"{hour}-{host_id(folder)}-{os.getpid()}-{now_ms:x}{secrets.token_hex(2)}.log"


KEEPER = SpoolKeeper()


os.register_at_fork(after_in_child=KEEPER.leave_to_parent)
