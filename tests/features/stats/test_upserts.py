"""Rows that are added to tables, whatever is in them, on both databases."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cac.db import transaction
from cac.stats.models import SearchDay, ViewKey, ViewRoller
from cac.stats.upserts import add_rows

DAY = date(2020, 4, 9)
COLUMNS = ("day", "practice_id", "language", "words", "readers")
HARD_WORDS = [
    'say "bus"',
    "back\\slash",
    "{a,b}",
    "NULL",
    "null",
    "",
    " ",
    "a\nb\tc",
    "소독 🚌",
    "'; --",
    "%s %(x)s :y",
    "\\",
]


def test_words_are_written_as_they_are(session: Session) -> None:
    with transaction(session):
        add_rows(session, SearchDay, COLUMNS, [(DAY, 1, "ko", words, 7) for words in HARD_WORDS], sums=("readers",))
    assert set(session.scalars(select(SearchDay.words))) == set(HARD_WORDS)


def test_what_is_there_is_added_to_and_the_rest_is_new(session: Session) -> None:
    with transaction(session):
        add_rows(session, SearchDay, COLUMNS, [(DAY, 1, "en", "bus", 7)], sums=("readers",))
        rows = [(DAY, 1, "en", "bus", 2), (DAY, 1, "en", "tram", 3)]
        add_rows(session, SearchDay, COLUMNS, rows, sums=("readers",))
    found = session.execute(select(SearchDay.words, SearchDay.readers).order_by(SearchDay.words))
    assert [tuple(row) for row in found] == [("bus", 9), ("tram", 3)]


def test_bytes_and_numbers_at_their_limits_are_written_as_they_are(session: Session) -> None:
    rows = [(DAY, -(2**63), 0, b""), (DAY, 2**63 - 1, 2**31 - 1, bytes(range(256)))]
    with transaction(session):
        add_rows(session, ViewKey, ("day", "visitor", "views", "seen"), rows, newest=("views", "seen"))
    found = session.execute(select(ViewKey.day, ViewKey.visitor, ViewKey.views, ViewKey.seen).order_by(ViewKey.visitor))
    assert [tuple(row) for row in found] == rows


def test_moments_are_written_with_their_time_zone_and_may_be_missing(session: Session) -> None:
    moment = datetime(2020, 4, 9, 1, 2, 3, 456_789, UTC)
    columns = ("host", "rolled_until", "label", "seen_at", "key_hour")
    with transaction(session):
        add_rows(session, ViewRoller, columns, [("a", moment, "A", moment, None)], newest=columns[1:])
    found = session.scalars(select(ViewRoller)).one()
    assert (found.rolled_until, found.seen_at, found.key_hour) == (moment, moment, None)


def test_a_moment_without_a_time_zone_is_refused(session: Session) -> None:
    naive = datetime(2020, 4, 9)  # noqa: DTZ001 (what must not get through)
    with pytest.raises(ValueError, match="time zone"):
        add_rows(session, ViewRoller, ("host", "rolled_until", "label"), [("a", naive, "A")], newest=("label",))
    session.rollback()
