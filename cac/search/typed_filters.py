"""Makes what was typed as a filter a filter: ``city:서울``, ``topic:ventilation``, ``-lang:chinese``.

A value may be a code or a name: of a city in any of its languages, of a language in English, in the reader's language or in
itself, of a country in the first two, of topics, places, kinds and stages as the pages call them. It may mean several values.
A value that means nothing is looked for as a word.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from cac import languages
from cac.cities.catalogue import CityCatalogue
from cac.practices.queries import count_by_language
from cac.practices.vocabulary import PLACES, TOPICS, Kind, Stage
from cac.search.analysis import index_text, required_terms
from cac.search.facet_table import FACETS, IN_USE, NOT_IN_USE
from cac.search.query import TypedFilter, clean, parse
from cac.search.request import SearchRequest
from cac.search.snippets import fold_text


class Label(NamedTuple):
    """A word of the interface for a code of the vocabulary, and its language (a tag)."""

    code: str
    language: str
    text: str


Labels = Mapping[str, Iterable[Label]]
"""The labels by the name of the facet."""


@dataclass(frozen=True)
class Names:
    """Where the meaning of a value is looked for: the database, the cities, the words of the interface, the reader's tag."""

    session: Session
    cities: CityCatalogue
    labels: Labels
    locale: str


def understand(
    session: Session, cities: CityCatalogue, labels: Callable[[], Labels], request: SearchRequest
) -> SearchRequest:
    """Return ``request`` with its words cleaned and the filters among them as filters; what comes out stays as it is."""
    query = parse(request.words)
    if not query.filters:
        return replace(request, words=query.text)
    names = Names(session, cities, labels(), request.locale)
    at, kept = 0, []
    for typed in query.filters:
        values = _meant(names, typed)
        kept += [query.text[at : typed.start], "" if values else _as_words(typed)]
        at = typed.end
        request = _also(request, typed, values)
    return replace(request, words=clean(" ".join((*kept, query.text[at:]))))


def _as_words(typed: TypedFilter) -> str:
    words = typed.value.replace(":", " ").strip()
    return (f'-"{words}"' if " " in words else f"-{words}") if typed.is_excluded else words


_ASKED = {facet.name: facet.asked for facet in FACETS}


def _also(request: SearchRequest, typed: TypedFilter, values: tuple[str, ...]) -> SearchRequest:
    if typed.is_excluded:
        pairs = ((typed.facet, value) for value in values)
        return replace(request, without=tuple(dict.fromkeys((*request.without, *pairs))))
    asked = _ASKED[typed.facet]
    changes: dict[str, Any] = {asked: tuple(dict.fromkeys((*getattr(request, asked), *values)))}
    return replace(request, **changes)


def _meant(names: Names, typed: TypedFilter) -> tuple[str, ...]:
    value = typed.value.strip(" .,;:!?\u060c\u3001\u3002\uff0c\u00ab\u00bb\u300c\u300d\u300e\u300f")
    if not value:
        return ()
    find = _BY_NAME.get(typed.facet)
    return find(names, value) if find else _by_label(names, typed.facet, value)


_CODES: Mapping[str, tuple[str, ...]] = {
    "topic": TOPICS,
    "place": PLACES,
    "kind": tuple(Kind),
    "stage": tuple(Stage),
    "in_use": (IN_USE, NOT_IN_USE),
}


def _by_label(names: Names, facet: str, value: str) -> tuple[str, ...]:
    """Return the code itself, the codes called just so, or those whose label has all words of ``value`` in any form."""
    if value.lower() in _CODES[facet]:
        return (value.lower(),)
    labels, folded = tuple(names.labels.get(facet, ())), _fold(value)
    exact = [label.code for label in labels if _fold(label.text) == folded]
    found = exact or [label.code for label in labels if _has_words(label, value)]
    return tuple(code for code in _CODES[facet] if code in found)


def _has_words(label: Label, value: str) -> bool:
    wanted = required_terms(value, label.language)
    return bool(wanted) and index_text([label.text], label.language).terms.keys() >= set(wanted)


def _fold(text: str) -> str:
    return " ".join(fold_text(text).replace("-", " ").split())


def _cities(names: Names, value: str) -> tuple[str, ...]:
    wanted = _fold(value)
    return tuple(
        city.slug
        for city in names.cities.by_id(names.session).values()
        if wanted in (_fold(city.slug), *(_fold(name.name) for name in city.names))
    )


def _languages(names: Names, value: str) -> tuple[str, ...]:
    found = languages.tags_meant(value) or languages.tags_named(value, names.locale, ())
    return found or languages.tags_named(value, names.locale, count_by_language(names.session))


def _countries(names: Names, value: str) -> tuple[str, ...]:
    return languages.countries_named(value, names.locale)


def _years(_names: Names, value: str) -> tuple[str, ...]:
    return (value,) if len(value) == 4 and value.isascii() and value.isdigit() else ()


# One line for each facet whose values are no codes of the vocabulary.
_BY_NAME: Mapping[str, Callable[[Names, str], tuple[str, ...]]] = {
    "city": _cities,
    "language": _languages,
    "country": _countries,
    "year": _years,
}
