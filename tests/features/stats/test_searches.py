"""The searches of this site that led readers to practices: counted by the day, folded, and shown from a minimum on."""

from datetime import date, timedelta

from sqlalchemy import func, select

from cac.stats.audience import Searches, count_searches
from cac.stats.lines import Search
from cac.stats.models import SearchDay, ViewClass
from cac.stats.periods import Period

TODAY = date(2020, 4, 9)
BUS, MASK = Search("en", "bus"), Search("ko", "마스크")


def found(session, *practices, limit=50):
    return count_searches(session, practices, Period(TODAY, TODAY), limit)


def test_words_of_one_reader_on_three_days_are_named_to_nobody(session):
    for number in range(3):
        session.add(
            SearchDay(day=TODAY - timedelta(days=number), practice_id=1, language="en", words="private", readers=1)
        )
    session.add(SearchDay(day=TODAY, practice_id=1, language="en", words="bus", readers=3))
    session.flush()
    found = count_searches(session, [1], Period(TODAY - timedelta(days=9), TODAY))
    assert found == Searches(((BUS, 3),), 3)


def test_a_visitor_is_one_reader_of_a_practice_in_a_day_and_who_has_no_key_is_none(read, clock, roller, session):
    for visitor in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"):
        read(visitor=visitor, search=BUS)
        clock.at += timedelta(seconds=31)
    read(who=ViewClass.NO_KEY, search=BUS)
    for who in (ViewClass.ROBOT, ViewClass.MACHINE):
        read(who=who, search=BUS)
    roller.roll(clock.at)
    (row,) = session.scalars(select(SearchDay))
    assert (row.day, row.practice_id, row.language, row.words, row.readers) == (TODAY, 1, "en", "bus", 3)


def test_words_that_led_fewer_than_three_readers_to_a_practice_are_not_shown(read, clock, roller, session):
    for number in range(4):
        read(1, visitor=f"192.0.2.{number}", search=BUS)
        read(2, visitor=f"192.0.3.{number}", search=BUS)
        read(2, visitor=f"192.0.4.{number}", search=MASK)
    for number in range(2):
        read(1, visitor=f"192.0.5.{number}", search=MASK)
    read(3, visitor="192.0.6.1", search=MASK)
    roller.roll(clock.at)
    assert found(session, 1) == Searches(((BUS, 4),), None)
    assert found(session, 1, 2) == Searches(((BUS, 8), (MASK, 4)), None)
    assert found(session, 1, 2, 3) == Searches(((BUS, 8), (MASK, 4)), 3)
    assert found(session, 1, 2, limit=1) == Searches(((BUS, 8),), 6)
    assert found(session, 4) == Searches((), 0)


def test_at_the_close_of_a_day_the_top_fifty_stay_and_old_words_go(read, clock, roller, session):
    for number in range(60):
        for reader in range(2 if number < 50 else 1):
            read(visitor=f"192.0.{reader}.{number}", search=Search("en", f"words {number:02}"))
    session.add(SearchDay(day=TODAY - timedelta(days=401), practice_id=1, language="en", words="old", readers=9))
    session.commit()
    roller.roll(clock.at)
    roller.roll(clock.at + timedelta(days=1))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(SearchDay)) == 51
    assert session.scalar(select(SearchDay.readers).where(SearchDay.words == "")) == 10
    assert session.scalar(select(func.sum(SearchDay.readers))) == 110
