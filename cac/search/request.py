"""What is asked of the search and what it answers, as plain values; leaves the answering to search/queries."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from cac.practices.models import Edition, Practice
from cac.search.facet_table import FACETS

Sort = Literal["relevance", "newest", "views", "checked"]
Source = Literal["index", "database"]

PER_PAGE = 20
MAX_PER_PAGE = 100


@dataclass(frozen=True)
class SearchRequest:
    """One question to the search: the visitor's words as typed, and filters as codes.

    ``locale`` is the reader's language; ``languages`` are tags of editions, ``cities`` slugs, ``countries`` ISO 3166-1 alpha-2,
    ``years`` those in which a practice started, ``in_use`` ``yes`` or ``no``, the others codes of the vocabulary. Within one
    filter any value will do, and all filters must hold. ``without`` are pairs of the name of a facet and a value: practices
    that have it, in any of their editions, are left out. ``page`` counts from 1. ``checked`` sorts by the day on which a
    practice was last known to be true.
    """

    words: str = ""
    locale: str = "en"
    languages: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    in_use: tuple[str, ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    page: int = 1
    per_page: int = PER_PAGE
    sort: Sort = "relevance"

    @property
    def typed(self) -> str:
        """The words with what is left out by a filter, as it can be typed."""
        # What is left out comes first: an open quotation mark takes all that follows, and a long text is cut at its end.
        return " ".join((*(f"-{facet}:{value}" for facet, value in self.without), self.words)).strip()

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The facet and the value of each filter that must hold."""
        return [(facet.name, value) for facet in FACETS for value in getattr(self, facet.asked)]

    def dropping(self, name: str, value: str) -> "SearchRequest":
        """Return the same request without one value of the filter of the facet ``name``."""
        asked = _ASKED[name]
        rest: dict[str, Any] = {asked: tuple(other for other in getattr(self, asked) if other != value)}
        return replace(self, **rest)

    def allowing(self, name: str, value: str) -> "SearchRequest":
        """Return the same request with what it leaves out by one value of a facet."""
        return replace(self, without=tuple(pair for pair in self.without if pair != (name, value)))

    def without_filters(self) -> "SearchRequest":
        """Return the words of the request with no filter."""
        nothing: dict[str, Any] = {facet.asked: () for facet in FACETS}
        return replace(self, without=(), **nothing)


_ASKED = {facet.name: facet.asked for facet in FACETS}


class Part(NamedTuple):
    """A piece of a text; ``is_match`` says that it is a reason why the text was found."""

    text: str
    is_match: bool = False


@dataclass(frozen=True)
class FacetCount:
    """One value of a facet: how many practices choosing it would give, and whether it is chosen now."""

    value: str
    count: int
    selected: bool = False


@dataclass(frozen=True)
class SearchHit:
    """One practice among the results, with the edition whose words matched (its original for an empty query).

    ``title`` is in ``title_language`` (the reader's language where that edition is public, else the matched edition's);
    ``title_parts`` and ``excerpt`` are the title and the best passage of the text, cut at the words that matched.
    ``views`` are those of persons, all editions together.
    """

    practice: Practice
    edition: Edition
    title: str
    title_language: str
    title_parts: tuple[Part, ...]
    excerpt: tuple[Part, ...]
    excerpt_language: str
    score: float
    views: int


@dataclass(frozen=True)
class SearchPage:
    """One page of results. ``facets`` has the names of search/facet_table.FACETS, most frequent value first.

    ``source`` is ``database`` while no index can be used: then only titles and summaries were looked through.
    ``request`` is what was asked for as it was understood: what was typed as a filter is one. ``words`` are its words (control
    characters dropped, cut to their longest allowed length) with what they exclude; ``ignored`` are words beyond the most
    that one query may have. ``phrase_found`` is False if no practice has a phrase of the query word for word: practices with
    its words are given instead.
    """

    total: int
    hits: tuple[SearchHit, ...]
    page: int
    pages: int
    source: Source
    words: str
    request: SearchRequest
    facets: dict[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    phrase_found: bool = True
