"""From a request to a ranking: the steps that the search itself and the ways on from it share."""

from sqlalchemy.orm import Session

from cac.search.executor import Ranking, rank
from cac.search.index_reading import Snapshot
from cac.search.phrases import PhraseReader
from cac.search.plan import Plan, make_plan, with_synonyms
from cac.search.query import Query, parse
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest
from cac.search.typed_filters import understand


def read_request(session: Session, index: IndexReader, request: SearchRequest) -> tuple[SearchRequest, Query]:
    """Return ``request`` as it is understood, its typed filters as filters, and what its words ask for."""
    request = understand(session, index.cities, index.labels, request)
    return request, parse(request.words)


def rank_query(
    session: Session, index: IndexReader, snapshot: Snapshot, query: Query, locale: str
) -> tuple[Plan, Ranking]:
    """Return what is looked up for ``query``, with its synonyms, and what that finds. Raises BrokenIndexError."""
    plan = with_synonyms(make_plan(query, snapshot.bases), query, index.glossary, session, locale)
    phrases = PhraseReader(session, index, snapshot, query)
    return plan, rank(snapshot, plan, query.wanted, locale, phrases.holding)
