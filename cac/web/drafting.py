"""The desk of a city: its practices, writing and previewing them, sending them for review, their history."""

import uuid
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from cac.accounts.models import Role
from cac.clock import now
from cac.db import transaction
from cac.errors import InvalidError, NotAllowedError, NotFoundError
from cac.practices import permissions, queries, service
from cac.practices.checks import problems_for_review
from cac.practices.content import Content
from cac.practices.models import Practice
from cac.practices.workflow import WRITABLE, Status, Step, StepConflictError, can_take, require_discardable
from cac.search.missing import list_wanted
from cac.serving.access import for_roles
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.stats import queries as stats
from cac.text import clean_line
from cac.web import city_insights
from cac.web.acting import acting_city, acting_person
from cac.web.editor import can_discard, can_withdraw, editor_page, meet, started, working_content
from cac.web.forms.practice import (
    SOURCE_ROWS,
    PracticeForm,
    Started,
    StepForm,
    form_of_content,
    form_of_request,
)
from cac.web.forms.sent import sent_values
from cac.web.forms.words import show_problems
from cac.web.practice_states import State, state_of
from cac.web.showing import show_working

blueprint = Blueprint("drafting", __name__)
Answer = Response | str | tuple[str, int]
LONGEST_TITLE, WANTED_SHOWN = 200, 5


@dataclass(frozen=True)
class DeskRow:
    """One practice in the list of the desk."""

    practice: Practice
    title: str
    state: State
    views: int
    can_discard: bool


@blueprint.get("/desk")
@for_roles(Role.AUTHOR, Role.LEAD)
def desk() -> Answer:
    """Show the practices of the official's city, each with its state in words."""
    city = acting_city()
    practices = queries.list_of_city(db_session(), city)
    views = stats.views_of(db_session(), [practice.id for practice in practices])
    beginners = queries.list_beginners(db_session(), practices)
    rows = [
        DeskRow(
            practice,
            working_content(practice).title,
            state_of(practice),
            views[practice.id],
            can_discard(practice, beginners),
        )
        for practice in practices
    ]
    wanted = list_wanted(db_session(), WANTED_SHOWN)
    readers = city_insights.recent_of(city, at=now()) if any(row.practice.published_at for row in rows) else None
    return render_template("drafting/desk.html", rows=rows, city=city, readers=readers, wanted=wanted)


@blueprint.get("/desk/practices/new")
@for_roles(Role.AUTHOR, Role.LEAD)
def create() -> Answer:
    """Show an empty form; ``?title=`` suggests a title, such as what visitors looked for in vain."""
    city = acting_city()
    title = clean_line(request.args.get("title", ""))[:LONGEST_TITLE]
    form = form_of_content(Started(Content(title=title), 0, city.language))
    form.form_key.data = uuid.uuid4().hex
    return editor_page(None, form, city)


@blueprint.post("/desk/practices/new")
@for_roles(Role.AUTHOR, Role.LEAD)
def start() -> Answer:
    """Save the first draft of a new practice; the second click on the same form saves to that draft."""
    city, form = acting_city(), form_of_request(sent_values())
    try:
        content = Content.from_json(form.values(Content()))
        with transaction(db_session()) as session:
            practice = service.create(
                session,
                actor=acting_person(),
                city=city,
                language=form.typed("language"),
                content=content,
                at=now(),
                prefix=current_services().settings.reference_prefix,
                form_key=form.known_key(),
            )
    except InvalidError as error:
        show_problems(form, error.problems)
        return editor_page(None, form, city, is_saved=False), 422
    except service.CreatedBeforeError as error:
        return _save(_own_practice(error.reference), form)
    return _go_on(practice, form)


@blueprint.get("/desk/practices/<reference:reference>")
@for_roles(Role.AUTHOR, Role.LEAD)
def edit(reference: str) -> Answer:
    """Show the form with what was written last, with ``?check`` what keeps it from review; read-only states are previewed."""
    practice = _own_practice(reference)
    if practice.status not in WRITABLE:
        return redirect(url_for("drafting.preview", reference=practice.reference), 303)
    form = form_of_content(started(practice))
    form.show_source_rows(request.args.get("rows", SOURCE_ROWS, type=int))
    is_checked = "check" in request.args
    if is_checked:
        show_problems(form, problems_for_review(working_content(practice)))
    return editor_page(practice, form, practice.city, is_checked=is_checked)


@blueprint.post("/desk/practices/<reference:reference>")
@for_roles(Role.AUTHOR, Role.LEAD)
def save(reference: str) -> Answer:
    """Save a revision, then do what the pressed button says: stay, add rows, preview or send."""
    return _save(_own_practice(reference), form_of_request(sent_values()))


@blueprint.get("/desk/practices/<reference:reference>/preview")
@for_roles(Role.AUTHOR, Role.LEAD)
def preview(reference: str) -> Answer:
    """Show a practice as its readers will see it, with its state and what can be done next."""
    practice = _own_practice(reference)
    return render_template(
        "drafting/preview.html",
        practice=practice,
        shown=show_working(practice, practice.original),
        state=state_of(practice),
        can_edit=practice.status in WRITABLE,
        can_submit=can_take(practice.status, Step.SUBMIT),
        can_take_back=can_take(practice.status, Step.TAKE_BACK),
        can_withdraw=can_withdraw(practice),
        can_discard=can_discard(practice),
    )


@blueprint.post("/desk/practices/<reference:reference>/submit")
@for_roles(Role.AUTHOR, Role.LEAD)
def submit(reference: str) -> Answer:
    """Send what was saved for review."""
    return _send(_own_practice(reference))


@blueprint.post("/desk/practices/<reference:reference>/take-back")
@for_roles(Role.AUTHOR, Role.LEAD)
def take_back(reference: str) -> Answer:
    """Take a practice back from review, to go on writing."""
    practice = _own_practice(reference)
    with transaction(db_session()) as session:
        service.take_back(session, practice, actor=acting_person(), at=now())
    flash(gettext("Taken back from review. Change what you like, then send it again."), "ok")
    return redirect(url_for("drafting.edit", reference=practice.reference), 303)


@blueprint.get("/desk/practices/<reference:reference>/withdraw")
@for_roles(Role.LEAD)
def ask_withdraw(reference: str) -> Answer:
    """Ask for the reason before a practice is withdrawn."""
    return _withdraw_page(_own_practice(reference), StepForm())


@blueprint.post("/desk/practices/<reference:reference>/withdraw")
@for_roles(Role.LEAD)
def withdraw(reference: str) -> Answer:
    """Withdraw a practice of the lead's own city."""
    practice, form = _own_practice(reference), StepForm(formdata=sent_values())
    try:
        with transaction(db_session()) as session:
            service.withdraw(session, practice, actor=acting_person(), reason=form.reason.data or "", at=now())
    except InvalidError as error:
        show_problems(form, error.problems)
        return _withdraw_page(practice, form), 422
    flash(gettext("Withdrawn. Visitors now read only since when and why."), "ok")
    return redirect(url_for("drafting.desk"), 303)


@blueprint.get("/desk/practices/<reference:reference>/discard")
@for_roles(Role.AUTHOR, Role.LEAD)
def ask_discard(reference: str) -> Answer:
    """Ask once more before a draft is deleted."""
    practice = _own_practice(reference)
    require_discardable(practice.status, was_published=practice.published_at is not None)
    if not can_discard(practice):
        raise NotAllowedError("somebody else's draft")
    return render_template("drafting/discard.html", practice=practice, title=working_content(practice).title)


@blueprint.post("/desk/practices/<reference:reference>/discard")
@for_roles(Role.AUTHOR, Role.LEAD)
def discard(reference: str) -> Answer:
    """Delete a draft that was never published; the second click finds it gone and is content."""
    try:
        practice = _own_practice(reference)
        with transaction(db_session()) as session:
            service.discard(session, practice, actor=acting_person())
    except NotFoundError:
        return redirect(url_for("drafting.desk"), 303)
    flash(gettext("Discarded. Nothing of this draft is kept."), "ok")
    return redirect(url_for("drafting.desk"), 303)


@blueprint.get("/desk/practices/<reference:reference>/revisions")
@for_roles(Role.AUTHOR, Role.LEAD)
def history(reference: str) -> Answer:
    """Show every revision and every step of a practice."""
    practice = _own_practice(reference)
    return render_template(
        "drafting/history.html",
        practice=practice,
        title=working_content(practice).title,
        state=state_of(practice),
        revisions=queries.list_revisions(db_session(), practice.original),
        steps=list(reversed(queries.list_steps(db_session(), practice))),
    )


def _save(practice: Practice, form: PracticeForm) -> Answer:
    try:
        content = Content.from_json(form.values(working_content(practice)))
        based_on = form.based_on.data or 0
        with transaction(db_session()) as session:
            service.save(session, practice, actor=acting_person(), content=content, based_on=based_on, at=now())
    except InvalidError as error:
        show_problems(form, error.problems)
        return editor_page(practice, form, practice.city, is_saved=False), 422
    except service.EditConflictError as error:
        form, conflict = meet(practice, form, error.theirs)
        return editor_page(practice, form, practice.city, is_saved=False, conflict=conflict), 409
    return _go_on(practice, form)


def _own_practice(reference: str) -> Practice:
    practice = queries.get_practice_by_reference(db_session(), reference)
    if not permissions.can_edit(acting_person(), practice):
        raise NotAllowedError("another city's practice")
    return practice


def _withdraw_page(practice: Practice, form: StepForm) -> str:
    title = working_content(practice).title
    return render_template("drafting/withdraw.html", practice=practice, title=title, form=form)


def _go_on(practice: Practice, form: PracticeForm) -> Answer:
    action = request.form.get("action")
    if action == "submit":
        return _send(practice)
    if action == "preview":
        return redirect(url_for("drafting.preview", reference=practice.reference), 303)
    if action == "rows":
        rows = len(form.filled_sources()) + SOURCE_ROWS
        return redirect(url_for("drafting.edit", reference=practice.reference, rows=rows, _anchor="sources"), 303)
    return redirect(url_for("drafting.edit", reference=practice.reference), 303)


def _send(practice: Practice) -> Answer:
    try:
        with transaction(db_session()) as session:
            address = _public_address(url_for("reviewing.practice", reference=practice.reference))
            service.submit(session, practice, actor=acting_person(), at=now(), desk_url=address)
    except InvalidError:
        return redirect(url_for("drafting.edit", reference=practice.reference, check=1), 303)
    except StepConflictError as error:
        # The second click finds it sent by the first.
        if error.status != Status.IN_REVIEW:
            raise
        return redirect(url_for("drafting.preview", reference=practice.reference), 303)
    flash(gettext("Sent for review. You get a message when a reviewer has decided."), "ok")
    return redirect(url_for("drafting.preview", reference=practice.reference), 303)


def _public_address(path: str) -> str:
    base = current_services().settings.public_url
    return f"{base}{path}" if base else ""
