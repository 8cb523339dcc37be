"""Two instances on this machine, each with its own folder, name, web processes and worker, count into one PostgreSQL database."""

import os
import signal
import time
from contextlib import closing
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import select

from cac import doctor
from cac.clock import now
from cac.practices.workflow import Status
from cac.stats import hosts, queries
from cac.stats.models import ViewDay, ViewLedger, ViewRoller
from cac.stats.verify import verify
from tests.factories import make_practice
from tests.features.stats.readers import CLASS_HEADERS, Line, headers_of
from tests.instances import WITHIN, Served, wait_until

pytestmark = pytest.mark.xdist_group("postgresql")

VISITORS = [f"visitor-{thread}-{number}" for thread in range(2) for number in range(6)]


@pytest.fixture
def database_url(database_on_postgresql: str) -> str:
    """Several hosts share PostgreSQL, whatever database the other tests use."""
    return database_on_postgresql


@pytest.fixture
def make_instance(tmp_path: Path, settings, zone):
    def make(name: str, *, secret: str = "of both" * 8) -> Served:
        home = tmp_path / name
        home.mkdir()
        (home / "secret.key").write_text(secret)
        variables = {"CAC_DATABASE_URL": settings.database_url, "CAC_FORWARDED_HOPS": "1"}
        return Served(home, {**variables, "CAC_TIMEZONE": zone}, workers=1)

    return make


def test_a_visitor_whom_a_proxy_sends_to_two_hosts_is_one_visitor_with_one_view(make_instance, session):
    practice = make_practice(session, status=Status.PUBLISHED)
    session.commit()
    with make_instance("north") as north, make_instance("south") as south:
        path = north.final_path(f"/en/practices/{practice.reference}")
        with closing(Line(north.port)) as to_north, closing(Line(south.port)) as to_south:
            for reader in VISITORS:
                assert [_read(line, path, reader) for line in (to_north, to_south)] == [200, 200]
            for line, reader in zip(cycle((to_north, to_south)), list(CLASS_HEADERS) * 2, strict=False):
                assert _read(line, path, reader) == 200
        sent = 2 * len(VISITORS) + 2 * len(CLASS_HEADERS)
        wait_until(lambda: _lines(session) >= sent, north.log)

    site = {row.view_class: row for row in session.scalars(select(ViewDay).where(ViewDay.scope == "site"))}
    people = site["person"]
    assert (people.raw, people.views, people.uniques) == (2 * len(VISITORS), len(VISITORS), len(VISITORS))
    assert {name: site[name].raw for name in CLASS_HEADERS} == dict.fromkeys(CLASS_HEADERS, 2)
    assert queries.views_of(session, [practice.id]) == {practice.id: len(VISITORS) + 2}
    of_hosts = {row.host: row.lines for row in session.scalars(select(ViewLedger))}
    assert set(of_hosts) == set(session.scalars(select(ViewRoller.host)))
    assert len(of_hosts) == 2
    assert _lines(session) == sent
    session.rollback()
    assert verify(session).differences == ()


def test_a_host_that_is_ended_does_not_make_counting_late_for_the_readers_of_another(make_instance, session):
    def ended() -> list[bool]:
        session.rollback()
        return [row.ended_at is not None for row in hosts.list_hosts(session)]

    with make_instance("north"):
        with make_instance("south") as south:
            wait_until(lambda: ended() == [False, False], south.log)
        wait_until(lambda: sorted(ended()) == [False, True], south.log)
        later = now() + timedelta(minutes=5)
        row = next(row for row in hosts.list_hosts(session) if row.ended_at is None)
        row.seen_at = row.rolled_until = later
        assert hosts.until_of(hosts.list_hosts(session), at=later) == later
        south.start()
        wait_until(lambda: ended() == [False, False], south.log)
        with closing(Line(south.port)) as line:
            practice = make_practice(session, status=Status.PUBLISHED)
            session.commit()
            assert _read(line, south.final_path(f"/en/practices/{practice.reference}"), VISITORS[0]) == 200
        assert south.process is not None
        slow = south.web_processes()
        for process in slow:
            os.kill(process, signal.SIGSTOP)
        for process in (*south.workers(), *slow, south.process.pid):
            os.kill(process, signal.SIGTERM)  # to all at once, as systemd does
        time.sleep(1)
        for process in slow:
            os.kill(process, signal.SIGCONT)
        assert south.process.wait(WITHIN) == 0
        wait_until(lambda: sorted(ended()) == [False, True], south.log)
        south.kill_all()


def test_an_operator_is_told_where_two_hosts_have_secrets_of_their_own(make_instance, session, settings):
    def finding() -> str:
        session.rollback()
        return " ".join(each.words for each in doctor.examine(settings) if each.about == "hosts")

    with make_instance("north") as north, make_instance("south"):
        wait_until(lambda: len(hosts.list_hosts(session)) == 2 or session.rollback(), north.log)
        assert "different secrets" not in finding()
    with make_instance("east", secret="of east alone" * 4) as east, make_instance("west"):
        wait_until(lambda: "different secrets" in finding(), east.log)


def _read(line: Line, path: str, reader: str) -> int:
    assert line.connect()
    return line.ask(path, headers_of(reader))


def _lines(session) -> int:
    session.rollback()
    return sum(session.scalars(select(ViewLedger.lines)))
