"""The oracle: known readers ask a served instance whose processes are killed, and the tables are right to the last view.

For each practice and for the site, by class::

    raw      requests that were answered whole  <=  counted  <=  requests that were sent
    views    robots, machines and readers without a key: the same as raw; visitors: the least and the most that the rule of 30
             seconds makes of their requests, over all ways in which those without a whole answer were counted or not
    uniques  visitors who were answered whole  <=  counted  <=  visitors who sent anything

A request whose answer was cut off by a kill may count or not; every other one counts once, so that least and most meet wherever
nothing was cut off. CAC_ORACLE_SECONDS makes it longer (``bench views-oracle``).
"""

import os
import random
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cac.cities.models import City
from cac.practices.models import Practice
from cac.practices.workflow import Status
from cac.stats.models import ViewClass, ViewDay, ViewLedger
from cac.stats.roller import Roller
from cac.stats.shared_salts import make_salts
from cac.stats.spool import Spool
from cac.stats.verify import verify
from tests.factories import make_city, make_practice
from tests.features.stats.readers import LIMIT_IN_ALL, SAME_VIEW, Crowd, bounds_of, clicks_after_30_s, headers_of
from tests.instances import Served, kill
from tests.sightings import Sighting, write_sighting

SECONDS = float(os.environ.get("CAC_ORACLE_SECONDS") or 5.0)
PRACTICES = 12
ANSWERS = 20
"""How many requests are answered between two kills at least, however slow the machine is."""
TURN = 5.0
"""About how many seconds it takes until each kind of process has been killed."""
READ_BEFORE = LIMIT_IN_ALL - PRACTICES // 2
"""What the automation has read before: half of the practices make its thousand full, the others are beyond."""


@pytest.fixture
def practices(session) -> dict[int, City]:
    """Practices by id, of three cities."""
    cities = [make_city(session) for _ in range(3)]
    made = [make_practice(session, status=Status.PUBLISHED, city=cities[number % 3]) for number in range(PRACTICES)]
    session.commit()
    return {practice.id: practice.city for practice in made}


def test_all_is_counted_once_whatever_processes_of_a_served_instance_are_killed(
    settings, session_factory, session, practices, zone
):
    _read_before(settings, session_factory, zone, practices)
    variables = {"CAC_DATABASE_URL": settings.database_url, "CAC_TIMEZONE": zone, "CAC_FORWARDED_HOPS": "1"}
    with Served(settings.home, variables) as served:
        paths = {
            practice: served.final_path(f"/en/practices/{_reference(session, practice)}") for practice in practices
        }
        session.rollback()
        crowd = Crowd(served.port, paths, seed=20200409)
        crowd.start()
        try:
            kills = _kill_for(SECONDS, served, crowd)
        finally:
            crowd.end()
        served.kill_all()
    roller = Roller(session_factory, settings)
    rolled = roller.roll(datetime.now(UTC), seconds=60)
    roller.close()
    assert rolled is not None, "another process rolls still"
    assert not rolled.is_behind

    bounds = bounds_of(crowd.requests, READ_BEFORE, seen_before=1)
    counted = _counted(session, practices)
    _print(crowd, kills, bounds.least, counted, bounds.most)
    assert crowd.strange == []
    assert set(kills) == {"web", "worker", "all"}
    assert {name.split()[1] for name in bounds.least if name.startswith("site")} == set(ViewClass)
    assert counted["site person raw"] > counted["site person views"], "nobody has clicked twice"
    assert SECONDS < 2 * SAME_VIEW or clicks_after_30_s(crowd.requests) > 0, "nobody has come back for a second view"
    assert bounds.wrong(counted) == {}
    assert sum(session.scalars(select(ViewLedger.bad))) == 0
    session.rollback()
    assert verify(session).differences == ()


def _read_before(settings, session_factory, zone: str, practices: dict[int, City]) -> None:
    """Write what the automation has read before, as a web process does: practices that are gone by now."""
    headers = headers_of("automation")
    reader = headers["X-Forwarded-For"], headers["User-Agent"], headers["Accept-Language"]
    spool = Spool(settings.spool_dir, zone, salts=make_salts(session_factory, settings))
    for number in range(READ_BEFORE):
        write_sighting(
            spool, Sighting(1_000_000 + number, next(iter(practices.values())).id, "en", ViewClass.PERSON, *reader)
        )
    spool.close()


def _kill_for(seconds: float, served: Served, crowd: Crowd) -> Counter[str]:
    """Kill web processes, the worker and everything by turns at random moments; return how often each."""
    chance = random.Random(20200409)
    kills: Counter[str] = Counter()
    until = time.monotonic() + seconds - TURN
    while not kills or time.monotonic() < until:
        turn = ["web", "worker", "web"]
        chance.shuffle(turn)
        for what in (*turn, "all"):
            crowd.wait_for_answers(ANSWERS)
            time.sleep(chance.uniform(0.3, 0.9))
            if what == "all":
                served.kill_all()
                served.start()
            else:
                find = served.web_processes if what == "web" else served.workers
                while not (found := find()):
                    time.sleep(0.05)
                kill(chance.choice(found))
            kills[what] += 1
    return kills


def _counted(session, practices: dict[int, City]) -> dict[str, int]:
    """Return what the tables say, by ``place class number``."""
    session.rollback()
    counted = {}
    for row in session.scalars(select(ViewDay)):
        place = "site" if row.scope == "site" else str(row.scope_id)
        if row.scope == "site" or (row.scope == "practice" and row.scope_id in practices):
            counted[f"{place} {row.view_class} raw"] = row.raw
            counted[f"{place} {row.view_class} views"] = row.views
            counted[f"{place} {row.view_class} uniques"] = row.uniques
    return counted


def _reference(session, practice: int) -> str:
    return session.scalars(select(Practice.reference).where(Practice.id == practice)).one()


def _print(crowd: Crowd, kills: Counter[str], least, counted, most) -> None:
    whole = sum(request.answered for request in crowd.requests)
    print(f"killed: {dict(kills)}; {len(crowd.requests)} requests sent, {whole} answered whole")
    print(f"{clicks_after_30_s(crowd.requests)} clicks of a visitor on the same practice after 30 seconds or more")
    print(f"{'site':<20}{'least':>8}{'counted':>9}{'most':>8}")
    for name in sorted(name for name in most if name.startswith("site")):
        print(f"{name.removeprefix('site '):<20}{least[name]:>8}{counted.get(name, 0):>9}{most[name]:>8}")
