"""What raises an alarm about counting, and what does not."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cac.stats import health, verify
from cac.stats.health import Alarm
from cac.stats.models import Measure, ViewClass, ViewLedger, ViewRoller


@pytest.fixture
def alarms(session, settings):
    """Return the alarms at a moment."""

    def alarms(at):
        session.rollback()
        return health.examine(session, settings, at=at).alarms

    return alarms


def test_a_roller_that_never_ran_is_late_when_a_line_waits_for_a_minute(read, clock, alarms):
    assert alarms(clock.at) == ()
    read()
    assert alarms(clock.at + timedelta(seconds=60)) == ()
    assert alarms(clock.at + timedelta(seconds=61)) == (Alarm.LATE,)


def test_a_line_that_nobody_can_read_is_late_too(settings, salts, clock, alarms):
    path = settings.spool_dir / "20200409T09-h-1-1.log"
    path.write_bytes(b"nonsense\n")
    written = path.stat().st_mtime
    late = clock.at.fromtimestamp(written + 61, clock.at.tzinfo)
    assert alarms(late) == (Alarm.LATE,)


def test_what_is_torn_waits_for_nobody(settings, salts, clock, alarms):
    (settings.spool_dir / "20200409T09-h-1-1.log").write_bytes(b"1v\t1586422800000\tp7")
    assert alarms(clock.at + timedelta(days=3)) == ()


def test_each_host_has_its_lag_and_one_that_is_silent_is_named(read, clock, roller, session, settings):
    read()
    roller.roll(clock.at)
    session.add(
        ViewRoller(
            host="b", label="south", rolled_until=clock.at - timedelta(hours=26), seen_at=clock.at - timedelta(hours=25)
        )
    )
    session.commit()
    found = health.examine(session, settings, at=clock.at + timedelta(seconds=5))
    assert found.alarms == (Alarm.SILENT_HOST,)
    assert [host.name for host in found.silent_hosts] == ["south"]
    assert {
        host.name: (host.seconds, host.is_here, host.is_late)
        for host in found.hosts
        if host.is_here or host.name == "south"
    } == {
        "south": (26 * 3600 + 5, False, True),
        next(host.name for host in found.hosts if host.is_here): (5, True, False),
    }


def test_a_check_that_does_not_run_raises_an_alarm(read, clock, roller, session, session_factory, alarms):
    read()
    roller.roll(clock.at)
    later = clock.at + timedelta(hours=36)
    assert Alarm.CHECK_OLD not in alarms(later)
    assert Alarm.CHECK_OLD in alarms(later + timedelta(seconds=1))
    verify.check_and_keep(session_factory, at=later)
    assert Alarm.CHECK_OLD not in alarms(later + timedelta(hours=35))
    assert Alarm.CHECK_OLD in alarms(later + timedelta(hours=37))


def test_where_nothing_was_ever_counted_there_is_nothing_to_check(clock, alarms):
    assert alarms(clock.at + timedelta(days=30)) == ()


def test_dropped_lines_raise_an_alarm_at_once_and_until_the_day_is_over(
    read, clock, roller, session, settings, monkeypatch, alarms
):
    def fail(descriptor, data):
        raise OSError("No space left on device")

    read()
    with monkeypatch.context() as full:
        full.setattr("cac.stats.spool.os.write", fail)
        read(2)
        read(3)
    losses = health.count_losses(session, settings, at=clock.at)
    assert (losses.dropped, losses.dropped_today, losses.unbooked) == (2, 2, 2)
    assert Alarm.DROPPED in alarms(clock.at)
    roller.roll(clock.at)
    session.rollback()
    losses = health.count_losses(session, settings, at=clock.at)
    assert (losses.dropped, losses.dropped_today, losses.unbooked) == (2, 2, 0)
    assert session.scalar(select(func.sum(ViewLedger.dropped))) == 2
    assert Alarm.DROPPED in alarms(clock.at.replace(hour=23, minute=59))
    assert Alarm.DROPPED not in alarms(clock.at + timedelta(days=1))


def test_a_proxy_that_breaks_in_the_afternoon_shows_within_the_hour(read, clock, roller, alarms, session):
    for number in range(300):
        read(number + 1, visitor=f"192.0.2.{number % 200}")
    roller.roll(clock.at)
    assert alarms(clock.at) == ()
    clock.at += timedelta(hours=6)
    for number in range(100):
        read(number + 1, visitor="10.0.0.1")
    roller.roll(clock.at)
    assert alarms(clock.at) == (Alarm.ONE_KEY,)


def test_a_practice_that_is_read_mostly_without_a_key_raises_an_alarm(read, clock, roller, alarms, session):
    for number in range(150):
        read(1, visitor=f"192.0.2.{number}")
    for _ in range(199):
        read(1, who=ViewClass.NO_KEY)
    for _ in range(300):
        read(2, who=ViewClass.ROBOT)
        read(3, who=ViewClass.NO_KEY, measure=Measure.DOWNLOAD)
    roller.roll(clock.at)
    assert alarms(clock.at) == ()
    read(1, who=ViewClass.NO_KEY)
    roller.roll(clock.at)
    assert alarms(clock.at) == (Alarm.KEYLESS,)
    session.rollback()
    assert health.list_keyless(session, clock.at.date() - timedelta(days=1), at=clock.at) == (1,)
    for number in range(60):
        read(1, visitor=f"198.51.100.{number}")
    roller.roll(clock.at)
    assert alarms(clock.at) == (), "most readers have a key"
    clock.at += timedelta(hours=4)
    for _ in range(250):
        read(1, who=ViewClass.NO_KEY)
    roller.roll(clock.at)
    assert alarms(clock.at) == (Alarm.KEYLESS,), "what was read hours ago does not hide it"


def test_a_proxy_that_was_mended_is_no_alarm_for_the_rest_of_the_day(read, clock, roller, alarms):
    for number in range(300):
        read(number + 1, visitor="10.0.0.1")
    roller.roll(clock.at)
    assert alarms(clock.at) == (Alarm.ONE_KEY,)
    clock.at += timedelta(hours=1)
    for number in range(120):
        read(number + 1, visitor=f"192.0.2.{number}")
    roller.roll(clock.at)
    assert alarms(clock.at) == ()


def test_a_silent_row_of_before_hosts_had_ids_is_named_by_its_host(session, clock, settings):
    session.add(ViewRoller(host="old", rolled_until=clock.at - timedelta(days=2)))
    session.add(ViewRoller(host="b", label="new", rolled_until=clock.at, seen_at=clock.at))
    session.commit()
    found = health.examine(session, settings, at=clock.at)
    assert [host.name for host in found.silent_hosts] == ["old"]
    assert not found.freshness.is_late
