"""Hosts that come, are renamed, fall silent and go."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cac.errors import ConflictError, NotFoundError
from cac.stats import hosts
from cac.stats.models import ViewRoller
from tests.conftest import POSTGRESQL


@pytest.fixture
def rename(monkeypatch):
    """Give this machine another name."""

    def rename(name):
        monkeypatch.setattr("cac.stats.host_id.socket.gethostname", lambda: name)

    return rename


def add_host(session, at, *, host="gone", label=None, behind=timedelta(), **more):
    session.add(ViewRoller(host=host, rolled_until=at - behind, label=label, seen_at=at if label else None, **more))
    session.commit()


def test_a_container_that_is_made_anew_is_the_same_host(read, clock, make_roller, rename, session):
    for name in ("4f1a", "93bc"):
        rename(name)
        read()
        roller = make_roller()
        roller.roll(clock.at)
        roller.close()
        clock.at += timedelta(minutes=5)
    row = session.scalars(select(ViewRoller)).one()
    assert row.label == "93bc"
    assert hosts.rolled_until(session, at=clock.at) == row.rolled_until == clock.at - timedelta(minutes=5)


def test_the_row_that_a_host_had_under_its_name_is_taken_over(read, clock, roller, rename, session):
    rename("north")
    add_host(session, clock.at - timedelta(hours=1), host="north")
    if POSTGRESQL:
        add_host(session, clock.at, host="south", label="south")
    read()
    roller.roll(clock.at)
    session.rollback()
    assert {hosts.name_of(row) for row in hosts.list_hosts(session)} == (
        {"north", "south"} if POSTGRESQL else {"north"}
    )
    assert hosts.rolled_until(session, at=clock.at) == clock.at


def test_a_host_that_is_silent_for_a_day_no_longer_holds_back_what_readers_are_told(clock, session):
    add_host(session, clock.at - timedelta(hours=25), host="a", label="gone")
    add_host(session, clock.at, host="b", label="here")
    assert hosts.rolled_until(session, at=clock.at) == clock.at
    assert [hosts.name_of(row) for row in hosts.list_silent(hosts.list_hosts(session), clock.at)] == ["gone"]
    add_host(session, clock.at - timedelta(hours=2), host="c", label="ill")
    assert hosts.rolled_until(session, at=clock.at) == clock.at - timedelta(hours=2)


def test_a_host_whose_clock_is_ahead_makes_no_other_one_silent(clock, session):
    add_host(session, clock.at + timedelta(days=3), host="a", label="ahead")
    add_host(session, clock.at - timedelta(hours=2), host="b", label="behind")
    assert hosts.rolled_until(session, at=clock.at) == clock.at - timedelta(hours=2)
    assert [row.label for row in hosts.list_ahead(hosts.list_hosts(session), clock.at)] == ["ahead"]


def test_a_row_that_an_earlier_version_left_holds_back_nobody_for_long(clock, session):
    add_host(session, clock.at - timedelta(minutes=11), host="4f1a")
    assert hosts.rolled_until(session, at=clock.at) == clock.at - timedelta(minutes=11)
    add_host(session, clock.at, host="b", label="93bc")
    assert hosts.rolled_until(session, at=clock.at) == clock.at


def test_where_all_hosts_are_silent_the_last_one_still_counts(clock, session):
    add_host(session, clock.at - timedelta(days=3), host="a", label="first")
    add_host(session, clock.at - timedelta(days=9), host="b", label="second")
    assert hosts.rolled_until(session, at=clock.at) == clock.at - timedelta(days=3)


def test_a_host_that_ended_in_order_holds_back_nobody_and_is_not_missed(clock, session):
    hour_ago, week_ago = clock.at - timedelta(hours=1), clock.at - timedelta(days=7)
    add_host(session, week_ago, host="a", label="ended", ended_at=week_ago)
    assert hosts.rolled_until(session, at=clock.at) == week_ago, "all have ended"
    add_host(session, hour_ago, host="b", label="ended later", ended_at=hour_ago)
    assert hosts.rolled_until(session, at=clock.at) == hour_ago
    add_host(session, clock.at, host="c", label="here")
    assert hosts.rolled_until(session, at=clock.at) == clock.at
    assert hosts.list_silent(hosts.list_hosts(session), clock.at) == []
    assert hosts.forget_host(session, "ended later", at=clock.at).host == "b"


def test_a_host_says_that_it_ended_once_all_is_rolled_and_no_process_writes(read, spool, clock, make_roller, session):
    def host():
        session.expire_all()
        return session.scalars(select(ViewRoller)).one()

    read()
    roller = make_roller()
    assert roller.end(clock.at) is False, "a process has its segment open still"
    assert host().ended_at is None
    spool.close()
    clock.at += timedelta(seconds=5)
    assert roller.end(clock.at) is True
    assert (host().ended_at, host().rolled_until) == (clock.at, clock.at)
    roller.close()
    clock.at += timedelta(hours=1)
    again = make_roller()
    again.roll(clock.at)
    assert host().ended_at is None, "it counts again"


def test_a_host_that_has_come_back_and_cannot_roll_is_missed(read, spool, clock, make_roller, session, monkeypatch):
    roller = make_roller()
    assert roller.end(clock.at)
    roller.close()
    add_host(session, clock.at + timedelta(days=3), host="another", label="another")
    clock.at += timedelta(days=2, hours=23)
    again = make_roller()
    monkeypatch.setattr(again, "_roll_batch", lambda at: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        again.roll(clock.at)
    session.expire_all()
    assert hosts.list_silent(hosts.list_hosts(session), clock.at) != []


def test_where_the_last_host_has_ended_one_that_was_dead_before_makes_nothing_late(clock, session):
    add_host(session, clock.at - timedelta(days=3), host="a", label="dead")
    add_host(session, clock.at, host="b", label="ended", ended_at=clock.at)
    assert hosts.rolled_until(session, at=clock.at + timedelta(seconds=5)) == clock.at


def test_a_host_that_was_heard_of_after_its_end_counts(clock, session):
    add_host(session, clock.at, host="a", label="a", behind=timedelta(hours=1), ended_at=clock.at - timedelta(hours=1))
    assert not hosts.has_ended(hosts.list_hosts(session)[0])


def test_hosts_that_count_with_secrets_of_their_own_are_noticed(clock, session):
    def differ():
        return hosts.have_different_secrets(hosts.list_hosts(session), clock.at)

    north, south = hosts.mark_of("n" * 48), hosts.mark_of("s" * 48)
    assert "nn" not in north
    assert len(north) == 16
    add_host(session, clock.at, host="a", label="north", secret_mark=north)
    add_host(session, clock.at, host="b", label="of an earlier version")
    add_host(session, clock.at, host="c", label="ended", secret_mark=south, ended_at=clock.at)
    add_host(session, clock.at - timedelta(days=2), host="d", label="silent", secret_mark=south)
    add_host(session, clock.at, host="e", label="twin of north", secret_mark=north)
    assert not differ()
    add_host(session, clock.at, host="f", label="south", secret_mark=south)
    assert differ()


def test_a_host_is_forgotten_by_name_or_id_unless_it_is_still_there(clock, session):
    add_host(session, clock.at - timedelta(hours=2), host="a", label="north")
    add_host(session, clock.at - timedelta(hours=2), host="b", label="twin")
    add_host(session, clock.at - timedelta(hours=2), host="c", label="twin")
    add_host(session, clock.at, host="d", label="alive")
    hosts.forget_host(session, "north", at=clock.at)
    hosts.forget_host(session, "b", at=clock.at)
    with pytest.raises(NotFoundError):
        hosts.forget_host(session, "nobody", at=clock.at)
    with pytest.raises(ConflictError, match="is counting"):
        hosts.forget_host(session, "alive", at=clock.at)
    add_host(session, clock.at - timedelta(hours=2), host="e", label="twin")
    with pytest.raises(ConflictError, match="several"):
        hosts.forget_host(session, "twin", at=clock.at)
    session.commit()
    assert [row.host for row in hosts.list_hosts(session)] == ["d", "c", "e"]


def test_a_host_that_is_gone_is_forgotten_although_its_clock_was_ahead(clock, session):
    add_host(session, clock.at + timedelta(days=3), host="a", label="ahead")
    assert hosts.forget_host(session, "ahead", at=clock.at).host == "a"
