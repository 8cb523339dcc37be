"""The search page: one box, filters with counts, results in the reader's language where there is an edition in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask_babel import gettext

from cac import languages
from cac.cities.models import City
from cac.practices import queries as practices
from cac.search.queries import search_practices
from cac.search.request import FacetCount, SearchHit, SearchRequest, Sort
from cac.serving.access import public
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.text import clean_line
from cac.web import vocabulary
from cac.web.cards import list_published, practice_address, published_content

blueprint = Blueprint("searching", __name__)

PARAMETERS = {"language": "lang", "city": "city", "topic": "topic", "kind": "kind"}
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
    """A hit with what only pages need: its address, its office, and in how many languages it can be read."""

    hit: SearchHit
    address: str
    office: str
    languages: int


@blueprint.get("/search")
@public
def search() -> str:
    """Answer ``?q=…&lang=…&city=…&topic=…&kind=…&sort=…&page=…``; whatever was typed gives a page."""
    wanted = _read_request()
    session = db_session()
    page = search_practices(session, current_services().index, wanted)
    labels = _Labels(current_services().index.cities.by_slug(session, wanted.cities))
    facets = [_facet(labels, name, page.facets.get(name, ())) for name in PARAMETERS]
    return render_template(
        "searching/search.html",
        page=page,
        wanted=wanted,
        results=[_result(hit) for hit in page.hits],
        facets=[facet for facet in facets if facet.shown],
        chips=_chips(labels, wanted),
        without_filters=_address([("q", wanted.words)] if wanted.words else []),
        sorts=_sorts(wanted),
        topics=_topics_with_practices() if page.total == 0 else [],
    )


def _read_request() -> SearchRequest:
    sort = request.args.get("sort", "")
    return SearchRequest(
        words=request.args.get("q", ""),
        locale=current_locale(),
        languages=tuple(languages.normalise_tag(tag) or tag for tag in _values("lang")),
        cities=_values("city"),
        topics=_values("topic"),
        kinds=_values("kind"),
        page=min(max(request.args.get("page", 1, int), 1), LAST_PAGE),
        sort=sort if sort in get_args(Sort) else "relevance",  # type: ignore[arg-type]
    )


def _values(parameter: str) -> tuple[str, ...]:
    given = (clean_line(value[:LONGEST_VALUE]) for value in request.args.getlist(parameter))
    return tuple(value for value in dict.fromkeys(given) if value)[:VALUES_PER_FILTER]


def _chosen(wanted: SearchRequest, name: str) -> tuple[str, ...]:
    chosen = {"language": wanted.languages, "city": wanted.cities, "topic": wanted.topics, "kind": wanted.kinds}
    return chosen[name]


class _Labels:
    """The words for the values of the filters."""

    def __init__(self, by_slug: Mapping[str, City]) -> None:
        self._by_slug = by_slug

    def of(self, name: str, value: str) -> str:
        if name == "language":
            return languages.own_name(value)
        if name == "city":
            return self._by_slug[value].name_in(current_locale()) if value in self._by_slug else value
        return vocabulary.label(vocabulary.TOPICS if name == "topic" else vocabulary.KINDS, value)


def _facet(labels: _Labels, name: str, counts: Sequence[FacetCount]) -> Facet:
    options = [_option(labels, name, count) for count in counts[:SHOWN_AT_MOST] if count.count or count.selected]
    options += [_option(labels, name, count) for count in counts[SHOWN_AT_MOST:] if count.selected]
    shown = [option for place, option in enumerate(options) if place < SHOWN_AT_ONCE or option.selected]
    folded = [option for option in options if option not in shown]
    headings = {
        "language": gettext("Language of the text"),
        "city": gettext("City"),
        "topic": gettext("Topic"),
        "kind": gettext("Kind"),
    }
    return Facet(PARAMETERS[name], headings[name], tuple(shown), tuple(folded))


def _option(labels: _Labels, name: str, count: FacetCount) -> Option:
    language = count.value if name == "language" else ""
    return Option(count.value, labels.of(name, count.value), language, count.count, count.selected)


def _chips(labels: _Labels, wanted: SearchRequest) -> list[Chip]:
    return [
        Chip(labels.of(name, value), value if name == "language" else "", _without(parameter, value))
        for name, parameter in PARAMETERS.items()
        for value in _chosen(wanted, name)
    ]


def _without(parameter: str, value: str) -> str:
    """The address of the present search without one value of one filter, from its first page."""
    kept = [
        (key, given)
        for key, given in request.args.items(multi=True)
        if key != "page" and not (key == parameter and (given == value or languages.normalise_tag(given) == value))
    ]
    return _address(kept)


def _address(query: list[tuple[str, str]]) -> str:
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _result(hit: SearchHit) -> Result:
    shown = next((each for each in hit.practice.editions if each.language == hit.title_language), hit.edition)
    return Result(
        hit=hit,
        address=practice_address(hit.practice, shown),
        office=published_content(shown).office,
        languages=len(list_published(hit.practice)),
    )


def _sorts(wanted: SearchRequest) -> list[tuple[str, str, bool]]:
    words = {
        "relevance": gettext("Best match"),
        "newest": gettext("Newest"),
        "views": gettext("Most read"),
    }
    return [(code, text, code == wanted.sort) for code, text in words.items()]


def _topics_with_practices() -> list[str]:
    """The topics of disinfection under which there is something to read, for those who found nothing."""
    counts = practices.count_by_topic(db_session())
    return [code for code in vocabulary.topic_children("1") if counts.get(code)]
