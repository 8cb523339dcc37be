"""Ways on from a search that found little: other words, what it would find without one of its filters, and under which topics."""

from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from cac.search.asking import rank_query, read_request
from cac.search.facets import select_page
from cac.search.index import BrokenIndexError
from cac.search.index_reading import Snapshot
from cac.search.plan import make_plan
from cac.search.query import parse
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest
from cac.search.unknown import likely_languages, unknown_words

MOST_FILTERS, MOST_TOPICS = 8, 6


@dataclass(frozen=True)
class Relaxed:
    """What there is beyond the filters of a search.

    ``without`` says for each (facet, value) that is asked for, at most eight of them, how many practices the search finds
    without it, ``allowing`` the same for each that is left out; ``all_filters`` is how many without any, and ``topics`` are
    the topics that most of those belong to.
    """

    without: dict[tuple[str, str], int]
    all_filters: int
    topics: tuple[str, ...]
    allowing: dict[tuple[str, str], int] = field(default_factory=dict)


NOTHING = Relaxed({}, 0, ())


def relax(session: Session, index: IndexReader, request: SearchRequest) -> Relaxed:
    """Return what ``request`` would find with fewer filters; the words are ranked once. Nothing while there is no index."""
    snapshot = index.snapshot()
    if snapshot is None:
        return NOTHING
    request, query = read_request(session, index, replace(request, page=1, per_page=1, sort="newest"))
    try:
        _, ranking = rank_query(session, index, snapshot, query, request.locale)
        everything = select_page(snapshot, ranking, request.without_filters(), offset=0)
        dropping = [(pair, request.dropping(*pair)) for pair in request.chosen]
        allowing = [(pair, request.allowing(*pair)) for pair in request.without]
        without, allowed = (
            {pair: select_page(snapshot, ranking, loosened, offset=0).total for pair, loosened in each[:MOST_FILTERS]}
            for each in (dropping, allowing)
        )
    except BrokenIndexError as error:
        index.give_up(error)
        return NOTHING
    topics = tuple(count.value for count in everything.counts["topic"] if count.value != "1")
    return Relaxed(without, everything.total, topics[:MOST_TOPICS], allowed)


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
    """Return the words of ``request`` with the last one completed and how many practices that finds; None if it finds none.

    Nor is anything completed beside typed filters and excluded words: the end of the text may be one of theirs.
    """
    query, snapshot = parse(request.words), index.snapshot()
    if snapshot is None or not query.words or query.filters or query.excluded:
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
    _, ranking = rank_query(session, index, snapshot, parse(words), request.locale)
    return select_page(snapshot, ranking, replace(request, page=1, per_page=1, sort="newest"), offset=0).total
