"""Counts what a process could not write to its spool, where every process can read it and a kill does not take it away.

A file in memory for each process and hour in which something was dropped, ``<UTC hour>-<pid>-<start>.dropped``, holds one number
that only grows: a full disk does not stop it. The roller writes that number, not what was added to it, into the ledger, so
that nothing is booked twice. A restart of the machine empties the memory; what was not booked by then is lost.
"""

import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cac.stats.days import HOUR_MS
from cac.stats.files import open_held
from cac.stats.segments import Segment, is_finished
from cac.stats.visitors import is_private, memory_folder, memory_places

SUFFIX = ".dropped"
# As Gauge writes it; larger ones fit into no column of the ledger.
_NUMBER = re.compile(rb"00\d{18}")


class Gauge:
    """The writing end, in one process; its users call it one at a time."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a process that has dropped nothing (yet)."""
        self._descriptor = -1
        self._hour = -1
        self._count = 0
        self._is_unsaved = False

    @property
    def is_held(self) -> bool:
        """Whether a file is open, or a number waits to be saved."""
        return self._descriptor >= 0 or self._is_unsaved

    def add(self, now_ms: int) -> None:
        """Count one line more. Never fails: a number that cannot be saved waits for the next time."""
        self._close_if_over(now_ms)
        self._count += 1
        self._save(now_ms)

    def look_after(self, now_ms: int) -> None:
        """Leave a file whose hour is over to the roller; try again to save what could not be saved."""
        self._close_if_over(now_ms)
        if self._is_unsaved:
            self._save(now_ms)

    def leave_to_parent(self) -> None:
        """In a process that was forked: let go of the parent's file, which stays the parent's."""
        self._close()
        self.forget()

    def _save(self, now_ms: int) -> None:
        try:
            if self._descriptor < 0:
                self._open(now_ms)
            os.pwrite(self._descriptor, b"%020d" % self._count, 0)
            self._is_unsaved = False
        except OSError:
            self._is_unsaved = True

    def _open(self, now_ms: int) -> None:
        hour = datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y%m%dT%H")
        path = memory_folder(self._spool) / f"{hour}-{os.getpid()}-{now_ms:x}{secrets.token_hex(2)}{SUFFIX}"
        self._descriptor, self._hour = open_held(path), now_ms // HOUR_MS

    def _close_if_over(self, now_ms: int) -> None:
        if self._descriptor >= 0 and now_ms // HOUR_MS != self._hour and not self._is_unsaved:
            self._close()
            self._count = 0

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


@dataclass(frozen=True)
class Reading:
    """What one gauge of this host says: how many lines a process dropped in an hour."""

    path: Path
    count: int

    @property
    def name(self) -> str:
        """Its name, as it stands in the ledger among the host's segments."""
        return self.path.name

    def is_final(self, at: datetime) -> bool:
        """Whether it cannot grow any more: its hour is over by two minutes and no process has it open."""
        return is_finished(Segment(self.path), at)


def read_gauges(spool: Path) -> list[Reading]:
    """Return all gauges of the host whose spool this is, of processes that are gone as well."""
    readings = []
    for folder in memory_places(spool):
        if not is_private(folder):
            continue
        for path in sorted(folder.glob(f"*-*-*{SUFFIX}")):
            with contextlib.suppress(OSError):
                written = path.read_bytes()
                if not written or _NUMBER.fullmatch(written):
                    readings.append(Reading(path, int(written or b"0")))
    return readings
