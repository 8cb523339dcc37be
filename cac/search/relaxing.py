"""Ways on from a search that found nothing: what it would find without one of its filters, and under which topics."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from cac.search.executor import rank
from cac.search.facet_table import FACETS
from cac.search.facets import select_page
from cac.search.index import BrokenIndexError
from cac.search.plan import make_plan, with_synonyms
from cac.search.query import parse
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest

MOST_FILTERS, MOST_TOPICS = 8, 6


@dataclass(frozen=True)
class Relaxed:
    """What there is beyond the filters of a search.

    ``without`` says for each (facet, value) that is asked for, at most eight of them, how many practices the search finds
    without it; ``all_filters`` is how many without any, and ``topics`` are the topics that most of those belong to.
    """

    without: dict[tuple[str, str], int]
    all_filters: int
    topics: tuple[str, ...]


NOTHING = Relaxed({}, 0, ())


def relax(session: Session, index: IndexReader, request: SearchRequest) -> Relaxed:
    """Return what ``request`` would find with fewer filters; the words are ranked once. Nothing while there is no index."""
    snapshot = index.snapshot()
    if snapshot is None:
        return NOTHING
    query = parse(request.words)
    no_filters: dict[str, Any] = {facet.asked: () for facet in FACETS}
    free = replace(request, page=1, per_page=1, sort="newest", **no_filters)
    try:
        plan = with_synonyms(make_plan(query, snapshot.bases), query, index.glossary, session, request.locale)
        ranking = rank(snapshot, plan, query.wanted, request.locale)
        everything = select_page(snapshot, ranking, free, offset=0)
        without = {
            (facet, value): select_page(snapshot, ranking, loosened, offset=0).total
            for facet, value, loosened in _loosened(request)[:MOST_FILTERS]
        }
    except BrokenIndexError as error:
        index.give_up(error)
        return NOTHING
    topics = tuple(count.value for count in everything.counts["topic"] if count.value != "1")
    return Relaxed(without, everything.total, topics[:MOST_TOPICS])


def better_spelling(session: Session, index: IndexReader, request: SearchRequest, total: int) -> str | None:
    """Return the words of ``request`` as they were probably meant, if that finds more than the ``total`` it found."""
    query, snapshot = parse(request.words), index.snapshot()
    if snapshot is None or query.filters or not query.words:
        return None
    corrected = index.spelling.correct(query.text, request.locale)
    if corrected is None:
        return None
    try:
        ranking = rank(snapshot, make_plan(parse(corrected), snapshot.bases), parse(corrected).wanted, request.locale)
        found = select_page(snapshot, ranking, replace(request, page=1, per_page=1, sort="newest"), offset=0)
    except BrokenIndexError as error:
        index.give_up(error)
        return None
    return corrected if found.total > total else None


def _loosened(request: SearchRequest) -> list[tuple[str, str, SearchRequest]]:
    """Return the request without each of its filter values in turn, with the name of the facet and the value left out."""
    found = []
    for facet in FACETS:
        asked: tuple[str, ...] = getattr(request, facet.asked)
        for value in asked:
            rest: dict[str, Any] = {facet.asked: tuple(other for other in asked if other != value)}
            found.append((facet.name, value, replace(request, per_page=1, page=1, sort="newest", **rest)))
    return found
