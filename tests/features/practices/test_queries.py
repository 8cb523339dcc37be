"""Reading practices: lists, counts and the feed of the index, in few statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from cac.errors import NotFoundError
from cac.practices import queries, service
from cac.practices.content import Content
from cac.practices.models import Practice, TranslationMethod
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status
from tests.factories import COMPLETE, make_city, make_person, make_practice


@contextmanager
def statements_of(session: Session) -> Iterator[list[str]]:
    """Collect the statements that the block sends."""
    sent: list[str] = []

    def collect(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", collect)
    try:
        yield sent
    finally:
        event.remove(bind, "before_cursor_execute", collect)


def make_public(session: Session, at: datetime, **changes: object) -> Practice:
    return make_practice(session, status=Status.PUBLISHED, at=at, **changes)


def translate(session: Session, practice: Practice, at: datetime) -> None:
    service.add_translation(
        session,
        practice,
        actor=THE_PROGRAM,
        language="ko",
        method=TranslationMethod.HUMAN,
        content=Content(title="버스 소독"),
        at=at,
    )
    service.publish(session, practice, actor=THE_PROGRAM, at=at)


def test_a_practice_is_found_by_its_reference_in_any_case(session: Session) -> None:
    practice = make_practice(session)
    assert queries.get_practice_by_reference(session, practice.reference.lower()) is practice
    with pytest.raises(NotFoundError):
        queries.get_practice_by_reference(session, "CAC-2020-9999")


def test_a_practice_is_found_by_its_external_id(session: Session) -> None:
    practice = make_practice(session)
    practice.external_source, practice.external_id = "coronanet", "42"
    assert queries.find_by_external_id(session, "coronanet", "42") is practice
    assert queries.find_by_external_id(session, "coronanet", "43") is None


def test_what_is_not_published_has_no_public_edition(session: Session) -> None:
    with pytest.raises(NotFoundError):
        queries.get_public_edition(make_practice(session), "en")


def test_a_city_sees_all_of_its_own_at_its_desk_last_changed_first(session: Session, at: datetime) -> None:
    author = make_person(session)
    assert author.city is not None
    first = make_practice(session, actor=author, at=at)
    second = make_practice(session, actor=author, at=at + timedelta(hours=1), status=Status.WITHDRAWN)
    make_practice(session)
    assert queries.list_of_city(session, author.city) == [second, first]
    service.save(
        session,
        first,
        actor=author,
        content=replace(COMPLETE, title="New"),
        based_on=1,
        at=at + timedelta(hours=2),
    )
    assert queries.list_of_city(session, author.city) == [first, second]


def test_reviewers_see_what_waits_longest_first(session: Session, at: datetime) -> None:
    second = make_practice(session, status=Status.IN_REVIEW, at=at + timedelta(hours=1))
    first = make_practice(session, status=Status.IN_REVIEW, at=at)
    for status in (Status.DRAFT, Status.CHANGES_REQUESTED, Status.PUBLISHED):
        make_practice(session, status=status, at=at)
    assert queries.list_awaiting_review(session) == [first, second]


def test_visitors_see_only_what_is_public_newest_first(session: Session, at: datetime) -> None:
    city = make_city(session)
    practices = [make_public(session, at + timedelta(hours=hour), city=city) for hour in range(3)]
    for status in (Status.DRAFT, Status.IN_REVIEW, Status.WITHDRAWN):
        make_practice(session, status=status, city=city)
    assert queries.list_newest(session, 2) == [practices[2], practices[1]]
    assert queries.list_public_of_city(session, city.id, page=2, per_page=2) == [practices[0]]
    assert queries.list_public_of_city(session, city.id, page=0, per_page=2) == [practices[2], practices[1]]
    assert (queries.count_public(session), queries.count_public_of_city(session, city.id)) == (3, 3)
    assert queries.count_public_cities(session) == 1
    assert queries.list_newest_ids(session, 2) == [practices[2].id, practices[1].id]


def test_member_cities_come_with_the_number_of_their_public_practices(session: Session, at: datetime) -> None:
    busy, quiet = make_city(session, slug="busy"), make_city(session, slug="a-quiet-one")
    for _ in range(2):
        make_public(session, at, city=busy)
    make_practice(session, city=quiet)
    assert queries.count_by_city(session) == {busy.id: 2}
    assert queries.list_cities_and_counts(session) == [(quiet, 0), (busy, 2)]


def test_results_keep_their_order_and_lose_what_was_withdrawn(session: Session, at: datetime) -> None:
    one, two, three = (make_public(session, at) for _ in range(3))
    service.withdraw(session, two, actor=THE_PROGRAM, reason="Repealed.", at=at)
    wanted = [three.id, two.id, 999, one.id, three.id]
    assert queries.list_public_by_ids(session, wanted) == [three, one]
    assert queries.list_public_by_ids(session, []) == []


def test_a_page_of_results_takes_four_statements_however_many_they_are(session: Session, at: datetime) -> None:
    practices = [make_public(session, at, topics=("1a", "1b", "2")) for _ in range(20)]
    for practice in practices[:5]:
        translate(session, practice, at)
    ids = [practice.id for practice in practices]
    session.commit()
    session.expunge_all()
    with statements_of(session) as sent:
        for practice in queries.list_public_by_ids(session, ids):
            revision = queries.get_public_edition(practice, "ko").published_revision
            assert revision is not None
            assert revision.content["title"]
            assert practice.city.name_in("ko").startswith("도시")
            assert [topic.code for topic in practice.topics] == ["1a", "1b", "2"]
            assert len(practice.places) == 1
    assert len(sent) <= 4


def test_a_practice_opens_in_few_statements(session: Session, at: datetime) -> None:
    reference = make_public(session, at).reference
    session.commit()
    session.expunge_all()
    with statements_of(session) as sent:
        practice = queries.get_practice_by_reference(session, reference)
        assert practice.original.published_revision is practice.original.working_revision
    assert len(sent) <= 5


def test_a_main_topic_counts_each_practice_of_its_subtopics_once(session: Session, at: datetime) -> None:
    make_public(session, at, topics=("1a", "1b"))
    make_public(session, at, topics=("1", "1b", "12"))
    make_practice(session, topics=("1a", "3"))
    assert queries.count_by_topic(session) == {"1": 2, "1a": 1, "1b": 2, "12": 1}


def test_languages_are_counted_by_what_can_be_read(session: Session, at: datetime) -> None:
    translate(session, make_public(session, at), at)
    make_public(session, at)
    make_practice(session, language="fr")
    assert list(queries.count_by_language(session).items()) == [("en", 2), ("ko", 1)]


def test_the_index_is_fed_each_change_once_and_in_order(session: Session, at: datetime) -> None:
    one, two, three = (make_public(session, at) for _ in range(3))
    make_practice(session)
    service.withdraw(session, one, actor=THE_PROGRAM, reason="Repealed.", at=at + timedelta(hours=1))
    assert queries.list_public_changes(session, None, 0, 10) == [two, three, one]
    assert queries.list_public_changes(session, None, 0, 1) == [two]
    assert queries.list_public_changes(session, at, two.id, 10) == [three, one]
    assert queries.list_public_changes(session, at + timedelta(hours=1), one.id, 10) == []
    assert queries.list_public_keys(session) == [(two.id, 1), (three.id, 1)]
