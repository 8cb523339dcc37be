"""The people of the demonstration: four who sign in with a password made for this instance, and authors who do not."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from cac.accounts import queries as accounts_queries
from cac.accounts import service as accounts
from cac.accounts.models import Person, Role
from cac.cities.models import City

HOME_CITY = "seoul"
WORDS = (
    "amber",
    "bridge",
    "canal",
    "dawn",
    "ferry",
    "garden",
    "harbour",
    "lantern",
    "market",
    "river",
    "square",
    "tower",
)


@dataclass(frozen=True)
class SignIn:
    """How somebody signs in to the demonstration."""

    email: str
    password: str
    describes: str


@dataclass(frozen=True)
class _Member:
    email: str
    name: str
    role: Role
    locale: str
    describes: str


MEMBERS = (
    _Member("author@seoul.example", "Author of Seoul", Role.AUTHOR, "ko", "author of Seoul: writes practices"),
    _Member("lead@seoul.example", "City lead of Seoul", Role.LEAD, "ko", "city lead of Seoul: may withdraw, too"),
    _Member("reviewer@host.example", "Reviewer of the host's desk", Role.REVIEWER, "en", "reviewer: publishes"),
    _Member("operator@host.example", "Operator of the host", Role.OPERATOR, "en", "operator: runs the site"),
)


def add_people(session: Session, seoul: City, home: Path, *, at: datetime) -> tuple[SignIn, ...]:
    """Add the four people who sign in, unless they are there; returns how they do."""
    password = password_of(home)
    for member in MEMBERS:
        if accounts_queries.find_person_by_email(session, member.email) is None:
            city = seoul if member.role in (Role.AUTHOR, Role.LEAD) else None
            accounts.add_person(
                session, email=member.email, name=member.name, role=member.role, city=city,
                locale=member.locale, password=password, at=at,
            )  # fmt: skip
    return tuple(SignIn(member.email, password, member.describes) for member in MEMBERS)


def author_of(session: Session, city: City, *, at: datetime) -> Person:
    """Return a person who writes for ``city`` in the demonstration; without a password, so nobody signs in as them."""
    email = f"author@{city.slug}.example"
    found = accounts_queries.find_person_by_email(session, email)
    return found or accounts.add_person(
        session, email=email, name=f"Author of {city.name_in('en')}", role=Role.AUTHOR, city=city,
        locale="en", password=None, at=at,
    )  # fmt: skip


def reviewer_of(session: Session) -> Person:
    """Return the reviewer of the demonstration."""
    found = accounts_queries.find_person_by_email(session, "reviewer@host.example")
    if found is None:
        raise LookupError("the demonstration has no reviewer yet")
    return found


def password_of(home: Path) -> str:
    """Return the password of this demonstration, made at the first start and kept in its folder."""
    path = home / "sign-in-password.txt"
    if not path.exists():
        path.touch(mode=0o600)
        words = [secrets.choice(WORDS) for _ in range(4)]
        path.write_text(f"{'-'.join(words)}-{secrets.randbelow(9000) + 1000}\n", encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
