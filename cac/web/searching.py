"""The search page: one box, filters with counts, results in the reader's language where there is an edition in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from cac import languages
from cac.cities.models import City
from cac.practices import queries as practices
from cac.practices.models import TranslationMethod
from cac.search.facet_table import FACETS, IN_USE, NOT_IN_USE
from cac.search.queries import search_practices
from cac.search.relaxing import better_spelling
from cac.search.request import FacetCount, SearchHit, SearchPage, SearchRequest, Sort
from cac.serving.access import public
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.text import clean_line
from cac.web import vocabulary
from cac.web.cards import list_published, practice_address, published_content, titled_edition
from cac.web.dead_ends import find_way_out
from cac.web.missing import note_search
from cac.web.presenting import country
from cac.web.suggesting import answer_suggestions, suggest_beside

blueprint = Blueprint("searching", __name__)

REFERENCE = re.compile(r"[A-Za-z][A-Za-z0-9]*-[0-9]{4}-[0-9]{4,9}")

# The filters in the order in which they are shown, with their parameters.
PARAMETERS = {
    "language": "lang", "place": "place", "topic": "topic", "city": "city", "country": "country", "stage": "stage",
    "in_use": "in_use", "kind": "kind", "year": "year",
}  # fmt: skip
ASKED = {facet.name: facet.asked for facet in FACETS}
# What is shown only where there is something to choose.
WITH_A_CHOICE = ("country", "stage", "in_use", "kind", "year")
VALUES_PER_FILTER, LONGEST_VALUE, LAST_PAGE = 20, 80, 10_000
SHOWN_AT_ONCE, SHOWN_AT_MOST = 6, 20


@dataclass(frozen=True)
class Option:
    """One value of a filter with its words, in which language these are, and how many practices it would give."""

    value: str
    label: str
    language: str
    count: int
    selected: bool


@dataclass(frozen=True)
class Facet:
    """A filter: its parameter, its heading, the options that are seen at once and those that are folded away."""

    parameter: str
    heading: str
    shown: tuple[Option, ...]
    folded: tuple[Option, ...]


@dataclass(frozen=True)
class Chip:
    """A filter that is applied, and the address of the same search without it."""

    label: str
    language: str
    address: str


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
    if REFERENCE.fullmatch(wanted.words.strip()) and (named := practices.find_public(session, wanted.words.strip())):
        return redirect(url_for("reading.practice", reference=named.reference))
    page = search_practices(session, current_services().index, wanted)
    has_filters = any(_chosen(wanted, name) for name in PARAMETERS)
    note_search(wanted, page, has_filters=has_filters)
    meant = _meant(wanted, page)
    results = [_result(hit) for hit in page.hits]
    labels = _Labels(current_services().index.cities.by_slug(session, wanted.cities))
    facets = [_facet(labels, name, page.facets.get(name, ())) for name in PARAMETERS]
    return render_template(
        "searching/search.html",
        page=page,
        wanted=wanted,
        results=results,
        facets=[facet for facet in facets if facet.shown],
        chips=_chips(labels, wanted),
        without_filters=_address([("q", wanted.words)] if wanted.words else []),
        sorts=_sorts(wanted),
        meant=meant,
        suggested=suggest_beside(wanted, page, [result.address for result in results], _with_words),
        way_out=find_way_out(wanted, page, labels.of, lambda name, value: _without(wanted, name, value)),
    )


@blueprint.get("/search/suggest")
@public
def suggest() -> Response:
    """Answer ``?q=…``, what was typed so far, with suggestions as JSON or as a page."""
    return answer_suggestions(request.args.get("q", ""))


def _read_request() -> SearchRequest:
    sort = request.args.get("sort", "")
    chosen: dict[str, Any] = {ASKED[name]: _values(parameter) for name, parameter in PARAMETERS.items()}
    chosen["languages"] = tuple(languages.normalise_tag(tag) or tag for tag in chosen["languages"])
    return SearchRequest(
        **chosen,
        words=request.args.get("q", ""),
        locale=current_locale(),
        page=min(max(request.args.get("page", 1, int), 1), LAST_PAGE),
        sort=sort if sort in get_args(Sort) else "relevance",  # type: ignore[arg-type]
    )


def _values(parameter: str) -> tuple[str, ...]:
    given = (clean_line(value[:LONGEST_VALUE]) for value in request.args.getlist(parameter))
    return tuple(value for value in dict.fromkeys(given) if value)[:VALUES_PER_FILTER]


def _chosen(wanted: SearchRequest, name: str) -> tuple[str, ...]:
    chosen: tuple[str, ...] = getattr(wanted, ASKED[name])
    return chosen


VOCABULARIES = {
    "topic": vocabulary.TOPICS,
    "place": vocabulary.PLACES,
    "kind": vocabulary.KINDS,
    "stage": vocabulary.STAGES,
}


class _Labels:
    """The words for the values of the filters."""

    def __init__(self, by_slug: Mapping[str, City]) -> None:
        self._by_slug = by_slug

    def of(self, name: str, value: str) -> str:
        if name == "language":
            return languages.own_name(value)
        if name == "city":
            return self._by_slug[value].name_in(current_locale()) if value in self._by_slug else value
        if name == "country":
            return country(value)
        if name == "in_use":
            return str({IN_USE: gettext("Still in use"), NOT_IN_USE: gettext("Ended")}.get(value, value))
        return vocabulary.label(VOCABULARIES[name], value) if name in VOCABULARIES else value


def _facet(labels: _Labels, name: str, counts: Sequence[FacetCount]) -> Facet:
    options = [_option(labels, name, count) for count in counts[:SHOWN_AT_MOST] if count.count or count.selected]
    options += [_option(labels, name, count) for count in counts[SHOWN_AT_MOST:] if count.selected]
    if name in WITH_A_CHOICE and len(options) < 2 and not any(option.selected for option in options):
        options = []
    shown = [option for place, option in enumerate(options) if place < SHOWN_AT_ONCE or option.selected]
    folded = [option for option in options if option not in shown]
    headings = {
        "language": gettext("Language of the text"),
        "place": gettext("Where it was done"),
        "topic": gettext("Topic"),
        "city": gettext("City"),
        "country": gettext("Country"),
        "stage": gettext("Stage"),
        "in_use": gettext("Still in use?"),
        "kind": gettext("Kind"),
        "year": gettext("Started in"),
    }
    return Facet(PARAMETERS[name], headings[name], tuple(shown), tuple(folded))


def _option(labels: _Labels, name: str, count: FacetCount) -> Option:
    language = count.value if name == "language" else ""
    return Option(count.value, labels.of(name, count.value), language, count.count, count.selected)


def _chips(labels: _Labels, wanted: SearchRequest) -> list[Chip]:
    return [
        Chip(labels.of(name, value), value if name == "language" else "", _without(wanted, name, value))
        for name in PARAMETERS
        for value in _chosen(wanted, name)
    ]


def _without(wanted: SearchRequest, name: str, value: str) -> str:
    """The address of a search without one value of one filter, from its first page."""
    return _address([pair for pair in _query_of(wanted) if pair != (PARAMETERS[name], value)])


def _query_of(wanted: SearchRequest) -> list[tuple[str, str]]:
    """The parameters of a search as it was understood, whatever else stood in the address."""
    query = [("q", wanted.words)] if wanted.words else []
    query += [(parameter, value) for name, parameter in PARAMETERS.items() for value in _chosen(wanted, name)]
    return query + ([("sort", wanted.sort)] if wanted.sort != "relevance" else [])


def _address(query: list[tuple[str, str]]) -> str:
    return f"{request.path}?{urlencode(query)}" if query else request.path


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


def _meant(wanted: SearchRequest, page: SearchPage) -> tuple[str, str] | None:
    """The words as they were probably meant and the address of the search for them, where that finds more."""
    if page.page > 1 or page.source != "index":
        return None
    meant = better_spelling(db_session(), current_services().index, wanted, page.total)
    return (meant, _with_words(meant)) if meant else None


def _with_words(words: str) -> str:
    """The address of the same search for other words, from its first page."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in ("q", "page")]
    return _address([("q", words), *kept])


def _sorts(wanted: SearchRequest) -> list[tuple[str, str, bool]]:
    words = {
        "relevance": gettext("Best match"),
        "newest": gettext("Newest"),
        "views": gettext("Most read"),
        "checked": gettext("Checked last"),
    }
    return [(code, text, code == wanted.sort) for code, text in words.items()]
