"""The JSON interface at /api/v1: search, one practice, cities and totals, for anybody, read only."""

from typing import Any, cast, get_args

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from cac.api import representations
from cac.cities import queries as cities
from cac.errors import NotFoundError
from cac.languages import normalise_tag, tags_meant
from cac.practices import queries as practices
from cac.practices.models import Practice
from cac.search.facet_table import FACETS
from cac.search.queries import search_practices
from cac.search.query import clean
from cac.search.relaxing import relax
from cac.search.request import MAX_PER_PAGE, PER_PAGE, SearchRequest, Sort
from cac.serving.access import public
from cac.serving.counting import mark_for_counting
from cac.serving.database import db_session
from cac.serving.errors import error_answer
from cac.serving.searches import find_meant_words, note_search
from cac.serving.services import current_services
from cac.stats import queries as stats
from cac.stats.models import ViewClass
from cac.stats.spool import CountedPractice

blueprint = Blueprint("api", __name__)
HIGHEST_PAGE = 100_000
NO_PRACTICE = "There is no published practice with this reference."
VALUES_PER_FILTER, LONGEST_VALUE = 20, 80


class ParameterError(Exception):
    """A parameter of the request cannot be used; the message says what it may be."""


def init_api(app: Flask) -> None:
    """Put the API below /api/v1 of the app."""
    app.register_blueprint(blueprint, url_prefix="/api/v1")


@blueprint.errorhandler(ParameterError)
def refuse_parameter(error: ParameterError) -> ResponseReturnValue:
    """Answer 400 with a problem document that names the parameter."""
    return error_answer(400, detail=str(error))


@blueprint.get("/search")
@public
def search() -> ResponseReturnValue:
    """Practices found by ``q`` and filters (a parameter for each facet, repeatable): total, results, facets, ways on."""
    wanted = _search_request(request.args)
    session, index = db_session(), current_services().index
    found = search_practices(session, index, wanted)
    note_search(found, by_programs=True)
    meant = find_meant_words(found)
    relaxed = relax(session, index, found.request) if not found.total else None
    ways_on = representations.WaysOn(meant, relaxed)
    return jsonify(representations.search_page(found, wanted, ways_on, current_services().settings))


@blueprint.get("/practices/<reference>")
@public
def practice(reference: str) -> ResponseReturnValue:
    """One published practice with all its editions; 410 for a withdrawn one. Counted as read by a machine, whoever asks."""
    session = db_session()
    found = _once_published(reference)
    if found.withdrawn_at is not None:
        when = found.withdrawn_at.date().isoformat()
        return error_answer(410, detail=f"withdrawn on {when}: {found.withdrawn_reason}")
    loaded = practices.list_public_by_ids(session, [found.id])
    mark_for_counting(CountedPractice(found.id, found.city_id, found.original_language, view_class=ViewClass.MACHINE))
    views = stats.views_of(session, [found.id]).get(found.id, 0)
    return jsonify(representations.practice(loaded[0], views, current_services().settings))


def _once_published(reference: str) -> Practice:
    """The practice, if it was ever published; what is refused says the same of drafts as of references that nobody has."""
    try:
        found = practices.get_practice_by_reference(db_session(), reference)
    except NotFoundError as error:
        raise NotFoundError(NO_PRACTICE) from error
    if found.published_at is None:
        raise NotFoundError(NO_PRACTICE)
    return found


@blueprint.get("/cities")
@public
def list_cities() -> ResponseReturnValue:
    """All member cities with their names and how many practices each has published."""
    session = db_session()
    counts = practices.count_by_city(session)
    members = cities.list_cities(session)
    settings = current_services().settings
    return jsonify({"cities": [representations.city(member, counts.get(member.id, 0), settings) for member in members]})


@blueprint.get("/stats")
@public
def totals() -> ResponseReturnValue:
    """The totals of the site; what a view is stands on the page about the site."""
    session = db_session()
    counted = practices.count_public(session)
    return jsonify({"views": stats.total_views(session), "practices": counted, "cities": cities.count_cities(session)})


# What the pages call a parameter, where that is not the name of the facet.
ALSO_CALLED = {"lang": "language"}
PARAMETERS = ("q", *(facet.name for facet in FACETS), *ALSO_CALLED, "locale", "sort", "page", "per_page")


def _search_request(args: MultiDict[str, str]) -> SearchRequest:
    unknown = next((name for name in args if name not in PARAMETERS), None)
    if unknown is not None:
        raise ParameterError(
            f"{unknown[:LONGEST_VALUE]} is no parameter of the search; these are: {', '.join(PARAMETERS)}"
        )
    args = MultiDict([(ALSO_CALLED.get(name, name), value) for name, value in args.items(multi=True)])
    chosen: dict[str, Any] = {facet.asked: _values(args, facet.name) for facet in FACETS}
    chosen["languages"] = _languages(chosen["languages"])
    chosen["countries"] = tuple(code.upper() for code in chosen["countries"])
    return SearchRequest(
        **chosen,
        words=clean(args.get("q", "")),
        locale=_locale(args.get("locale", "")),
        sort=_sort(args.get("sort", "relevance")),
        page=_whole_number(args, "page", 1, HIGHEST_PAGE),
        per_page=_whole_number(args, "per_page", PER_PAGE, MAX_PER_PAGE),
    )


def _locale(tag: str) -> str:
    if not tag:
        return current_services().settings.locales[0]
    known = normalise_tag(tag)
    if known is None:
        raise ParameterError("locale is a language tag (BCP 47), such as en or zh-Hant")
    return known


def _languages(tags: tuple[str, ...]) -> tuple[str, ...]:
    known = [tags_meant(tag) for tag in tags]
    if () in known:
        raise ParameterError("language (or lang) is a language tag (BCP 47), such as en or zh-Hant")
    return tuple(dict.fromkeys(tag for each in known for tag in each))


def _sort(name: str) -> Sort:
    if name not in get_args(Sort):
        raise ParameterError(f"sort is one of {', '.join(get_args(Sort))}")
    return cast(Sort, name)


def _values(args: MultiDict[str, str], name: str) -> tuple[str, ...]:
    """The values of a repeatable parameter, which may also be separated by commas."""
    values = tuple(part.strip() for value in args.getlist(name) for part in value.split(",") if part.strip())
    if len(values) > VALUES_PER_FILTER or any(len(value) > LONGEST_VALUE for value in values):
        raise ParameterError(f"{name} takes at most {VALUES_PER_FILTER} values of at most {LONGEST_VALUE} characters")
    return values


def _whole_number(args: MultiDict[str, str], name: str, default: int, highest: int) -> int:
    text = args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= highest):
        raise ParameterError(f"{name} is a whole number from 1 to {highest}")
    return int(text)
