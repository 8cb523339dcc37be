"""Answers a search from the database while no index can be used: titles and summaries that contain the words."""

from sqlalchemy import ColumnElement, Integer, Select, case, func, literal, or_, select
from sqlalchemy.orm import Session

from cac.cities.models import City
from cac.practices.models import Edition, Practice, PracticePlace, PracticeTopic, Revision
from cac.practices.queries import IS_PUBLIC
from cac.practices.vocabulary import TOPICS, Ending, topic_family
from cac.search.facet_table import IN_USE, NOT_IN_USE
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
        .group_by(Practice.id, Practice.published_at, Practice.as_of)
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
    for column, asked in ((City.slug, request.cities), (City.country, request.countries)):
        if asked:
            statement = statement.where(Practice.city_id.in_(select(City.id).where(column.in_(asked))))
    if request.kinds:
        statement = statement.where(Practice.kind.in_(request.kinds))
    if request.topics:
        codes = [code for code in TOPICS if code in request.topics or topic_family(code) in request.topics]
        statement = statement.where(
            Practice.id.in_(select(PracticeTopic.practice_id).where(PracticeTopic.code.in_(codes)))
        )
    if request.places:
        at_places = select(PracticePlace.practice_id).where(PracticePlace.code.in_(request.places))
        statement = statement.where(Practice.id.in_(at_places))
    return _filtered_by_facts(statement, request)


def _filtered_by_facts(statement: Select[int, int, int], request: SearchRequest) -> Select[int, int, int]:
    """Filter by what only the text of the original says: its stage, the year in which it started, whether it is in use."""
    facts = {name: Revision.content[name].as_string() for name in ("stage", "started_on", "ending")}
    endings = {IN_USE: Ending.STILL_IN_USE, NOT_IN_USE: Ending.ENDED}
    conditions = []
    if request.stages:
        conditions.append(facts["stage"].in_(request.stages))
    if request.years:
        conditions.append(func.substr(facts["started_on"], 1, 4).in_(request.years))
    if request.in_use:
        conditions.append(facts["ending"].in_([endings[value] for value in request.in_use if value in endings]))
    if not conditions:
        return statement
    originals = select(Edition.practice_id).join(Revision, Revision.id == Edition.published_revision_id)
    return statement.where(Practice.id.in_(originals.where(Edition.is_original, *conditions)))


def _ordered(statement: Select[int, int, int], request: SearchRequest) -> Select[int, int, int]:
    newest = (Practice.published_at.desc(), Practice.id.desc())
    if request.sort == "checked":
        return statement.order_by(Practice.as_of.is_(None), Practice.as_of.desc(), *newest)
    if request.sort == "relevance":
        return statement.order_by(statement.selected_columns["score"].desc(), *newest)
    return statement.order_by(*newest)
