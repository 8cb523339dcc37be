"""Attempts made at the same moment are judged one by one: no guess is free, no invitation works twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy.orm import Session

from cac.accounts import queries, service
from cac.accounts.models import Role
from cac.accounts.service import Refused
from cac.db import SessionFactory, transaction
from cac.errors import NotFoundError
from cac.settings import Settings

PASSWORD = "correct horse battery staple"
AT_ONCE = 12


def test_guesses_made_at_once_get_no_more_answers_than_guesses_made_in_turn(
    session: Session, session_factory: SessionFactory, settings: Settings, at: datetime
) -> None:
    with transaction(session):
        service.add_person(
            session, email="a@example.org", name="A", role=Role.OPERATOR, city=None, locale="en", password=PASSWORD, at=at
        )  # fmt: skip

    def guess(_number: int) -> object:
        with session_factory() as own, transaction(own):
            return service.sign_in(
                own, email="a@example.org", password="wrong", address="192.0.2.7", at=at, settings=settings
            )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = Counter(pool.map(guess, range(AT_ONCE)))
    assert answers == {Refused(0): 5, Refused(1): AT_ONCE - 5}


def test_an_invitation_taken_up_twice_at_once_makes_one_account(
    session: Session, session_factory: SessionFactory, at: datetime
) -> None:
    with transaction(session):
        _invitation, token = service.invite(
            session, email="a@example.org", role=Role.REVIEWER, city=None, locale="en", at=at
        )

    def accept(_number: int) -> str:
        try:
            with session_factory() as own, transaction(own):
                return service.accept_invitation(own, token, name="A", password=PASSWORD, at=at).email
        except NotFoundError:
            return "too late"

    with ThreadPoolExecutor(4) as pool:
        answers = Counter(pool.map(accept, range(4)))
    assert answers == {"a@example.org": 1, "too late": 3}
    assert len(queries.list_people(session)) == 1
