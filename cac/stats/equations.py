"""What must be equal, and what can never be, between the tables of counts: the database says only what is wrong.

Hours are days, of each practice in all and on each day; practices are their cities are the site, day by day; days of people are
totals; nothing has more visitors or sessions than views, more views than requests, more referrers or countries than views of
people, and no day more visitors of the site than of its cities together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import BigInteger, Select, func, literal, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from cac.practices.models import Practice
from cac.stats.models import (
    COUNTED_CLASSES,
    UNKNOWN_DAY,
    CountryDay,
    Measure,
    ReferrerDay,
    Scope,
    ViewDay,
    ViewHour,
    ViewTotal,
)

Query = Select[*tuple[object, ...]]


@dataclass(frozen=True)
class Difference:
    """Two sums that should be equal: ``what`` says which, ``place`` of what (day, scope, id, measure, class)."""

    what: str
    place: str
    left: tuple[int, ...]
    right: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.what}: {self.place}: {list(self.left)} and {list(self.right)}"


def list_differences(session: Session) -> Iterator[Difference]:
    """Return all that does not agree, as the session sees the database."""
    for compare in (compare_days, _compare_scopes, _compare_totals, _find_impossible, _compare_origins):
        yield from compare(session)


def compare_days(session: Session) -> Iterator[Difference]:
    """Hours and days of every practice, on each day; where hours do not know theirs, in all and on each day since they do."""
    # An upgrade cannot tell to which day the hours before it belonged: days begin to be compared when those are over.
    unknown = session.scalar(select(func.max(ViewHour.hour)).where(ViewHour.day == UNKNOWN_DAY))
    first = unknown.date() + timedelta(days=2) if unknown is not None else UNKNOWN_DAY
    key: tuple[str, ...] = ("scope_id", "measure", "view_class")
    if unknown is not None:
        days, hours = _practices(ViewDay, *key), _practices(ViewHour, *key)
        yield from _differing(session, "hours and days of a practice", hours, days, key)
    key = ("day", *key)
    days = _practices(ViewDay, *key).where(ViewDay.day >= first)
    hours = _practices(ViewHour, *key).where(ViewHour.day >= first, ViewHour.day != UNKNOWN_DAY)
    yield from _differing(session, "hours and the day of a practice", hours, days, key)


def _practices(table: type[ViewDay | ViewHour], *key: str) -> Query:
    columns = [getattr(table, name) for name in key]
    sums = func.sum(table.raw).label("one"), func.sum(table.views).label("two")
    return select(*columns, *sums).where(table.scope == Scope.PRACTICE).group_by(*columns)


def _compare_scopes(session: Session) -> Iterator[Difference]:
    """Practices, cities and the site on every day; and each city with its own practices."""
    key = ("day", "measure", "view_class")
    practices, cities, site = (_days(scope, *key) for scope in (Scope.PRACTICE, Scope.CITY, Scope.SITE))
    yield from _differing(session, "practices and the site", practices, site, key)
    yield from _differing(session, "cities and the site", cities, site, key)
    yield from _more(
        session, "visitors of the site and of cities", _uniques(Scope.SITE, *key), _uniques(Scope.CITY, *key), key
    )
    yield from _more(
        session, "visitors of cities and of practices", _uniques(Scope.CITY, *key), _uniques(Scope.PRACTICE, *key), key
    )
    yield from _compare_cities(session, ("day", "city_id", "measure", "view_class"))


def _compare_cities(session: Session, key: Sequence[str]) -> Iterator[Difference]:
    """A practice that is no more has left its views with a city that nobody knows: what it was read on is not judged."""
    of_practice = ViewDay.day, Practice.city_id, ViewDay.measure, ViewDay.view_class
    sums = func.sum(ViewDay.raw).label("one"), func.sum(ViewDay.views).label("two")
    practices = select(*of_practice, *sums).join(Practice, Practice.id == ViewDay.scope_id)
    practices = practices.where(ViewDay.scope == Scope.PRACTICE).group_by(*of_practice)
    columns = ViewDay.day, ViewDay.scope_id.label("city_id"), ViewDay.measure, ViewDay.view_class
    cities = select(*columns, ViewDay.raw.label("one"), ViewDay.views.label("two")).where(ViewDay.scope == Scope.CITY)
    unknown = _places_of_unknown_cities(session)
    for difference in _differing(session, "practices of a city and the city", practices, cities, key):
        day, _city, measure, view_class = difference.place.split(" ")
        if (day, measure, view_class) not in unknown:
            yield difference


def _places_of_unknown_cities(session: Session) -> set[tuple[str, ...]]:
    """The (day, measure, class) of all practices that are no more."""
    of_practices = select(ViewDay.scope_id).where(ViewDay.scope == Scope.PRACTICE).distinct()
    gone = session.scalars(of_practices.except_(select(Practice.id))).all()
    place = select(ViewDay.day, ViewDay.measure, ViewDay.view_class).distinct()
    found = place.where(ViewDay.scope == Scope.PRACTICE, ViewDay.scope_id.in_(gone)) if gone else None
    return {tuple(str(value) for value in row) for row in session.execute(found)} if found is not None else set()


def _days(scope: Scope, *key: str) -> Query:
    columns = [getattr(ViewDay, name) for name in key]
    sums = func.sum(ViewDay.raw).label("one"), func.sum(ViewDay.views).label("two")
    return select(*columns, *sums).where(ViewDay.scope == scope).group_by(*columns)


def _uniques(scope: Scope, *key: str) -> Query:
    columns = [getattr(ViewDay, name) for name in key]
    sums = func.sum(ViewDay.uniques).label("one"), literal(0).label("two")
    return select(*columns, *sums).where(ViewDay.scope == scope).group_by(*columns)


def _compare_totals(session: Session) -> Iterator[Difference]:
    """The totals that pages show and the days of people that they grew by."""
    key = ViewDay.scope, ViewDay.scope_id, ViewDay.measure
    days = select(*key, func.sum(ViewDay.raw).label("one"), func.sum(ViewDay.views).label("two")).group_by(*key)
    days = days.where(ViewDay.view_class.in_(COUNTED_CLASSES))
    totals = select(
        ViewTotal.scope, ViewTotal.scope_id, ViewTotal.measure, ViewTotal.raw.label("one"), ViewTotal.views.label("two")
    )
    yield from _differing(session, "days and total", days, totals, ("scope", "scope_id", "measure"))


def _find_impossible(session: Session) -> Iterator[Difference]:
    """Rows that no counting can make: more views than requests, more visitors or sessions than views, less than nothing."""
    for what, table, third in (
        ("visitors, views and requests of a day", ViewDay, ViewDay.uniques),
        ("sessions, views and requests of an hour", ViewHour, ViewHour.sessions),
    ):
        moment = [ViewHour.hour] if table is ViewHour else []
        place = [table.day, *moment, table.scope, table.scope_id, table.measure, table.view_class]
        wrong = or_(third > table.views, table.views > table.raw, third < 0)
        for row in session.execute(select(*place, third, table.views, table.raw).where(wrong).order_by(*place)):
            yield Difference(what, _words(row[:-3]), _numbers(row[-3:-2]), _numbers(row[-2:]))


def _compare_origins(session: Session) -> Iterator[Difference]:
    """Where readers came from is known of some of a practice's views of people on a day, never of more than all."""
    key = ("day", "scope_id")
    days = [getattr(ViewDay, name) for name in key]
    people = select(*days, func.sum(ViewDay.views).label("one"), literal(0).label("two")).group_by(*days)
    people = people.where(
        ViewDay.scope == Scope.PRACTICE, ViewDay.measure == Measure.VIEW, ViewDay.view_class.in_(COUNTED_CLASSES)
    )
    for what, table in (("referrers", ReferrerDay), ("countries", CountryDay)):
        columns = [table.day, table.scope_id]
        origins = select(*columns, func.sum(table.views).label("one"), literal(0).label("two")).group_by(*columns)
        origins = origins.where(table.scope == Scope.PRACTICE)
        yield from _more(session, f"{what} and views of a practice", origins, people, key)


def _differing(session: Session, what: str, left: Query, right: Query, key: Sequence[str]) -> Iterator[Difference]:
    """Where the sums ``one`` and ``two`` of the queries are not the same, by key; what only one of them has is 0 in the other."""
    for row in session.execute(_side_by_side(left, right, key, is_more=False)):
        sums = _numbers(row[len(key) :])
        yield Difference(what, _words(row[: len(key)]), (sums[0], sums[1]), (sums[2], sums[3]))


def _more(session: Session, what: str, left: Query, right: Query, key: Sequence[str]) -> Iterator[Difference]:
    """Where the first sum of the left is more than that of the right, by key."""
    for row in session.execute(_side_by_side(left, right, key, is_more=True)):
        sums = _numbers(row[len(key) :])
        yield Difference(what, _words(row[: len(key)]), (sums[0],), (sums[2],))


def _side_by_side(left: Query, right: Query, key: Sequence[str], *, is_more: bool) -> Query:
    """Both queries as one, added up by key, and of that only what is not as it should be (old SQLite has no FULL JOIN)."""
    nought = literal_column("0", BigInteger)
    sides = left.subquery(), right.subquery()
    halves = (
        select(
            *(sides[0].c[name] for name in key),
            sides[0].c.one,
            sides[0].c.two,
            nought.label("three"),
            nought.label("four"),
        ),
        select(
            *(sides[1].c[name] for name in key),
            nought.label("one"),
            nought.label("two"),
            sides[1].c.one,
            sides[1].c.two,
        ),
    )
    both = union_all(*halves).subquery()
    columns = [both.c[name] for name in key]
    sums = [func.sum(column) for column in both.c[len(key) :]]
    wrong = sums[0] > sums[2] if is_more else or_(sums[0] != sums[2], sums[1] != sums[3])
    return select(*columns, *sums).group_by(*columns).having(wrong).order_by(*columns)


def _words(place: Sequence[object]) -> str:
    return " ".join(str(part) for part in place)


def _numbers(sums: Sequence[object]) -> tuple[int, ...]:
    return tuple(int(str(value)) for value in sums)
