"""Two instances on this machine, each with its own folder, name, web processes and worker, count into one PostgreSQL database."""

from contextlib import closing
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import select

from cac.practices.workflow import Status
from cac.settings import write_secret
from cac.stats import queries
from cac.stats.models import ViewDay, ViewLedger, ViewRoller
from cac.stats.verify import verify
from tests.factories import make_practice
from tests.features.stats.readers import CLASS_HEADERS, Line, headers_of
from tests.instances import Served, wait_until

pytestmark = pytest.mark.xdist_group("postgresql")

VISITORS = [f"visitor-{thread}-{number}" for thread in range(2) for number in range(6)]


@pytest.fixture
def database_url(database_on_postgresql: str) -> str:
    """Several hosts share PostgreSQL, whatever database the other tests use."""
    return database_on_postgresql


@pytest.fixture
def make_instance(tmp_path: Path, settings, zone):
    def make(name: str) -> Served:
        home = tmp_path / name
        home.mkdir()
        write_secret(home)
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
    hosts = {row.host: row.lines for row in session.scalars(select(ViewLedger))}
    assert set(hosts) == set(session.scalars(select(ViewRoller.host)))
    assert len(hosts) == 2
    assert _lines(session) == sent
    session.rollback()
    assert verify(session).differences == ()


def _read(line: Line, path: str, reader: str) -> int:
    assert line.connect()
    return line.ask(path, headers_of(reader))


def _lines(session) -> int:
    session.rollback()
    return sum(session.scalars(select(ViewLedger.lines)))
