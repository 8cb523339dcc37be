"""What visitors looked for without finding it: kept by the week, without anything about who asked.

A page that found little only notes its words in the memory of the process (``MissingQueries``); a thread of its own writes
them every few seconds in one transaction. So no reader waits for the disk, a search that is repeated is written once, and
what is written together says nothing about when each was asked. A process that is killed loses some seconds of notes.
"""

import logging
import re
import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from cac.accounts.models import Person
from cac.clock import now
from cac.db import SessionFactory, transaction
from cac.search.models import MissingQuery
from cac.search.query import clean

log = logging.getLogger(__name__)

FEW_RESULTS = 3
LONGEST_QUERY = 80
WRITE_AFTER = 3.0
MOST_NOTES = 2_000
# Addresses of people and long numbers (telephones, identity cards) are nobody's missing practice.
_PERSONAL = re.compile(r"\S@\S|(?:\d[\s().+/-]*){7,}")


@dataclass(frozen=True)
class Missing:
    """One list entry: words that were looked for in some weeks up to ``week`` (its Monday), how often, and how many found.

    ``is_wanted`` says that a reviewer has asked the cities to write about it.
    """

    words: str
    language: str
    week: date
    times: int
    results: int
    is_wanted: bool = False


def words_to_keep(typed: str) -> str:
    """Return a query as it is kept: in small letters, without punctuation around; empty if it must not be kept."""
    words = clean(typed).casefold().strip(" \t.,;:!?\"'()[]{}«»“”„…。、？！")
    has_letters = any(letter.isalpha() for letter in words)
    return words if has_letters and len(words) <= LONGEST_QUERY and not _PERSONAL.search(words) else ""


class MissingQueries:
    """The notes of one process; ``write_after`` seconds after the first of them they are written, None for only by ``write``."""

    def __init__(self, write_after: float | None = WRITE_AFTER) -> None:
        self._write_after = write_after
        self._notes: dict[tuple[date, str, str], tuple[int, int]] = {}
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def note(self, session_factory: SessionFactory, typed: str, language: str, results: int, *, at: datetime) -> None:
        """Note that ``typed`` found ``results`` practices; does nothing if that is enough or the words must not be kept."""
        words = words_to_keep(typed) if results < FEW_RESULTS else ""
        if not words:
            return
        key = (week_of(at), language, words)
        with self._lock:
            if key not in self._notes and len(self._notes) >= MOST_NOTES:
                return
            self._notes[key] = (self._notes.get(key, (0, 0))[0] + 1, results)
            if self._timer is None and self._write_after is not None:
                self._timer = threading.Timer(self._write_after, self.write, [session_factory])
                self._timer.daemon = True
                self._timer.start()

    def write(self, session_factory: SessionFactory) -> None:
        """Write the notes so far; what cannot be written is logged and lost."""
        with self._lock:
            notes, self._notes, self._timer = self._notes, {}, None
        try:
            with session_factory() as session, transaction(session):
                for (week, language, words), (times, results) in sorted(notes.items()):
                    add(session, week, language, words, times=times, results=results)
        except SQLAlchemyError:
            log.exception("%s searches that found little were not kept", len(notes))


def week_of(moment: datetime) -> date:
    """Return the Monday of the week of a moment (UTC)."""
    day = moment.date()
    return day - timedelta(days=day.weekday())


def add(session: Session, week: date, language: str, words: str, *, times: int, results: int) -> None:
    """Count a query of a week; asked again after it was marked as done, it is open again in the next week only."""
    same = (MissingQuery.week == week, MissingQuery.language == language, MissingQuery.words == words)
    counted = update(MissingQuery).where(*same).values(times=MissingQuery.times + times, results=results)
    if session.execute(counted.returning(MissingQuery.id)).first() is not None:
        return
    try:
        with session.begin_nested():
            session.add(MissingQuery(week=week, language=language, words=words, times=times, results=results))
    except IntegrityError:
        # Another process of the site has added the same words since.
        session.execute(counted)


def list_missing(session: Session, *, page: int = 1, per_page: int = 50) -> tuple[list[Missing], int]:
    """Return one page of what is missing and not marked as done, the most frequent of all weeks first, and how many.

    One statement, a second one for a page behind the last.
    """
    times = func.sum(MissingQuery.times)
    rows = (
        select(
            MissingQuery.words,
            MissingQuery.language,
            func.max(MissingQuery.week),
            times,
            func.min(MissingQuery.results),
            func.max(MissingQuery.wanted_at),
        )
        .where(MissingQuery.done_at.is_(None))
        .group_by(MissingQuery.words, MissingQuery.language)
    )
    ordered = rows.add_columns(func.count().over()).order_by(
        times.desc(), func.max(MissingQuery.week).desc(), MissingQuery.words
    )
    found = session.execute(ordered.offset((page - 1) * per_page).limit(per_page)).all()
    if found or page == 1:
        total = found[0][-1] if found else 0
    else:
        total = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    return [Missing(row[0], row[1], row[2], int(row[3]), int(row[4]), row[5] is not None) for row in found], total


def list_wanted(session: Session, limit: int) -> list[str]:
    """Return the words that reviewers asked the cities to write about and nobody has marked as done, the last first."""
    last = func.max(MissingQuery.wanted_at)
    open_ones = (MissingQuery.wanted_at.is_not(None), MissingQuery.done_at.is_(None))
    words = select(MissingQuery.words).where(*open_ones).group_by(MissingQuery.words)
    return list(session.scalars(words.order_by(last.desc(), MissingQuery.words).limit(limit)))


def ask_for(session: Session, words: str, language: str, *, at: datetime) -> int:
    """Ask the cities to write about a query, in all weeks so far; returns how many rows were open."""
    same = (MissingQuery.words == words, MissingQuery.language == language, MissingQuery.done_at.is_(None))
    asked = update(MissingQuery).where(*same).values(wanted_at=at).returning(MissingQuery.id)
    return len(session.execute(asked).all())


def mark_done(session: Session, words: str, language: str, *, actor: Person, at: datetime) -> int:
    """Mark a query as done in all weeks so far; returns how many rows were open."""
    same = (MissingQuery.words == words, MissingQuery.language == language, MissingQuery.done_at.is_(None))
    done = update(MissingQuery).where(*same).values(done_at=at, done_by_id=actor.id).returning(MissingQuery.id)
    return len(session.execute(done).all())


def forget_old(session: Session, *, keep_weeks: int = 104, at: datetime | None = None) -> None:
    """Delete what was looked for longer ago than two years."""
    oldest = week_of(at or now()) - timedelta(weeks=keep_weeks)
    session.execute(delete(MissingQuery).where(MissingQuery.week < oldest))
