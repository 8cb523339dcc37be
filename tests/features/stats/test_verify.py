"""The nightly check: right when nothing happened to the counts, and naming what was tampered with."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from cac.stats import equations, health, proxies, verify
from cac.stats.counter_report import list_item_usage, list_months
from cac.stats.health import Alarm
from cac.stats.models import (
    UNKNOWN_DAY,
    CountryDay,
    Measure,
    ReferrerDay,
    ViewClass,
    ViewDay,
    ViewHour,
    ViewLedger,
    ViewTotal,
)
from cac.stats.queries import total_views
from cac.stats.roller import Roller
from cac.stats.spool import Spool
from tests.factories import make_practice
from tests.sightings import Sighting, write_sighting


@pytest.fixture
def counted(session, read, roller, clock, settings):
    """A day with every class of reader, repeats, and a line that nobody can read."""
    for who in (ViewClass.PERSON, ViewClass.PERSON, ViewClass.ROBOT, ViewClass.MACHINE, ViewClass.NO_KEY):
        read(1, who=who)
    read(2, visitor="192.0.2.7", referrer="search.example", country="KR")
    (segment,) = settings.spool_dir.glob("*-*-*-*.log")
    with segment.open("ab") as stream:
        stream.write(b"nonsense\n")
    roller.roll(clock.at)
    session.rollback()


@pytest.mark.usefixtures("counted")
def test_untouched_counts_are_right_and_every_line_has_its_place(session):
    found = verify.verify(session)
    assert found.is_right
    assert found.lines == 7
    assert found.parts == {
        "views": 2, "repeats": 1, "robots": 1, "machines": 1, "suspected": 0, "no_key": 1, "bad": 1,
        "downloads": 0,
    }  # fmt: skip


@pytest.mark.usefixtures("counted")
def test_the_views_among_the_parts_are_the_public_number_and_downloads_stand_beside_them(session, read, roller, clock):
    before = total_views(session)
    for who in (ViewClass.PERSON, ViewClass.NO_KEY, ViewClass.ROBOT):
        read(2, visitor="192.0.2.8", who=who, measure=Measure.DOWNLOAD)
    roller.roll(clock.at)
    session.rollback()
    parts = verify.verify(session).parts
    assert parts["views"] + parts["no_key"] == total_views(session) == before
    assert (parts["downloads"], parts["robots"], sum(parts.values())) == (2, 2, 10)


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (update(ViewLedger).values(lines=ViewLedger.lines + 1), "lines read and lines booked"),
        (
            update(ViewHour).where(ViewHour.scope_id == 2).values(views=5),
            "hours and the day of a practice: 2020-04-09 2 view person",
        ),
        (update(ViewTotal).where(ViewTotal.scope == "city").values(views=9), "days and total: city 1 view"),
        (delete(ViewDay).where(ViewDay.scope == "city"), "cities and the site: 2020-04-09 view"),
        (
            update(ViewHour).where(ViewHour.scope_id == 2).values(day=date(2020, 4, 8)),
            "hours and the day of a practice: 2020-04-08 2 view person: [1, 1] and [0, 0]",
        ),
        (
            update(ViewDay).where(ViewDay.scope == "practice").values(uniques=ViewDay.uniques + 1000),
            "visitors, views and requests of a day: 2020-04-09 practice 1 view person: [1001] and [1, 2]",
        ),
        (
            update(ViewDay).where(ViewDay.scope == "site").values(uniques=3, views=3),
            "visitors of the site and of cities",
        ),
        (update(ViewHour).values(sessions=ViewHour.sessions + 3), "sessions, views and requests of an hour"),
        (update(ReferrerDay).values(views=3), "referrers and views of a practice: 2020-04-09 2: [3] and [1]"),
        (update(CountryDay).values(views=3), "countries and views of a practice: 2020-04-09 2: [3] and [1]"),
        (delete(ViewTotal).where(ViewTotal.scope == "site"), "days and total: site 0 view: [4, 3] and [0, 0]"),
    ],
)
def test_what_was_tampered_with_is_named(session, statement, what):
    session.execute(statement)
    session.commit()
    found = verify.verify(session)
    assert not found.is_right
    assert any(what in str(difference) for difference in found.differences), found.differences


def test_views_that_moved_to_another_city_are_found_though_all_their_sums_agree(session, read, roller, clock):
    north, south = make_practice(session), make_practice(session)
    session.commit()
    read(north.id, city=north.city_id)
    read(south.id, city=south.city_id, visitor="192.0.2.2")
    read(south.id, city=south.city_id, visitor="192.0.2.3")
    roller.roll(clock.at)
    session.rollback()
    assert verify.verify(session).is_right
    for table in (ViewDay, ViewTotal):
        rows = {row.scope_id: row for row in session.scalars(select(table).where(table.scope == "city"))}
        for name in ("raw", "views"):
            setattr(rows[north.city_id], name, 2)
            setattr(rows[south.city_id], name, 1)
        if table is ViewDay:
            rows[south.city_id].uniques = 1
    session.commit()
    found = [str(difference) for difference in verify.verify(session).differences]
    assert found == [
        "visitors of the site and of cities: 2020-04-09 view person: [3] and [2]",
        f"practices of a city and the city: 2020-04-09 {north.city_id} view person: [1, 1] and [2, 2]",
        f"practices of a city and the city: 2020-04-09 {south.city_id} view person: [2, 2] and [1, 1]",
    ]


def test_hours_of_before_an_upgrade_have_no_day_and_are_compared_in_all(session, read, roller, clock):
    read()
    roller.roll(clock.at)
    session.execute(update(ViewHour).values(day=UNKNOWN_DAY))
    session.commit()
    clock.at += timedelta(days=1)
    read()
    roller.roll(clock.at)
    clock.at += timedelta(days=1)
    read()
    roller.roll(clock.at)
    session.rollback()
    assert verify.verify(session).is_right
    session.execute(update(ViewHour).where(ViewHour.day == UNKNOWN_DAY).values(raw=2))
    session.commit()
    (found,) = verify.verify(session).differences
    assert str(found) == "hours and days of a practice: 1 view person: [4, 3] and [3, 3]"
    session.execute(update(ViewHour).where(ViewHour.day == UNKNOWN_DAY).values(raw=1))
    session.execute(update(ViewHour).where(ViewHour.day == date(2020, 4, 11)).values(day=date(2020, 4, 12)))
    session.commit()
    assert [str(difference).split(":")[0] for difference in verify.verify(session).differences] == [
        "hours and the day of a practice",
        "hours and the day of a practice",
    ]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"])
def test_hours_are_days_where_a_day_begins_within_an_hour(zone, session, session_factory, settings, salts, clock):
    local = replace(settings, timezone=zone)
    spool = Spool(local.spool_dir, zone, salts=salts, moment=clock)
    for number in range(200):
        write_sighting(spool, Sighting(1 + number % 3, 1, "ko", ViewClass.NO_KEY))
        clock.at += timedelta(minutes=15)
    spool.close()
    roller = Roller(session_factory, local, salts=salts)
    roller.roll(clock.at)
    roller.close()
    assert verify.verify(session).is_right
    split = select(func.count(func.distinct(ViewHour.day))).group_by(ViewHour.hour).order_by(ViewHour.hour)
    assert 2 in session.scalars(split).all(), "an hour of two days has a row for each"


@pytest.mark.usefixtures("counted")
def test_all_sums_are_of_one_moment(session, session_factory, monkeypatch):
    """What is rolled while the check reads does not look like a difference."""
    compare = equations.list_differences

    def compare_after_a_change(reading):
        with session_factory() as other:
            other.execute(update(ViewTotal).values(views=ViewTotal.views + 1))
            other.commit()
        return compare(reading)

    monkeypatch.setattr(equations, "list_differences", compare_after_a_change)
    assert verify.verify(session).is_right
    monkeypatch.undo()
    assert not verify.verify(session).is_right


@pytest.mark.usefixtures("counted")
def test_it_runs_once_a_day_and_its_last_result_is_kept(session, session_factory, settings, clock):
    first = verify.check_nightly(session_factory, settings, at=clock.at)
    assert first is not None
    assert verify.check_nightly(session_factory, settings, at=clock.at + timedelta(hours=14)) is None
    session.execute(update(ViewTotal).values(views=0))
    session.commit()
    midnight = clock.at.replace(hour=0, minute=14) + timedelta(days=1)
    assert verify.check_nightly(session_factory, settings, at=midnight) is None
    assert verify.check_nightly(session_factory, settings, at=midnight + timedelta(minutes=1)) is not None
    last = verify.find_last(session)
    assert last is not None
    assert not last.is_right
    assert last.lines == 7
    assert len(last.differences) == last.difference_count


@pytest.mark.usefixtures("counted")
def test_health_says_what_waits_what_was_lost_and_what_is_wrong(session, session_factory, settings, clock, read):
    read(1, visitor="192.0.2.8")
    found = health.examine(session, settings, at=clock.at)
    assert found.alarms == (Alarm.BAD_LINES,)
    assert (found.backlog.lines, found.backlog.segments, found.backlog.since) == (1, 1, clock.at)
    assert found.losses == health.Losses(bad=1, lines=7, bad_today=1, since=clock.at)
    session.execute(update(ViewTotal).values(views=0))
    session.commit()
    verify.check_and_keep(session_factory, at=clock.at)
    found = health.examine(session, settings, at=clock.at + timedelta(minutes=2))
    assert found.alarms == (Alarm.LATE, Alarm.CHECK_FAILED, Alarm.BAD_LINES)


def test_a_proxy_that_is_not_believed_raises_an_alarm_for_a_day(session, settings, clock):
    from cac.clock import now

    proxies.note_forwarded(settings.spool_dir)
    assert health.examine(session, settings, at=now()).alarms == (Alarm.FORWARDED,)
    assert health.examine(session, settings, at=now() + timedelta(hours=25)).alarms == ()


@pytest.mark.parametrize(
    ("address", "is_private"),
    [("127.0.0.1", True), ("10.0.0.3", True), ("::1", True), ("fe80::1%eth0", True), ("8.8.8.8", False), ("", False)],
)
def test_a_proxy_of_ones_own_has_a_private_address(address, is_private):
    assert proxies.is_private(address) is is_private


def test_one_key_in_a_third_of_the_days_views_raises_an_alarm(session, read, roller, clock, settings):
    for number in range(66):
        read(number + 1, visitor=f"192.0.2.{number}")
        if number < 33:
            read(number + 100, visitor="10.0.0.1")
    roller.roll(clock.at)
    session.rollback()
    assert health.examine(session, settings, at=clock.at).alarms == ()  # 99 views are too few
    read(500, visitor="10.0.0.1")
    roller.roll(clock.at)
    session.rollback()
    found = health.examine(session, settings, at=clock.at)
    assert found.alarms == (Alarm.ONE_KEY,)
    assert found.key_share == pytest.approx(0.34)


@pytest.mark.usefixtures("counted")
def test_classes_stand_side_by_side_on_each_day(session):
    yesterday, today = health.list_class_days(session, first=date(2020, 4, 8), last=date(2020, 4, 9))
    assert yesterday == health.ClassDay(date(2020, 4, 8))
    assert today.requests == {
        ViewClass.PERSON: 3, ViewClass.ROBOT: 1, ViewClass.MACHINE: 1, ViewClass.NO_KEY: 1,
    }  # fmt: skip
    assert (today.views, today.raw, today.salt_breaks) == (3, 4, 0)


@pytest.mark.parametrize("first", [Measure.VIEW, Measure.DOWNLOAD])
def test_a_view_and_a_download_in_one_session_are_one_unique_item(session, read, roller, clock, first):
    practice = make_practice(session)
    session.commit()
    for measure in (first, *Measure):
        read(practice.id, measure=measure)
        clock.at += timedelta(minutes=1)
    clock.at += timedelta(hours=1)
    read(practice.id, measure=Measure.DOWNLOAD)
    roller.roll(clock.at)
    session.rollback()
    (usage,) = list_item_usage(session, date(2020, 4, 30))
    assert (usage.total, usage.unique) == (4, 2)


def test_the_counter_style_report_counts_views_and_the_sessions_of_an_hour(session, read, roller, clock):
    practice = make_practice(session)
    session.commit()
    for minutes, visitor in ((0, "192.0.2.1"), (5, "192.0.2.1"), (10, "192.0.2.2"), (70, "192.0.2.1")):
        clock.at = clock.at.replace(hour=9 + minutes // 60, minute=minutes % 60)
        read(practice.id, visitor=visitor)
    read(practice.id, who=ViewClass.ROBOT)
    roller.roll(clock.at)
    session.rollback()
    (usage,) = list_item_usage(session, date(2020, 4, 30))
    assert usage.reference == practice.reference
    assert usage.performance() == {
        "Total_Item_Investigations": 4,
        "Total_Item_Requests": 4,
        "Unique_Item_Investigations": 3,
        "Unique_Item_Requests": 3,
    }
    assert list_item_usage(session, date(2020, 5, 1)) == []
    assert list_months(session) == [date(2020, 4, 1)]
