"""Reads what statistics show: views by day, week and month, what is read most, in which languages, and how fresh it all is.

Numbers are people's views, with and without a key; the classes side by side are in health. Days are the site's own.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import CTE, ColumnElement, case, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from cac.cities.models import City
from cac.clock import day_in
from cac.practices.models import Practice, PracticeTopic
from cac.practices.queries import IS_PUBLIC
from cac.stats.days import Calendar
from cac.stats.definition import LATE_AFTER_SECONDS
from cac.stats.hosts import rolled_until
from cac.stats.models import COUNTED_CLASSES, SITE_ID, UNKNOWN_DAY, Measure, Scope, ViewDay, ViewHour, ViewTotal
from cac.stats.periods import Grain, Period, change, is_counted, is_whole, list_periods, period_of

DAYS_SHOWN = 30
SUBTOPIC_LETTERS = "abcdefgh"


@dataclass(frozen=True)
class DayCount:
    """The views of one day, after and before repeats are taken together, its visitors (0 where not known) and downloads.

    ``definition`` and ``rules`` are the versions of the definition and of the rules for robots by which it was counted; two
    with a plus where they changed on that day, none where nothing was counted.
    """

    day: date
    views: int = 0
    raw: int = 0
    visitors: int = 0
    downloads: int = 0
    definition: str = ""
    rules: str = ""


@dataclass(frozen=True)
class PeriodCount:
    """The views and downloads of a period; ``visitors`` is the sum of its days' visitors, as a visitor is known for one day.

    ``change`` is None while the period is running, where nothing came before it, and where counting began in what came before.
    """

    period: Period
    views: int
    downloads: int
    visitors: int
    change: float | None
    is_running: bool


@dataclass(frozen=True)
class Totals:
    """All that was ever counted of a scope: its views, the requests before repeats are taken together, its downloads.

    ``since`` is the first day with any of them, None where there is none. What was withdrawn since is in it.
    """

    views: int = 0
    requests: int = 0
    downloads: int = 0
    since: date | None = None


@dataclass(frozen=True)
class PracticeCounts:
    """The views of a practice in some periods, and its downloads; ``begun`` is the first day on which it was read at all."""

    begun: date | None
    views: tuple[int, ...]
    downloads: int


@dataclass(frozen=True)
class Reading:
    """What a practice's page says of its readers: the views of each of the last days, and of each language, most first.

    ``since`` is its first counted day.
    """

    since: date | None
    days: tuple[DayCount, ...]
    languages: tuple[tuple[str, int], ...]

    @property
    def views(self) -> int:
        """The views of these days together."""
        return sum(day.views for day in self.days)


@dataclass(frozen=True)
class MostRead:
    """By main topic, and by country of the city, (practice id, views) of the practices read most in a period."""

    by_topic: dict[str, list[tuple[int, int]]]
    by_country: dict[str, list[tuple[int, int]]]


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
    """Return how fresh the numbers are at the moment ``at``; one statement."""
    return freshness_of(rolled_until(session, at=at), at=at)


def freshness_of(until: datetime | None, *, at: datetime) -> Freshness:
    """Return how fresh numbers are at the moment ``at`` that are counted until another; without a statement."""
    return Freshness(until, max((at - until).total_seconds(), 0.0) if until is not None else 0.0)


def reading_of(session: Session, practice_id: int, *, zone: str, at: datetime, days: int = DAYS_SHOWN) -> Reading:
    """Return who read a practice in the last ``days`` days, today included, from its first counted one on; three statements."""
    today = day_in(zone, at)
    first = today - timedelta(days=days - 1)
    begun = first_day(session, Scope.PRACTICE, practice_id)
    counted = list_days(session, Scope.PRACTICE, practice_id, first=max(begun, first), last=today) if begun else []
    languages = count_languages(session, [practice_id], first=first, zone=zone)
    return Reading(begun, tuple(counted), tuple(languages))


def list_days(session: Session, scope: Scope, scope_id: int, *, first: date, last: date) -> list[DayCount]:
    """Return every day from ``first`` to ``last``, those without a view too; one statement."""
    of_views = [
        func.sum(case((ViewDay.measure == Measure.VIEW, column), else_=0))
        for column in (ViewDay.views, ViewDay.raw, ViewDay.uniques)
    ]
    downloads = func.sum(case((ViewDay.measure == Measure.DOWNLOAD, ViewDay.views), else_=0))
    versions = [
        of_all(version)
        for version in (ViewDay.definition_version, ViewDay.rules_version)
        for of_all in (func.min, func.max)
    ]
    query = select(ViewDay.day, *of_views, downloads, *versions).where(_of_people(scope, scope_id))
    rows = session.execute(query.where(ViewDay.day.between(first, last)).group_by(ViewDay.day))
    found = {row[0]: _day_count(*row) for row in rows}
    all_days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [found.get(day, DayCount(day)) for day in all_days]


def _day_count(day: date, views: int, raw: int, visitors: int, downloads: int, *versions: str) -> DayCount:
    definition, rules = _both(*versions[:2]), _both(*versions[2:])
    return DayCount(day, int(views), int(raw), int(visitors), int(downloads), definition, rules)


def _both(one: str, other: str) -> str:
    return one if one == other else f"{one}+{other}"


def first_day(session: Session, scope: Scope, scope_id: int) -> date | None:
    """Return the first day with a view or a download of people, None if there was none."""
    return session.scalar(select(func.min(ViewDay.day)).where(_of_people(scope, scope_id)))


def list_salt_breaks(session: Session, *, since: date) -> frozenset[date]:
    """Return the days on which a salt was lost, so that visitors may be counted twice; one statement."""
    of_site = (ViewDay.scope == Scope.SITE) & (ViewDay.scope_id == SITE_ID)
    return frozenset(session.scalars(select(ViewDay.day).where(of_site, ViewDay.day >= since, ViewDay.salt_breaks > 0)))


def list_period_counts(
    session: Session, scope: Scope, scope_id: int, *, grain: Grain, today: date, begun: date | None, count: int
) -> list[PeriodCount]:
    """Return the last ``count`` periods, the oldest first, each with its change on the one before; one statement.

    They begin with the one that holds the first counted day, ``begun``; the running one is always among them.
    """
    periods = list_periods(grain, today, count + 1)
    since = ViewDay.day >= periods[0].first
    sums = func.sum(ViewDay.views), func.sum(ViewDay.uniques)
    query = select(ViewDay.day, ViewDay.measure, *sums).group_by(ViewDay.day, ViewDay.measure)
    query = query.where(_of_people(scope, scope_id), since, ViewDay.day <= today)
    views: dict[tuple[Period, str], int] = defaultdict(int)
    visitors: dict[Period, int] = defaultdict(int)
    for day, measure, counted, uniques in session.execute(query):
        period = period_of(grain, day)
        views[period, measure] += int(counted)
        visitors[period] += int(uniques) if measure == Measure.VIEW else 0
    return [
        PeriodCount(
            period=period,
            views=views[period, Measure.VIEW],
            downloads=views[period, Measure.DOWNLOAD],
            visitors=visitors[period],
            change=change(views[period, Measure.VIEW], views[earlier, Measure.VIEW])
            if is_whole(earlier, begun) and today not in period
            else None,
            is_running=today in period,
        )
        for earlier, period in pairwise(periods)
        if today in period or is_counted(period, begun)
    ]


def count_practices(
    session: Session, practice_ids: Sequence[int], periods: Sequence[Period], window: Period
) -> dict[int, PracticeCounts]:
    """Return the views of each of the practices in each of the ``periods`` and its downloads in ``window``; one statement."""
    cells = [*((Measure.VIEW, each) for each in periods), (Measure.DOWNLOAD, window)]
    in_cells = [
        case(((ViewDay.measure == measure) & ViewDay.day.between(each.first, each.last), ViewDay.views), else_=0)
        for measure, each in cells
    ]
    sums = (func.sum(counted) for counted in in_cells)
    ever = aliased(ViewDay)
    first = select(func.min(ever.day)).where(
        ever.scope == Scope.PRACTICE, ever.scope_id == ViewDay.scope_id, ever.view_class.in_(COUNTED_CLASSES)
    )
    query = select(ViewDay.scope_id, first.scalar_subquery(), *sums).group_by(ViewDay.scope_id)
    query = query.where(
        ViewDay.view_class.in_(COUNTED_CLASSES),
        ViewDay.scope == Scope.PRACTICE,
        ViewDay.scope_id.in_(practice_ids),
        ViewDay.day >= min(each.first for _measure, each in cells),
    )
    found = {
        id_: PracticeCounts(begun, tuple(int(counted) for counted in views), int(downloads))
        for id_, begun, *views, downloads in session.execute(query)
    }
    unread = PracticeCounts(None, (0,) * len(periods), 0)
    return {practice_id: found.get(practice_id, unread) for practice_id in practice_ids}


def count_languages(session: Session, practice_ids: Sequence[int], *, first: date, zone: str) -> list[tuple[str, int]]:
    """Return (language of the edition, views) since the first of some days, the most read first; one statement.

    Hours from before days were kept with them count where they end after the day began.
    """
    views = func.sum(ViewHour.views)
    begin = Calendar(zone).start_of(first).replace(minute=0)
    query = select(ViewHour.language, views).where(
        ViewHour.scope == Scope.PRACTICE,
        ViewHour.scope_id.in_(practice_ids),
        ViewHour.measure == Measure.VIEW,
        ViewHour.view_class.in_(COUNTED_CLASSES),
        ViewHour.hour >= begin,
        (ViewHour.day >= first) | (ViewHour.day == UNKNOWN_DAY),
    )
    found = session.execute(query.group_by(ViewHour.language).order_by(views.desc(), ViewHour.language))
    return [(language, int(count)) for language, count in found]


def totals(session: Session, scope: Scope, scope_id: int = SITE_ID) -> Totals:
    """Return all that was ever counted of a scope; one statement."""
    since = select(func.min(ViewDay.day)).where(_of_people(scope, scope_id)).scalar_subquery()
    query = select(ViewTotal.measure, ViewTotal.views, ViewTotal.raw, since)
    found = Totals()
    rows = session.execute(query.where(ViewTotal.scope == scope, ViewTotal.scope_id == scope_id))
    for measure, views, raw, first in rows:
        if measure == Measure.VIEW:
            found = replace(found, views=views, requests=raw, since=first)
        else:
            found = replace(found, downloads=views, since=first)
    return found


def most_read_in(session: Session, period: Period, each: int) -> MostRead:
    """Return the ``each`` public practices read most in a period, by main topic and by the country of the city; one statement."""
    read = _read_in(period)
    main = func.rtrim(PracticeTopic.code, SUBTOPIC_LETTERS).label("main")
    topics = select(PracticeTopic.practice_id, main).distinct().subquery()
    of_topic = select(literal("topic").label("kind"), topics.c.main.label("name"), read.c.practice_id, read.c.views)
    of_country = select(literal("country"), City.country, read.c.practice_id, read.c.views)
    both = union_all(
        of_topic.join(topics, topics.c.practice_id == read.c.practice_id),
        of_country.join(City, City.id == read.c.city_id),
    ).subquery()
    kind, name, practice_id, views = both.columns
    place = func.row_number().over(partition_by=(kind, name), order_by=(views.desc(), practice_id)).label("place")
    ranked = select(kind, name, practice_id, views, place).subquery()
    best = select(ranked).where(ranked.c.place <= each).order_by(ranked.c.name, ranked.c.place)
    found = MostRead({}, {})
    for row in session.execute(best):
        groups = found.by_topic if row.kind == "topic" else found.by_country
        groups.setdefault(row.name, []).append((row.practice_id, int(row.views)))
    return found


def newest_change(session: Session) -> datetime | None:
    """Return when a practice was published or withdrawn last: what was most read before may be another since."""
    return session.scalar(select(func.max(Practice.public_changed_at)))


def _read_in(period: Period) -> CTE:
    """The public practices that were read in a period: (practice_id, city_id, views), added up before anything is joined."""
    sums = select(ViewDay.scope_id, func.sum(ViewDay.views).label("views")).group_by(ViewDay.scope_id)
    sums = sums.where(_views_of_practices(), ViewDay.day.between(period.first, period.last))
    views = sums.cte("sums")
    read = select(Practice.id.label("practice_id"), Practice.city_id, views.c.views)
    return read.join(views, views.c.scope_id == Practice.id).where(IS_PUBLIC, views.c.views > 0).cte("read")


def _views_of_practices() -> ColumnElement[bool]:
    """People's views of all practices."""
    views = (ViewDay.scope == Scope.PRACTICE) & (ViewDay.measure == Measure.VIEW)
    return views & ViewDay.view_class.in_(COUNTED_CLASSES)


def _of_people(scope: Scope, scope_id: int) -> ColumnElement[bool]:
    """People's rows of a scope, of all measures."""
    return (ViewDay.scope == scope) & (ViewDay.scope_id == scope_id) & ViewDay.view_class.in_(COUNTED_CLASSES)
