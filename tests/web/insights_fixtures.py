"""A city with an official, an operator, and counts as rolling leaves them: what the tests of statistics begin with."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from cac.accounts.models import Role
from cac.clock import day_in, now
from cac.db import transaction
from cac.stats.models import SearchDay, ViewDay
from tests.factories import make_city, make_person

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
