"""Answers a search: asks the index, or the database while there is none, and loads what may be shown now.

The index proposes, the database disposes: what was withdrawn a moment ago is left out. The values that go in and come out
are in search/request.
"""

import math
from dataclasses import replace

from sqlalchemy.orm import Session

from cac.practices.content import Content
from cac.practices.models import Edition, Practice
from cac.practices.queries import get_public_edition, list_public_hits
from cac.search.asking import rank_query, read_request
from cac.search.document import EditionText, text_of
from cac.search.executor import Ranking
from cac.search.facet_table import FACETS
from cac.search.facets import Found, select_page
from cac.search.fallback import search_database
from cac.search.index import BrokenIndexError
from cac.search.index_reading import Snapshot
from cac.search.query import Query
from cac.search.reader import IndexReader
from cac.search.request import MAX_PER_PAGE, Part, SearchHit, SearchPage, SearchRequest
from cac.search.snippets import Marker, excerpt, make_marker, mark
from cac.search.synonyms import Meaning, words_to_mark
from cac.stats.queries import views_of


def search_practices(session: Session, index: IndexReader, request: SearchRequest) -> SearchPage:
    """Return the page of practices that ``request`` asks for; never fails on what people typed.

    Without words every public practice is given, newest first. While no index can be used the database is asked, for titles
    and summaries only, and ``source`` says so.
    """
    request, query = read_request(session, index, request)
    request = replace(request, page=max(request.page, 1), per_page=min(max(request.per_page, 1), MAX_PER_PAGE))
    if not query.words and request.sort == "relevance":
        request = replace(request, sort="newest")
    snapshot = index.snapshot()
    if snapshot is not None:
        try:
            return _from_index(session, index, snapshot, query, request)
        except BrokenIndexError as error:
            index.give_up(error)
    found = search_database(session, query, request, offset=(request.page - 1) * request.per_page)
    empty = Found(0, (), (), (), {facet.name: () for facet in FACETS})
    return _page(session, index, query, request, found=replace(found, counts=empty.counts), ranking=None)


def _from_index(
    session: Session, index: IndexReader, snapshot: Snapshot, query: Query, request: SearchRequest
) -> SearchPage:
    plan, ranking = rank_query(session, index, snapshot, query, request.locale)
    views = index.popularity.views_of_all(session, snapshot) if request.sort == "views" else None
    found = select_page(snapshot, ranking, request, offset=(request.page - 1) * request.per_page, views=views)
    return _page(session, index, query, request, found=found, ranking=ranking, meanings=plan.synonyms.meanings)


def _page(
    session: Session,
    index: IndexReader,
    query: Query,
    request: SearchRequest,
    *,
    found: Found,
    ranking: Ranking | None,
    meanings: tuple[Meaning, ...] = (),
) -> SearchPage:
    practices = {practice.id: practice for practice in list_public_hits(session, found.practices, index.cities)}
    views = views_of(session, list(practices)) if practices else {}
    texts = _Texts(index, query, request.locale, meanings)
    hits = tuple(
        texts.hit(practices[number], edition, score, views.get(number, 0))
        for number, edition, score in zip(found.practices, found.editions, found.scores, strict=True)
        if number in practices
    )
    total = found.total - (len(found.practices) - len(hits))
    return SearchPage(
        total=total,
        hits=hits,
        page=request.page,
        pages=math.ceil(total / request.per_page),
        source="database" if ranking is None else "index",
        words=request.typed,
        request=request,
        facets=found.counts,
        ignored=ranking.ignored if ranking else (),
        phrase_found=ranking.phrase_found if ranking else True,
    )


class _Texts:
    """Titles and excerpts of one page: what is shown of an edition for a query to a reader."""

    def __init__(self, index: IndexReader, query: Query, locale: str, meanings: tuple[Meaning, ...]) -> None:
        self.index = index
        self.query = query
        self.locale = locale
        self.meanings = meanings
        self._asked = f"{query.text}\0{index.glossary.state}\0{locale}" if meanings else query.text
        self._markers: dict[str, Marker] = {}

    def hit(self, practice: Practice, edition_id: int, score: float, views: int) -> SearchHit:
        edition = self._edition(practice, edition_id)
        own = get_public_edition(practice, self.locale)
        titled = own if own.language == self.locale else edition
        title = self._text(titled).title or self._text(practice.original).title
        return SearchHit(
            practice=practice,
            edition=edition,
            title=title,
            title_language=titled.language,
            title_parts=mark(title, self._marker(titled.language)),
            excerpt=self._excerpt(edition),
            excerpt_language=edition.language,
            score=score,
            views=views,
        )

    def _edition(self, practice: Practice, edition_id: int) -> Edition:
        for edition in practice.editions:
            if edition.id == edition_id and edition.published_revision is not None:
                return edition
        return get_public_edition(practice, self.locale)

    def _excerpt(self, edition: Edition) -> tuple[Part, ...]:
        key = (edition.published_revision_id or 0, self._asked)
        kept = self.index.excerpts.get(key)
        if kept is None:
            parts = excerpt(self._text(edition).passages, self._marker(edition.language))
            kept = self.index.excerpts.keep(key, parts)
        return kept

    def _marker(self, language: str) -> Marker:
        if language not in self._markers:
            words = (*self.query.words, *words_to_mark(self.meanings, language))
            self._markers[language] = make_marker(replace(self.query, words=words), language)
        return self._markers[language]

    def _text(self, edition: Edition) -> EditionText:
        revision = edition.published_revision
        if revision is None:
            return EditionText("", ())
        found = self.index.texts.get(revision.id)
        return found or self.index.texts.keep(revision.id, text_of(Content.from_json(revision.content)))
