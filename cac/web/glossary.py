"""The glossary in the hands of reviewers: groups of words that mean the same, by which the search reaches other languages."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from cac.accounts.models import Role
from cac.clock import now
from cac.db import transaction
from cac.errors import InvalidError
from cac.search import glossary
from cac.serving.access import for_roles
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.text import clean_line
from cac.web.acting import acting_person
from cac.web.forms.glossary import GroupForm, TermForm
from cac.web.forms.sent import sent_values
from cac.web.forms.words import show_problems

blueprint = Blueprint("glossary", __name__)
Answer = Response | str | tuple[str, int]

PER_PAGE, LONGEST_SEARCH, LAST_PAGE = 30, 80, 10_000


@blueprint.get("/review/glossary")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def groups() -> Answer:
    """List the groups, those with ``?q=`` in a term; ``?word=&language=`` begin a new one with a word."""
    language = request.args.get("language", "")[:20] or current_locale()
    others = (tag for tag in current_services().settings.locales if tag != language)
    form = GroupForm(language=language, other_language=next(others, "en"))
    form.text.data = clean_line(request.args.get("word", ""))[: glossary.LONGEST_TERM]
    return _list_page(form)


@blueprint.post("/review/glossary")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def add_group() -> Answer:
    """Add a group; if one of the two words is in a group already, the other is added there."""
    form = GroupForm(formdata=sent_values())
    try:
        with transaction(db_session()) as session:
            group = glossary.bring_together(session, *form.terms(), actor=acting_person(), at=now())
    except InvalidError as error:
        show_problems(form, error.problems)
        return _list_page(form), 422
    flash(gettext("Added. Searches know it within seconds."), "ok")
    return redirect(url_for("glossary.group", group_id=group.id), 303)


@blueprint.get("/review/glossary/<int:group_id>")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def group(group_id: int) -> Answer:
    """Show a group with its terms, each of which can be taken out, and a form for one more."""
    return _group_page(group_id, TermForm(language=current_locale()))


@blueprint.post("/review/glossary/<int:group_id>")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def add_term(group_id: int) -> Answer:
    """Add a term to a group."""
    form = TermForm(formdata=sent_values())
    try:
        with transaction(db_session()) as session:
            found = glossary.get_group(session, group_id)
            glossary.add_term(session, found, form.term(), actor=acting_person(), at=now())
    except InvalidError as error:
        show_problems(form, error.problems)
        return _group_page(group_id, form), 422
    flash(gettext("Added. Searches know it within seconds."), "ok")
    return redirect(url_for("glossary.group", group_id=group_id), 303)


@blueprint.post("/review/glossary/<int:group_id>/terms/<int:term_id>/remove")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def remove_term(group_id: int, term_id: int) -> Answer:
    """Take a term out of its group; a group of two ends with it."""
    with transaction(db_session()) as session:
        found = glossary.get_group(session, group_id)
        is_left = len(found.terms) > 2
        glossary.remove_term(session, found, term_id, actor=acting_person(), at=now())
    flash(
        gettext("Taken out.")
        if is_left
        else gettext("Taken out, and the group with it: one word alone means nothing."),
        "ok",
    )
    return redirect(url_for("glossary.group", group_id=group_id) if is_left else url_for("glossary.groups"), 303)


def _list_page(form: GroupForm) -> str:
    holding = clean_line(request.args.get("q", ""))[:LONGEST_SEARCH]
    page = min(max(request.args.get("page", 1, int), 1), LAST_PAGE)
    found, total = glossary.list_groups(db_session(), holding=holding, page=page, per_page=PER_PAGE)
    return render_template(
        "glossary/groups.html",
        form=form,
        groups=[(each, glossary.first_terms(each, current_locale())) for each in found],
        total=total,
        holding=holding,
        page=page,
        pages=-(-total // PER_PAGE),
    )


def _group_page(group_id: int, form: TermForm) -> str:
    found = glossary.get_group(db_session(), group_id)
    by_language = glossary.terms_by_language(found, current_locale())
    return render_template("glossary/group.html", group=found, by_language=by_language, form=form)
