"""Ways on from a search that found nothing: what it would find without one of its filters, and under which topics."""

from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from cac.search.asking import rank_query, read_request
from cac.search.executor import rank
from cac.search.facets import select_page
from cac.search.index import BrokenIndexError
from cac.search.plan import make_plan
from cac.search.query import parse
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest

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
