"""Chooses what of a spool is rolled next: a part of it that fits in memory and is complete up to a moment.

The oldest hours come first. Where not all is read, the lines are cut at the moment until which those of all segments are there,
so that a visitor's clicks are met in the order of time whichever processes wrote them. Writes nothing; see roller.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter

from cac.stats.columns import Requests, in_order
from cac.stats.days import HOUR_MS
from cac.stats.lines import Note
from cac.stats.segments import Chunk, Segment, read_new
from cac.stats.spool import LATE_MS

BATCH_BYTES = 12 * 1024 * 1024
SMALLEST_READ = 16 * 1024
"""Of each segment, should very many be open in one hour."""


@dataclass(frozen=True)
class Batch:
    """Parts of segments that are counted together; ``is_behind`` says that more lines are waiting.

    ``until_ms`` is the moment before which nothing is left unread: None for the present, 0 where no line tells it.
    """

    chunks: tuple[Chunk, ...]
    is_behind: bool
    until_ms: int | None

    @property
    def requests(self) -> Requests:
        """The lines about requests, in the order of time."""
        return in_order([chunk.entries for chunk in self.chunks])

    @property
    def notes(self) -> Iterator[Note]:
        """What the spool says of itself."""
        return chain.from_iterable(chunk.notes for chunk in self.chunks)

    @property
    def size(self) -> int:
        """How many lines there are, those that cannot be read too."""
        return sum(len(chunk.entries) for chunk in self.chunks)

    @property
    def bad(self) -> int:
        """How many of them cannot be read."""
        return sum(chunk.bad for chunk in self.chunks)


def read_batch(segments: Sequence[Segment], offsets: Mapping[str, int]) -> Batch:
    """Return what comes next of the segments, which are in the order of their hours, behind the offsets."""
    waiting = [segment for segment in segments if segment.size > offsets.get(segment.name, 0)]
    hours = [list(of_hour) for _, of_hour in groupby(waiting, attrgetter("hour_ends_at"))]
    # An hour's last lines may have to wait for the next hour's first: two hours at least, more if only torn lines are in them.
    for least in range(2, max(len(hours), 2) + 1):
        taken = _take(hours, offsets, least)
        batch = _read(list(chain.from_iterable(hours[:taken])), offsets, _left_out_from(hours[taken:]))
        if batch.chunks or not batch.is_behind:
            break
    return batch


def _take(hours: Sequence[Sequence[Segment]], offsets: Mapping[str, int], least: int) -> int:
    """Return how many of the hours fill a batch, or hold all that is waiting."""
    size = 0
    for number, of_hour in enumerate(hours):
        if number >= least and size >= BATCH_BYTES:
            return number
        size += sum(segment.size - offsets.get(segment.name, 0) for segment in of_hour)
    return len(hours)


def _left_out_from(hours: Sequence[Sequence[Segment]]) -> int | None:
    """Return the earliest moment that a line of the hours may have; None if there are none."""
    return int(hours[0][0].hour_ends_at.timestamp() * 1000) - HOUR_MS - LATE_MS if hours else None


def _read(segments: Sequence[Segment], offsets: Mapping[str, int], left_out_from: int | None) -> Batch:
    limit = max(BATCH_BYTES // max(len(segments), 1), SMALLEST_READ)
    found = (read_new(segment, offsets.get(segment.name, 0), limit) for segment in segments)
    chunks = [chunk for chunk in found if chunk is not None and chunk.end > chunk.start]
    ends = [chunk.newest_ms for chunk in chunks if not chunk.is_whole]
    horizons = [end for end in (*ends, left_out_from) if end]
    if horizons:
        chunks = [chunk.cut_after(min(horizons)) for chunk in chunks]
    # A part without one line that can be read says nothing of how far it goes: the next part will.
    ends = [chunk.newest_ms for chunk in chunks if not chunk.is_whole]
    ends += [left_out_from] if left_out_from is not None else []
    kept = tuple(chunk for chunk in chunks if chunk.end > chunk.start)
    return Batch(kept, bool(ends), min(ends) if ends else None)
