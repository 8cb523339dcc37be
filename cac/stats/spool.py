"""Writes one line for each counted request to this process's file in the spool, before the answer leaves.

A process owns its *segment*, ``<UTC hour>-<host>-<pid>-<start>.log``, opened at its first line, changed each hour, locked
(flock, shared) while it is open. A line is one ``os.write`` to a file opened O_APPEND: what a kill -9 leaves is whole lines,
and only a full disk or a power cut can tear one. Nothing here ever fails a page: what could not be written is ``dropped``.
The format of a line stands in cac/stats/lines.
"""

import fcntl
import logging
import os
import re
import secrets
import socket
import threading
import time
import weakref
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from cac.stats.days import HOUR_MS, Calendar
from cac.stats.lines import CLASS_LETTERS, LOST, MEASURE_RECORDS, SALT_BREAK
from cac.stats.models import Measure, ViewClass
from cac.stats.visitors import KeepsSalts, Salts, visitor_of

log = logging.getLogger(__name__)

COMPLAIN_EVERY = 60.0


class Sighting(NamedTuple):
    """One request to count. ``address``, ``agent`` and ``languages`` go into the visitor's key and nowhere else."""

    practice_id: int
    city_id: int
    language: str
    view_class: ViewClass
    address: str = ""
    agent: str = ""
    languages: str = ""
    referrer: str = ""
    country: str = ""
    measure: Measure = Measure.VIEW


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
        self._calendar = Calendar(zone)
        self._salts: KeepsSalts = salts or Salts(folder)
        self._moment = moment
        self._salt: tuple[date, bytes] | None = None
        self._unreported = 0
        self._complained_at = 0.0
        self._forget_segment()
        _SPOOLS.add(self)

    def _forget_segment(self) -> None:
        self._lock = threading.Lock()
        self._descriptor = -1
        self._hour = -1
        self._is_torn = False

    def count(self, sighting: Sighting) -> bool:
        """Write the sighting down; False, and one more ``dropped``, if that was not possible."""
        with self._lock:
            try:
                self._write(sighting)
            except OSError as error:
                self._drop(error)
                return False
        return True

    def close(self) -> None:
        """Close the segment; the next line opens another."""
        with self._lock:
            self._close_segment()

    def _write(self, sighting: Sighting) -> None:
        now_ms = int(self._moment() * 1000)
        if now_ms // HOUR_MS != self._hour:
            self._open_segment(now_ms)
        visitor = self._visitor(now_ms, sighting) if sighting.view_class == "person" else ""
        line = (
            f"{MEASURE_RECORDS[sighting.measure]}\t{now_ms}\tp{sighting.practice_id}\t{sighting.city_id}\t"
            f"{sighting.language}\t{CLASS_LETTERS[sighting.view_class]}\t{visitor}\t{sighting.referrer}\t"
            f"{sighting.country}\t.\n"
        ).encode("ascii", "replace")
        if self._is_torn or self._unreported:
            self._write_report(now_ms)
        self._append(line)

    def _append(self, data: bytes) -> None:
        written = os.write(self._descriptor, data)
        if written != len(data):
            self._is_torn = True
            raise OSError(f"only {written} of {len(data)} bytes were written")

    def _write_report(self, now_ms: int) -> None:
        """After a failure: end the torn line, so that it spoils no other, and say how many lines are missing."""
        if self._is_torn:
            self._append(b"\n")
            self._is_torn = False
        if self._unreported:
            self._append(_note(LOST, now_ms, str(self._unreported)))
            self._unreported = 0

    def _visitor(self, now_ms: int, sighting: Sighting) -> str:
        day = self._calendar.day_of(now_ms)
        if self._salt is None or self._salt[0] != day:
            salt = self._salts.salt_of(day)
            self._salt = (day, salt.value)
            if salt.is_new_again:
                self._append(_note(SALT_BREAK, now_ms, ""))
        return visitor_of(self._salt[1], sighting.address, sighting.agent, sighting.languages)

    def _open_segment(self, now_ms: int) -> None:
        self._close_segment()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / segment_name(now_ms)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        self._descriptor, self._hour, self._is_torn = descriptor, now_ms // HOUR_MS, False

    def _close_segment(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = self._hour = -1

    def _drop(self, error: OSError) -> None:
        self.dropped += 1
        self._unreported += 1
        if self._moment() - self._complained_at >= COMPLAIN_EVERY:
            self._complained_at = self._moment()
            log.error("a view could not be written to %s (%s dropped so far): %s", self.folder, self.dropped, error)

    def leave_to_parent(self) -> None:
        """In a process that was forked: let go of the parent's segment, which stays the parent's."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self.dropped = self._unreported = 0
        self._forget_segment()


def segment_name(now_ms: int) -> str:
    """Return a new name for a segment of this process."""
    hour = datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y%m%dT%H")
    return f"{hour}-{host_name()}-{os.getpid()}-{now_ms:x}{secrets.token_hex(2)}.log"


def host_name() -> str:
    """Return the name of this host as it stands in names of segments: letters, digits, dots and underscores.

    The variable CAC_MACHINE_NAME gives another one, where several hosts of one database have the same (containers, say).
    """
    name = os.environ.get("CAC_MACHINE_NAME") or socket.gethostname()
    return re.sub(r"[^A-Za-z0-9_.]", "_", name)[:60] or "host"


def _note(record: bytes, now_ms: int, item: str) -> bytes:
    return b"%s\t%d\t%s\t\t\t\t\t\t\t.\n" % (record, now_ms, item.encode())


_SPOOLS: "weakref.WeakSet[Spool]" = weakref.WeakSet()


def _reopen_after_fork() -> None:
    for spool in list(_SPOOLS):
        spool.leave_to_parent()


os.register_at_fork(after_in_child=_reopen_after_fork)
