"""Answers a search from the database while no index can be used: titles and summaries that contain the words."""

from sqlalchemy import ColumnElement, Integer, Select, case, func, literal, or_, select
from sqlalchemy.orm import Session

from cac.cities.models import City
from cac.practices.models import Edition, Practice, PracticeTopic, Revision
from cac.practices.queries import IS_PUBLIC
from cac.practices.vocabulary import TOPICS, topic_family
from cac.search.facets import Found
from cac.search.query import Query
from cac.search.request import SearchRequest

MOST_WORDS = 8


def search_database(session: Session, query: Query, request: SearchRequest, *, offset: int) -> Found:
    """Return the page of practices from ``offset`` whose title or summary has a word of the query, most words first."""
    matching = _matching(query, request)
    total = session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    rows = session.execute(_ordered(matching, request).offset(offset).limit(request.per_page)).all()
    return Found(
        total=total,
        practices=tuple(row[0] for row in rows),
        editions=tuple(row[1] for row in rows),
        scores=tuple(float(row[2]) for row in rows),
        counts={},
    )


def _matching(query: Query, request: SearchRequest) -> Select[int, int, int]:
    """Select the id, an edition and the number of matching words of each practice that matches."""
    words = [_contains(word) for word in query.words[:MOST_WORDS]]
    score = sum((case((word, 1), else_=0) for word in words), literal(0, Integer))
    statement = (
        select(Practice.id, func.min(Edition.id), func.max(score).label("score"))
        .join(Practice.editions)
        .join(Revision, Revision.id == Edition.published_revision_id)
        .where(IS_PUBLIC)
        .group_by(Practice.id, Practice.published_at)
    )
    for word in query.excluded[:MOST_WORDS]:
        statement = statement.where(~_contains(word))
    return _filtered(statement.where(or_(*words)) if words else statement, request)


def _contains(word: str) -> ColumnElement[bool]:
    title, summary = Revision.content["title"].as_string(), Revision.content["summary"].as_string()
    return func.coalesce(title, "").concat(" ").concat(func.coalesce(summary, "")).icontains(word, autoescape=True)


def _filtered(statement: Select[int, int, int], request: SearchRequest) -> Select[int, int, int]:
    if request.languages:
        statement = statement.where(Edition.language.in_(request.languages))
    if request.cities:
        statement = statement.where(Practice.city_id.in_(select(City.id).where(City.slug.in_(request.cities))))
    if request.kinds:
        statement = statement.where(Practice.kind.in_(request.kinds))
    if request.topics:
        codes = [code for code in TOPICS if code in request.topics or topic_family(code) in request.topics]
        statement = statement.where(
            Practice.id.in_(select(PracticeTopic.practice_id).where(PracticeTopic.code.in_(codes)))
        )
    return statement


def _ordered(statement: Select[int, int, int], request: SearchRequest) -> Select[int, int, int]:
    newest = (Practice.published_at.desc(), Practice.id.desc())
    if request.sort == "relevance":
        return statement.order_by(statement.selected_columns["score"].desc(), *newest)
    return statement.order_by(*newest)
