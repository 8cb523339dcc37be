"""Long and short days, and clocks that are set while views are counted: nothing is lost, nothing counts twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from cac.stats.models import ViewClass, ViewDay, ViewHour
from cac.stats.roller import Roller
from cac.stats.spool import Spool
from cac.stats.verify import verify
from tests.sightings import Sighting, write_sighting

PERSON = Sighting(1, 1, "ko", ViewClass.PERSON, "192.0.2.1", "Firefox", "ko")


@pytest.fixture
def count_in(settings, salts, clock, session_factory):
    """Count clicks of one visitor at moments, in a site of a time zone, and roll them."""

    def count_in(zone: str, *moments: datetime) -> None:
        local = replace(settings, timezone=zone)
        spool = Spool(local.spool_dir, zone, salts=salts, moment=clock)
        roller = Roller(session_factory, local, salts=salts)
        for moment in moments:
            clock.at = moment
            write_sighting(spool, PERSON)
        roller.roll(clock.at)
        spool.close()
        roller.close()

    return count_in


@pytest.mark.parametrize(
    ("zone", "begin", "hours"),
    [
        ("America/St_Johns", datetime(2020, 3, 8, 3, 30, tzinfo=UTC), 23),
        ("America/St_Johns", datetime(2020, 11, 1, 2, 30, tzinfo=UTC), 25),
        ("Asia/Seoul", datetime(2020, 2, 28, 15, 0, tzinfo=UTC), 24),
    ],
)
def test_a_visitor_of_every_half_hour_of_a_day_is_one_visitor_with_a_session_in_each_hour(
    zone, begin, hours, count_in, session
):
    half_hours = [begin + timedelta(minutes=30 * number) for number in range(2 * hours)]
    count_in(zone, begin - timedelta(milliseconds=1), *half_hours, begin + timedelta(hours=hours))
    day = begin.date() if zone != "Asia/Seoul" else date(2020, 2, 29)
    site = select(ViewDay.day, ViewDay.views, ViewDay.uniques).where(ViewDay.scope == "site").order_by(ViewDay.day)
    # The click before midnight and the first one of the day are a millisecond apart and two views: visitors are known for a day.
    assert session.execute(site).all() == [
        (day - timedelta(days=1), 1, 1), (day, 2 * hours, 1), (day + timedelta(days=1), 1, 1),
    ]  # fmt: skip
    of_the_day = ViewHour.hour >= begin.replace(minute=0)
    sessions = session.scalar(select(func.sum(ViewHour.sessions)).where(of_the_day))
    # Hours are those of UTC: a day that begins at half past has one more, and the visitor of the next day is another one.
    assert sessions == hours + 1 + 2 * (begin.minute == 30)
    session.rollback()
    assert verify(session).differences == ()


def test_a_clock_that_is_set_back_repeats_clicks_and_they_are_told_from_views_as_before(
    read, clock, roller, day_counts, session, sums_agree
):
    read()
    clock.at -= timedelta(hours=2)
    for seconds in (5, 5, 25, 31):
        read()
        clock.at += timedelta(seconds=seconds)
    read()
    roller.roll(clock.at)
    # Rolled in the order of time: two views after the step, then the one before it.
    assert day_counts()["person"] == (6, 3, 1)
    sums_agree(session)


def test_a_clock_that_is_set_back_after_views_were_rolled_counts_later_clicks_by_the_same_rule(
    read, clock, roller, day_counts, session, sums_agree
):
    read()
    roller.roll(clock.at)
    clock.at -= timedelta(minutes=10)
    for _ in range(4):
        read()
        roller.roll(clock.at)
        clock.at += timedelta(seconds=5)
    assert day_counts()["person"] == (5, 2, 1)
    clock.at += timedelta(seconds=31)
    read()
    roller.roll(clock.at)
    assert day_counts()["person"] == (6, 3, 1)
    sums_agree(session)


def test_a_line_that_comes_a_little_late_does_not_turn_the_memory_back(read, clock, roller, day_counts):
    for seconds in (0, 20, 10, 45):
        clock.at = datetime(2020, 4, 9, 9, 0, seconds, tzinfo=UTC)
        read()
        roller.roll(clock.at)
    assert day_counts()["person"] == (4, 1, 1)


@pytest.mark.parametrize(
    ("rolled_first", "rolled_late", "afterwards", "views"),
    [
        ((60,), (0,), (69,), 2),
        ((10, 100), (0,), (), 2),
        ((60, 80), (0, 20, 100), (), 2),
        ((200,), (0, 20, 40), (60, 210), 2),
    ],
)
def test_clicks_of_a_host_that_was_behind_are_told_from_views_by_the_same_rule(
    read, clock, roller, day_counts, rolled_first, rolled_late, afterwards, views
):
    begin = clock.at
    for clicks in (rolled_first, rolled_late, afterwards):
        for seconds in clicks:
            clock.at = begin + timedelta(seconds=seconds)
            read()
        roller.roll(begin + timedelta(seconds=300))
    assert day_counts()["person"] == (len(rolled_first + rolled_late + afterwards), views, 1)


def test_a_clock_that_jumps_ahead_for_a_while_loses_nothing_and_the_lost_salt_is_marked(
    read, clock, roller, day_counts, session, sums_agree
):
    real = clock.at
    read()
    roller.roll(clock.at)
    clock.at = real + timedelta(days=2)
    read()
    roller.roll(clock.at)  # closes the days before, with their keys and salts
    clock.at = real + timedelta(minutes=1)
    read()
    roller.roll(clock.at)
    rows = session.execute(select(ViewDay.day, ViewDay.views, ViewDay.salt_breaks).where(ViewDay.scope == "site")).all()
    assert sorted(rows) == [(real.date(), 2, 1), (real.date() + timedelta(days=2), 1, 0)]
    assert day_counts()["person"][:2] == (3, 3)
    sums_agree(session)


def test_a_segment_of_an_hour_that_comes_again_is_read_and_deleted_like_any_other(
    read, clock, roller, settings, session
):
    for hours in (0, 1, -1, 1):
        clock.at += timedelta(hours=hours)
        read()
    names = sorted(path.name[:11] for path in settings.spool_dir.glob("*.log"))
    assert names == ["20200409T09", "20200409T09", "20200409T10", "20200409T10"]
    clock.at += timedelta(hours=2)
    read()
    roller.roll(clock.at)
    roller.roll(clock.at)
    assert len(list(settings.spool_dir.glob("*.log"))) == 1
    session.rollback()
    found = verify(session)
    assert (found.lines, found.differences) == (5, ())
