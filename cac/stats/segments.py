"""Reads the segments of a spool: what is new in each, and which of them are finished.

Knows files and offsets; what the lines mean is in lines, what becomes of them in tally and roller.
"""

import contextlib
import fcntl
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np

from cac.stats.columns import NEWLINE, Entries, parse_lines
from cac.stats.lines import Note

FINISHED_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Segment:
    """One file of the spool; its name says the hour and the host that wrote it."""

    path: Path

    @property
    def name(self) -> str:
        """The name of the file, unique among all hosts."""
        return self.path.name

    @property
    def host(self) -> str:
        """The host that wrote it: this one, under the name it had then."""
        return self.name.split("-")[1]

    @property
    def size(self) -> int:
        """Its bytes; 0 when it was deleted meanwhile."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def hour_ends_at(self) -> datetime:
        """The end of the hour in which lines were added to it."""
        return datetime.strptime(self.name.split("-")[0], "%Y%m%dT%H").replace(tzinfo=UTC) + timedelta(hours=1)


@dataclass(frozen=True)
class Chunk:
    """The finished lines of a segment between two offsets; ``torn`` is the length of an unfinished rest behind them."""

    segment: Segment
    start: int
    written: bytes
    entries: Entries
    torn: int = 0
    is_whole: bool = True

    @property
    def end(self) -> int:
        """The offset behind the last of the lines."""
        return self.start + len(self.written)

    @cached_property
    def notes(self) -> list[Note]:
        """What the spool says of itself."""
        return self.entries.notes

    @cached_property
    def bad(self) -> int:
        """How many lines cannot be read."""
        return len(self.entries) - int(self.entries.is_request.sum()) - len(self.notes)

    @cached_property
    def newest_ms(self) -> int:
        """The latest time in it, 0 if no line can be read."""
        return int(self.entries.times_ms.max(initial=0))

    def cut_after(self, moment_ms: int) -> "Chunk":
        """Return the part before the first line that is later than the moment."""
        later = np.flatnonzero(self.entries.times_ms > moment_ms)
        if not len(later):
            return self
        kept = self.entries.before(int(later[0]))
        ends = np.flatnonzero(np.frombuffer(self.written, np.uint8) == NEWLINE)
        end = int(ends[len(kept) - 1]) + 1 if len(kept) else 0
        return Chunk(self.segment, self.start, self.written[:end], kept, is_whole=False)


def list_segments(folder: Path) -> list[Segment]:
    """Return the segments in the folder, oldest hour first; files with other names are left alone."""
    segments = [Segment(path) for path in sorted(folder.glob("*-*-*-*.log"))]
    return [segment for segment in segments if _has_an_hour(segment)]


def _has_an_hour(segment: Segment) -> bool:
    try:
        return bool(segment.hour_ends_at)
    except ValueError:
        return False


def read_new(segment: Segment, offset: int, limit: int) -> Chunk | None:
    """Return what was finished behind ``offset``, at most ``limit`` bytes of it, None if there is nothing.

    What is read is on the disk before this returns (fdatasync), so that no line is rolled that a power cut takes back.
    """
    with segment.path.open("rb") as stream:
        stream.seek(offset)
        data = stream.read(limit)
        if not data:
            return None
        os.fdatasync(stream.fileno())
    finished = data.rfind(b"\n") + 1
    if not finished and len(data) == limit:
        # A line of so many bytes is none of ours: what is read of it counts as a line that cannot be read.
        return Chunk(segment, offset, data, parse_lines(b"\n"), is_whole=False)
    is_whole = len(data) < limit
    torn = len(data) - finished if is_whole else 0
    return Chunk(segment, offset, data[:finished], parse_lines(data[:finished]), torn, is_whole)


def is_finished(segment: Segment, at: datetime) -> bool:
    """Whether nothing can be added any more: its hour is over by two minutes and no process has it open."""
    return at >= segment.hour_ends_at + FINISHED_AFTER and not is_held(segment)


def is_held(segment: Segment) -> bool:
    """Whether a process has it open to write to it."""
    with segment.path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class RollerLock:
    """Makes sure that one process of a host rolls: the kernel frees the lock when that process dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1

    def take(self) -> bool:
        """Take the lock or keep it; False while another process has it."""
        if self._descriptor >= 0:
            return True
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "roller.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let another process roll."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1
