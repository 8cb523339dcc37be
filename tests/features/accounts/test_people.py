"""Accounts are added, invited and disabled with the rules of their roles."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cac.accounts import queries, service
from cac.accounts.models import Invitation, Person, Role
from cac.cities.models import City
from cac.cities.service import add_city
from cac.db import transaction
from cac.errors import ConflictError, InvalidError, NotFoundError
from cac.mail import OutboxMessage

PASSWORD = "correct horse battery staple"


@pytest.fixture
def seoul(session: Session, at: datetime) -> City:
    with transaction(session):
        return add_city(session, slug="seoul", country="KR", names={"en": "Seoul", "ko": "서울"}, at=at)


def add(session: Session, at: datetime, **changes: object) -> Person:
    facts: dict[str, object] = {
        "email": "minji@example.org", "name": "Kim Minji", "role": Role.OPERATOR, "city": None, "locale": "ko",
        "password": PASSWORD, "at": at,
    }  # fmt: skip
    return service.add_person(session, **(facts | changes))  # type: ignore[arg-type]


def test_a_person_is_found_by_the_e_mail_in_any_case(session: Session, at: datetime) -> None:
    person = add(session, at, email=" Minji@Example.org")
    assert queries.find_person_by_email(session, "MINJI@example.org ") == person
    assert person.password_hash is not None
    assert PASSWORD not in person.password_hash


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"email": "no address"}, {"email": "invalid"}),
        ({"email": "a@b\r\nBcc: c@d"}, {"email": "invalid"}),
        ({"email": "Taken@example.org"}, {"email": "taken"}),
        ({"name": " \u0007"}, {"name": "missing"}),
        ({"name": "x" * 121}, {"name": "too_long"}),
        ({"role": Role.AUTHOR}, {"city": "missing"}),
        ({"password": "short"}, {"password": "too_short"}),
        ({"password": "password1234"}, {"password": "common"}),
        ({"password": "minji@example.org1"}, {"password": "common"}),
    ],
)
def test_what_is_wrong_with_a_person_is_said_by_field(
    session: Session, at: datetime, changes: dict[str, object], problems: dict[str, str]
) -> None:
    add(session, at, email="taken@example.org")
    with pytest.raises(InvalidError) as caught:
        add(session, at, **changes)
    assert caught.value.problems == problems


def test_a_host_role_belongs_to_no_city(session: Session, seoul: City, at: datetime) -> None:
    with pytest.raises(InvalidError) as caught:
        add(session, at, role=Role.REVIEWER, city=seoul)
    assert caught.value.problems == {"city": "not_for_role"}


def invite(session: Session, city: City, at: datetime) -> str:
    with transaction(session):
        _invitation, token = service.invite(
            session, email="Author@Example.org", role=Role.AUTHOR, city=city, locale="ko", at=at,
            link_base="https://c.example", site_name="CAC",
        )  # fmt: skip
    return token


def test_an_invitation_makes_an_account_once(session: Session, seoul: City, at: datetime) -> None:
    token = invite(session, seoul, at)
    assert token not in str([row.token_hash for row in session.scalars(select(Invitation))])
    with transaction(session):
        person = service.accept_invitation(session, token, name="Lee", password=PASSWORD, at=at + timedelta(days=6))
    assert (person.email, person.role, person.city, person.locale) == ("author@example.org", "author", seoul, "ko")
    with pytest.raises(NotFoundError):
        service.accept_invitation(session, token, name="Lee", password=PASSWORD, at=at + timedelta(days=6))


def test_an_invitation_ends_after_seven_days(session: Session, seoul: City, at: datetime) -> None:
    token = invite(session, seoul, at)
    assert queries.find_invitation(session, token, at + timedelta(days=7)) is None
    with pytest.raises(NotFoundError):
        service.accept_invitation(session, token, name="Lee", password=PASSWORD, at=at + timedelta(days=7))


def test_a_bad_password_does_not_use_the_invitation_up(session: Session, seoul: City, at: datetime) -> None:
    token = invite(session, seoul, at)
    with pytest.raises(InvalidError), transaction(session):
        service.accept_invitation(session, token, name="Lee", password="short", at=at)
    assert queries.find_invitation(session, token, at) is not None


def test_a_second_invitation_ends_the_first(session: Session, seoul: City, at: datetime) -> None:
    first, second = invite(session, seoul, at), invite(session, seoul, at)
    assert queries.find_invitation(session, first, at) is None
    assert queries.find_invitation(session, second, at) is not None
    assert len(queries.list_open_invitations(session, at, city_id=seoul.id)) == 1


def test_the_mail_of_an_invitation_carries_its_link_in_the_language_of_the_person(
    session: Session, seoul: City, at: datetime
) -> None:
    token = invite(session, seoul, at)
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.subject) == ("author@example.org", "CAC 초대")
    assert f"https://c.example/ko/invitations/{token}" in message.body


def test_the_only_operator_cannot_be_disabled(session: Session, at: datetime) -> None:
    first = add(session, at)
    with pytest.raises(ConflictError):
        service.disable_person(session, first, at=at)
    second = add(session, at, email="second@example.org")
    service.disable_person(session, first, at=at)
    with pytest.raises(ConflictError):
        service.disable_person(session, second, at=at)
    assert queries.count_operators(session) == 1


def test_people_are_listed_by_city(session: Session, seoul: City, at: datetime) -> None:
    add(session, at)
    author = add(session, at, email="author@example.org", role=Role.AUTHOR, city=seoul)
    assert list(queries.list_people(session, city_id=seoul.id)) == [author]
    assert len(queries.list_people(session)) == 2


def test_a_new_password_needs_the_old_one(session: Session, at: datetime) -> None:
    person = add(session, at)
    with pytest.raises(InvalidError) as caught:
        service.change_password(session, person, current="wrong", new="another horse, another staple")
    assert caught.value.problems == {"current": "wrong"}
    with pytest.raises(InvalidError) as caught:
        service.change_password(session, person, current=PASSWORD, new="password1234")
    assert caught.value.problems == {"new": "common"}
