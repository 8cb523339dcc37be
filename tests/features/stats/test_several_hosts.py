"""Two hosts with a spool each count into one PostgreSQL database: repeats and visitors are known across them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from cac.clock import now
from cac.db import make_engine, make_session_factory
from cac.stats import booking, health, queries
from cac.stats.health import Alarm
from cac.stats.models import ViewClass, ViewKey, ViewLedger, ViewSalt
from cac.stats.roller import Roller
from cac.stats.shared_salts import SharedSalts
from cac.stats.spool import Spool
from tests.sightings import Sighting, write_sighting

pytestmark = pytest.mark.xdist_group("postgresql")

DAY = date(2020, 4, 9)


class Host:
    """One host: its own spool, roller and connections; the database is that of all."""

    def __init__(self, name: str, settings, clock) -> None:
        home = settings.home / name
        home.mkdir()
        own = replace(settings, home=home)
        self.engine = make_engine(settings.database_url)
        factory = make_session_factory(self.engine)
        self.name = name
        self.salts = SharedSalts(factory, settings.timezone)
        self.spool = Spool(own.spool_dir, own.timezone, salts=self.salts, moment=clock)
        self.roller = Roller(factory, own)

    def read(self, visitor: str = "192.0.2.1", practice: int = 1, city: int = 1) -> None:
        assert write_sighting(self.spool, Sighting(practice, city, "ko", ViewClass.PERSON, visitor, "Firefox", "ko"))

    def close(self) -> None:
        self.spool.close()
        self.roller.close()
        self.engine.dispose()


@pytest.fixture
def database_url(database_on_postgresql: str) -> str:
    """Several hosts share PostgreSQL, whatever database the other tests use."""
    return database_on_postgresql


@pytest.fixture
def make_host(settings, clock) -> Iterator[Callable[[str], Host]]:
    made: list[Host] = []

    def make(name: str) -> Host:
        made.append(Host(name, settings, clock))
        return made[-1]

    yield make
    for host in made:
        host.close()


def test_a_repeat_on_the_other_host_is_the_same_view_and_the_same_visitor(make_host, clock, day_counts):
    north, south = make_host("north"), make_host("south")
    north.read()
    north.roller.roll(clock.at)
    for host in (south, north, south):
        clock.at += timedelta(seconds=20)
        host.read()
        host.roller.roll(clock.at)
    assert day_counts()["person"] == (4, 1, 1)

    clock.at += timedelta(seconds=30)
    north.read()
    north.roller.roll(clock.at)
    assert day_counts()["person"] == (5, 2, 1)


def test_clicks_on_both_hosts_in_one_second_are_one_view_in_whatever_order_they_are_rolled(
    make_host, clock, day_counts
):
    north, south = make_host("north"), make_host("south")
    north.read()
    clock.at += timedelta(milliseconds=300)
    south.read()
    south.roller.roll(clock.at)
    north.roller.roll(clock.at)
    assert day_counts()["person"] == (2, 1, 1)


def test_hosts_that_roll_at_once_count_every_line_and_each_visitor_once(
    make_host, clock, day_counts, session, sums_agree
):
    hosts = [make_host(name) for name in ("north", "south", "west")]
    for number in range(600):
        for host in hosts:
            host.read(f"192.0.2.{number % 100}", practice=1 + number % 7, city=1 + number % 7 % 3)
        clock.at += timedelta(milliseconds=40)

    def roll(host: Host) -> None:
        host.roller.roll(clock.at)

    threads = [threading.Thread(target=roll, args=(host,)) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pairs = {(number % 100, number % 7) for number in range(600)}
    assert day_counts()["person"] == (1800, len(pairs), 100)
    assert queries.total_views(session) == len(pairs)
    assert session.scalar(select(func.sum(ViewLedger.lines))) == 1800
    sums_agree(session)


def test_hosts_that_begin_at_once_agree_on_the_salt_of_the_day(make_host):
    hosts = [make_host(f"host{number}") for number in range(6)]
    at_once = threading.Barrier(len(hosts), timeout=20)
    found = []

    def ask(host: Host) -> None:
        with host.engine.connect():
            at_once.wait()
        found.append(host.salts.salt_of(DAY))

    threads = [threading.Thread(target=ask, args=(host,)) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len({salt.value for salt in found}) == 1
    assert not any(salt.is_new_again for salt in found)


def test_a_salt_that_a_crash_of_the_database_took_is_marked_and_costs_no_view(
    make_host, clock, session, day_counts, sums_agree
):
    north = make_host("north")
    north.read()
    north.roller.roll(clock.at)
    # What PostgreSQL does to unlogged tables after a crash.
    session.execute(text("TRUNCATE view_salt, view_key"))
    session.commit()

    south = make_host("south")
    south.read()
    south.roller.roll(clock.at)
    assert day_counts()["person"] == (2, 2, 2)
    assert south.salts.salt_of(DAY).is_new_again is False
    breaks = session.scalar(text("SELECT sum(salt_breaks) FROM view_day"))
    assert breaks == 1
    sums_agree(session)


def test_salt_and_keys_are_in_no_backup_and_are_deleted_at_the_days_close(make_host, clock, session):
    north = make_host("north")
    north.read()
    north.roller.roll(clock.at)
    kinds = "SELECT relname, relpersistence FROM pg_class WHERE relname IN ('view_salt', 'view_key') ORDER BY relname"
    assert session.execute(text(kinds)).all() == [("view_key", "u"), ("view_salt", "u")]

    north.roller.roll(datetime(2020, 4, 10, 0, 11, tzinfo=UTC))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(ViewSalt)) == 0
    assert session.scalar(select(func.count()).select_from(ViewKey)) == 0


def test_where_the_database_does_not_answer_a_process_has_a_salt_of_its_own(make_host, caplog):
    lost = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    salts = SharedSalts(make_session_factory(lost), "UTC")
    assert salts.salt_of(DAY).is_new_again
    assert "neither read nor made" in caplog.text
    lost.dispose()


def test_a_crash_that_took_salt_and_keys_is_marked_where_processes_kept_the_salt_and_they_put_it_back(
    make_host, clock, session, day_counts, monkeypatch
):
    monkeypatch.setattr("cac.stats.day_salt.RESTORED_EVERY", 0.0)
    clock.at = now() - timedelta(minutes=1)
    north = make_host("north")
    north.read()
    north.roller.roll(clock.at)
    before = north.salts.salt_of(clock.at.date()).value
    session.execute(text("TRUNCATE view_salt, view_key"))
    session.commit()

    north.spool.look_after()
    north.read()
    north.roller.roll(clock.at)
    assert day_counts()["person"] == (2, 2, 2)
    assert session.scalar(text("SELECT sum(salt_breaks) FROM view_day")) == 1

    south = make_host("south")
    assert south.salts.salt_of(clock.at.date()).value == before
    for host in (south, north):
        host.read()
        host.roller.roll(clock.at)
    session.rollback()
    assert day_counts()["person"] == (4, 2, 2)
    assert session.scalar(text("SELECT sum(salt_breaks) FROM view_day")) == 1


def test_a_process_takes_the_salt_that_others_have_made_since_and_marks_nothing_more(
    make_host, clock, session, monkeypatch
):
    clock.at = now() - timedelta(minutes=5)
    north, south = make_host("north"), make_host("south")
    north.read()
    north.roller.roll(clock.at)
    session.execute(text("TRUNCATE view_salt, view_key"))
    session.commit()
    south.read()
    monkeypatch.setattr("cac.stats.day_salt.RESTORED_EVERY", 0.0)
    north.spool.look_after()
    clock.at += timedelta(minutes=1)
    north.read()
    for host in (south, north):
        host.roller.roll(clock.at)
    assert session.scalar(text("SELECT count(*) FROM view_key")) == 1, "one visitor under the new salt"
    assert session.scalar(text("SELECT sum(salt_breaks) FROM view_day")) == 1


def test_a_host_whose_clock_is_behind_puts_back_no_salt_of_a_day_that_is_over(make_host, clock, session, monkeypatch):
    monkeypatch.setattr("cac.stats.day_salt.RESTORED_EVERY", 0.0)
    clock.at = now() - timedelta(days=1)
    north = make_host("north")
    north.read()
    north.salts.delete_before(now().date())
    north.spool.look_after()
    assert session.scalar(select(func.count()).select_from(ViewSalt)) == 0


def test_a_host_whose_clock_is_days_ahead_closes_no_day_for_all_and_is_named(
    make_host, clock, session, settings, day_counts
):
    clock.at = now() - timedelta(minutes=1)
    north, south = make_host("north"), make_host("south")
    north.read()
    north.roller.roll(clock.at)
    before = north.salts.salt_of(clock.at.date()).value
    south.roller.roll(clock.at + timedelta(days=3))
    clock.at += timedelta(seconds=20)
    north.read()
    north.roller.roll(clock.at)
    assert day_counts()["person"] == (2, 1, 1)
    assert SharedSalts(make_session_factory(north.engine), "UTC").salt_of(clock.at.date()).value == before
    found = health.examine(session, settings, at=clock.at)
    assert Alarm.CLOCK_AHEAD in found.alarms
    assert [host.heard_at for host in found.hosts_ahead] == [clock.at + timedelta(days=3, seconds=-20)]


def test_a_host_that_sleeps_within_its_turn_loses_it_and_another_counts(
    make_host, clock, session_factory, day_counts, monkeypatch
):
    monkeypatch.setattr("cac.stats.booking.PATIENCE_SECONDS", 1)
    north = make_host("north")
    north.read()
    with session_factory() as asleep:
        booking.wait_for_turn(asleep)
        north.roller.roll(clock.at)
        assert day_counts()["person"] == (1, 1, 1)
        with pytest.raises(DBAPIError, match="idle-in-transaction timeout"):
            asleep.execute(text("SELECT 1"))
        asleep.invalidate()


def test_a_host_that_waits_too_long_for_its_turn_gives_up_and_counts_the_next_time(
    make_host, clock, session_factory, day_counts, monkeypatch
):
    monkeypatch.setattr("cac.stats.booking.PATIENCE_SECONDS", 1)
    north = make_host("north")
    north.read()
    with session_factory() as busy:
        busy.execute(select(func.pg_advisory_xact_lock(booking.TURN)))
        with pytest.raises(OperationalError, match="lock timeout"):
            north.roller.roll(clock.at)
    assert day_counts() == {}
    north.roller.roll(clock.at)
    assert day_counts()["person"] == (1, 1, 1)
