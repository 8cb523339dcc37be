"""The tables of the search that people edit or learn from: the glossary, and what visitors looked for without finding it.

Everything else that the search needs is made from the practices and lies in the index.
"""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cac.accounts.models import Person
from cac.db import Base, UTCDateTime


class GlossaryGroup(Base):
    """Terms that mean the same. ``changed_at`` moves with every term that is added or taken away.

    Who made and who changed it is None for the groups that an instance starts with.
    """

    __tablename__ = "glossary_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    terms: Mapped[list["GlossaryTerm"]] = relationship(
        back_populates="group", cascade="all, delete-orphan", lazy="selectin", order_by="GlossaryTerm.id"
    )
    changed_by: Mapped[Person | None] = relationship(foreign_keys=[changed_by_id], lazy="raise")


class GlossaryTerm(Base):
    """One word or phrase of a group in one language; ``folded`` is how it is compared with others."""

    __tablename__ = "glossary_terms"
    __table_args__ = (UniqueConstraint("group_id", "language", "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("glossary_groups.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(240), index=True)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    group: Mapped[GlossaryGroup] = relationship(back_populates="terms", lazy="raise")


class MissingQuery(Base):
    """Words that visitors searched for in one week and one language of the interface, and that found nothing or little.

    ``week`` is its Monday, the finest time that is kept; nothing is kept of who asked. ``results`` is how many practices
    were found the last time. ``wanted_at`` is when a reviewer asked the cities to write about it.
    """

    __tablename__ = "missing_queries"
    __table_args__ = (
        UniqueConstraint("week", "language", "words"),
        Index("ix_missing_queries_done", "done_at", "week"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    week: Mapped[date] = mapped_column(Date)
    language: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(80))
    results: Mapped[int] = mapped_column(Integer)
    times: Mapped[int] = mapped_column(Integer)
    wanted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
