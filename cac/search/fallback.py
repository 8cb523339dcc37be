"""Answers a search from the database while no index can be used: titles and summaries that contain the words."""

from sqlalchemy import ColumnElement, Integer, Select, case, func, literal, or_, select
from sqlalchemy.orm import Session

from cac.cities.models import City, CityName
from cac.practices.models import Edition, Practice, PracticePlace, PracticeTopic, Revision
from cac.practices.queries import IS_PUBLIC
from cac.practices.vocabulary import TOPICS, Ending, topic_family
from cac.search.facet_table import FACETS, IN_USE, NOT_IN_USE
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
        statement = statement.where(Practice.id.not_in(_with_word(word)), Practice.city_id.not_in(_cities_called(word)))
    return _filtered(statement.where(or_(*words)) if words else statement, request)


def _contains(word: str) -> ColumnElement[bool]:
    title, summary = Revision.content["title"].as_string(), Revision.content["summary"].as_string()
    return func.coalesce(title, "").concat(" ").concat(func.coalesce(summary, "")).icontains(word, autoescape=True)


def _with_word(word: str) -> Select[int]:
    published = select(Edition.practice_id).join(Revision, Revision.id == Edition.published_revision_id)
    return published.where(_contains(word))


def _cities_called(name: str) -> Select[int]:
    return select(CityName.city_id).where(func.lower(CityName.name) == name.lower())


def _filtered(statement: Select[int, int, int], request: SearchRequest) -> Select[int, int, int]:
    if request.languages:
        statement = statement.where(Edition.language.in_(request.languages))
    for facet in FACETS:
        asked = getattr(request, facet.asked)
        if asked:
            statement = statement.where(Practice.id.in_(_having(facet.name, asked)))
    for name, value in request.without:
        statement = statement.where(Practice.id.not_in(_having(name, (value,))))
    return statement


def _having(facet: str, values: tuple[str, ...]) -> Select[int]:
    """Select the ids of the practices that have any of ``values`` of a facet."""
    if facet == "language":
        readable = select(Edition.practice_id).where(Edition.published_revision_id.is_not(None))
        return readable.where(Edition.language.in_(values))
    if facet in ("city", "country"):
        column = City.slug if facet == "city" else City.country
        return select(Practice.id).join(City, City.id == Practice.city_id).where(column.in_(values))
    if facet == "kind":
        return select(Practice.id).where(Practice.kind.in_(values))
    if facet == "topic":
        codes = [code for code in TOPICS if code in values or topic_family(code) in values]
        return select(PracticeTopic.practice_id).where(PracticeTopic.code.in_(codes))
    if facet == "place":
        return select(PracticePlace.practice_id).where(PracticePlace.code.in_(values))
    return _having_fact(facet, values)


def _having_fact(facet: str, values: tuple[str, ...]) -> Select[int]:
    """The same for what only the text of the original says: its stage, the year in which it started, whether it is in use."""
    facts = {name: Revision.content[name].as_string() for name in ("stage", "started_on", "ending")}
    endings = {IN_USE: Ending.STILL_IN_USE, NOT_IN_USE: Ending.ENDED}
    conditions = {
        "stage": facts["stage"].in_(values),
        "year": func.substr(facts["started_on"], 1, 4).in_(values),
        "in_use": facts["ending"].in_([endings[value] for value in values if value in endings]),
    }
    originals = select(Edition.practice_id).join(Revision, Revision.id == Edition.published_revision_id)
    return originals.where(Edition.is_original, conditions[facet])


def _ordered(statement: Select[int, int, int], request: SearchRequest) -> Select[int, int, int]:
    newest = (Practice.published_at.desc(), Practice.id.desc())
    if request.sort == "checked":
        return statement.order_by(Practice.as_of.is_(None), Practice.as_of.desc(), *newest)
    if request.sort == "relevance":
        return statement.order_by(statement.selected_columns["score"].desc(), *newest)
    return statement.order_by(*newest)
