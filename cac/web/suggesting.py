"""Suggestions while somebody types: cities, topics and practices, as links that go where they say.

The search box works without them; static/suggest.js shows them.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from flask import Response, jsonify, url_for
from flask_babel import gettext, ngettext

from cac.practices import queries as practices
from cac.search.queries import search_practices
from cac.search.query import clean
from cac.search.request import SearchHit, SearchRequest
from cac.search.snippets import fold_text
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.web import vocabulary
from cac.web.cards import practice_address

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


def answer_suggestions(typed: str) -> Response:
    """Return the suggestions for what was typed so far as JSON, with a sentence for screen readers; kept for a minute."""
    words = clean(typed)[:LONGEST]
    found = list(_suggestions(words)) if words else []
    said = ngettext("%(num)s suggestion", "%(num)s suggestions", len(found)) if found else gettext("No suggestions")
    answer = jsonify({"suggestions": [asdict(one) for one in found], "status": said})
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _suggestions(words: str) -> Iterator[Suggestion]:
    session, locale = db_session(), current_locale()
    folded = fold_text(words)
    counts = practices.count_by_facet(session)
    cities = [
        Suggestion(city.name_in(locale), locale, gettext("City"), url_for("cities.city", slug=city.slug))
        for city in current_services().index.cities.by_id(session).values()
        if counts.by_city.get(city.id) and any(_begins(name.name, folded) for name in city.names)
    ]
    yield from sorted(cities, key=lambda city: city.label)[:MOST_CITIES]
    topics = [
        Suggestion(str(label), locale, gettext("Topic"), url_for("searching.search", topic=code))
        for code, label in vocabulary.TOPICS.items()
        if _has_practices(counts.by_topic, code) and _begins(str(label), folded)
    ]
    yield from topics[:MOST_TOPICS]
    yield from list(_titles(words))[:MOST_PRACTICES]


def _titles(words: str) -> Iterator[Suggestion]:
    """The practices that the search finds for the words, the last one completed, and whose title shows why."""
    index, locale = current_services().index, current_locale()
    completed = index.spelling.complete(words, locale) or words
    request = SearchRequest(words=completed, locale=locale, per_page=LOOKED_AT)
    for hit in search_practices(db_session(), index, request).hits:
        if any(part.is_match for part in hit.title_parts):
            detail = gettext("Practice of %(city)s", city=hit.practice.city.name_in(locale))
            yield Suggestion(hit.title, hit.title_language, detail, _address(hit))


def _address(hit: SearchHit) -> str:
    shown = next((each for each in hit.practice.editions if each.language == hit.title_language), hit.edition)
    return practice_address(hit.practice, shown, title=hit.title)


def _has_practices(counts: dict[str, int], code: str) -> bool:
    return any(count for own, count in counts.items() if own == code or own.rstrip("abcdefgh") == code)


def _begins(name: str, folded: str) -> bool:
    """Whether a word of a name begins with what was typed, case and accents aside; names in Han or Hangul may hold it."""
    own = fold_text(name)
    return own.startswith(folded) or f" {folded}" in f" {own}" or (not folded.isascii() and folded in own)
