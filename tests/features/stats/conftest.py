"""Fixtures of the tests about counting: a clock that is set by hand, a spool, a roller and what the tables say."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.db import SessionFactory
from cac.settings import Settings
from cac.stats import queries, visitors
from cac.stats.lines import Search
from cac.stats.models import Measure, ViewClass, ViewDay, ViewHour, ViewLedger
from cac.stats.roller import Roller
from cac.stats.spool import Spool
from cac.stats.visitors import Salts
from tests.sightings import Sighting, write_sighting

START = datetime(2020, 4, 9, 9, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that stands still until somebody moves it."""

    at: datetime = START

    def __call__(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def salts(settings: Settings, tmp_path: Path) -> Salts:
    folder = tmp_path / "memory"
    folder.mkdir()
    settings.spool_dir.mkdir()
    return Salts(settings.spool_dir, folder)


@pytest.fixture
def spool(settings: Settings, salts: Salts, clock: HandClock) -> Iterator[Spool]:
    spool = Spool(settings.spool_dir, settings.timezone, salts=salts, moment=clock)
    yield spool
    spool.close()


@pytest.fixture
def make_roller(session_factory: SessionFactory, settings: Settings, salts: Salts) -> Iterator[Callable[[], Roller]]:
    """Make rollers; each one takes the lock when it rolls and loses it at the end of the test."""
    made: list[Roller] = []

    def make() -> Roller:
        made.append(Roller(session_factory, settings, salts=salts))
        return made[-1]

    yield make
    for roller in made:
        roller.close()


@pytest.fixture
def roller(make_roller: Callable[[], Roller]) -> Roller:
    return make_roller()


@pytest.fixture
def read(spool: Spool) -> Callable[..., bool]:
    """Count one request of practice 1 of city 1, by a person, unless told otherwise."""

    def count(
        practice: int = 1,
        *,
        city: int = 1,
        visitor: str = "192.0.2.1",
        who: ViewClass = ViewClass.PERSON,
        language: str = "ko",
        referrer: str = "",
        country: str = "",
        measure: Measure = Measure.VIEW,
        search: Search | None = None,
    ) -> bool:
        where_from = (referrer, country, measure, search)
        return write_sighting(spool, Sighting(practice, city, language, who, visitor, "Firefox", "ko", *where_from))

    return count


@pytest.fixture
def day_counts(session_factory: SessionFactory) -> Callable[..., dict[str, tuple[int, int, int]]]:
    """Return (raw, views, uniques) by class, over all days, of a scope."""

    def counts(scope: str = "site", scope_id: int = 0) -> dict[str, tuple[int, int, int]]:
        with session_factory() as session:
            query = select(ViewDay).where(ViewDay.scope == scope, ViewDay.scope_id == scope_id)
            sums: dict[str, tuple[int, int, int]] = {}
            for row in session.scalars(query):
                raw, views, uniques = sums.get(row.view_class, (0, 0, 0))
                sums[row.view_class] = (raw + row.raw, views + row.views, uniques + row.uniques)
            return sums

    return counts


@pytest.fixture
def sums_agree() -> Callable[[Session], None]:
    """Check that hours = days = total and lines = bad + raw: what the nightly check will ask."""

    def check(session: Session) -> None:
        people = ViewDay.view_class.in_(["person", "no_key"])
        practices = ViewDay.scope == "practice"
        hours = session.execute(select(func.sum(ViewHour.raw), func.sum(ViewHour.views))).one()
        days = session.execute(select(func.sum(ViewDay.raw), func.sum(ViewDay.views)).where(practices)).one()
        site = session.scalar(select(func.sum(ViewDay.views)).where(ViewDay.scope == "site", people))
        lines = session.scalar(select(func.sum(ViewLedger.lines) - func.sum(ViewLedger.bad)))
        assert hours == days
        assert lines == days[0]
        assert (site or 0) == queries.total_views(session)

    return check


@pytest.fixture
def zone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A time zone in which it is about noon, so that no day ends; and salts where the processes of the instance keep them."""
    monkeypatch.setattr(visitors, "SHARED_MEMORY", Path("/dev/shm"))
    offset = 12 - datetime.now(UTC).hour
    yield f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"
    shutil.rmtree(visitors.memory_folder(settings.spool_dir), ignore_errors=True)
