"""Reading people, their sessions and their invitations."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.accounts.models import Invitation, Person, Role, SignInSession
from cac.accounts.tokens import hash_token
from cac.errors import NotFoundError


def normalise_email(email: str) -> str:
    """Return the form in which an address is kept and compared: without spaces around it, in lower case.

    What no address can contain (control characters, half characters) becomes U+FFFD: no database takes it otherwise.
    """
    return "".join(char if char.isprintable() else "\ufffd" for char in email.strip()).lower()


def get_person(session: Session, person_id: int) -> Person:
    """Return the person with this id; raises NotFoundError."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFoundError(f"person {person_id}")
    return person


def find_person_by_email(session: Session, email: str) -> Person | None:
    """Return the person with this e-mail address in any case of letters, or None."""
    return session.scalar(select(Person).where(Person.email == normalise_email(email)))


def list_people(session: Session, *, city_id: int | None = None) -> Sequence[Person]:
    """Return all people, or those of one city, by role and name; disabled ones too."""
    statement = select(Person).order_by(Person.role, Person.name, Person.id)
    if city_id is not None:
        statement = statement.where(Person.city_id == city_id)
    return session.scalars(statement).all()


def count_operators(session: Session) -> int:
    """Return how many operators can still sign in."""
    statement = select(func.count()).where(Person.role == Role.OPERATOR, Person.disabled_at.is_(None))
    return session.scalar(statement) or 0


def find_session(session: Session, token: str, at: datetime) -> SignInSession | None:
    """Return the live session of a cookie's token with its person, or None if it ended or the person is disabled."""
    statement = select(SignInSession).where(
        SignInSession.token_hash == hash_token(token),
        SignInSession.expires_at > at,
        SignInSession.person.has(Person.disabled_at.is_(None)),
    )
    return session.scalar(statement)


def list_sessions(session: Session, person: Person, at: datetime) -> Sequence[SignInSession]:
    """Return the live sessions of a person, the last used first."""
    statement = (
        select(SignInSession)
        .where(SignInSession.person_id == person.id, SignInSession.expires_at > at)
        .order_by(SignInSession.last_used_at.desc())
    )
    return session.scalars(statement).all()


def find_invitation(session: Session, token: str, at: datetime) -> Invitation | None:
    """Return the invitation of a link's token if it was not used and has not expired, or None."""
    statement = select(Invitation).where(
        Invitation.token_hash == hash_token(token), Invitation.used_at.is_(None), Invitation.expires_at > at
    )
    return session.scalar(statement)


def list_open_invitations(session: Session, at: datetime, *, city_id: int | None = None) -> Sequence[Invitation]:
    """Return invitations that can still be taken up, the newest first."""
    statement = select(Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at > at)
    if city_id is not None:
        statement = statement.where(Invitation.city_id == city_id)
    return session.scalars(statement.order_by(Invitation.id.desc())).all()
