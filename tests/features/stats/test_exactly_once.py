"""Whatever is killed, torn, filled or rolled twice: each line of the spool is counted exactly once."""

import os
import shutil
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from cac.stats import booking, queries
from cac.stats.gauge import read_gauges
from cac.stats.models import ViewClass, ViewLedger
from cac.stats.spool import Spool
from tests.sightings import Sighting, write_sighting


def segments(settings):
    return sorted(settings.spool_dir.glob("*.log"))


def test_a_repeat_is_known_although_the_roller_is_a_new_one(read, clock, make_roller, day_counts):
    first = make_roller()
    read()
    first.roll(clock.at)
    first.close()

    clock.at += timedelta(seconds=20)
    read()
    make_roller().roll(clock.at)
    assert day_counts()["person"] == (2, 1, 1)


def test_rolling_again_or_by_another_roller_changes_nothing(read, clock, make_roller, day_counts):
    read()
    first = make_roller()
    first.roll(clock.at)
    before = day_counts()
    assert first.roll(clock.at).lines == 0
    assert make_roller().roll(clock.at) is None
    first.close()
    assert make_roller().roll(clock.at).lines == 0
    assert day_counts() == before


def test_a_segment_that_comes_back_is_not_counted_again(read, clock, make_roller, settings, tmp_path, day_counts):
    read()
    first = make_roller()
    first.roll(clock.at)
    (segment,) = segments(settings)
    kept = shutil.copy(segment, tmp_path / "kept")
    first.close()
    segment.unlink()
    shutil.copy(kept, segment)
    assert make_roller().roll(clock.at).lines == 0
    assert day_counts()["person"] == (1, 1, 1)


@pytest.mark.parametrize("step", ["advance", "book", "note_rolled_until"])
def test_a_batch_that_fails_in_the_middle_is_counted_once_the_next_time(
    step, read, clock, roller, day_counts, monkeypatch
):
    read()
    roller.roll(clock.at)
    clock.at += timedelta(seconds=31)
    read()
    read(2)
    real = getattr(booking, step)

    def fail_afterwards(*arguments, **named):
        real(*arguments, **named)
        raise SQLAlchemyError("the disk is on fire")

    monkeypatch.setattr(booking, step, fail_afterwards)
    with pytest.raises(SQLAlchemyError):
        roller.roll(clock.at)
    assert day_counts()["person"] == (1, 1, 1)

    monkeypatch.undo()
    roller.roll(clock.at)
    assert day_counts()["person"] == (3, 3, 1)


def test_a_roller_whose_ledger_was_moved_by_another_counts_nothing_twice(read, clock, roller, make_roller, day_counts):
    read()
    roller.roll(clock.at)
    roller._lock.release()
    clock.at += timedelta(seconds=31)
    read()
    other = make_roller()
    other.roll(clock.at)
    other.close()
    with pytest.raises(booking.LedgerMovedError):
        roller.roll(clock.at)
    roller.roll(clock.at)
    assert day_counts()["person"] == (2, 2, 1)


def test_a_line_torn_at_any_byte_spoils_no_other(read, clock, make_roller, settings, session_factory, day_counts):
    read(1)
    read(2)
    (segment,) = segments(settings)
    whole = segment.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(first, len(whole)):
        other = segment.with_name(segment.name.replace(".log", f"{length:04x}.log"))
        other.write_bytes(whole[:length])
    segment.unlink()
    roller = make_roller()
    assert roller.roll(clock.at).lines == len(whole) - first
    views_of_two = day_counts("practice", 2)
    assert views_of_two == {}

    late = clock.at + timedelta(hours=2)
    roller.roll(late)
    with session_factory() as session:
        bad = session.scalar(select(func.sum(ViewLedger.bad)))
    assert bad == len(whole) - first - 1
    assert segments(settings) == []
    assert day_counts("practice", 2) == {}


def test_a_line_that_is_finished_later_is_counted_then(read, clock, roller, settings, day_counts):
    read(1)
    (segment,) = segments(settings)
    whole = segment.read_bytes()
    segment.write_bytes(whole[:30])
    assert roller.roll(clock.at).lines == 0
    segment.write_bytes(whole)
    assert roller.roll(clock.at).lines == 1
    assert day_counts()["person"] == (1, 1, 1)


def test_what_cannot_be_read_is_counted_as_bad_and_skipped(
    read, clock, roller, settings, session, day_counts, sums_agree
):
    read(1)
    (segment,) = segments(settings)
    with segment.open("ab") as stream:
        stream.write(b"\n\x00\xff garbage\n1v\t9999999999999999999\tp1\t1\tko\tp\t0011223344556677\t\t\t.\n")
    read(2)
    rolled = roller.roll(clock.at)
    assert (rolled.lines, rolled.bad) == (5, 3)
    assert day_counts()["person"] == (2, 2, 1)
    sums_agree(session)


def test_a_big_backlog_is_rolled_in_batches_with_the_same_result(
    read, clock, roller, settings, salts, monkeypatch, day_counts, session, sums_agree
):
    monkeypatch.setattr("cac.stats.batches.BATCH_BYTES", 3000)
    monkeypatch.setattr("cac.stats.batches.SMALLEST_READ", 1000)
    other = Spool(settings.spool_dir, settings.timezone, salts=salts, moment=clock)
    clicks: dict[str, list[int]] = {}
    for number in range(300):
        # Each of fifty visitors clicks every fifty seconds, in one process, and twenty seconds before that in the other.
        visitor, earlier = f"192.0.2.{number % 50}", f"192.0.2.{(number + 20) % 50}"
        read(visitor=visitor)
        clicks.setdefault(visitor, []).append(number)
        if number % 2:
            write_sighting(other, _sighting()._replace(address=earlier))
            clicks.setdefault(earlier, []).append(number)
        clock.at += timedelta(seconds=1)
    other.close()
    roller.roll(clock.at, seconds=60)
    views = sum(1 + sum(late - early >= 30 for early, late in pairwise(of_one)) for of_one in clicks.values())
    assert day_counts()["person"] == (450, views, 50)
    sums_agree(session)


def test_a_segment_is_deleted_when_it_is_rolled_its_hour_is_over_and_nobody_writes_to_it(
    read, clock, roller, spool, settings, day_counts
):
    read()
    roller.roll(clock.at)
    late = clock.at + timedelta(hours=1, minutes=1)
    roller.roll(late)
    assert len(segments(settings)) == 1
    late += timedelta(minutes=2)
    roller.roll(late)
    assert len(segments(settings)) == 1, "the process has it open still"

    clock.at = late
    spool.look_after()
    roller.roll(clock.at)
    assert segments(settings) == [], "no hash outlives its hour because nobody reads any more"
    read()
    roller.roll(clock.at)
    assert len(segments(settings)) == 1
    assert day_counts()["person"] == (2, 2, 1)


def test_what_the_writer_could_not_write_stands_in_the_ledger(
    read, clock, roller, spool, session, monkeypatch, sums_agree
):
    read(1)
    real = os.write
    with monkeypatch.context() as full:
        full.setattr("cac.stats.spool.os.write", lambda descriptor, data: real(descriptor, data[:20]))
        assert read(2) is False
    read(3)
    assert spool.dropped == 1
    roller.roll(clock.at)
    sums = select(func.sum(ViewLedger.lines), func.sum(ViewLedger.bad), func.sum(ViewLedger.dropped))
    assert session.execute(sums).one() == (3, 1, 1)
    assert queries.views_of(session, [1, 2, 3]) == {1: 1, 2: 0, 3: 1}
    sums_agree(session)


def test_dropped_lines_are_booked_once_by_whichever_roller_and_grow_with_the_gauge(
    read, clock, make_roller, spool, settings, session, monkeypatch
):
    def booked():
        session.rollback()
        return session.scalar(select(func.sum(ViewLedger.dropped)))

    def fail(descriptor, data):
        raise OSError("No space left on device")

    first = make_roller()
    read(1)
    with monkeypatch.context() as full:
        full.setattr("cac.stats.spool.os.write", fail)
        read(1)
        read(2)
        first.roll(clock.at)
        assert booked() == 2
        first.roll(clock.at)
        first.close()
        read(3)
    second = make_roller()
    second.roll(clock.at)
    second.roll(clock.at)
    assert booked() == 3

    clock.at += timedelta(hours=1, minutes=3)
    spool.look_after()
    second.roll(clock.at)
    assert read_gauges(settings.spool_dir) == []
    assert booked() == 3


def _sighting():
    return Sighting(1, 1, "ko", ViewClass.PERSON, "192.0.2.1", "Firefox", "ko")
