"""The page on which a practice is written: its form, what is still missing, the reviewer's note, two texts in conflict."""

from dataclasses import dataclass

from flask import render_template

from cac.cities.models import City
from cac.errors import InvalidError
from cac.practices import queries
from cac.practices.content import Content, completeness, missing_for_review
from cac.practices.models import Practice, PracticeStep, Revision
from cac.practices.workflow import Status, Step
from cac.serving.database import db_session
from cac.web.comparing import Difference, differences
from cac.web.forms.practice import PracticeForm, Started, form_of_content, merge
from cac.web.forms.words import FIELD_NAMES
from cac.web.practice_states import state_of

SECTIONS = {
    "about": ("title", "summary", "office", "kind", "topics", "places"),
    "when": ("stage", "started_on", "ending", "ended_on", "as_of"),
    "text": ("why", "how"),
    "sources": ("sources",),
}
ANCHORS = {"topics": "topics-0", "places": "places-0", "ending": "ending-0", "sources": "sources-0-url"}


@dataclass(frozen=True)
class Missing:
    """A field that is empty: its label, where it is on the page, and whether sending needs it."""

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
    conflict: Conflict | None = None,
) -> str:
    """Return the editor with ``form`` in it; ``practice`` is None before the first save.

    ``is_saved`` says whether what stands in the form is what is stored.
    """
    content = _typed_content(form, working_content(practice) if practice is not None else Content())
    return render_template(
        "drafting/edit.html",
        practice=practice,
        city=city,
        form=form,
        conflict=conflict,
        is_saved=is_saved and practice is not None,
        state=state_of(practice) if practice is not None else None,
        revision=practice.original.working_revision if practice is not None else None,
        request_step=_request_step(practice),
        completeness=completeness(content),
        missing=_missing(content),
        complete_sections=_complete_sections(content),
    )


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
    names = completeness(content).missing
    return [Missing(str(FIELD_NAMES[name]), ANCHORS.get(name, name), name in required) for name in names]


def _complete_sections(content: Content) -> set[str]:
    missing = set(completeness(content).missing)
    return {section for section, names in SECTIONS.items() if not missing & set(names)}
