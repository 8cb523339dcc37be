"""The reviewers' desk: what waits for them, reading it as a reader would and what changed, publishing or giving it back."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from cac.accounts.models import Role
from cac.clock import now
from cac.db import transaction
from cac.errors import ConflictError, InvalidError
from cac.practices import permissions, queries, service
from cac.practices.content import Content, missing_for_review
from cac.practices.models import Practice
from cac.practices.workflow import Status, StepConflictError
from cac.serving.access import for_roles
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.web.acting import acting_person
from cac.web.comparing import Difference, differences
from cac.web.editor import working_content
from cac.web.forms.practice import StepForm
from cac.web.forms.sent import sent_values
from cac.web.forms.words import FIELD_NAMES, show_problems
from cac.web.practice_states import REVIEW_WORKING_DAYS, state_of, waiting_days
from cac.web.showing import show_working

blueprint = Blueprint("reviewing", __name__)
Answer = Response | str | tuple[str, int]


@dataclass(frozen=True)
class QueueRow:
    """One practice that waits: its title, for how many working days, and whether that is longer than promised."""

    practice: Practice
    title: str
    days: int
    is_late: bool


class ReadAnotherTextError(ConflictError):
    """The text was saved anew since the reviewer opened it: a decision would be about words that nobody has read."""


@blueprint.get("/review")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def queue() -> Answer:
    """Show what waits for review, the oldest first."""
    at = now()
    waiting = [(practice, waiting_days(practice, at)) for practice in queries.list_awaiting_review(db_session())]
    rows = [
        QueueRow(practice, working_content(practice).title, days, days > REVIEW_WORKING_DAYS)
        for practice, days in waiting
    ]
    return render_template("reviewing/queue.html", rows=rows, promised=REVIEW_WORKING_DAYS)


@blueprint.get("/review/<reference:reference>")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def practice(reference: str) -> Answer:
    """Show a practice as its readers will see it, what changed, and the three decisions."""
    return _review_page(_practice(reference), StepForm())


@blueprint.post("/review/<reference:reference>/publish")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def publish(reference: str) -> Answer:
    """Publish what was read."""
    found, form = _practice(reference), StepForm(formdata=sent_values())
    try:
        with transaction(db_session()) as session:
            period = current_services().settings.review_after_days
            service.publish(
                session, found, actor=acting_person(), at=now(), review_after_days=period, desk_url=_desk_url(found)
            )
            _require_same_text(found, form)
    except ConflictError as error:
        return _conflict_page(found, error), 409
    flash(gettext("Published. Readers see it now; search finds it within seconds."), "ok")
    return redirect(url_for("reviewing.queue"), 303)


@blueprint.post("/review/<reference:reference>/request-changes")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def request_changes(reference: str) -> Answer:
    """Give a practice back to its author with a note."""
    found, form = _practice(reference), StepForm(formdata=sent_values())
    try:
        with transaction(db_session()) as session:
            note = form.note.data or ""
            service.request_changes(
                session, found, actor=acting_person(), note=note, at=now(), desk_url=_desk_url(found)
            )
            _require_same_text(found, form)
    except InvalidError as error:
        show_problems(form, error.problems)
        return _review_page(found, form), 422
    except ConflictError as error:
        return _conflict_page(found, error, note=form.note.data or ""), 409
    flash(gettext("Given back to the city with your note."), "ok")
    return redirect(url_for("reviewing.queue"), 303)


@blueprint.post("/review/<reference:reference>/withdraw")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def withdraw(reference: str) -> Answer:
    """Withdraw a published practice."""
    found, form = _practice(reference), StepForm(formdata=sent_values())
    try:
        with transaction(db_session()) as session:
            reason = form.reason.data or ""
            service.withdraw(session, found, actor=acting_person(), reason=reason, at=now(), desk_url=_desk_url(found))
    except InvalidError as error:
        show_problems(form, error.problems)
        return _review_page(found, form), 422
    except ConflictError as error:
        return _conflict_page(found, error, note=form.reason.data or ""), 409
    flash(gettext("Withdrawn. Visitors now read only since when and why."), "ok")
    return redirect(url_for("reviewing.practice", reference=found.reference), 303)


def _practice(reference: str) -> Practice:
    return queries.get_practice_by_reference(db_session(), reference)


def _require_same_text(found: Practice, form: StepForm) -> None:
    """Raise ReadAnotherTextError if the step was taken on another revision than the one on the reviewer's screen.

    Called after the service has locked the practice and before the commit, which this then prevents.
    """
    revision = found.original.working_revision
    if revision is not None and form.revision.data != str(revision.number):
        raise ReadAnotherTextError("read_another_text")


def _review_page(found: Practice, form: StepForm) -> str:
    content = working_content(found)
    return render_template(
        "reviewing/practice.html",
        practice=found,
        shown=show_working(found, found.original),
        form=form,
        state=state_of(found),
        revision=found.original.working_revision,
        changes=_changes(found, content),
        missing=[str(FIELD_NAMES[name]) for name in missing_for_review(content)],
        steps=list(reversed(queries.list_steps(db_session(), found))),
        is_waiting=found.status == Status.IN_REVIEW,
        can_withdraw=found.is_public and permissions.can_withdraw(acting_person(), found),
    )


def _changes(found: Practice, content: Content) -> list[Difference] | None:
    """What differs from what readers see; None where readers have seen nothing yet."""
    published = found.original.published_revision
    return None if published is None else differences(Content.from_json(published.content), content)


def _conflict_page(found: Practice, error: ConflictError, note: str = "") -> str:
    steps = queries.list_steps(db_session(), found)
    return render_template(
        "reviewing/conflict.html",
        practice=found,
        title=working_content(found).title,
        state=state_of(found),
        last=steps[-1] if steps and isinstance(error, StepConflictError) else None,
        is_other_text=isinstance(error, ReadAnotherTextError),
        note=note,
    )


def _desk_url(found: Practice) -> str:
    base = current_services().settings.public_url
    return f"{base}{url_for('drafting.preview', reference=found.reference)}" if base else ""
