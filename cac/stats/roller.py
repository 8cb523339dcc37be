"""Rolls the spool of this host into the tables: each line is counted exactly once, whatever is killed at which moment.

A batch of lines, what visitors have seen by then and the offsets behind them are written in one transaction; a failure forgets
what was in memory and reads the ledger again. The definition of a view is in tally, who is a robot was decided
when the line was written. One process of a host rolls (flock); the worker calls ``roll`` about once a second.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.settings import Settings
from cac.stats import booking, closing, hosts, visits
from cac.stats.batches import BATCH_BYTES, Batch, read_batch
from cac.stats.booking import Advance, Host
from cac.stats.busiest import BusyHours
from cac.stats.days import Calendar
from cac.stats.gauge import read_gauges
from cac.stats.host_id import host_id, host_label
from cac.stats.segments import Chunk, RollerLock, Segment, is_finished, is_held, list_segments, read_new
from cac.stats.shared_salts import make_salts
from cac.stats.sums import add_up
from cac.stats.tally import count_visitors, sort_requests
from cac.stats.visitors import KeepsSalts

CLOSED_AFTER = timedelta(minutes=10)
KEYS_KEPT = timedelta(hours=48)
BEAT = timedelta(seconds=10)
SALTS_FORGOTTEN_EVERY = timedelta(minutes=1)
LAST_SECONDS = 5.0
"""How long a host that ends may roll: less than the ten after which the worker is ended by force."""


@dataclass(frozen=True)
class Rolled:
    """What one call has done; ``is_behind`` says that lines are waiting still."""

    lines: int
    bad: int
    is_behind: bool


class Roller:
    """The reading end of the spool on one host."""

    def __init__(self, session_factory: SessionFactory, settings: Settings, *, salts: KeepsSalts | None = None) -> None:
        self._session_factory = session_factory
        self._folder = settings.spool_dir
        self._calendar = Calendar(settings.timezone)
        self._salts = salts or make_salts(session_factory, settings)
        self._lock = RollerLock(settings.spool_dir)
        self._mark = hosts.mark_of(settings.secret_key)
        self._host = ""
        self._offsets: dict[str, int] | None = None
        self._gauges: dict[str, int] = {}
        self._busy = BusyHours()
        self._beaten_at: datetime | None = None
        self._salts_forgotten_at: datetime | None = None
        self._closed_before: date | None = None
        self._counted_day: date | None = None

    def roll(self, at: datetime, *, seconds: float = 2.0) -> Rolled | None:
        """Roll what is in the spool, for about so many seconds at most; None if another process of this host rolls.

        Raises what the database or the disk raises: nothing of the batch is counted then, and the next call begins it again.
        """
        if not self._lock.take():
            return None
        self._begin(at)
        until = time.monotonic() + seconds
        lines = bad = 0
        is_behind = True
        while is_behind and (not lines or time.monotonic() < until):
            batch = self._roll_batch(at)
            lines, bad, is_behind = lines + batch.lines, bad + batch.bad, batch.is_behind
        self._book_dropped(at)
        if not is_behind:
            self._tidy(at)
        self._close_days(at, is_behind=is_behind)
        return Rolled(lines, bad, is_behind)

    def forget_salts(self, at: datetime, *, margin: timedelta = CLOSED_AFTER) -> None:
        """Delete the salts of days that were over ``margin`` before ``at``, whatever waits: rolled lines need none.

        Today's stays when the instance is stopped: a restart must not count the visitors of the day anew.
        """
        with self._session_factory() as session:
            over = hosts.not_ahead(session, at) - margin
        self._salts.delete_before(self._day_of(over))
        self._salts_forgotten_at = at

    def end(self, at: datetime) -> bool:
        """Roll what is left and say that this host has ended; False, and nothing is said, where lines may wait or come still.

        To be called when the processes that write to the spool have ended: other hosts' readers are then not told that counting
        is late because of this one.
        """
        rolled = self.roll(at, seconds=LAST_SECONDS)
        if rolled is None or rolled.is_behind or any(is_held(segment) for segment in list_segments(self._folder)):
            return False
        with self._session_factory() as session, transaction(session):
            self._beat(session, at, self._busy, at, ended_at=at)
        return True

    def close(self) -> None:
        """Let another process roll."""
        self._offsets = None
        self._lock.release()

    def _begin(self, at: datetime) -> None:
        """What comes before any line: who this is, and no salt of a day that is over."""
        if not self._host:
            host = host_id(self._folder)
            with self._session_factory() as session, transaction(session):
                hosts.take_over(session, host, host_label())
            self._host = host
        if self._salts_forgotten_at is None or abs(at - self._salts_forgotten_at) >= SALTS_FORGOTTEN_EVERY:
            self.forget_salts(at)

    def _day_of(self, moment: datetime) -> date:
        return self._calendar.day_of(int(moment.timestamp() * 1000))

    def _roll_batch(self, at: datetime) -> Rolled:
        try:
            with _without_collector():
                return self._try_batch(at)
        except BaseException:
            # What another roller has moved, or this one has only half done, is read from the ledger the next time.
            self._offsets = None
            raise

    def _try_batch(self, at: datetime) -> Rolled:
        segments = list_segments(self._folder)
        offsets = self._offsets = self._offsets if self._offsets is not None else self._read_offsets(segments)
        batch = read_batch(segments, offsets)
        if batch.chunks:
            with self._session_factory() as session, transaction(session):
                busy = self._book(session, batch, at)
                if batch.until_ms != 0:
                    until = at if batch.until_ms is None else datetime.fromtimestamp(batch.until_ms / 1000, UTC)
                    self._beat(session, min(until, at), busy, at)
            self._busy = busy
            offsets.update({chunk.segment.name: chunk.end for chunk in batch.chunks})
            self._beaten_at = at
        return Rolled(batch.size, batch.bad, batch.is_behind)

    def _read_offsets(self, segments: Sequence[Segment]) -> dict[str, int]:
        with self._session_factory() as session:
            return booking.read_offsets(session, segments)

    def _beat(
        self, session: Session, until: datetime, busy: BusyHours, at: datetime, *, ended_at: datetime | None = None
    ) -> None:
        host = Host(self._host, host_label(), self._mark)
        booking.note_rolled_until(session, host, until, at=at, busy=busy.judged, ended_at=ended_at)

    def _book(self, session: Session, batch: Batch, at: datetime) -> BusyHours:
        # The ledger comes first: on SQLite its update takes the lock under which everything after it is read.
        booking.wait_for_turn(session)
        for chunk in batch.chunks:
            booking.advance(session, _advance_over(chunk), at=at)
        tally = sort_requests(batch.requests, self._calendar)
        self._counted_day = max((day for day, _ in tally.hours), default=self._counted_day)
        breaks = [self._calendar.day_of(note.time_ms) for note in batch.notes if not note.lost]
        for day, readings in tally.waiting.items():
            known = visits.load(session, day, list(readings))
            if not known and day not in breaks and visits.are_lost(session, day):
                breaks.append(day)
            visits.save(session, day, count_visitors(readings, known))
        booking.book(session, add_up(tally.hours.values()))
        for day in breaks:
            booking.book_salt_break(session, day)
        return self._busy.with_views(((hour.hour, hour.keyed) for hour in tally.hours.values()), at)

    def _book_dropped(self, at: datetime) -> None:
        """Bring the ledger up to what the gauges of this host say, and remove those that cannot grow any more."""
        for reading in read_gauges(self._folder):
            if self._gauges.get(reading.name) != reading.count:
                with self._session_factory() as session, transaction(session):
                    booking.book_dropped(session, self._host, reading.name, reading.count, at=at)
                self._gauges[reading.name] = reading.count
            elif reading.is_final(at):
                reading.path.unlink(missing_ok=True)
                self._gauges.pop(reading.name, None)

    def _tidy(self, at: datetime) -> None:
        """With nothing waiting: say so, and delete what is finished."""
        with self._session_factory() as session:
            if self._beaten_at is None or at - self._beaten_at >= BEAT:
                with transaction(session):
                    self._beat(session, at, self._busy, at)
                self._beaten_at = at
            for segment in list_segments(self._folder):
                if is_finished(segment, at):
                    self._delete(session, segment, at)

    def _close_days(self, at: datetime, *, is_behind: bool) -> None:
        """Close the days whose lines are rolled on all hosts, and those that ended two days ago, rolled or not.

        As long as this host is behind, not the day that it is counting: its visitors would be counted anew from there on.
        """
        if self._closed_before == self._day_of(at - CLOSED_AFTER):
            return
        with self._session_factory() as session:
            at = hosts.not_ahead(session, at)
            rolled = min(hosts.rolled_until(session, at=at) or at - KEYS_KEPT, at)
            before = max(self._day_of(rolled - CLOSED_AFTER), self._day_of(at - KEYS_KEPT))
            if is_behind and self._counted_day is not None:
                before = min(before, self._counted_day)
            if before != self._closed_before:
                with transaction(session):
                    closing.close_days_before(session, before)
                self._closed_before = before

    def _delete(self, session: Session, segment: Segment, at: datetime) -> None:
        """Delete a finished segment; a torn line at its end counts as one that cannot be read."""
        offset = (self._offsets or {}).get(segment.name, 0)
        rest = read_new(segment, offset, BATCH_BYTES)
        if rest is not None and rest.end > rest.start:
            return
        if rest is not None:
            with transaction(session):
                booking.advance(session, Advance(segment, offset, offset + rest.torn, lines=1, bad=1), at=at)
        segment.path.unlink()
        if self._offsets:
            self._offsets.pop(segment.name, None)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Do not look for cycles: a batch makes a million objects and no cycle, and the looking took half of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _advance_over(chunk: Chunk) -> Advance:
    return Advance(
        chunk.segment,
        chunk.start,
        chunk.end,
        lines=len(chunk.entries) - len(chunk.notes),
        bad=chunk.bad,
        dropped=sum(note.lost for note in chunk.notes),
    )
