"""A city with an official, an operator, and counts as rolling leaves them: what the tests of statistics begin with."""

import csv
import re
from datetime import UTC, datetime, time, timedelta
from html import unescape
from io import StringIO

import pytest

from cac.accounts.models import Role
from cac.clock import day_in, now
from cac.db import transaction
from cac.stats.models import Measure, SearchDay, ViewClass, ViewDay
from cac.stats.roller import Roller
from cac.stats.spool import Spool
from tests.factories import make_city, make_person
from tests.sightings import Sighting, write_sighting

DESK = "/en/desk/insights"
OPERATE = "/en/operate/insights"


@pytest.fixture
def seoul(session):
    with transaction(session):
        return make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울"})


@pytest.fixture
def official(client, sign_in, session, seoul):
    with transaction(session):
        person = make_person(session, role=Role.AUTHOR, city=seoul)
    sign_in(client, person)
    return person


@pytest.fixture
def operator(client, sign_in, session):
    with transaction(session):
        person = make_person(session, role=Role.OPERATOR)
    sign_in(client, person)
    return person


def book(session, practice, days_ago, views, measure="view"):
    """Put a day's count of a practice and of its city into the tables, as rolling does."""
    day = day_in("UTC", now()) - timedelta(days=days_ago)
    for scope, scope_id in (("practice", practice.id), ("city", practice.city_id)):
        place = {"scope": scope, "scope_id": scope_id, "measure": measure}
        counts = {"raw": views, "views": views, "uniques": views, "rules_version": "1", "salt_breaks": 0}
        session.add(ViewDay(day=day, view_class="person", **place, **counts))
    return day


def rows_of(client, address):
    answer = client.get(address)
    assert answer.mimetype == "text/csv"
    return list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))))


def shown_days(first=29):
    """The first and the last of the days that a page shows."""
    today = day_in("UTC", now())
    return [(today - timedelta(days=first)).isoformat(), today.isoformat()]


def search_for(session, practice, words, readers, language="en", days_ago=1):
    day = day_in("UTC", now()) - timedelta(days=days_ago)
    session.add(SearchDay(day=day, practice_id=practice.id, language=language, words=words, readers=readers))


class Readings:
    """Readings of practices at any moment, written down as web processes do, and counted by a real roller."""

    def __init__(self, settings, session_factory):
        self._settings = settings
        self._session_factory = session_factory
        self._visitors = 0
        self.at = now()
        self.spool = Spool(settings.spool_dir, settings.timezone, moment=self._moment)

    def _moment(self):
        return self.at.timestamp()

    def on(self, day):
        """Let the next ones come on a day, at its noon in UTC, or today at this moment."""
        noon = datetime.combine(day, time(12), UTC)
        self.at = min(noon, now())
        return self

    def read(self, practice, visitors, *, clicks=1, language="en", who=ViewClass.PERSON, measure=Measure.VIEW):
        """As many new visitors read a practice, each with so many clicks within 30 seconds."""
        for _ in range(visitors):
            self._visitors += 1
            address = f"192.0.{self._visitors // 250}.{self._visitors % 250}"
            sighting = Sighting(practice.id, practice.city_id, language, who, address, measure=measure)
            for _ in range(clicks):
                assert write_sighting(self.spool, sighting)
        return self

    def roll(self):
        """Count what was written."""
        roller = Roller(self._session_factory, self._settings)
        roller.roll(now())
        roller.close()


@pytest.fixture
def readings(settings, session_factory):
    readings = Readings(settings, session_factory)
    yield readings
    readings.spool.close()


def cells_of(page, start, end="</table>"):
    """The words of each row of the first table behind ``start``, without those that only say what a row is."""
    table = page.split(start, 1)[1].split(end, 1)[0].split("<tbody", 1)[1]
    rows = [re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.DOTALL) for row in table.split("<tr")[1:]]
    return [[" ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in row] for row in rows]
