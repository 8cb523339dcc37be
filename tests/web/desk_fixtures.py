"""A city, its author at the desk, and a draft of theirs: what the tests of writing and of sending begin with."""

import pytest

from cac.db import transaction
from cac.practices import queries
from cac.practices.content import Content
from cac.practices.models import Practice
from tests.factories import make_city, make_person, make_practice

NEW = "/en/desk/practices/new"


@pytest.fixture
def city(session):
    with transaction(session):
        return make_city(session, names={"en": "Seoul", "ko": "서울"})


@pytest.fixture
def author(session, city):
    with transaction(session):
        return make_person(session, city=city, name="Rana")


@pytest.fixture
def desk(client, sign_in, author, csrf):
    """The author's browser: ``post`` adds the token of the page where the form is."""
    sign_in(client, author)

    class Desk:
        def get(self, path, **more):
            return client.get(path, **more)

        def post(self, path, data=None, *, form=NEW):
            return client.post(path, data={"csrf_token": csrf(client, form), **(data or {})})

    return Desk()


@pytest.fixture
def draft(session, author):
    with transaction(session):
        return make_practice(session, actor=author)


def stored(session, practice):
    session.expire_all()
    fresh = queries.get_practice_by_reference(session, practice.reference)
    return Content.from_json(fresh.original.working_revision.content)


def only_practice(session):
    session.expire_all()
    return queries.get_practice_by_reference(session, session.query(Practice).one().reference)
