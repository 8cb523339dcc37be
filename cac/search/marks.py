"""What the database looks like from the index: cheap marks that change with it, and what differs between the two."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.cities.models import City, CityName
from cac.practices.models import Practice
from cac.practices.queries import IS_PUBLIC, list_public_keys
from cac.search.index_reading import Snapshot
from cac.search.manifest import Mark


@dataclass(frozen=True)
class State:
    """The mark of the database now, and of each city (by its id) a digest of what the index says about it."""

    mark: Mark
    cities: dict[str, str]


@dataclass(frozen=True)
class Differences:
    """Ids of practices: those whose documents are to be taken out, and those that are to be put in (again)."""

    removed: tuple[int, ...]
    wanted: tuple[int, ...]

    @property
    def changed(self) -> list[int]:
        """All ids, each once."""
        return list(dict.fromkeys((*self.removed, *self.wanted)))


def read_state(session: Session) -> State:
    """Return how the database stands; two statements that read a few columns."""
    counted = (
        func.count(),
        func.coalesce(func.sum(Practice.public_version), 0),
        func.coalesce(func.max(Practice.id), 0),
    )
    row = session.execute(select(*counted).where(Practice.public_version > 0)).one()
    cities = _city_digests(session)
    return State(Mark(int(row[0]), int(row[1]), int(row[2]), _digest(sorted(cities.items()))), cities)


def _city_digests(session: Session) -> dict[str, str]:
    named = select(City.id, City.slug, City.country, CityName.language, CityName.name).outerjoin(City.names)
    facts: dict[str, list[tuple[str, ...]]] = {}
    for number, *values in session.execute(named.order_by(City.id, CityName.language)):
        facts.setdefault(str(number), []).append(tuple(values))
    return {number: _digest(values) for number, values in facts.items()}


def _digest(values: object) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=6).hexdigest()


def find_differences(session: Session, snapshot: Snapshot, renamed_cities: Iterable[str] = ()) -> Differences:
    """Return how the index differs from the database; practices of cities (ids) with new names are put in again."""
    alive = snapshot.live
    indexed = dict(zip(snapshot.practice_id[alive].tolist(), snapshot.version[alive].tolist(), strict=True))
    public = dict(list_public_keys(session))
    renamed = [int(number) for number in renamed_cities]
    if renamed:
        statement = select(Practice.id).where(IS_PUBLIC, Practice.city_id.in_(renamed))
        indexed |= dict.fromkeys(indexed.keys() & set(session.scalars(statement)), -1)
    return Differences(
        tuple(number for number, version in indexed.items() if public.get(number) != version),
        tuple(number for number, version in public.items() if indexed.get(number) != version),
    )


def changed_since(session: Session, moment: datetime) -> set[int]:
    """Return the ids of the practices that were published or withdrawn at ``moment`` or later."""
    return set(session.scalars(select(Practice.id).where(Practice.public_changed_at >= moment)))


def oldest_change(session: Session, practices: list[int]) -> datetime | None:
    """Return when the first of ``practices`` (of 500 of them) was published or withdrawn last, None if there are none."""
    return session.scalar(select(func.min(Practice.public_changed_at)).where(Practice.id.in_(practices[:500])))
