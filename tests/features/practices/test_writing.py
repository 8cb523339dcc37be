"""Writing a practice: drafts, revisions, two people at once, translations."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cac.accounts.models import Person, Role
from cac.cities.models import City
from cac.db import SessionFactory, transaction
from cac.errors import InvalidError, NotAllowedError
from cac.practices import queries, service
from cac.practices.content import Content
from cac.practices.models import Practice, Revision, TranslationMethod
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status, StepConflictError
from tests.factories import COMPLETE, make_city, make_person, make_practice

KOREAN = Content(title="모든 종점에서 버스 소독", summary="운행이 끝날 때마다 소독한다.")


def count_revisions(session: Session) -> int:
    return len(session.scalars(select(Revision.id)).all())


def test_a_draft_needs_a_city_a_language_and_one_word(session: Session, at: datetime) -> None:
    author = make_person(session)
    assert author.city is not None
    practice = service.create(
        session, actor=author, city=author.city, language="KO-kr", content=Content(title="버스"), at=at
    )
    assert (practice.reference, practice.status, practice.original_language) == ("CAC-2020-0001", "draft", "ko")
    working = practice.original.working_revision
    assert working is not None
    assert (working.number, working.author, working.saved_at) == (1, author, at)
    assert not practice.is_public
    assert practice.original.published_revision is None


def test_where_nothing_is_written_no_draft_is_made(session: Session, at: datetime) -> None:
    author = make_person(session)
    assert author.city is not None
    for content in (Content(), Content(licence="CC0-1.0", title=" ")):
        with pytest.raises(InvalidError) as refusal:
            service.create(session, actor=author, city=author.city, language="ko", content=content, at=at)
        assert refusal.value.problems == {"title": "nothing_written"}
    assert session.query(Practice).count() == 0


def test_a_form_that_is_sent_twice_makes_one_practice(session_factory: SessionFactory, at: datetime) -> None:
    with session_factory() as session, transaction(session):
        author = make_person(session)
        colleague = make_person(session, city=author.city)

    def create(actor: Person, key: str | None) -> str:
        with session_factory() as session, transaction(session):
            city = session.get_one(City, actor.city_id)
            practice = service.create(
                session, actor=actor, city=city, language="en", content=COMPLETE, at=at, form_key=key
            )
            return practice.reference

    assert create(author, "a" * 32) == "CAC-2020-0001"
    with pytest.raises(service.CreatedBeforeError) as refusal:
        create(author, "a" * 32)
    assert refusal.value.reference == "CAC-2020-0001"
    assert create(author, "b" * 32) == "CAC-2020-0002"
    assert create(colleague, "a" * 32) == "CAC-2020-0003"
    assert [create(author, None), create(author, None)] == ["CAC-2020-0004", "CAC-2020-0005"]


def test_a_draft_keeps_what_readers_would_find_too_long(session: Session, at: datetime) -> None:
    author = make_person(session)
    long = replace(COMPLETE, title="word " * 21 + "end", summary="a" * 601, topics=("1a", "1b", "2", "3"))
    practice = make_practice(session, actor=author, content=long)
    assert [topic.code for topic in practice.topics] == ["1a", "1b", "2", "3"]
    with pytest.raises(InvalidError) as refusal:
        service.submit(session, practice, actor=author, at=at)
    assert refusal.value.problems == {"title": "too_many_words", "summary": "too_long", "topics": "too_many"}
    assert practice.status == Status.DRAFT
    service.save(session, practice, actor=author, content=COMPLETE, based_on=1, at=at)
    service.submit(session, practice, actor=author, at=at)


def test_the_program_drafts_nothing_that_is_too_long(session: Session) -> None:
    with pytest.raises(InvalidError, match="title: too_many_words"):
        make_practice(session, title="word " * 21)


def test_a_practice_in_no_known_language_is_refused(session: Session, at: datetime) -> None:
    author = make_person(session)
    assert author.city is not None
    with pytest.raises(InvalidError) as refusal:
        service.create(session, actor=author, city=author.city, language="klingon", content=Content(), at=at)
    assert refusal.value.problems == {"language": "unknown"}


def test_nobody_writes_for_another_city(session: Session, at: datetime) -> None:
    practice = make_practice(session)
    stranger, reviewer = make_person(session), make_person(session, role=Role.REVIEWER)
    for actor in (stranger, reviewer):
        with pytest.raises(NotAllowedError):
            service.create(session, actor=actor, city=practice.city, language="en", content=Content(), at=at)
        with pytest.raises(NotAllowedError):
            service.save(session, practice, actor=actor, content=Content(), based_on=1, at=at)
        with pytest.raises(NotAllowedError):
            service.add_translation(
                session,
                practice,
                actor=actor,
                language="ko",
                method=TranslationMethod.HUMAN,
                content=KOREAN,
                at=at,
            )
    assert count_revisions(session) == 1


def test_each_save_is_a_revision_and_the_facts_follow_the_draft(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, actor=author)
    changed = replace(COMPLETE, topics=("1a", "1b"), places=(), as_of="2020-03-01")
    revision = service.save(session, practice, actor=author, content=changed, based_on=1, at=at)
    assert revision.number == 2
    assert [topic.code for topic in practice.topics] == ["1a", "1b"]
    assert (practice.places, practice.as_of) == ([], date(2020, 3, 1))
    assert [revision.number for revision in queries.list_revisions(session, practice.original)] == [2, 1]
    assert queries.list_revisions(session, practice.original)[1].content["topics"] == ["1b"]


def test_a_save_without_a_change_is_no_revision(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, actor=author)
    revision = service.save(session, practice, actor=author, content=COMPLETE, based_on=1, at=at)
    assert (revision.number, count_revisions(session)) == (1, 1)


def test_a_save_that_is_sent_twice_is_one_revision(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, actor=author)
    changed = replace(COMPLETE, title="New title")
    for _ in range(2):
        assert service.save(session, practice, actor=author, content=changed, based_on=1, at=at).number == 2


def test_a_field_that_cannot_be_right_is_refused_on_saving(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, actor=author)
    with pytest.raises(InvalidError) as refusal:
        service.save(session, practice, actor=author, content=replace(COMPLETE, as_of="2021-01-01"), based_on=1, at=at)
    assert refusal.value.problems == {"as_of": "in_the_future"}


def test_today_is_the_day_in_the_city(session: Session) -> None:
    late = datetime(2020, 4, 9, 16, 0, tzinfo=UTC)
    assert make_practice(session, city=make_city(session), as_of="2020-04-10", at=late).as_of == date(2020, 4, 10)
    with pytest.raises(InvalidError):
        make_practice(session, city=make_city(session, timezone="UTC"), as_of="2020-04-10", at=late)


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(
    session_factory: SessionFactory, at: datetime
) -> None:
    with session_factory() as session, transaction(session):
        first = make_person(session)
        second = make_person(session, city=first.city)
        reference = make_practice(session, actor=first).reference
    with session_factory() as one, session_factory() as two:
        opened_by_two = queries.get_practice_by_reference(two, reference)
        with transaction(one):
            opened = queries.get_practice_by_reference(one, reference)
            service.save(one, opened, actor=first, content=replace(COMPLETE, title="Mine"), based_on=1, at=at)
        with pytest.raises(service.EditConflictError) as refusal, transaction(two):
            service.save(two, opened_by_two, actor=second, content=replace(COMPLETE, title="Yours"), based_on=1, at=at)
        assert (refusal.value.theirs.number, refusal.value.theirs.content["title"]) == (2, "Mine")
        assert refusal.value.theirs.author is not None
        assert refusal.value.theirs.author.id == first.id
    with session_factory() as session:
        assert count_revisions(session) == 2


def test_nothing_is_edited_while_in_review_until_it_is_taken_back(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, status=Status.IN_REVIEW, actor=author)
    changed = replace(COMPLETE, title="New title")
    with pytest.raises(StepConflictError) as refusal:
        service.save(session, practice, actor=author, content=changed, based_on=1, at=at)
    assert refusal.value.reason == "in_review"
    service.take_back(session, practice, actor=author, at=at)
    assert service.save(session, practice, actor=author, content=changed, based_on=1, at=at).number == 2
    assert practice.status == Status.DRAFT


def test_the_same_text_again_is_no_conflict_while_in_review(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, status=Status.IN_REVIEW, actor=author)
    assert service.save(session, practice, actor=author, content=COMPLETE, based_on=1, at=at).number == 1
    assert practice.status == Status.IN_REVIEW


def test_changes_stay_requested_while_they_are_made(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, status=Status.CHANGES_REQUESTED, actor=author)
    service.save(session, practice, actor=author, content=replace(COMPLETE, title="New"), based_on=1, at=at)
    assert practice.status == Status.CHANGES_REQUESTED


def test_what_is_published_stays_up_while_the_next_revision_is_written(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, status=Status.PUBLISHED, actor=author)
    changed = replace(COMPLETE, title="New title", topics=("2",))
    service.save(session, practice, actor=author, content=changed, based_on=1, at=at)
    assert (practice.status, practice.is_public) == (Status.DRAFT, True)
    public = queries.get_public_edition(practice, "en").published_revision
    assert public is not None
    assert public.content["title"] == COMPLETE.title
    assert [topic.code for topic in practice.topics] == ["1b"]
    assert queries.list_newest(session, 5) == [practice]
    assert practice.public_version == 1


def test_a_save_without_a_change_leaves_a_published_practice_published(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, status=Status.PUBLISHED, actor=author)
    service.save(session, practice, actor=author, content=COMPLETE, based_on=1, at=at)
    assert practice.status == Status.PUBLISHED


def test_what_was_withdrawn_is_not_edited(session: Session, at: datetime) -> None:
    author = make_person(session)
    practice = make_practice(session, status=Status.WITHDRAWN, actor=author)
    with pytest.raises(StepConflictError) as refusal:
        service.save(session, practice, actor=author, content=Content(title="x"), based_on=1, at=at)
    assert refusal.value.reason == "withdrawn"


def translate(
    session: Session, practice: Practice, at: datetime, content: Content = KOREAN, language: str = "ko"
) -> None:
    service.add_translation(
        session,
        practice,
        actor=THE_PROGRAM,
        language=language,
        method=TranslationMethod.HUMAN,
        content=content,
        at=at,
    )


def test_a_translation_is_read_after_the_next_publication(session: Session, at: datetime) -> None:
    practice = make_practice(session, status=Status.PUBLISHED)
    translate(session, practice, at)
    assert practice.status == Status.DRAFT
    assert queries.get_public_edition(practice, "ko").language == "en"
    service.publish(session, practice, actor=THE_PROGRAM, at=at)
    edition = queries.get_public_edition(practice, "ko")
    assert (edition.language, edition.is_original, edition.method) == ("ko", False, "human")
    assert queries.get_public_edition(practice, "fr").language == "en"
    assert edition.published_revision is not None
    assert edition.published_revision.based_on_id == practice.original.working_revision_id


def test_the_same_translation_again_changes_nothing_and_another_is_a_revision(session: Session, at: datetime) -> None:
    practice = make_practice(session)
    translate(session, practice, at)
    translate(session, practice, at)
    assert count_revisions(session) == 2
    translate(session, practice, at, replace(KOREAN, title="버스 소독"))
    assert count_revisions(session) == 3
    assert len(practice.editions) == 2


def test_a_translation_needs_a_title_and_another_language(session: Session, at: datetime) -> None:
    practice = make_practice(session)
    with pytest.raises(InvalidError, match="title: missing"):
        translate(session, practice, at, Content(summary="x"))
    with pytest.raises(InvalidError, match="language: is_the_original"):
        translate(session, practice, at, language="en-GB")
