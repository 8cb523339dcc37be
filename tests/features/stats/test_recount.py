"""A day is played to the application over HTTP, and an independent recount of its access log agrees to the last view."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from cac.stats.models import Measure, ViewClass, ViewDay
from cac.stats.verify import verify
from tests.bench.access_log import DAY, a_day, play, prepare
from tests.bench.recount import compare

REQUESTS = 300


@pytest.fixture
def play_in(settings, session_factory, session, tmp_path) -> Callable[[str], Path]:
    def play_in(zone: str) -> Path:
        local = replace(settings, timezone=zone, forwarded_hops=1)
        addresses, people = prepare(session, local, 5)
        log = tmp_path / "access.log"
        play(local, session_factory, log, a_day(addresses, zone, REQUESTS, people.values()), people)
        return log

    return play_in


def test_a_recount_of_the_access_log_agrees_by_practice_city_class_day_and_hour(play_in, settings, session):
    zone = "Asia/Kolkata"
    log = play_in(zone)
    assert compare(log, settings.database_url, zone) == []
    assert compare(log, settings.database_url, zone, DAY) == []
    assert verify(session).differences == ()
    site = session.scalars(select(ViewDay).where(ViewDay.scope == "site", ViewDay.day == DAY)).all()
    assert {(row.measure, row.view_class) for row in site} == set(product(Measure, ViewClass))

    # One page more, and one file more, and the recount says so.
    of_robots = [line for line in log.read_text().splitlines() if "Yeti" in line and '"status": 200' in line]
    for number, is_file in enumerate((False, True), 1):
        with log.open("a") as stream:
            stream.write(
                next(line for line in of_robots if (".md" in line) == is_file and "/practices/" in line) + "\n"
            )
        found = compare(log, settings.database_url, zone)
        assert len(found) == 4 * number, "practice, city and site of the day, and the hour"
