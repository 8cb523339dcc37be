"""What is kept of searches that found little, and what never is."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cac.accounts.models import Role
from cac.db import SessionFactory, transaction
from cac.search import missing
from cac.search.missing import Missing, MissingQueries, words_to_keep
from cac.search.models import MissingQuery
from tests.factories import AT, make_person

MONDAY = date(2020, 4, 6)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Drone  SPRAYING? ", "drone spraying"),
        ("드론 살포", "드론 살포"),
        ("x" * 81, ""),
        ("rana@seoul.example", ""),
        ("call +82 10-1234-5678", ""),
        ("901231-1234567", ""),
        ("covid-19", "covid-19"),
        ("2020", ""),
        ("", ""),
        ("***", ""),
    ],
)
def test_only_words_are_kept(typed: str, kept: str) -> None:
    assert words_to_keep(typed) == kept


def test_notes_are_counted_by_week_and_written_together(session: Session, session_factory: SessionFactory) -> None:
    notes = MissingQueries(write_after=None)
    for day in (6, 8, 12, 13):
        notes.note(session_factory, "Drones", "en", 2, at=datetime(2020, 4, day, 23, 59, tzinfo=UTC))
    notes.note(session_factory, "drones", "ko", 0, at=AT)
    notes.note(session_factory, "buses", "en", 3, at=AT)
    notes.write(session_factory)
    notes.note(session_factory, "drones", "en", 1, at=AT)
    notes.write(session_factory)
    rows = session.execute(select(MissingQuery.week, MissingQuery.language, MissingQuery.words, MissingQuery.times))
    assert sorted(tuple(row) for row in rows) == [
        (MONDAY, "en", "drones", 4),
        (MONDAY, "ko", "drones", 1),
        (date(2020, 4, 13), "en", "drones", 1),
    ]


def test_a_process_notes_so_many_and_no_more(session_factory: SessionFactory, session: Session) -> None:
    notes = MissingQueries(write_after=None)
    for number in range(missing.MOST_NOTES + 10):
        notes.note(session_factory, f"word {number}", "en", 0, at=AT)
    notes.write(session_factory)
    assert missing.list_missing(session)[1] == missing.MOST_NOTES
    assert missing.list_missing(session, page=10_000) == ([], missing.MOST_NOTES)


def test_notes_are_written_by_themselves(session: Session, session_factory: SessionFactory) -> None:
    notes = MissingQueries(write_after=0.01)
    notes.note(session_factory, "drones", "en", 0, at=AT)
    timer = notes._timer
    if timer is not None:
        timer.join()
    assert missing.list_missing(session)[0] == [Missing("drones", "en", MONDAY, 1, 0)]


def test_what_is_done_leaves_the_list_until_a_later_week(session: Session) -> None:
    reviewer = make_person(session, role=Role.REVIEWER)
    with transaction(session):
        missing.add(session, MONDAY, "en", "drones", times=2, results=0)
        missing.add(session, MONDAY, "en", "robots", times=1, results=2)
        assert missing.ask_for(session, "drones", "en", at=AT) == 1
    assert missing.list_wanted(session, 5) == ["drones"]
    with transaction(session):
        assert missing.mark_done(session, "drones", "en", actor=reviewer, at=AT) == 1
        missing.add(session, MONDAY, "en", "drones", times=1, results=0)
    assert [row.words for row in missing.list_missing(session)[0]] == ["robots"]
    assert missing.list_wanted(session, 5) == []
    with transaction(session):
        missing.add(session, date(2020, 4, 13), "en", "drones", times=1, results=0)
    assert [(row.words, row.times) for row in missing.list_missing(session)[0]] == [("drones", 1), ("robots", 1)]


def test_old_queries_are_forgotten(session: Session) -> None:
    with transaction(session):
        missing.add(session, MONDAY, "en", "drones", times=2, results=0)
        missing.forget_old(session, at=AT)
        assert missing.list_missing(session)[1] == 1
        missing.forget_old(session, at=AT.replace(year=2022, month=5))
    assert missing.list_missing(session)[1] == 0
