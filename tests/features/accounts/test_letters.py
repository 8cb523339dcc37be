"""The link of an invitation is as good as a password: it leaves the outbox when it was sent or has expired."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cac import mail
from cac.accounts import letters, service
from cac.accounts.models import Role
from cac.db import transaction
from cac.mail import OutboxMessage


@pytest.fixture
def token(session: Session, at: datetime) -> str:
    with transaction(session):
        _invitation, token = service.invite(
            session,
            email="new@example.org",
            role=Role.OPERATOR,
            city=None,
            locale="en",
            at=at,
            link_base="https://site",
        )
    return token


def erase(session: Session, at: datetime) -> str:
    """Erase what is to be erased and return the body of the one message."""
    with transaction(session):
        letters.erase_links(session, at=at)
    return session.scalars(select(OutboxMessage)).one().body


def test_a_link_that_waits_stays_until_it_has_expired(session: Session, token: str, at: datetime) -> None:
    assert token in erase(session, at + timedelta(days=6, hours=23))
    body = erase(session, at + timedelta(days=7))
    assert token not in body
    assert "was erased" in body


def test_a_link_that_was_sent_is_erased(session: Session, token: str, at: datetime) -> None:
    with transaction(session):
        session.scalars(select(OutboxMessage)).one().sent_at = at
    assert token not in erase(session, at)


def test_other_messages_stay_as_they_are(session: Session, at: datetime) -> None:
    with transaction(session):
        mail.post(session, "a@example.org", "Note", "See /invitations/ on the site.", at=at).sent_at = at
    assert erase(session, at + timedelta(days=30)) == "See /invitations/ on the site."
