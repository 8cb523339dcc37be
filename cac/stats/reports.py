"""Reads what statistics show: views by day, week and month, what is read most, in which languages, and how fresh it all is.

Numbers are people's views, with and without a key; the classes side by side are in health. Days are the site's own.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from cac.cities.models import City
from cac.clock import day_in
from cac.practices.models import Practice, PracticeTopic
from cac.practices.queries import IS_PUBLIC
from cac.stats.days import Calendar
from cac.stats.definition import LATE_AFTER_SECONDS
from cac.stats.models import COUNTED_CLASSES, SITE_ID, Measure, Scope, ViewDay, ViewHour, ViewTotal
from cac.stats.periods import Grain, Period, change, list_periods, period_of
from cac.stats.queries import rolled_until

DAYS_SHOWN = 30
SUBTOPIC_LETTERS = "abcdefgh"


@dataclass(frozen=True)
class DayCount:
    """The views of one day: after and before repeats are taken together, and the day's visitors (0 where not known)."""

    day: date
    views: int
    raw: int
    visitors: int


@dataclass(frozen=True)
class PeriodCount:
    """The views and downloads of a period; ``change`` is None while it is running and where nothing came before."""

    period: Period
    views: int
    downloads: int
    change: float | None
    is_running: bool


@dataclass(frozen=True)
class Reading:
    """What a practice's page says of its readers: the views of each of the last days, and of each language, most first."""

    days: tuple[DayCount, ...]
    languages: tuple[tuple[str, int], ...]

    @property
    def views(self) -> int:
        """The views of these days together."""
        return sum(day.views for day in self.days)


@dataclass(frozen=True)
class Freshness:
    """Until when views are counted (None: nothing yet), and by how many seconds that is behind."""

    until: datetime | None
    seconds: float

    @property
    def is_late(self) -> bool:
        """Whether readers are told that the numbers are behind."""
        return self.until is not None and self.seconds > LATE_AFTER_SECONDS


def freshness(session: Session, *, at: datetime) -> Freshness:
    """Return how fresh the numbers are at the moment ``at``."""
    until = rolled_until(session)
    return Freshness(until, max((at - until).total_seconds(), 0.0) if until is not None else 0.0)


def reading_of(session: Session, practice_id: int, *, zone: str, at: datetime, days: int = DAYS_SHOWN) -> Reading:
    """Return who read a practice in the last ``days`` days, today included; two statements.

    Languages are kept by the hour (UTC): in time zones with half hours they begin up to 45 minutes before the first day.
    """
    first = day_in(zone, at) - timedelta(days=days - 1)
    counted = list_days(session, Scope.PRACTICE, practice_id, first=first, last=day_in(zone, at))
    languages = count_languages(session, [practice_id], since=Calendar(zone).start_of(first))
    return Reading(tuple(counted), tuple(languages))


def list_days(
    session: Session, scope: Scope, scope_id: int, *, first: date, last: date, measure: Measure = Measure.VIEW
) -> list[DayCount]:
    """Return every day from ``first`` to ``last``, those without a view too; one statement."""
    sums = func.sum(ViewDay.views), func.sum(ViewDay.raw), func.sum(ViewDay.uniques)
    query = select(ViewDay.day, *sums).where(_people(scope, scope_id, measure), ViewDay.day.between(first, last))
    found = {row[0]: DayCount(row[0], int(row[1]), int(row[2]), int(row[3])) for row in _by_day(session, query)}
    all_days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [found.get(day, DayCount(day, 0, 0, 0)) for day in all_days]


def first_day(session: Session, scope: Scope, scope_id: int) -> date | None:
    """Return the first day with a view of people, None if there was none."""
    return session.scalar(select(func.min(ViewDay.day)).where(_people(scope, scope_id, Measure.VIEW)))


def list_period_counts(
    session: Session, scope: Scope, scope_id: int, *, grain: Grain, today: date, count: int
) -> list[PeriodCount]:
    """Return the last ``count`` periods, the oldest first, each with its change on the one before; one statement."""
    periods = list_periods(grain, today, count + 1)
    since = ViewDay.day >= periods[0].first
    query = select(ViewDay.day, ViewDay.measure, func.sum(ViewDay.views)).group_by(ViewDay.day, ViewDay.measure)
    query = query.where(_of(scope, scope_id), ViewDay.view_class.in_(COUNTED_CLASSES), since, ViewDay.day <= today)
    sums: dict[tuple[Period, str], int] = defaultdict(int)
    for day, measure, views in session.execute(query):
        sums[period_of(grain, day), measure] += int(views)
    counts: list[PeriodCount] = []
    for earlier, period in zip(periods, periods[1:], strict=False):
        views, then = sums[period, Measure.VIEW], sums[earlier, Measure.VIEW]
        grown = None if today in period else change(views, then)
        counts.append(PeriodCount(period, views, sums[period, Measure.DOWNLOAD], grown, today in period))
    return counts


def count_practices(session: Session, practice_ids: Sequence[int], period: Period) -> dict[int, int]:
    """Return the views of each of the practices in a period; those without any are left out."""
    query = select(ViewDay.scope_id, func.sum(ViewDay.views)).group_by(ViewDay.scope_id)
    query = query.where(_people(Scope.PRACTICE, None, Measure.VIEW), ViewDay.scope_id.in_(practice_ids))
    query = query.where(ViewDay.day.between(period.first, period.last))
    return {row[0]: int(row[1]) for row in session.execute(query)}


def count_languages(session: Session, practice_ids: Sequence[int], *, since: datetime) -> list[tuple[str, int]]:
    """Return (language of the edition, views) since an hour began, the most read first; one statement."""
    views = func.sum(ViewHour.views)
    query = select(ViewHour.language, views).where(
        ViewHour.scope == Scope.PRACTICE,
        ViewHour.scope_id.in_(practice_ids),
        ViewHour.measure == Measure.VIEW,
        ViewHour.view_class.in_(COUNTED_CLASSES),
        ViewHour.hour >= since.replace(minute=0, second=0, microsecond=0),
    )
    found = session.execute(query.group_by(ViewHour.language).order_by(views.desc(), ViewHour.language))
    return [(language, int(count)) for language, count in found]


def total(session: Session, scope: Scope, scope_id: int = SITE_ID, measure: Measure = Measure.VIEW) -> int:
    """Return all views, or downloads, ever."""
    of_measure = (ViewTotal.scope == scope) & (ViewTotal.scope_id == scope_id) & (ViewTotal.measure == measure)
    return session.scalar(select(ViewTotal.views).where(of_measure)) or 0


def most_read_by_topic(session: Session, period: Period, each: int) -> dict[str, list[tuple[int, int]]]:
    """Return by main topic the ``each`` public practices read most in a period as (practice id, views)."""
    main = func.rtrim(PracticeTopic.code, SUBTOPIC_LETTERS)
    views = func.sum(ViewDay.views) / func.count(PracticeTopic.code.distinct())
    query = select(main, Practice.id, views).join(PracticeTopic, PracticeTopic.practice_id == Practice.id)
    return _most_read(session, query.group_by(main, Practice.id), period, each)


def most_read_by_country(session: Session, period: Period, each: int) -> dict[str, list[tuple[int, int]]]:
    """Return by the country of the city the ``each`` public practices read most in a period as (practice id, views)."""
    query = select(City.country, Practice.id, func.sum(ViewDay.views)).join(City, City.id == Practice.city_id)
    return _most_read(session, query.group_by(City.country, Practice.id), period, each)


def _most_read(
    session: Session, query: Select[tuple[str, int, int]], period: Period, each: int
) -> dict[str, list[tuple[int, int]]]:
    """The first ``each`` of every group of a query of (group, practice id, views); one statement."""
    people = _people(Scope.PRACTICE, None, Measure.VIEW)
    query = query.join(ViewDay, (ViewDay.scope_id == Practice.id) & people)
    counted = query.where(IS_PUBLIC, ViewDay.day.between(period.first, period.last)).subquery()
    group, practice_id, views = counted.columns
    place = func.row_number().over(partition_by=group, order_by=(views.desc(), practice_id)).label("place")
    ranked = select(group.label("group"), practice_id.label("practice_id"), views.label("views"), place).subquery()
    best = select(ranked.c.group, ranked.c.practice_id, ranked.c.views).where(ranked.c.place <= each, ranked.c.views > 0)
    rows = session.execute(best.order_by(ranked.c.group, ranked.c.place))
    groups: dict[str, list[tuple[int, int]]] = {}
    for name, id_, count in rows:
        groups.setdefault(name, []).append((id_, int(count)))
    return groups


def _by_day(session: Session, query: Select[tuple[date, int, int, int]]) -> Sequence[tuple[date, int, int, int]]:
    return [tuple(row) for row in session.execute(query.group_by(ViewDay.day))]  # type: ignore[misc]


def _people(scope: Scope, scope_id: int | None, measure: Measure) -> ColumnElement[bool]:
    """People's rows of a scope; of all its ids where ``scope_id`` is None."""
    people = ViewDay.view_class.in_(COUNTED_CLASSES) & (ViewDay.measure == measure)
    return people & (ViewDay.scope == scope if scope_id is None else _of(scope, scope_id))


def _of(scope: Scope, scope_id: int) -> ColumnElement[bool]:
    return (ViewDay.scope == scope) & (ViewDay.scope_id == scope_id)
