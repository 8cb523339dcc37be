"""The way of a practice to its readers: sending, publishing, asking for changes, withdrawing, and who is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cac.accounts.models import Person, Role
from cac.db import SessionFactory, transaction
from cac.errors import ConflictError, InvalidError, NotAllowedError
from cac.mail import OutboxMessage
from cac.practices import queries, service
from cac.practices.models import Practice
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status, StepConflictError
from tests.factories import COMPLETE, make_person, make_practice

Take = Callable[[Session, Practice, Person, datetime], None]

STEPS: dict[str, Take] = {
    "submit": lambda session, practice, actor, at: service.submit(session, practice, actor=actor, at=at),
    "take_back": lambda session, practice, actor, at: service.take_back(session, practice, actor=actor, at=at),
    "publish": lambda session, practice, actor, at: service.publish(session, practice, actor=actor, at=at),
    "request_changes": lambda session, practice, actor, at: service.request_changes(
        session, practice, actor=actor, note="Why?", at=at
    ),
    "withdraw": lambda session, practice, actor, at: service.withdraw(
        session, practice, actor=actor, reason="Repealed.", at=at
    ),
}


def outbox(session: Session) -> list[OutboxMessage]:
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_an_incomplete_practice_cannot_be_submitted(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, actor=author, summary="", sources=())
    with pytest.raises(InvalidError) as refusal:
        service.submit(session, practice, actor=author, at=at)
    assert refusal.value.problems == {"summary": "missing", "sources": "missing"}
    assert practice.status == Status.DRAFT
    assert outbox(session) == []


def test_a_practice_goes_from_draft_to_published(session: Session, at: datetime) -> None:
    author, reviewer = make_person(session), make_person(session, role=Role.REVIEWER)
    practice = make_practice(session, actor=author)
    service.submit(session, practice, actor=author, at=at)
    assert (practice.status, practice.submitted_at) == (Status.IN_REVIEW, at)
    later = at + timedelta(days=1)
    service.publish(session, practice, actor=reviewer, at=later, note="Thank you.")
    assert (practice.status, practice.published_at, practice.is_public) == (Status.PUBLISHED, later, True)
    assert practice.original.published_revision == practice.original.working_revision
    assert (practice.public_version, practice.public_changed_at) == (1, later)
    assert (practice.kind, practice.as_of) == ("protocol", date(2020, 4, 1))
    assert practice.review_by == date(2020, 10, 9)
    steps = queries.list_steps(session, practice)
    assert [(step.step, step.actor, step.note) for step in steps] == [
        ("submit", author, None),
        ("publish", reviewer, "Thank you."),
    ]
    assert {step.revision_id for step in steps} == {practice.original.published_revision_id}


def test_publishing_again_keeps_the_first_date_and_brings_the_new_facts(session: Session, at: datetime) -> None:
    practice = make_practice(session, status=Status.PUBLISHED, at=at)
    later = at + timedelta(days=9)
    changed = replace(COMPLETE, topics=("2", "3"))
    service.save(session, practice, actor=THE_PROGRAM, content=changed, based_on=1, at=later)
    service.publish(session, practice, actor=THE_PROGRAM, at=later)
    assert (practice.published_at, practice.republished_at) == (at, later)
    assert (practice.public_version, practice.public_changed_at) == (2, later)
    assert [topic.code for topic in practice.topics] == ["2", "3"]


def test_a_second_publication_is_a_conflict(session_factory: SessionFactory, at: datetime) -> None:
    with session_factory() as session, transaction(session):
        reviewer = make_person(session, role=Role.REVIEWER)
        reference = make_practice(session, status=Status.IN_REVIEW).reference
    with session_factory() as one, session_factory() as two:
        seen_by_two = queries.get_practice_by_reference(two, reference)
        with transaction(one):
            service.publish(one, queries.get_practice_by_reference(one, reference), actor=reviewer, at=at)
        with pytest.raises(StepConflictError) as refusal, transaction(two):
            service.publish(two, seen_by_two, actor=reviewer, at=at)
        assert refusal.value.reason == "published"
    with session_factory() as session:
        assert queries.get_practice_by_reference(session, reference).public_version == 1


def test_changes_are_requested_with_a_note(session: Session, at: datetime) -> None:
    reviewer = make_person(session, role=Role.REVIEWER)
    practice = make_practice(session, status=Status.IN_REVIEW)
    for note in ("", " \n", "a" * 5001):
        with pytest.raises(InvalidError):
            service.request_changes(session, practice, actor=reviewer, note=note, at=at)
    service.request_changes(session, practice, actor=reviewer, note="How long\nis it wet?", at=at)
    assert practice.status == Status.CHANGES_REQUESTED
    assert queries.list_steps(session, practice)[-1].note == "How long\nis it wet?"


def test_a_withdrawn_practice_is_no_longer_public_and_says_why(session: Session, at: datetime) -> None:
    reviewer = make_person(session, role=Role.REVIEWER)
    practice = make_practice(session, status=Status.PUBLISHED)
    with pytest.raises(InvalidError, match="reason: missing"):
        service.withdraw(session, practice, actor=reviewer, reason=" ", at=at)
    service.withdraw(session, practice, actor=reviewer, reason="The rule was repealed.", at=at)
    assert (practice.status, practice.is_public) == (Status.WITHDRAWN, False)
    assert (practice.withdrawn_at, practice.withdrawn_reason) == (at, "The rule was repealed.")
    assert practice.public_version == 2
    assert queries.list_newest(session, 5) == []


def test_what_was_never_published_cannot_be_withdrawn(session: Session, at: datetime) -> None:
    practice = make_practice(session, status=Status.IN_REVIEW)
    with pytest.raises(StepConflictError) as refusal:
        service.withdraw(session, practice, actor=make_person(session, role=Role.REVIEWER), reason="x", at=at)
    assert refusal.value.reason == "not_public"


def test_a_practice_can_be_withdrawn_while_its_next_revision_is_in_review(session: Session, at: datetime) -> None:
    author = make_person(session, role=Role.LEAD)
    practice = make_practice(session, status=Status.PUBLISHED, actor=author)
    service.save(session, practice, actor=author, content=replace(COMPLETE, title="New"), based_on=1, at=at)
    service.submit(session, practice, actor=author, at=at)
    service.withdraw(session, practice, actor=author, reason="Wrong.", at=at)
    assert practice.status == Status.WITHDRAWN


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [status for status in Status if status != Status.SCHEDULED])
def test_a_step_out_of_turn_changes_nothing(session: Session, at: datetime, status: Status, step: str) -> None:
    allowed = {
        "submit": {Status.DRAFT, Status.CHANGES_REQUESTED},
        "take_back": {Status.IN_REVIEW},
        "publish": {Status.IN_REVIEW},
        "request_changes": {Status.IN_REVIEW},
        "withdraw": {Status.PUBLISHED},
    }
    if status in allowed[step]:
        return
    practice = make_practice(session, status=status)
    host = step in {"publish", "request_changes", "withdraw"}
    actor = make_person(session, role=Role.REVIEWER) if host else make_person(session, city=practice.city)
    before = (practice.status, practice.public_version, len(queries.list_steps(session, practice)))
    with pytest.raises(ConflictError):
        STEPS[step](session, practice, actor, at)
    assert (practice.status, practice.public_version, len(queries.list_steps(session, practice))) == before
    assert outbox(session) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_step_needs_the_right_for_it(session: Session, at: datetime, step: str) -> None:
    published = step == "withdraw"
    practice = make_practice(session, status=Status.PUBLISHED if published else Status.IN_REVIEW)
    strangers = [make_person(session), make_person(session, role=Role.LEAD)]
    author, reviewer = make_person(session, city=practice.city), make_person(session, role=Role.REVIEWER)
    for actor in [*strangers, reviewer if step in {"submit", "take_back"} else author]:
        with pytest.raises(NotAllowedError):
            STEPS[step](session, practice, actor, at)
    assert practice.status == (Status.PUBLISHED if published else Status.IN_REVIEW)


def test_reviewers_are_told_in_their_language_what_was_sent(session: Session, at: datetime) -> None:
    author = make_person(session)
    english = make_person(session, role=Role.REVIEWER, locale="en")
    korean = make_person(session, role=Role.REVIEWER, locale="ko")
    make_person(session, role=Role.REVIEWER, disabled_at=at)
    make_person(session, role=Role.OPERATOR)
    practice = make_practice(session, actor=author)
    service.submit(session, practice, actor=author, at=at, desk_url="https://cac.example/en/desk/practices/X")
    first, second = outbox(session)
    assert (first.recipient, first.subject) == (english.email, f"For review: {COMPLETE.title} (CAC-2020-0001)")
    assert "https://cac.example/en/desk/practices/X" in first.body
    assert (second.recipient, second.subject) == (korean.email, f"검토 요청: {COMPLETE.title} (CAC-2020-0001)")


def test_without_reviewers_the_operators_are_told(session: Session, at: datetime) -> None:
    operator, author = make_person(session, role=Role.OPERATOR), make_person(session)
    service.submit(session, make_practice(session, actor=author), actor=author, at=at)
    assert [message.recipient for message in outbox(session)] == [operator.email]


@pytest.mark.parametrize(
    ("locale", "word"), [("en", "Changes requested"), ("ko", "수정 요청"), ("fr", "Changes requested")]
)
def test_the_author_is_told_what_to_change(session: Session, at: datetime, locale: str, word: str) -> None:
    author, reviewer = make_person(session, locale=locale), make_person(session, role=Role.REVIEWER)
    practice = make_practice(session, status=Status.IN_REVIEW, actor=author)
    service.request_changes(session, practice, actor=reviewer, note="How {long}?", at=at)
    message = outbox(session)[-1]
    assert message.recipient == author.email
    assert message.subject.startswith(word)
    assert "How {long}?" in message.body
    assert f"/desk/practices/{practice.reference}" in message.body


def test_the_author_is_told_of_publication_and_of_withdrawal(session: Session, at: datetime) -> None:
    author, reviewer = make_person(session), make_person(session, role=Role.REVIEWER)
    practice = make_practice(session, status=Status.IN_REVIEW, actor=author)
    service.publish(session, practice, actor=reviewer, at=at)
    service.withdraw(session, practice, actor=reviewer, reason="Repealed.", at=at)
    to_author = [message.subject.split(":")[0] for message in outbox(session) if message.recipient == author.email]
    assert to_author == ["Published", "Withdrawn"]


def test_nobody_is_told_of_an_own_step_or_by_the_program(session: Session, at: datetime) -> None:
    lead = make_person(session, role=Role.LEAD)
    practice = make_practice(session, status=Status.PUBLISHED, actor=lead)
    service.withdraw(session, practice, actor=lead, reason="Repealed.", at=at)
    assert outbox(session) == []


def test_the_program_publishes_a_draft_that_has_a_title(session: Session, at: datetime) -> None:
    practice = make_practice(session, summary="", office="", stage=None)
    service.publish(session, practice, actor=THE_PROGRAM, at=at)
    assert practice.is_public
    untitled = make_practice(session, title="")
    with pytest.raises(InvalidError, match="title: missing"):
        service.publish(session, untitled, actor=THE_PROGRAM, at=at)
