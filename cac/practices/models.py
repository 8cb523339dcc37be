"""The tables of a practice: practices, editions, revisions, the steps of their workflow, and what is filtered by."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cac.accounts.models import Person
from cac.cities.models import City
from cac.db import Base, UTCDateTime
from cac.practices.workflow import Status


class TranslationMethod(StrEnum):
    """How a translation was made, as readers are told."""

    HUMAN = "human"
    MACHINE = "machine"
    MACHINE_CHECKED = "machine_checked"


class Practice(Base):
    """Something a city did. It is public while ``published_at`` is set and ``withdrawn_at`` is not.

    ``kind``, ``as_of``, the topics and places repeat what the published revision of the original says (before the first
    publication: the working revision), so that lists and filters need not open the JSON. ``public_version`` grows by one
    at every publication and withdrawal, and ``public_changed_at`` says when: the index catches up by them.
    ``row_version`` guards against two writers, ``created_key`` against two practices from one form: see service.create.
    """

    __tablename__ = "practices"
    __table_args__ = (
        CheckConstraint(
            "status IN ('draft', 'in_review', 'changes_requested', 'scheduled', 'published', 'withdrawn')",
            name="status_known",
        ),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawal_has_a_reason"),
        UniqueConstraint("external_source", "external_id"),
        Index("ix_practices_public", "withdrawn_at", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"), index=True)
    original_language: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str | None] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20), default=Status.DRAFT, index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    republished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
    as_of: Mapped[date | None] = mapped_column(Date)
    review_by: Mapped[date | None] = mapped_column(Date)
    public_version: Mapped[int] = mapped_column(default=0)
    public_changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    external_source: Mapped[str | None] = mapped_column(String(80))
    external_id: Mapped[str | None] = mapped_column(String(200))
    external_digest: Mapped[str | None] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)
    created_key: Mapped[str | None] = mapped_column(String(80), unique=True, index=True)

    city: Mapped[City] = relationship(lazy="joined")
    editions: Mapped[list["Edition"]] = relationship(
        back_populates="practice", cascade="all, delete-orphan", lazy="selectin", order_by="Edition.id"
    )
    topics: Mapped[list["PracticeTopic"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="PracticeTopic.position"
    )
    places: Mapped[list["PracticePlace"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="PracticePlace.position"
    )
    steps: Mapped[list["PracticeStep"]] = relationship(
        back_populates="practice", cascade="all, delete-orphan", lazy="select", order_by="PracticeStep.id"
    )

    __mapper_args__ = {"version_id_col": row_version}

    @property
    def is_public(self) -> bool:
        """Whether visitors can read it now."""
        return self.published_at is not None and self.withdrawn_at is None

    @property
    def original(self) -> "Edition":
        """The edition in the language in which the practice was written first."""
        return next(edition for edition in self.editions if edition.is_original)


class Edition(Base):
    """A practice in one language: the original or a translation, with what is public and what is being worked on."""

    __tablename__ = "editions"
    __table_args__ = (UniqueConstraint("practice_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(20))
    is_original: Mapped[bool]
    method: Mapped[str | None] = mapped_column(String(20))
    published_revision_id: Mapped[int | None] = mapped_column(
        ForeignKey("revisions.id", use_alter=True, name="fk_editions_published_revision_id_revisions")
    )
    working_revision_id: Mapped[int | None] = mapped_column(
        ForeignKey("revisions.id", use_alter=True, name="fk_editions_working_revision_id_revisions")
    )

    practice: Mapped[Practice] = relationship(back_populates="editions")
    revisions: Mapped[list["Revision"]] = relationship(
        back_populates="edition",
        foreign_keys="Revision.edition_id",
        cascade="all, delete-orphan",
        lazy="select",
        order_by="Revision.number",
    )
    published_revision: Mapped["Revision | None"] = relationship(
        foreign_keys=[published_revision_id], lazy="select", post_update=True
    )
    working_revision: Mapped["Revision | None"] = relationship(
        foreign_keys=[working_revision_id], lazy="select", post_update=True
    )


class Revision(Base):
    """One saved, numbered, unchangeable state of an edition; ``content`` has the shape of practices/content."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("edition_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"))

    edition: Mapped[Edition] = relationship(back_populates="revisions", foreign_keys=[edition_id])
    author: Mapped[Person | None] = relationship(lazy="joined")


class PracticeTopic(Base):
    """A topic of a practice as code, scheme and version of the scheme."""

    __tablename__ = "practice_topics"

    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(String(20))
    scheme_version: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(10), index=True)


class PracticePlace(Base):
    """A place where a practice was done, as code, scheme and version of the scheme."""

    __tablename__ = "practice_places"

    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(String(20))
    scheme_version: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(40), index=True)


class PracticeStep(Base):
    """One step of a practice through its workflow: who took it, when, from which revision, with which note."""

    __tablename__ = "practice_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id", ondelete="CASCADE"), index=True)
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    step: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(Text)
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime)

    practice: Mapped[Practice] = relationship(back_populates="steps")
    actor: Mapped[Person | None] = relationship(lazy="joined")


class ReferenceCounter(Base):
    """The last number given out in a year, for references such as CAC-2020-0147."""

    __tablename__ = "reference_counters"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]
