"""Several at once: references are given out once, and of two people who take the same step one is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier

from cac.accounts.models import Role
from cac.cities.models import City
from cac.db import SessionFactory, transaction
from cac.errors import ConflictError
from cac.practices import queries, service
from cac.practices.models import Practice
from cac.practices.references import next_reference
from cac.practices.workflow import Status
from tests.factories import COMPLETE, make_person, make_practice

AT_ONCE = 4


def count_successes(take: Callable[[int], None]) -> int:
    """Run ``take`` in several threads, each on a connection of its own; ConflictError is a refusal."""
    together = Barrier(AT_ONCE)

    def run(number: int) -> bool:
        together.wait()
        try:
            take(number)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sum(threads.map(run, range(AT_ONCE)))


def test_references_are_given_out_once_and_in_order(session_factory: SessionFactory) -> None:
    given: list[str] = []

    def take_five(_number: int) -> None:
        for _ in range(5):
            with session_factory() as session, transaction(session):
                given.append(next_reference(session, "CAC", 2020))

    assert count_successes(take_five) == AT_ONCE
    assert sorted(given) == [f"CAC-2020-{number:04d}" for number in range(1, 21)]


def test_a_reference_that_was_rolled_back_is_given_again_and_years_count_apart(session_factory: SessionFactory) -> None:
    with session_factory() as session:
        assert next_reference(session, "CAC", 2020) == "CAC-2020-0001"
        session.rollback()
        assert next_reference(session, "CAC", 2020) == "CAC-2020-0001"
        assert next_reference(session, "NET", 2021) == "NET-2021-0001"
        session.rollback()


def test_of_several_publications_at_once_one_counts(session_factory: SessionFactory, at: datetime) -> None:
    with session_factory() as session, transaction(session):
        reviewer = make_person(session, role=Role.REVIEWER)
        reference = make_practice(session, status=Status.IN_REVIEW).reference

    def publish(_number: int) -> None:
        with session_factory() as session, transaction(session):
            practice = queries.get_practice_by_reference(session, reference)
            service.publish(session, practice, actor=reviewer, at=at)

    assert count_successes(publish) == 1
    with session_factory() as session:
        assert queries.get_practice_by_reference(session, reference).public_version == 1


def test_of_several_clicks_on_one_new_form_one_makes_a_practice(session_factory: SessionFactory, at: datetime) -> None:
    with session_factory() as session, transaction(session):
        author = make_person(session)

    def create(_number: int) -> None:
        with session_factory() as session, transaction(session):
            city = session.get_one(City, author.city_id)
            service.create(session, actor=author, city=city, language="en", content=COMPLETE, at=at, form_key="0" * 32)

    assert count_successes(create) == 1
    with session_factory() as session, transaction(session):
        assert session.query(Practice).one().reference == "CAC-2020-0001"
        assert next_reference(session, "CAC", 2020) == "CAC-2020-0002"


def test_of_several_saves_at_once_one_counts(session_factory: SessionFactory, at: datetime) -> None:
    with session_factory() as session, transaction(session):
        author = make_person(session)
        reference = make_practice(session, actor=author).reference

    def save(number: int) -> None:
        with session_factory() as session, transaction(session):
            practice = queries.get_practice_by_reference(session, reference)
            content = replace(COMPLETE, title=f"Title {number}")
            service.save(session, practice, actor=author, content=content, based_on=1, at=at)

    assert count_successes(save) == 1
    with session_factory() as session:
        practice = queries.get_practice_by_reference(session, reference)
        assert len(queries.list_revisions(session, practice.original)) == 2
