"""What visitors looked for in vain: the reviewers' list of it.

What is kept and what never is stands in search/missing; pages and API note it through serving/searches.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from cac.accounts.models import Role
from cac.clock import now
from cac.db import transaction
from cac.search import missing
from cac.search.asked_in import guess_language
from cac.serving.access import for_roles
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.web.acting import acting_person
from cac.web.forms.sent import sent_values

blueprint = Blueprint("missing", __name__)

PER_PAGE, LAST_PAGE = 50, 10_000


@blueprint.get("/review/missing")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def queries() -> str:
    """List what was looked for in vain, the most frequent first."""
    page = min(max(request.args.get("page", 1, int), 1), LAST_PAGE)
    rows, total = missing.list_missing(db_session(), page=page, per_page=PER_PAGE)
    index = current_services().index
    asked_in = {row.words: guess_language(db_session(), index, row.words) for row in rows}
    pages = -(-total // PER_PAGE)
    return render_template("missing/queries.html", rows=rows, asked_in=asked_in, total=total, page=page, pages=pages)


@blueprint.post("/review/missing/ask")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def ask() -> Response:
    """Ask the cities to write about it: it is shown on their desks with a button to begin."""
    words, language = _sent()
    with transaction(db_session()) as session:
        missing.ask_for(session, words, language, at=now())
    flash(gettext("The cities see it on their desks now."), "ok")
    return redirect(url_for("missing.queries"), 303)


@blueprint.post("/review/missing/done")
@for_roles(Role.REVIEWER, Role.OPERATOR)
def done() -> Response:
    """Take an entry off the list; if it is looked for in vain in a later week, it comes back."""
    words, language = _sent()
    with transaction(db_session()) as session:
        missing.mark_done(session, words, language, actor=acting_person(), at=now())
    flash(gettext("Taken off the list. If people look for it in vain again next week, it comes back."), "ok")
    return redirect(url_for("missing.queries"), 303)


def _sent() -> tuple[str, str]:
    sent = sent_values()
    return sent.get("words", "")[: missing.LONGEST_QUERY], sent.get("language", "")[:20]
