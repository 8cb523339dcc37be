"""The nightly check: right when nothing happened to the counts, and naming what was tampered with."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, update

from cac.stats import health, proxies, verify
from cac.stats.counter_report import list_item_usage, list_months
from cac.stats.health import Alarm
from cac.stats.models import Measure, ViewClass, ViewDay, ViewHour, ViewLedger, ViewTotal
from tests.factories import make_practice


@pytest.fixture
def counted(session, read, roller, clock, settings):
    """A day with every class of reader, repeats, and a line that nobody can read."""
    for who in (ViewClass.PERSON, ViewClass.PERSON, ViewClass.ROBOT, ViewClass.MACHINE, ViewClass.NO_KEY):
        read(1, who=who)
    read(2, visitor="192.0.2.7")
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
    }  # fmt: skip


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (update(ViewLedger).values(lines=ViewLedger.lines + 1), "lines read and lines booked"),
        (update(ViewHour).where(ViewHour.scope_id == 2).values(views=5), "hours and days of a practice: 2 view person"),
        (update(ViewTotal).where(ViewTotal.scope == "city").values(views=9), "days and total: city 1 view"),
        (delete(ViewDay).where(ViewDay.scope == "city"), "cities and the site: 2020-04-09 view"),
        (delete(ViewTotal).where(ViewTotal.scope == "site"), "days and total: site 0 view: [4, 3] and [0, 0]"),
    ],
)
def test_what_was_tampered_with_is_named(session, statement, what):
    session.execute(statement)
    session.commit()
    found = verify.verify(session)
    assert not found.is_right
    assert any(what in str(difference) for difference in found.differences), found.differences


@pytest.mark.usefixtures("counted")
def test_all_sums_are_of_one_moment(session, session_factory, monkeypatch):
    """What is rolled while the check reads does not look like a difference."""
    compare = verify._compare_days

    def compare_after_a_change(reading):
        with session_factory() as other:
            other.execute(update(ViewTotal).values(views=ViewTotal.views + 1))
            other.commit()
        return compare(reading)

    monkeypatch.setattr(verify, "_compare_days", compare_after_a_change)
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
    assert found.alarms == ()
    assert (found.backlog.lines, found.backlog.segments) == (1, 1)
    assert found.losses == health.Losses(dropped=0, bad=1, lines=7)
    session.execute(update(ViewTotal).values(views=0))
    session.commit()
    verify.check_and_keep(session_factory, at=clock.at)
    found = health.examine(session, settings, at=clock.at + timedelta(minutes=2))
    assert found.alarms == (Alarm.LATE, Alarm.CHECK_FAILED)


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
