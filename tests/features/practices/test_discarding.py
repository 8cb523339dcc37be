"""Discarding a draft: who may, when it is too late, and that nothing of it stays but its reference."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.accounts.models import Person, Role
from cac.db import SessionFactory, transaction
from cac.errors import NotAllowedError, NotFoundError
from cac.practices import queries, service
from cac.practices.content import Content
from cac.practices.models import (
    Edition,
    Practice,
    PracticePlace,
    PracticeStep,
    PracticeTopic,
    Revision,
    TranslationMethod,
)
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status, StepConflictError
from tests.factories import COMPLETE, make_person, make_practice

TABLES = (PracticeStep, Revision, Edition, PracticeTopic, PracticePlace, Practice)


def count_rows(session: Session) -> list[int]:
    return [session.scalars(select(func.count()).select_from(table)).one() for table in TABLES]


def test_nothing_of_a_discarded_draft_stays_and_its_reference_is_not_given_again(
    session_factory: SessionFactory, at: datetime
) -> None:
    with session_factory() as session, transaction(session):
        author = make_person(session)
        kept = make_practice(session, actor=author, status=Status.CHANGES_REQUESTED)
        before = count_rows(session)
        practice = make_practice(session, actor=author, status=Status.CHANGES_REQUESTED)
        service.save(session, practice, actor=author, content=replace(COMPLETE, title="New"), based_on=1, at=at)
        service.add_translation(
            session,
            practice,
            actor=author,
            language="ko",
            method=TranslationMethod.HUMAN,
            content=Content(title="소독"),
            at=at,
        )
        reference = practice.reference
    with session_factory() as session, transaction(session):
        practice = queries.get_practice_by_reference(session, reference)
        service.discard(session, practice, actor=author)
    with session_factory() as session, transaction(session):
        assert count_rows(session) == before
        assert queries.get_practice_by_reference(session, kept.reference).original.working_revision is not None
        with pytest.raises(NotFoundError):
            queries.get_practice_by_reference(session, reference)
        assert make_practice(session).reference == "CAC-2020-0003"


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.IN_REVIEW, "in_review"), (Status.PUBLISHED, "was_published"), (Status.WITHDRAWN, "was_published")],
)
def test_what_is_read_by_a_reviewer_or_was_read_by_readers_stays(session: Session, status: Status, reason: str) -> None:
    author = make_person(session)
    practice = make_practice(session, actor=author, status=status)
    with pytest.raises(StepConflictError) as refusal:
        service.discard(session, practice, actor=author)
    assert refusal.value.reason == reason
    assert count_rows(session)[-1] == 1


def test_the_next_version_of_a_published_practice_is_not_discarded(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, actor=author, status=Status.PUBLISHED)
    service.save(session, practice, actor=author, content=replace(COMPLETE, title="New"), based_on=1, at=at)
    with pytest.raises(StepConflictError):
        service.discard(session, practice, actor=author)


def test_only_who_began_it_and_the_lead_of_the_city_discard_a_draft(session: Session, at: datetime) -> None:
    author = make_person(session)
    colleague = make_person(session, city=author.city)
    practice = make_practice(session, actor=author)
    service.save(session, practice, actor=colleague, content=replace(COMPLETE, title="New"), based_on=1, at=at)
    stranger, reviewer = make_person(session, role=Role.LEAD), make_person(session, role=Role.REVIEWER)
    for actor in (colleague, stranger, reviewer):
        with pytest.raises(NotAllowedError):
            service.discard(session, practice, actor=actor)
    service.discard(session, practice, actor=make_person(session, role=Role.LEAD, city=author.city))
    assert count_rows(session)[-1] == 0


def test_a_draft_that_an_import_brought_is_discarded_by_the_lead(session: Session) -> None:
    author = make_person(session)
    assert author.city is not None
    practice = make_practice(session, actor=THE_PROGRAM, city=author.city)
    with pytest.raises(NotAllowedError):
        service.discard(session, practice, actor=author)
    lead: Person = make_person(session, role=Role.LEAD, city=author.city)
    service.discard(session, practice, actor=lead)


def test_who_saves_or_discards_what_a_colleague_has_discarded_finds_nothing(
    session_factory: SessionFactory, at: datetime
) -> None:
    with session_factory() as session, transaction(session):
        author = make_person(session)
        reference = make_practice(session, actor=author).reference
    with session_factory() as one, session_factory() as two, session_factory() as three:
        opened = queries.get_practice_by_reference(two, reference)
        also_opened = queries.get_practice_by_reference(three, reference)
        with transaction(one):
            service.discard(one, queries.get_practice_by_reference(one, reference), actor=author)
        with pytest.raises(NotFoundError), transaction(two):
            service.save(two, opened, actor=author, content=replace(COMPLETE, title="New"), based_on=1, at=at)
        with pytest.raises((NotFoundError, NotAllowedError)), transaction(three):
            service.discard(three, also_opened, actor=author)
