"""The facets: what practices are filtered and counted by.

One more facet, such as the product used, is one more line in FACETS and the field of SearchRequest that asks for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cac.practices.content import Content
from cac.practices.models import Edition, Practice
from cac.practices.vocabulary import Ending, topic_family

IN_USE, NOT_IN_USE = "yes", "no"


@dataclass(frozen=True)
class FacetSource:
    """What the values of a facet are taken from: a public edition, its practice, and the content of the original."""

    practice: Practice
    edition: Edition
    facts: Content


@dataclass(frozen=True)
class Facet:
    """One facet: its name (the parameter of pages and API), its column in the index, its field in SearchRequest.

    ``values`` says what a document has of it; ``of_edition`` that it differs between the editions of a practice;
    ``widen`` names a further value under which each value counts.
    """

    name: str
    column: str
    asked: str
    values: Callable[[FacetSource], Iterable[str]]
    of_edition: bool = False
    widen: Callable[[str], str] | None = None


def _still_in_use(source: FacetSource) -> tuple[str, ...]:
    known = {Ending.STILL_IN_USE: (IN_USE,), Ending.ENDED: (NOT_IN_USE,)}
    return known.get(source.facts.ending, ()) if source.facts.ending else ()


FACETS = (
    Facet("language", "language", "languages", lambda source: (source.edition.language,), of_edition=True),
    Facet("city", "city", "cities", lambda source: (source.practice.city.slug,)),
    Facet("country", "country", "countries", lambda source: (source.practice.city.country,)),
    Facet("topic", "topics", "topics", lambda source: (t.code for t in source.practice.topics), widen=topic_family),
    Facet("place", "places", "places", lambda source: (place.code for place in source.practice.places)),
    Facet("kind", "kind", "kinds", lambda source: (source.practice.kind or "",)),
    Facet("stage", "stage", "stages", lambda source: (source.facts.stage or "",)),
    Facet("year", "year", "years", lambda source: (source.facts.started_on[:4],)),
    Facet("in_use", "in_use", "in_use", _still_in_use),
)


def facet_values(source: FacetSource) -> dict[str, tuple[str, ...]]:
    """Return the values of a document by the column of each facet, without empty ones; their order means nothing."""
    return {facet.column: tuple(sorted({value for value in facet.values(source) if value})) for facet in FACETS}
