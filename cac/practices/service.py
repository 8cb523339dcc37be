"""What can be done to a practice: write it, send it, publish it, ask for changes, withdraw it, discard it.

``actor`` is a Person, or permissions.THE_PROGRAM for the command line (import, demonstration): it needs no reviewer,
tells nobody, and publishes a draft that has a title. NotAllowedError comes before all other refusals. Each change locks
the practice first, so that of two people who do the same at once the second sees what the first has done, and is refused.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from cac.accounts.models import Person
from cac.cities.models import City
from cac.clock import day_in
from cac.errors import ConflictError, InvalidError, NotAllowedError
from cac.languages import normalise_tag
from cac.practices import notices, queries
from cac.practices.checks import check_draft, check_original, check_translation, problems_for_review
from cac.practices.content import Content
from cac.practices.deletion import delete_practice
from cac.practices.facts import copy_facts
from cac.practices.models import Edition, Practice, PracticeStep, Revision, TranslationMethod
from cac.practices.permissions import (
    Actor,
    Program,
    can_create_for,
    can_discard,
    can_edit,
    can_review,
    can_submit,
    can_withdraw,
)
from cac.practices.references import next_reference
from cac.practices.workflow import (
    Status,
    Step,
    StepConflictError,
    require_discardable,
    require_step,
    require_writable,
)
from cac.text import clean_text

NOTE_LENGTH = 5_000
REVIEW_AFTER_DAYS = 182


class EditConflictError(ConflictError):
    """Somebody else has saved since the actor opened the practice; ``theirs`` is the newest revision."""

    def __init__(self, theirs: Revision) -> None:
        super().__init__("edited_meanwhile")
        self.theirs = theirs


class CreatedBeforeError(ConflictError):
    """The same form has made a practice already; ``reference`` is that practice's."""

    def __init__(self, reference: str) -> None:
        super().__init__("created_before")
        self.reference = reference


def create(
    session: Session,
    *,
    actor: Actor,
    city: City,
    language: str,
    content: Content,
    at: datetime,
    prefix: str = "CAC",
    form_key: str | None = None,
) -> Practice:
    """Return a new draft of ``city`` with revision 1 and the next reference of the year; it needs something written.

    ``form_key`` is what the form that is sent carries, and no other form does: the second time that a person sends it
    (a double click) there is a CreatedBeforeError instead of a second practice.
    """
    _allow(can_create_for(actor, city.id))
    tag = _known_language(language)
    content = _checked(content, city, actor, at)
    if content.is_blank:
        raise InvalidError({"title": "nothing_written"})
    reference, key = next_reference(session, prefix, at.year), _key_of(actor, form_key)
    # Whoever asked for a reference first has the lock of its counter: only now is it certain what they have made.
    if key and (made := queries.find_reference_by_created_key(session, key)):
        raise CreatedBeforeError(made)
    practice = Practice(
        reference=reference,
        created_key=key,
        city=city,
        original_language=tag,
        status=Status.DRAFT,
        created_at=at,
        changed_at=at,
    )
    edition = Edition(practice=practice, language=tag, is_original=True)
    session.add(practice)
    copy_facts(practice, content)
    _add_revision(session, edition, content, actor=actor, at=at)
    return practice


def save(
    session: Session, practice: Practice, *, actor: Actor, content: Content, based_on: int, at: datetime
) -> Revision:
    """Save a new revision of the original and return it; when nothing was changed, the one there is.

    ``based_on`` is the number of the revision that the actor opened; EditConflictError if it is no longer the newest.
    StepConflictError while in review (take it back first) and when withdrawn. What is published stays up.
    """
    _allow(can_edit(actor, practice))
    content = _checked(content, practice.city, actor, at)
    _lock(session, practice, actor)
    working = _working(practice.original)
    if working.content == content.to_json():
        return working
    require_writable(practice.status)
    if working.number != based_on:
        raise EditConflictError(working)
    _reopen(session, practice, actor, at)
    if practice.published_at is None:
        copy_facts(practice, content)
    return _add_revision(session, practice.original, content, actor=actor, at=at)


def add_translation(
    session: Session,
    practice: Practice,
    *,
    actor: Actor,
    language: str,
    method: TranslationMethod,
    content: Content,
    at: datetime,
) -> Edition:
    """Add an edition in another language, or a new revision of it; readers see it after the next publication.

    It needs a title. The revision notes which one of the original it was made from.
    """
    _allow(can_edit(actor, practice))
    tag = _known_language(language)
    content = check_translation(content)
    if not content.title or tag == practice.original_language:
        raise InvalidError({"title": "missing"} if not content.title else {"language": "is_the_original"})
    _lock(session, practice, actor)
    require_writable(practice.status)
    edition = next((edition for edition in practice.editions if edition.language == tag), None)
    if edition is None:
        edition = Edition(practice=practice, language=tag, is_original=False)
        session.add(edition)
    elif edition.method == method and _working(edition).content == content.to_json():
        return edition
    edition.method = method
    _reopen(session, practice, actor, at)
    _add_revision(session, edition, content, actor=actor, at=at, made_from=practice.original.working_revision)
    return edition


def submit(session: Session, practice: Practice, *, actor: Actor, at: datetime, desk_url: str = "") -> None:
    """Send the practice for review and tell the reviewers; InvalidError names what is missing or has to be shortened.

    ``desk_url``, here and below, is the practice's address at the desk as mail shows it.
    """
    _allow(can_submit(actor, practice))
    _lock(session, practice, actor)
    status = require_step(practice.status, Step.SUBMIT)
    if problems := problems_for_review(_content(practice)):
        raise InvalidError(problems)
    practice.submitted_at = at
    _take(session, practice, Step.SUBMIT, status, actor=actor, at=at)
    reviewers = queries.list_reviewers(session)
    notices.tell(session, reviewers, notices.SUBMITTED, practice, actor=actor, at=at, desk_url=desk_url)


def take_back(session: Session, practice: Practice, *, actor: Actor, at: datetime) -> None:
    """Take the practice back from review, so that it can be edited again."""
    _allow(can_submit(actor, practice))
    _lock(session, practice, actor)
    status = require_step(practice.status, Step.TAKE_BACK)
    _take(session, practice, Step.TAKE_BACK, status, actor=actor, at=at)


def publish(
    session: Session,
    practice: Practice,
    *,
    actor: Actor,
    at: datetime,
    note: str | None = None,
    review_after_days: int = REVIEW_AFTER_DAYS,
    desk_url: str = "",
) -> None:
    """Publish what is being worked on, in all its languages, and tell the author; a second time is a ConflictError."""
    _allow(can_review(actor, practice))
    note = _note(note or "", "note", required=False)
    _lock(session, practice, actor)
    step = Step.LOAD if isinstance(actor, Program) else Step.PUBLISH
    status = require_step(practice.status, step)
    content = _content(practice)
    if not content.title:
        raise InvalidError({"title": "missing"})
    for edition in practice.editions:
        edition.published_revision = edition.working_revision
    copy_facts(practice, content)
    if practice.published_at is None:
        practice.published_at = at
    else:
        practice.republished_at = at
    practice.review_by = _today(practice.city, at) + timedelta(days=review_after_days)
    _change_in_public(practice, at)
    _take(session, practice, step, status, actor=actor, at=at, note=note)
    authors = _authors(session, practice)
    notices.tell(session, authors, notices.PUBLISHED, practice, actor=actor, at=at, note=note, desk_url=desk_url)


def request_changes(
    session: Session, practice: Practice, *, actor: Actor, note: str, at: datetime, desk_url: str = ""
) -> None:
    """Give the practice back to its author with a note that says what to change; InvalidError without one."""
    _allow(can_review(actor, practice))
    note = _note(note, "note", required=True)
    _lock(session, practice, actor)
    status = require_step(practice.status, Step.REQUEST_CHANGES)
    _take(session, practice, Step.REQUEST_CHANGES, status, actor=actor, at=at, note=note)
    authors = _authors(session, practice)
    notices.tell(
        session, authors, notices.CHANGES_REQUESTED, practice, actor=actor, at=at, note=note, desk_url=desk_url
    )


def withdraw(
    session: Session, practice: Practice, *, actor: Actor, reason: str, at: datetime, desk_url: str = ""
) -> None:
    """Take a published practice out of public reading; visitors are told since when and why. Final in this version."""
    _allow(can_withdraw(actor, practice))
    reason = _note(reason, "reason", required=True)
    _lock(session, practice, actor)
    status = require_step(practice.status, Step.WITHDRAW)
    if not practice.is_public:
        raise StepConflictError("not_public", Status(practice.status))
    practice.withdrawn_at = at
    practice.withdrawn_reason = reason
    _change_in_public(practice, at)
    _take(session, practice, Step.WITHDRAW, status, actor=actor, at=at, note=reason)
    authors = _authors(session, practice)
    notices.tell(session, authors, notices.WITHDRAWN, practice, actor=actor, at=at, note=reason, desk_url=desk_url)


def discard(session: Session, practice: Practice, *, actor: Actor) -> None:
    """Delete a practice that readers have never seen, with all of its rows; its reference is not given out again.

    For who began it and the lead of its city; StepConflictError while in review, and once it was published.
    """
    begun_by = queries.list_beginners(session, [practice]).get(practice.id)
    _allow(can_discard(actor, practice, begun_by))
    _lock(session, practice, actor)
    require_discardable(practice.status, was_published=practice.published_at is not None)
    delete_practice(session, practice)


def _allow(allowed: bool) -> None:
    if not allowed:
        raise NotAllowedError


def _today(city: City, at: datetime) -> date:
    return day_in(city.timezone, at)


def _checked(content: Content, city: City, actor: Actor, at: datetime) -> Content:
    """Return the content cleaned; people may go on shortening it until they send it, the program sends nothing."""
    check = check_original if isinstance(actor, Program) else check_draft
    return check(content, today=_today(city, at))


def _key_of(actor: Actor, form_key: str | None) -> str | None:
    return f"{actor.id}:{form_key}" if form_key and isinstance(actor, Person) else None


def _known_language(language: str) -> str:
    tag = normalise_tag(language)
    if tag is None:
        raise InvalidError({"language": "unknown"})
    return tag


def _note(note: str, field: str, *, required: bool) -> str:
    clean = clean_text(note).strip()
    if required and not clean:
        raise InvalidError({field: "missing"})
    if len(clean) > NOTE_LENGTH:
        raise InvalidError({field: "too_long"})
    return clean


def _lock(session: Session, practice: Practice, actor: Actor) -> None:
    """Keep others from changing the practice until this transaction ends, and see it as the last of them left it.

    The UPDATE changes nothing: it takes the row's lock in PostgreSQL and the database's in SQLite, which knows no
    FOR UPDATE. An import is alone with what it has just made; there, row_version is guard enough.
    """
    if isinstance(actor, Program):
        return
    unchanged = update(Practice).where(Practice.id == practice.id).values(row_version=Practice.row_version)
    session.execute(unchanged, execution_options={"synchronize_session": False})
    queries.refresh(session, practice)


def _working(edition: Edition) -> Revision:
    if edition.working_revision is None:
        raise LookupError(f"edition {edition.id} has no working revision")
    return edition.working_revision


def _content(practice: Practice) -> Content:
    return Content.from_json(_working(practice.original).content)


def _reopen(session: Session, practice: Practice, actor: Actor, at: datetime) -> None:
    practice.changed_at = at
    if practice.status == Status.PUBLISHED:
        _take(session, practice, Step.REOPEN, require_step(practice.status, Step.REOPEN), actor=actor, at=at)


def _add_revision(
    session: Session,
    edition: Edition,
    content: Content,
    *,
    actor: Actor,
    at: datetime,
    made_from: Revision | None = None,
) -> Revision:
    last = edition.working_revision
    revision = Revision(
        number=last.number + 1 if last else 1,
        author_id=_id_of(actor),
        saved_at=at,
        content=content.to_json(),
        based_on_id=made_from.id if made_from else None,
    )
    revision.edition = edition
    edition.working_revision = revision
    session.flush()
    return revision


def _id_of(actor: Actor) -> int | None:
    return actor.id if isinstance(actor, Person) else None


def _change_in_public(practice: Practice, at: datetime) -> None:
    practice.public_version += 1
    practice.public_changed_at = at


def _take(
    session: Session, practice: Practice, step: Step, status: Status, *, actor: Actor, at: datetime, note: str = ""
) -> None:
    practice.status = status
    practice.changed_at = at
    session.add(
        PracticeStep(
            practice=practice,
            revision_id=practice.original.working_revision_id,
            actor_id=_id_of(actor),
            step=step,
            note=note or None,
            taken_at=at,
        )
    )
    session.flush()


def _authors(session: Session, practice: Practice) -> list[Person]:
    """Return who sent the practice last, or else who wrote it."""
    sent = queries.find_last_step(session, practice, Step.SUBMIT)
    author = sent.actor if sent else _working(practice.original).author
    return [author] if author is not None and author.disabled_at is None else []
