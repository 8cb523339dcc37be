"""The search page: one box, filters with counts, results in the reader's language where there is an edition in it."""

import re
from dataclasses import dataclass, replace
from typing import Any, get_args

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from cac import languages
from cac.practices import queries as practices
from cac.practices.models import TranslationMethod
from cac.search.facet_table import FACETS
from cac.search.queries import search_practices
from cac.search.query import clean
from cac.search.request import SearchHit, SearchRequest, Sort
from cac.serving.access import public
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.searches import find_meant_words, note_search
from cac.serving.services import current_services
from cac.text import clean_line
from cac.web.cards import list_published, practice_address, published_content, titled_edition
from cac.web.dead_ends import find_way_out
from cac.web.narrowing import PARAMETERS, FilterLabels, address_of, list_unshown, make_chips, make_facets
from cac.web.suggesting import answer_suggestions, suggest_beside

blueprint = Blueprint("searching", __name__)

REFERENCE = re.compile(r"[A-Za-z][A-Za-z0-9]*-[0-9]{4}-[0-9]{4,9}")
VALUES_PER_FILTER, LONGEST_VALUE, LAST_PAGE = 20, 80, 10_000


@dataclass(frozen=True)
class Result:
    """A hit with what only pages need: its address, its office, and in how many languages it can be read.

    ``matched`` is the language of the text that was found, and the excerpt is of, where the title is in another;
    ``is_machine_translated`` is of the edition with the title, ``is_matched_by_machine`` of the one that was found.
    """

    hit: SearchHit
    address: str
    office: str
    languages: int
    matched: str
    is_machine_translated: bool
    is_matched_by_machine: bool


@blueprint.get("/search")
@public
def search() -> str | Response:
    """Answer ``?q=…&sort=…&page=…`` and the filters of PARAMETERS; whatever was typed gives a page, a reference its practice."""
    wanted = _read_request()
    session = db_session()
    if REFERENCE.fullmatch(wanted.words) and (named := practices.find_public(session, wanted.words)):
        return redirect(url_for("reading.practice", reference=named.reference))
    page = search_practices(session, current_services().index, wanted)
    asked = replace(page.request, sort=wanted.sort)
    note_search(page)
    meant = find_meant_words(page)
    labels = FilterLabels(asked)
    facets = make_facets(labels, page)
    results = [_result(hit) for hit in page.hits]
    return render_template(
        "searching/search.html",
        page=page,
        results=results,
        facets=facets,
        unshown=list_unshown(asked, facets),
        chips=make_chips(labels, asked),
        without_filters=address_of(replace(asked.without_filters(), sort="relevance")),
        sorts=_sorts(asked),
        meant=(meant, address_of(replace(asked, words=meant))) if meant else None,
        suggested=suggest_beside(
            asked, page, [result.address for result in results], lambda words: address_of(replace(asked, words=words))
        ),
        way_out=find_way_out(asked, page, labels.of, address_of),
    )


@blueprint.get("/search/suggest")
@public
def suggest() -> Response:
    """Answer ``?q=…``, what was typed so far, with suggestions as JSON or as a page."""
    return answer_suggestions(request.args.get("q", ""))


def _read_request() -> SearchRequest:
    sort = request.args.get("sort", "")
    chosen: dict[str, Any] = {facet.asked: _values(PARAMETERS[facet.name], facet.name) for facet in FACETS}
    tags = [languages.tags_meant(tag) or (tag,) for tag in chosen["languages"]]
    chosen["languages"] = tuple(dict.fromkeys(tag for each in tags for tag in each))
    return SearchRequest(
        **chosen,
        words=clean(request.args.get("q", "")),
        locale=current_locale(),
        page=min(max(request.args.get("page", 1, int), 1), LAST_PAGE),
        sort=sort if sort in get_args(Sort) else "relevance",  # type: ignore[arg-type]
    )


def _values(*parameters: str) -> tuple[str, ...]:
    """The values of a filter, which may be called as in the API too (``language`` for ``lang``)."""
    given = [value for parameter in dict.fromkeys(parameters) for value in request.args.getlist(parameter)]
    values = (clean_line(value[:LONGEST_VALUE]) for value in given)
    return tuple(value for value in dict.fromkeys(values) if value)[:VALUES_PER_FILTER]


def _result(hit: SearchHit) -> Result:
    shown = titled_edition(hit)
    return Result(
        hit=hit,
        address=practice_address(hit.practice, shown),
        office=published_content(shown).office,
        languages=len(list_published(hit.practice)),
        matched=hit.edition.language if hit.edition.language != hit.title_language else "",
        is_machine_translated=shown.method == TranslationMethod.MACHINE,
        is_matched_by_machine=hit.edition.method == TranslationMethod.MACHINE,
    )


def _sorts(wanted: SearchRequest) -> list[tuple[str, str, bool]]:
    words = {
        "relevance": gettext("Best match"),
        "newest": gettext("Newest"),
        "views": gettext("Most read"),
        "checked": gettext("Checked last"),
    }
    return [(code, text, code == wanted.sort) for code, text in words.items()]
