"""The desk of a city: its practices, writing and previewing them, sending them for review, their history."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from cac.accounts.models import Role
from cac.clock import now
from cac.db import transaction
from cac.errors import InvalidError, NotAllowedError
from cac.practices import permissions, queries, service
from cac.practices.content import Content
from cac.practices.models import Practice
from cac.practices.workflow import WRITABLE, Step, can_take
from cac.search.missing import list_wanted
from cac.serving.access import for_roles
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.stats import queries as stats
from cac.text import clean_line
from cac.web.acting import acting_city, acting_person
from cac.web.editor import editor_page, meet, started, working_content
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


@blueprint.get("/desk")
@for_roles(Role.AUTHOR, Role.LEAD)
def desk() -> Answer:
    """Show the practices of the official's city, each with its state in words."""
    city = acting_city()
    practices = queries.list_of_city(db_session(), city)
    views = stats.views_of(db_session(), [practice.id for practice in practices])
    rows = [
        DeskRow(practice, working_content(practice).title, state_of(practice), views[practice.id])
        for practice in practices
    ]
    wanted = list_wanted(db_session(), WANTED_SHOWN)
    return render_template("drafting/desk.html", rows=rows, city=city, wanted=wanted)


@blueprint.get("/desk/practices/new")
@for_roles(Role.AUTHOR, Role.LEAD)
def create() -> Answer:
    """Show an empty form; ``?title=`` suggests a title, such as what visitors looked for in vain."""
    city = acting_city()
    title = clean_line(request.args.get("title", ""))[:LONGEST_TITLE]
    form = form_of_content(Started(Content(title=title), 0, city.language))
    return editor_page(None, form, city)


@blueprint.post("/desk/practices/new")
@for_roles(Role.AUTHOR, Role.LEAD)
def start() -> Answer:
    """Save the first draft of a new practice."""
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
            )
    except InvalidError as error:
        show_problems(form, error.problems)
        return editor_page(None, form, city, is_saved=False), 422
    return _go_on(practice, form)


@blueprint.get("/desk/practices/<reference:reference>")
@for_roles(Role.AUTHOR, Role.LEAD)
def edit(reference: str) -> Answer:
    """Show the form with what was written last; while it is in review or withdrawn, how it reads."""
    practice = _own_practice(reference)
    if practice.status not in WRITABLE:
        return redirect(url_for("drafting.preview", reference=practice.reference), 303)
    form = form_of_content(started(practice))
    form.show_source_rows(request.args.get("rows", SOURCE_ROWS, type=int))
    return editor_page(practice, form, practice.city)


@blueprint.post("/desk/practices/<reference:reference>")
@for_roles(Role.AUTHOR, Role.LEAD)
def save(reference: str) -> Answer:
    """Save a revision, then do what the pressed button says: stay, add rows, preview or send."""
    practice, form = _own_practice(reference), form_of_request(sent_values())
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
        can_withdraw=_can_withdraw(practice),
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


def _own_practice(reference: str) -> Practice:
    practice = queries.get_practice_by_reference(db_session(), reference)
    if not permissions.can_edit(acting_person(), practice):
        raise NotAllowedError("another city's practice")
    return practice


def _can_withdraw(practice: Practice) -> bool:
    return practice.is_public and permissions.can_withdraw(acting_person(), practice)


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
    except InvalidError as error:
        form = form_of_content(started(practice))
        show_problems(form, error.problems)
        return editor_page(practice, form, practice.city), 422
    flash(gettext("Sent for review. You get a message when a reviewer has decided."), "ok")
    return redirect(url_for("drafting.preview", reference=practice.reference), 303)


def _public_address(path: str) -> str:
    base = current_services().settings.public_url
    return f"{base}{path}" if base else ""
