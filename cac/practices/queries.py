"""Reading practices: one by its reference, lists for visitors, for a city's desk and for reviewers, counts, the index feed.

Each query loads what its readers show (city with names, editions, the revision that counts), in a fixed number of statements.
Public means published and not withdrawn; whether the actor may read more is in permissions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, contains_eager, joinedload, lazyload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from cac.accounts.models import Person, Role
from cac.cities.catalogue import CityCatalogue
from cac.cities.models import City
from cac.errors import NotFoundError
from cac.practices.models import Edition, Practice, PracticeStep, PracticeTopic, Revision
from cac.practices.workflow import Status, Step

IS_PUBLIC = and_(Practice.published_at.is_not(None), Practice.withdrawn_at.is_(None))
IDS_AT_ONCE = 500


@dataclass(frozen=True)
class FacetCounts:
    """Numbers of public practices: by topic code, by language tag, by id of the city."""

    by_topic: dict[str, int]
    by_language: dict[str, int]
    by_city: dict[int, int]


def get_practice_by_reference(session: Session, reference: str) -> Practice:
    """Return the practice of any status with its editions and their revisions; NotFoundError. Case does not matter."""
    statement = select(Practice).where(Practice.reference == reference.upper()).options(*_for_desk())
    practice = session.scalars(statement).one_or_none()
    if practice is None:
        raise NotFoundError(reference)
    return practice


def find_reference_by_created_key(session: Session, key: str) -> str | None:
    """Return the reference of the practice that was begun with the form of this key, or None."""
    return session.scalars(select(Practice.reference).where(Practice.created_key == key)).one_or_none()


def find_by_external_id(session: Session, source: str, external_id: str) -> Practice | None:
    """Return the practice that an import made from the record ``external_id`` of ``source``, or None."""
    statement = select(Practice).where(Practice.external_source == source, Practice.external_id == external_id)
    return session.scalars(statement.options(*_for_desk())).one_or_none()


def find_public(session: Session, reference: str) -> Practice | None:
    """Return the practice with this reference in any case of letters if it is public now, or None."""
    return session.scalar(select(Practice).where(Practice.reference == reference.upper(), IS_PUBLIC))


def has_external_source(session: Session, source: str) -> bool:
    """Whether any practice was loaded from ``source``."""
    return session.scalar(select(Practice.id).where(Practice.external_source == source).limit(1)) is not None


def get_public_edition(practice: Practice, reader_language: str) -> Edition:
    """Return the published edition in the reader's language, else the original; NotFoundError if nothing is published."""
    published = {
        edition.language: edition for edition in practice.editions if edition.published_revision_id is not None
    }
    edition = published.get(reader_language) or published.get(practice.original_language)
    if edition is None:
        raise NotFoundError(practice.reference)
    return edition


def list_of_city(session: Session, city: City) -> list[Practice]:
    """Return all practices of a city for its desk, last changed first, with what is being written."""
    statement = select(Practice).where(Practice.city_id == city.id).options(*_for_desk())
    return list(session.scalars(statement.order_by(Practice.changed_at.desc(), Practice.id.desc())).unique())


def list_once_published_of_city(session: Session, city_id: int) -> list[Practice]:
    """Return the practices of a city that were ever published, with what was published last; one statement."""
    return list(session.scalars(_once_published_of_city(city_id)).unique())


def find_once_published_of_city(session: Session, city_id: int, reference: str) -> Practice | None:
    """Return the practice of a city with this reference if it was ever published, as ``list_…`` does, or None; one statement."""
    only = _once_published_of_city(city_id).where(Practice.reference == reference.upper())
    return session.scalars(only).unique().one_or_none()


def _once_published_of_city(city_id: int) -> Select[Practice]:
    statement = select(Practice).where(Practice.city_id == city_id, Practice.published_at.is_not(None))
    published = joinedload(Practice.editions).joinedload(Edition.published_revision)
    light = (lazyload(each) for each in (Practice.city, Practice.topics, Practice.places))
    return statement.options(published.options(lazyload(Revision.author)), *light)


def list_awaiting_review(session: Session) -> list[Practice]:
    """Return the practices in review, the one that waits longest first, with what is being written."""
    statement = select(Practice).where(Practice.status == Status.IN_REVIEW).options(*_for_desk())
    return list(session.scalars(statement.order_by(Practice.submitted_at, Practice.id)).unique())


def list_newest(session: Session, limit: int) -> list[Practice]:
    """Return the public practices that were published last, newest first."""
    return _list(session, _public().limit(limit))


def list_newest_ids(session: Session, limit: int) -> list[int]:
    """Return the ids of the public practices that were published last, newest first."""
    statement = select(Practice.id).where(IS_PUBLIC).order_by(Practice.published_at.desc(), Practice.id.desc())
    return list(session.scalars(statement.limit(limit)))


def list_newest_ids_of_city(session: Session, city_id: int, limit: int) -> list[int]:
    """Return the ids of a city's public practices that were published last, newest first."""
    statement = select(Practice.id).where(IS_PUBLIC, Practice.city_id == city_id)
    return list(session.scalars(statement.order_by(Practice.published_at.desc(), Practice.id.desc()).limit(limit)))


def list_public_of_city(session: Session, city_id: int, *, page: int = 1, per_page: int = 20) -> list[Practice]:
    """Return one page of a city's public practices, newest first; pages count from 1."""
    of_city = _public().where(Practice.city_id == city_id)
    return _list(session, of_city.offset((max(page, 1) - 1) * per_page).limit(per_page))


def list_references(session: Session, ids: Sequence[int]) -> list[str]:
    """Return the references of practices, in alphabetical order; one statement, none where there are no ``ids``."""
    if not ids:
        return []
    query = select(Practice.reference).where(Practice.id.in_(ids)).order_by(Practice.reference)
    return list(session.scalars(query))


def list_public_by_ids(session: Session, ids: Sequence[int]) -> list[Practice]:
    """Return the practices of ``ids`` that are public now, in the order of ``ids``; four statements for each 500 of them."""
    wanted = list(dict.fromkeys(ids))
    found: dict[int, Practice] = {}
    for start in range(0, len(wanted), IDS_AT_ONCE):
        some = select(Practice).where(Practice.id.in_(wanted[start : start + IDS_AT_ONCE]))
        found |= {practice.id: practice for practice in _list(session, some) if practice.is_public}
    return [found[id_] for id_ in wanted if id_ in found]


def list_public_hits(session: Session, ids: Sequence[int], cities: CityCatalogue) -> list[Practice]:
    """Return the practices of ``ids`` that are public now, in the order of ``ids``, for a list of results; one statement.

    Their cities come from the catalogue, and topics and places are not loaded: reading those would be another statement.
    """
    # Asked for what is public as well, SQLite walks through all that is instead of looking up these ids.
    rows = session.scalars(_HITS.where(Practice.id.in_(ids))).unique()
    found = {practice.id: practice for practice in rows if practice.is_public}
    known = cities.by_id(session, {practice.city_id for practice in found.values()})
    for practice in found.values():
        set_committed_value(practice, "city", known[practice.city_id])
    return [found[id_] for id_ in ids if id_ in found]


# Joined: for a few rows each further statement costs more than what it brings.
_HITS = (
    select(Practice)
    .join(Practice.editions)
    .outerjoin(Edition.published_revision)
    .order_by(Edition.id)
    .options(
        *(lazyload(each) for each in (Practice.city, Practice.topics, Practice.places)),
        contains_eager(Practice.editions).contains_eager(Edition.published_revision).options(lazyload(Revision.author)),
    )
)


def count_public(session: Session) -> int:
    """Return how many practices are public."""
    return _count(session, true())


def count_public_of_city(session: Session, city_id: int) -> int:
    """Return how many practices of a city are public."""
    return _count(session, Practice.city_id == city_id)


def count_by_city(session: Session) -> dict[int, int]:
    """Return how many public practices each city has, by the id of the city; cities without any are not among them."""
    statement = select(Practice.city_id, func.count(Practice.id)).where(IS_PUBLIC).group_by(Practice.city_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def list_cities_and_counts(session: Session) -> list[tuple[City, int]]:
    """Return all member cities by slug, each with the number of its public practices."""
    counts = count_by_city(session)
    return [(city, counts.get(city.id, 0)) for city in session.scalars(select(City).order_by(City.slug))]


def count_public_cities(session: Session) -> int:
    """Return how many cities have a public practice."""
    return session.scalars(select(func.count(Practice.city_id.distinct())).where(IS_PUBLIC)).one()


def count_by_topic(session: Session) -> dict[str, int]:
    """Return how many public practices each topic has; a main topic counts those of its subtopics, each practice once."""
    main = func.rtrim(PracticeTopic.code, "abcdefgh")
    counts: dict[str, int] = {}
    for code in (PracticeTopic.code, main):
        number = func.count(PracticeTopic.practice_id.distinct())
        statement = select(code, number).join(Practice, Practice.id == PracticeTopic.practice_id).where(IS_PUBLIC)
        counts.update({row[0]: row[1] for row in session.execute(statement.group_by(code))})
    return counts


def count_by_facet(session: Session) -> FacetCounts:
    """Return how many public practices there are by topic, language and city, in one statement: what the home page counts.

    A topic counts the practices that carry its own code, without those of its subtopics.
    """
    topics = select(literal("topic"), PracticeTopic.code, func.count()).join(Practice).group_by(PracticeTopic.code)
    editions = select(literal("language"), Edition.language, func.count()).join(Practice).group_by(Edition.language)
    cities = select(literal("city"), cast(Practice.city_id, String), func.count()).group_by(Practice.city_id)
    readable = editions.where(Edition.published_revision_id.is_not(None))
    found: dict[str, dict[str, int]] = {"topic": {}, "language": {}, "city": {}}
    for facet, value, number in session.execute(
        union_all(*(part.where(IS_PUBLIC) for part in (topics, readable, cities)))
    ):
        found[facet][value] = number
    by_city = {int(id_): number for id_, number in found["city"].items()}
    return FacetCounts(by_topic=found["topic"], by_language=found["language"], by_city=by_city)


def count_by_language(session: Session) -> dict[str, int]:
    """Return in how many public practices each language can be read, the most frequent first."""
    number = func.count()
    statement = select(Edition.language, number).join(Edition.practice)
    statement = statement.where(IS_PUBLIC, Edition.published_revision_id.is_not(None)).group_by(Edition.language)
    return {row[0]: row[1] for row in session.execute(statement.order_by(number.desc(), Edition.language))}


def list_revisions(session: Session, edition: Edition) -> list[Revision]:
    """Return the revisions of an edition, newest first, with their authors."""
    statement = select(Revision).where(Revision.edition_id == edition.id).order_by(Revision.number.desc())
    return list(session.scalars(statement))


def list_beginners(session: Session, practices: Sequence[Practice]) -> dict[int, int | None]:
    """Return who began each practice: the author of its first revision, by the practice's id; None for an import."""
    first = select(Edition.practice_id, Revision.author_id).join(Revision, Revision.edition_id == Edition.id)
    first = first.where(Edition.is_original, Revision.number == 1)
    ids = [practice.id for practice in practices]
    return {row[0]: row[1] for row in session.execute(first.where(Edition.practice_id.in_(ids)))}


def list_steps(session: Session, practice: Practice) -> list[PracticeStep]:
    """Return the steps that a practice has taken, oldest first, with who took them."""
    statement = select(PracticeStep).where(PracticeStep.practice_id == practice.id).order_by(PracticeStep.id)
    return list(session.scalars(statement))


def find_last_step(session: Session, practice: Practice, step: Step) -> PracticeStep | None:
    """Return the last ``step`` that a practice took, such as the submission whose author is to be told."""
    statement = select(PracticeStep).where(PracticeStep.practice_id == practice.id, PracticeStep.step == step)
    return session.scalars(statement.order_by(PracticeStep.id.desc()).limit(1)).first()


def list_reviewers(session: Session) -> list[Person]:
    """Return the people whose work is reviewing; where there are none, the operators."""
    for role in (Role.REVIEWER, Role.OPERATOR):
        active = select(Person).where(Person.role == role, Person.disabled_at.is_(None)).order_by(Person.id)
        if people := list(session.scalars(active)):
            return people
    return []


def list_public_changes(session: Session, since: datetime | None, after_id: int, limit: int) -> list[Practice]:
    """Return what was published or withdrawn after (``since``, ``after_id``), in the order of (public_changed_at, id).

    Withdrawn practices are among them: ``is_public`` tells. ``since`` None starts from the beginning.
    """
    changed = select(Practice).where(Practice.public_changed_at.is_not(None))
    if since is not None:
        later = Practice.public_changed_at > since
        changed = changed.where(or_(later, and_(Practice.public_changed_at == since, Practice.id > after_id)))
    return _list(session, changed.order_by(Practice.public_changed_at, Practice.id).limit(limit))


def list_public_keys(session: Session) -> list[tuple[int, int]]:
    """Return (id, public_version) of all practices that are public now, by id: what the index should hold."""
    statement = select(Practice.id, Practice.public_version).where(IS_PUBLIC).order_by(Practice.id)
    return [(row[0], row[1]) for row in session.execute(statement)]


def _public() -> Select[Practice]:
    return select(Practice).where(IS_PUBLIC).order_by(Practice.published_at.desc(), Practice.id.desc())


def _list(session: Session, statement: Select[Practice]) -> list[Practice]:
    return list(session.scalars(statement.options(*_for_readers())).unique())


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count(Practice.id)).where(IS_PUBLIC, condition)).one()


def _for_readers() -> tuple[ExecutableOption, ...]:
    """Practice, city and topics; names; editions with published texts; places: four statements, no authors."""
    published = selectinload(Practice.editions).joinedload(Edition.published_revision)
    return (joinedload(Practice.topics), published.options(lazyload(Revision.author)))


def _for_desk() -> tuple[ExecutableOption, ...]:
    editions = selectinload(Practice.editions)
    return (
        editions.joinedload(Edition.working_revision).options(lazyload(Revision.author)),
        editions.joinedload(Edition.published_revision).options(lazyload(Revision.author)),
    )


def refresh(session: Session, practice: Practice) -> None:
    """Read the practice, its editions and their revisions again, as they are in the database now; NotFoundError."""
    statement = select(Practice).where(Practice.id == practice.id).options(*_for_desk())
    if session.scalars(statement.execution_options(populate_existing=True)).one_or_none() is None:
        raise NotFoundError("discarded meanwhile")
