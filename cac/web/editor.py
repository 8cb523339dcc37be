"""The page on which a practice is written: its form, what is still missing, the reviewer's note, two texts in conflict."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template

from cac.cities.models import City
from cac.errors import InvalidError
from cac.practices import permissions, queries
from cac.practices.checks import too_much_for_review
from cac.practices.content import Content, completeness, missing_for_review
from cac.practices.models import Practice, PracticeStep, Revision
from cac.practices.workflow import Status, Step, is_discardable
from cac.serving.database import db_session
from cac.web.acting import acting_person
from cac.web.comparing import Difference, differences
from cac.web.forms.practice import PracticeForm, Started, form_of_content, merge
from cac.web.forms.words import FIELD_NAMES, problem_words
from cac.web.practice_states import state_of

SECTIONS = {
    "about": ("title", "summary", "office", "language", "kind", "topics", "places"),
    "when": ("stage", "started_on", "ending", "ended_on", "as_of"),
    "text": ("why", "how"),
    "sources": ("sources", "own_records", "licence"),
}
ANCHORS = {"topics": "topics-0", "places": "places-0", "ending": "ending-0", "sources": "sources-0-url"}


@dataclass(frozen=True)
class Missing:
    """A field that is empty or holds too much: what to say, where it is on the page, and whether sending needs it."""

    label: str
    anchor: str
    is_required: bool


@dataclass(frozen=True)
class Conflict:
    """What somebody else saved meanwhile: their revision, what differs from your text, and what was taken over."""

    theirs: Revision
    differences: list[Difference]
    taken_over: list[Difference]


def working_content(practice: Practice) -> Content:
    """Return what is being written in the original."""
    revision = practice.original.working_revision
    return Content.from_json(revision.content) if revision is not None else Content()


def started(practice: Practice, revision: Revision | None = None) -> Started:
    """Return what the form of a practice starts from: the working revision, or another one."""
    revision = revision or practice.original.working_revision
    content = Content.from_json(revision.content) if revision is not None else Content()
    return Started(content, revision.number if revision is not None else 0, practice.original_language)


def editor_page(
    practice: Practice | None,
    form: PracticeForm,
    city: City,
    *,
    is_saved: bool = True,
    is_checked: bool = False,
    conflict: Conflict | None = None,
) -> str:
    """Return the editor with ``form`` in it; ``practice`` is None before the first save.

    ``is_saved`` says whether what stands in the form is what is stored, ``is_checked`` whether somebody wants to send it.
    """
    content = _typed_content(form, working_content(practice) if practice is not None else Content())
    return render_template(
        "drafting/edit.html",
        practice=practice,
        city=city,
        form=form,
        conflict=conflict,
        is_saved=is_saved and practice is not None,
        is_checked=is_checked,
        can_withdraw=practice is not None and can_withdraw(practice),
        can_discard=practice is not None and can_discard(practice),
        state=state_of(practice) if practice is not None else None,
        revision=practice.original.working_revision if practice is not None else None,
        request_step=_request_step(practice),
        completeness=completeness(content),
        missing=_missing(content),
        complete_sections=_complete_sections(content, form),
    )


def can_withdraw(practice: Practice) -> bool:
    """Whether the signed-in person may withdraw the practice as it is now."""
    return practice.is_public and permissions.can_withdraw(acting_person(), practice)


def can_discard(practice: Practice, beginners: Mapping[int, int | None] | None = None) -> bool:
    """Whether the signed-in person may discard the practice as it is now; ``beginners`` if they are known already."""
    if not is_discardable(practice.status, was_published=practice.published_at is not None):
        return False
    known = queries.list_beginners(db_session(), [practice]) if beginners is None else beginners
    return permissions.can_discard(acting_person(), practice, known.get(practice.id))


def meet(practice: Practice, form: PracticeForm, theirs: Revision) -> tuple[PracticeForm, Conflict]:
    """Return the form to go on with after ``theirs`` was saved first, and what to show of both texts.

    What only they changed is taken over; where both wrote, your text stays in the form and theirs stands beside it.
    """
    revisions = {revision.number: revision for revision in queries.list_revisions(db_session(), practice.original)}
    base = started(practice, revisions.get(form.based_on.data or 0, theirs))
    other = started(practice, theirs)
    merged = merge(form_of_content(base), form_of_content(other), form)
    result = Content.from_json(merged.values(other.content))
    return merged, Conflict(
        theirs=theirs,
        differences=differences(other.content, result),
        taken_over=_taken_over(base.content, other.content, result),
    )


def _typed_content(form: PracticeForm, stored: Content) -> Content:
    """What stands in the form; what is stored, if the form holds something that is no content at all."""
    try:
        return Content.from_json(form.values(stored))
    except InvalidError:
        return stored


def _taken_over(base: Content, theirs: Content, result: Content) -> list[Difference]:
    changed_by_them = differences(base, theirs)
    still_different = {difference.field for difference in differences(theirs, result)}
    return [difference for difference in changed_by_them if difference.field not in still_different]


def _request_step(practice: Practice | None) -> PracticeStep | None:
    if practice is None or practice.status != Status.CHANGES_REQUESTED:
        return None
    return queries.find_last_step(db_session(), practice, Step.REQUEST_CHANGES)


def _missing(content: Content) -> list[Missing]:
    required = missing_for_review(content)
    shortened = problem_words(too_much_for_review(content))
    missing = [Missing(words, ANCHORS.get(name, name), True) for name, words in shortened.items()]
    names = completeness(content).missing
    return missing + [Missing(str(FIELD_NAMES[name]), ANCHORS.get(name, name), name in required) for name in names]


def _complete_sections(content: Content, form: PracticeForm) -> set[str]:
    to_do = {*completeness(content).missing, *too_much_for_review(content), *form.errors}
    return {section for section, names in SECTIONS.items() if not to_do & set(names)}
