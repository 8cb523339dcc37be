"""What happens to accounts: adding, inviting, disabling, passwords, and signing in and out.

A session belongs to one browser and is known by the hash of a random token. A wrong password raises nothing: the failure
must be written, so the caller's transaction has to commit; delays after failures are in accounts/delays.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from cac.accounts import delays, letters, passwords, queries
from cac.accounts.models import OFFICIAL_ROLES, Invitation, Person, Role, SignInSession
from cac.accounts.tokens import hash_token, new_token
from cac.cities.models import City
from cac.errors import ConflictError, InvalidError, NotFoundError
from cac.settings import Settings

EMAIL_FORM = re.compile(r"[^@\s\ufffd<>\",;:]+@[^@\s\ufffd<>\",;:]+")

TOUCHED_AT_MOST_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """A sign-in that succeeded: the new session, and the token for the browser's cookie."""

    session: SignInSession
    token: str


@dataclass(frozen=True)
class Refused:
    """A sign-in that did not: wrong e-mail or password (``wait_seconds`` is 0), or to be tried again after a wait."""

    wait_seconds: int


def add_person(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    city: City | None,
    locale: str,
    password: str | None,
    at: datetime,
) -> Person:
    """Add an account and return it; without a password nobody can sign in to it.

    Raises InvalidError for ``email`` (invalid, taken), ``name`` (missing, too_long), ``city`` (missing,
    not_for_role) and ``password`` (too_short, too_long, common).
    """
    email = queries.normalise_email(email)
    problems = _problems_of_place(role, city) | _problems_of_email(session, email) | _problems_of_name(name)
    if password is not None and (problem := passwords.problems_of(password, email, name)):
        problems["password"] = problem
    if problems:
        raise InvalidError(problems)
    person = Person(
        email=email,
        name=_clean(name),
        role=role,
        city=city,
        locale=locale,
        password_hash=None if password is None else passwords.hash_password(password),
        created_at=at,
    )
    session.add(person)
    session.flush()
    return person


def invite(
    session: Session,
    *,
    email: str,
    role: Role,
    city: City | None,
    locale: str,
    at: datetime,
    link_base: str = "",
    site_name: str = "",
) -> tuple[Invitation, str]:
    """Write an invitation that works once within seven days; return it with the token for its link.

    With ``link_base`` (settings.public_url, never a request's host) the link goes out by mail as well:
    ``<link_base>/<locale>/invitations/<token>``. An earlier invitation of the same address stops working.
    Raises InvalidError like ``add_person``.
    """
    email = queries.normalise_email(email)
    problems = _problems_of_place(role, city) | _problems_of_email(session, email)
    if problems:
        raise InvalidError(problems)
    open_ones = (Invitation.email == email, Invitation.used_at.is_(None), Invitation.expires_at > at)
    session.execute(update(Invitation).where(*open_ones).values(expires_at=at))
    token = new_token()
    invitation = Invitation(
        token_hash=hash_token(token),
        email=email,
        role=role,
        city=city,
        locale=locale,
        created_at=at,
        expires_at=at + letters.INVITATION_VALID,
    )
    session.add(invitation)
    session.flush()
    if link_base:
        link = f"{link_base}/{locale}/invitations/{token}"
        letters.post_invitation(session, invitation, link=link, site_name=site_name, at=at)
    return invitation, token


def accept_invitation(session: Session, token: str, *, name: str, password: str, at: datetime) -> Person:
    """Make the account of an invitation and return it; the link is used up.

    Raises NotFoundError for a link that is unknown, used or expired, and InvalidError like ``add_person``.
    """
    invitation = queries.find_invitation(session, token, at)
    if invitation is None or not _use_up(session, invitation, at):
        raise NotFoundError("invitation")
    return add_person(
        session,
        email=invitation.email,
        name=name,
        role=Role(invitation.role),
        city=invitation.city,
        locale=invitation.locale,
        password=password,
        at=at,
    )


def _use_up(session: Session, invitation: Invitation, at: datetime) -> bool:
    """Mark the invitation as used, unless somebody else has just done so; a refused password rolls it back."""
    unused = (Invitation.id == invitation.id, Invitation.used_at.is_(None))
    used = update(Invitation).where(*unused).values(used_at=at).returning(Invitation.id)
    return bool(session.scalars(used).all())


def disable_person(session: Session, person: Person, *, at: datetime) -> None:
    """Disable an account and end its sessions; raises ConflictError for the only operator who is left."""
    if person.disabled_at is not None:
        return
    if person.role == Role.OPERATOR:
        active = select(Person.id).where(Person.role == Role.OPERATOR, Person.disabled_at.is_(None))
        if len(session.scalars(active.with_for_update(of=Person)).all()) <= 1:
            raise ConflictError("the only operator cannot be disabled")
    person.disabled_at = at
    end_all_sessions(session, person)


def change_profile(person: Person, *, name: str, locale: str) -> None:
    """Change how a person is called and in which language the site writes to them; InvalidError for ``name``."""
    if problems := _problems_of_name(name):
        raise InvalidError(problems)
    person.name = _clean(name)
    person.locale = locale


def change_password(session: Session, person: Person, *, current: str, new: str) -> None:
    """Give the person a new password and end all sessions; the caller starts a new one for this browser.

    Raises InvalidError for ``current`` (wrong) and ``new`` (too_short, too_long, common).
    """
    if not passwords.verify_password(person.password_hash, current):
        raise InvalidError({"current": "wrong"})
    set_password(session, person, new)


def set_password(session: Session, person: Person, new: str) -> None:
    """Set a password without asking for the old one (the operator's command) and end all sessions of the person."""
    if problem := passwords.problems_of(new, person.email, person.name):
        raise InvalidError({"new": problem})
    person.password_hash = passwords.hash_password(new)
    end_all_sessions(session, person)


def end_all_sessions(session: Session, person: Person) -> None:
    """Sign the person out of every browser at once."""
    session.execute(delete(SignInSession).where(SignInSession.person_id == person.id))


def sign_in(
    session: Session, *, email: str, password: str, address: str, at: datetime, settings: Settings
) -> SignedIn | Refused:
    """Sign a person in from a browser at ``address`` (an IP address); an unknown account takes the same time and way.

    The password is checked without a lock on the database; the answer is given only after the counters are held, so that
    guesses made at once are counted one by one (ASVS 6.3.1). The caller commits in both cases.
    """
    email = queries.normalise_email(email)[:254]
    keys = delays.keys_of(email, address, settings.secret_key)
    if wait := delays.waiting_seconds(session, keys, at=at):
        return Refused(wait)
    person = queries.find_person_by_email(session, email)
    usable_hash = person.password_hash if person is not None and person.disabled_at is None else None
    is_right = passwords.verify_password(usable_hash, password)
    delays.lock(session, keys, at=at)
    if wait := delays.waiting_seconds(session, keys, at=at):
        return Refused(wait)
    if person is None or not is_right:
        delays.count_failure(session, keys, at=at)
        return Refused(0)
    delays.forget(session, keys)
    _renew_hash(person, password)
    return start_session(session, person, settings=settings, at=at)


def start_session(session: Session, person: Person, *, settings: Settings, at: datetime) -> SignedIn:
    """Start a session with a new token for a person who is known: after signing in, signing up or a new password."""
    token = new_token()
    started = SignInSession(
        token_hash=hash_token(token), person=person, created_at=at, last_used_at=at, expires_at=_end(at, at, settings)
    )
    session.add(started)
    session.flush()
    return SignedIn(started, token)


def touch(session: Session, sign_in_session: SignInSession, *, settings: Settings, at: datetime) -> bool:
    """Note that a session was used, at most once a minute; return whether there is something to commit."""
    if at - sign_in_session.last_used_at < TOUCHED_AT_MOST_EVERY:
        return False
    sign_in_session.last_used_at = at
    sign_in_session.expires_at = _end(sign_in_session.created_at, at, settings)
    return True


def sign_out(session: Session, token: str) -> None:
    """End the session of this token; an unknown token is no error."""
    session.execute(delete(SignInSession).where(SignInSession.token_hash == hash_token(token)))


def forget_expired(session: Session, *, at: datetime) -> int:
    """Delete sessions that have expired and failures that delay nobody any more; return how many rows went."""
    result = session.execute(delete(SignInSession).where(SignInSession.expires_at <= at))
    ended = result.rowcount if isinstance(result, CursorResult) else 0
    return ended + delays.forget_old(session, at=at)


def _problems_of_place(role: Role, city: City | None) -> dict[str, str]:
    if role in OFFICIAL_ROLES:
        return {"city": "missing"} if city is None else {}
    return {} if city is None else {"city": "not_for_role"}


def _problems_of_email(session: Session, email: str) -> dict[str, str]:
    if len(email) > 254 or EMAIL_FORM.fullmatch(email) is None:
        return {"email": "invalid"}
    return {"email": "taken"} if queries.find_person_by_email(session, email) is not None else {}


def _problems_of_name(name: str) -> dict[str, str]:
    clean = _clean(name)
    if not clean:
        return {"name": "missing"}
    return {"name": "too_long"} if len(clean) > 120 else {}


def _clean(name: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in name).split())


def _end(created_at: datetime, used_at: datetime, settings: Settings) -> datetime:
    absolute = created_at + timedelta(days=settings.session_days)
    return min(absolute, used_at + timedelta(hours=settings.session_idle_hours))


def _renew_hash(person: Person, password: str) -> None:
    if person.password_hash is not None and passwords.needs_rehash(person.password_hash):
        person.password_hash = passwords.hash_password(password)
