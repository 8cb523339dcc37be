"""People who sign in, their sessions, their invitations and the memory of failed sign-ins."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cac.cities.models import City
from cac.db import Base, UTCDateTime


class Role(StrEnum):
    """What a person may do: authors and leads belong to a city, reviewers and operators to the host."""

    AUTHOR = "author"
    LEAD = "lead"
    REVIEWER = "reviewer"
    OPERATOR = "operator"


OFFICIAL_ROLES = frozenset({Role.AUTHOR, Role.LEAD})
HOST_ROLES = frozenset({Role.REVIEWER, Role.OPERATOR})


class Person(Base):
    """Somebody with an account; ``password_hash`` is None until an invitation was taken up."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("role IN ('author', 'lead', 'reviewer', 'operator')", name="role_known"),
        CheckConstraint("(role IN ('author', 'lead')) = (city_id IS NOT NULL)", name="officials_have_a_city"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(10))
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id"), index=True)
    locale: Mapped[str] = mapped_column(String(20), default="en")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    city: Mapped[City | None] = relationship(lazy="joined")

    @property
    def is_official(self) -> bool:
        """Whether the person writes for a city."""
        return self.role in OFFICIAL_ROLES

    @property
    def is_host(self) -> bool:
        """Whether the person works for the host's desk."""
        return self.role in HOST_ROLES


class SignInSession(Base):
    """One signed-in browser; the cookie carries a random token of which only the hash is kept."""

    __tablename__ = "sign_in_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    person: Mapped[Person] = relationship(lazy="joined")


class Invitation(Base):
    """An invitation to sign up with a role; its link works once, until it expires, and only its hash is kept."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    role: Mapped[str] = mapped_column(String(10))
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id"))
    locale: Mapped[str] = mapped_column(String(20), default="en")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    city: Mapped[City | None] = relationship(lazy="joined")


class SignInFailure(Base):
    """How often sign-in failed lately for one account or one address, known only by a keyed hash."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(UTCDateTime)
