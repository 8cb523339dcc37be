"""Ways on from a search that found little: other words, what it would find without one of its filters, and under which topics."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from cac.search.executor import rank
from cac.search.facet_table import FACETS
from cac.search.facets import select_page
from cac.search.index import BrokenIndexError
from cac.search.index_reading import Snapshot
from cac.search.plan import make_plan, with_synonyms
from cac.search.query import parse
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest
from cac.search.unknown import likely_languages, unknown_words

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
    """Return the words of ``request`` as they were probably meant, if that finds more than the ``total`` it found.

    Only a word that occurs in no practice, nor in the glossary, can be mistyped; the others may have found what they will.
    """
    query, snapshot = parse(request.words), index.snapshot()
    if snapshot is None or query.filters or not query.words:
        return None
    try:
        plan = make_plan(query, snapshot.bases)
        unknown = {
            word
            for word in unknown_words(snapshot, plan)
            if not index.glossary.synonyms(session, word, request.locale, {}).meanings
        }
        if not unknown:
            return None
        languages = likely_languages(snapshot, plan, query.wanted, request.locale)
        corrected = index.spelling.correct(query.text, languages, unknown)
        is_better = corrected is not None and count_found(session, index, snapshot, request, corrected) > total
    except BrokenIndexError as error:
        index.give_up(error)
        return None
    return corrected if is_better else None


def complete_words(session: Session, index: IndexReader, request: SearchRequest) -> tuple[str, int] | None:
    """Return the words of ``request`` with the last one completed and how many practices that finds; None if it finds none."""
    query, snapshot = parse(request.words), index.snapshot()
    if snapshot is None or not query.words:
        return None
    try:
        languages = likely_languages(snapshot, make_plan(query, snapshot.bases), query.wanted, request.locale)
        completed = index.spelling.complete(query.text, languages)
        count = count_found(session, index, snapshot, request, completed) if completed else 0
    except BrokenIndexError as error:
        index.give_up(error)
        return None
    return (completed, count) if completed and count else None


def count_found(session: Session, index: IndexReader, snapshot: Snapshot, request: SearchRequest, words: str) -> int:
    """Return how many practices ``request`` finds with other words, its filters kept."""
    query = parse(words)
    plan = with_synonyms(make_plan(query, snapshot.bases), query, index.glossary, session, request.locale)
    ranking = rank(snapshot, plan, query.wanted, request.locale)
    return select_page(snapshot, ranking, replace(request, page=1, per_page=1, sort="newest"), offset=0).total


def _loosened(request: SearchRequest) -> list[tuple[str, str, SearchRequest]]:
    """Return the request without each of its filter values in turn, with the name of the facet and the value left out."""
    found = []
    for facet in FACETS:
        asked: tuple[str, ...] = getattr(request, facet.asked)
        for value in asked:
            rest: dict[str, Any] = {facet.asked: tuple(other for other in asked if other != value)}
            found.append((facet.name, value, replace(request, per_page=1, page=1, sort="newest", **rest)))
    return found
