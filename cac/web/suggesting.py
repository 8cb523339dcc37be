"""Suggestions while somebody types: cities, topics and practices, as links that go where they say.

static/suggest.js shows them below the search box: the combobox with a list of the ARIA Authoring Practices, each option being a
link. Where it does not run, a button beside the box leads to the same on a page, and a search that found little offers them.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, replace

from flask import Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext

from cac.practices import queries as practices
from cac.practices.models import TranslationMethod
from cac.search.missing import FEW_RESULTS
from cac.search.queries import search_practices
from cac.search.query import clean
from cac.search.relaxing import complete_words
from cac.search.request import SearchHit, SearchPage, SearchRequest
from cac.search.snippets import fold_text
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.web import vocabulary
from cac.web.cards import practice_address, titled_edition

LONGEST = 60
MOST_CITIES, MOST_TOPICS, MOST_PRACTICES, LOOKED_AT = 3, 3, 5, 12
KEPT_SECONDS = 60


@dataclass(frozen=True)
class Suggestion:
    """A link: its words and their language, and what it is in the language of the interface."""

    label: str
    language: str
    detail: str
    address: str


@dataclass(frozen=True)
class Suggested:
    """What is offered for some words: links, and the last word completed with its address and how many practices it finds."""

    links: tuple[Suggestion, ...] = ()
    completed: str = ""
    address: str = ""
    count: int = 0


def answer_suggestions(typed: str) -> Response:
    """Return the suggestions for what was typed so far: as a page where HTML is asked for, else as JSON, kept for a minute.

    The JSON has a sentence for screen readers.
    """
    words = clean(typed)[:LONGEST]
    wanted = SearchRequest(words=words, locale=current_locale())
    found = suggest_for(wanted, lambda words: url_for("searching.search", q=words))
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        answer = make_response(render_template("searching/suggestions.html", words=words, suggested=found))
    else:
        count = len(found.links)
        said = ngettext("%(num)s suggestion", "%(num)s suggestions", count) if count else gettext("No suggestions")
        answer = jsonify({"suggestions": [asdict(one) for one in found.links], "status": said})
        answer.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
        answer.headers["X-Robots-Tag"] = "noindex"
    answer.vary.add("Accept")
    return answer


def suggest_for(wanted: SearchRequest, address_of: Callable[[str], str]) -> Suggested:
    """Return what is offered for the words of ``wanted``; its filters count for the completed word alone.

    ``address_of`` gives the address of the search for other words.
    """
    words = clean(wanted.words)[:LONGEST]
    if not words:
        return Suggested()
    completed, count = complete_words(db_session(), current_services().index, wanted) or ("", 0)
    counts = practices.count_by_facet(db_session())
    links = (*_cities(words, counts.by_city), *_topics(words, counts.by_topic), *_titles(completed or words))
    return Suggested(links, completed, address_of(completed), count)


def suggest_beside(
    wanted: SearchRequest, page: SearchPage, shown: Collection[str], address_of: Callable[[str], str]
) -> Suggested:
    """Return what is offered to a reader who found little, without the addresses that are ``shown`` among the results."""
    if page.total >= FEW_RESULTS or page.page > 1:
        return Suggested()
    found = suggest_for(wanted, address_of)
    return replace(found, links=tuple(link for link in found.links if link.address not in shown))


def _cities(words: str, counts: dict[int, int]) -> list[Suggestion]:
    locale, folded = current_locale(), fold_text(words)
    cities = [
        Suggestion(city.name_in(locale), locale, gettext("City"), url_for("cities.city", slug=city.slug))
        for city in current_services().index.cities.by_id(db_session()).values()
        if counts.get(city.id) and any(_begins(name.name, folded) for name in city.names)
    ]
    return sorted(cities, key=lambda city: city.label)[:MOST_CITIES]


def _topics(words: str, counts: dict[str, int]) -> list[Suggestion]:
    locale, folded = current_locale(), fold_text(words)
    topics = [
        Suggestion(str(label), locale, gettext("Topic"), url_for("searching.search", topic=code))
        for code, label in vocabulary.TOPICS.items()
        if _has_practices(counts, code) and _begins(str(label), folded)
    ]
    return topics[:MOST_TOPICS]


def _titles(words: str) -> Iterator[Suggestion]:
    """The practices that the search finds for the words and whose title shows why."""
    wanted = SearchRequest(words=words, locale=current_locale(), per_page=LOOKED_AT)
    hits = search_practices(db_session(), current_services().index, wanted).hits
    shown = [hit for hit in hits if any(part.is_match for part in hit.title_parts)]
    for hit in shown[:MOST_PRACTICES]:
        edition = titled_edition(hit)
        address = practice_address(hit.practice, edition, title=hit.title)
        yield Suggestion(hit.title, hit.title_language, _detail(hit, edition.method), address)


def _detail(hit: SearchHit, method: str | None) -> str:
    city = hit.practice.city.name_in(current_locale())
    if method == TranslationMethod.MACHINE:
        return str(gettext("Practice of %(city)s (machine translation)", city=city))
    return str(gettext("Practice of %(city)s", city=city))


def _has_practices(counts: dict[str, int], code: str) -> bool:
    return any(count for own, count in counts.items() if own == code or own.rstrip("abcdefgh") == code)


def _begins(name: str, folded: str) -> bool:
    """Whether a word of a name begins with what was typed, case and accents aside; names in Han or Hangul may hold it."""
    own = fold_text(name)
    return own.startswith(folded) or f" {folded}" in f" {own}" or (not folded.isascii() and folded in own)
