"""Checks that nothing was lost or made up on the way from the spool to the totals, and names what differs.

Four equations, each over all time and in one snapshot of the database: what the ledger says was read is what was booked;
hours are days; practices are cities are the site, day by day; days of people are totals. Changes nothing but its own record.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, delete, func, select
from sqlalchemy.orm import Session

from cac.clock import day_in
from cac.db import SessionFactory, transaction
from cac.settings import Settings
from cac.stats.models import COUNTED_CLASSES, Scope, ViewCheck, ViewClass, ViewDay, ViewHour, ViewLedger, ViewTotal

KEPT_FOR = timedelta(days=400)
DIFFERENCES_KEPT = 20
NIGHTLY_AFTER = timedelta(minutes=15)

Sums = dict[tuple[object, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Difference:
    """Two sums that should be equal: ``what`` says which, ``place`` of what (day, scope, id, measure, class)."""

    what: str
    place: str
    left: tuple[int, ...]
    right: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.what}: {self.place}: {list(self.left)} and {list(self.right)}"


@dataclass(frozen=True)
class Verification:
    """What a check found. ``parts`` add up to ``lines`` where all is right: views, repeats, the other classes, bad lines."""

    lines: int
    parts: Mapping[str, int]
    differences: tuple[Difference, ...]

    @property
    def is_right(self) -> bool:
        """Whether everything agrees."""
        return not self.differences


def verify(session: Session) -> Verification:
    """Compare all sums in one snapshot; the session must be fresh, and is rolled back at the end."""
    _begin_snapshot(session)
    try:
        ledger = session.execute(select(func.sum(ViewLedger.lines), func.sum(ViewLedger.bad))).one()
        lines, bad = (int(value or 0) for value in ledger)
        parts = _parts(session, bad)
        differences = [*_compare_lines(lines, parts), *_compare_days(session), *_compare_totals(session)]
        return Verification(lines, parts, tuple(differences))
    finally:
        session.rollback()


def check_and_keep(session_factory: SessionFactory, *, at: datetime) -> Verification:
    """Verify, keep the result for the operator's page and the doctor, forget results older than 400 days."""
    with session_factory() as session:
        found = verify(session)
    words = [str(difference) for difference in found.differences[:DIFFERENCES_KEPT]]
    with session_factory() as session, transaction(session):
        session.execute(delete(ViewCheck).where(ViewCheck.checked_at < at - KEPT_FOR))
        session.add(
            ViewCheck(
                checked_at=at,
                lines=found.lines,
                parts=dict(found.parts),
                difference_count=len(found.differences),
                differences=words,
            )
        )
    return found


def check_nightly(session_factory: SessionFactory, settings: Settings, *, at: datetime) -> Verification | None:
    """Verify once in each day of the site, a quarter of an hour after its midnight or as soon as a worker runs after that."""
    today = day_in(settings.timezone, at - NIGHTLY_AFTER)
    with session_factory() as session:
        last = find_last(session)
    if last is not None and day_in(settings.timezone, last.checked_at - NIGHTLY_AFTER) >= today:
        return None
    return check_and_keep(session_factory, at=at)


def find_last(session: Session) -> ViewCheck | None:
    """Return the record of the last check, or None before the first."""
    return session.scalars(select(ViewCheck).order_by(ViewCheck.checked_at.desc()).limit(1)).first()


def _begin_snapshot(session: Session) -> None:
    """Let all statements that follow see the same moment."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    else:
        # Python's driver begins a transaction of its own accord only before it writes.
        session.connection().exec_driver_sql("BEGIN")


def _parts(session: Session, bad: int) -> dict[str, int]:
    """What became of the lines: every request of the site falls into exactly one of these."""
    sums = func.sum(ViewDay.raw), func.sum(ViewDay.views)
    query = select(ViewDay.view_class, *sums).where(ViewDay.scope == Scope.SITE).group_by(ViewDay.view_class)
    raw, views = dict.fromkeys(ViewClass, 0), dict.fromkeys(ViewClass, 0)
    for view_class, requests, counted in session.execute(query):
        raw[ViewClass(view_class)], views[ViewClass(view_class)] = int(requests), int(counted)
    keyed = (ViewClass.PERSON, ViewClass.SUSPECTED)
    return {
        "views": views[ViewClass.PERSON],
        "repeats": sum(raw[name] - views[name] for name in keyed),
        "robots": raw[ViewClass.ROBOT],
        "machines": raw[ViewClass.MACHINE],
        "suspected": views[ViewClass.SUSPECTED],
        "no_key": raw[ViewClass.NO_KEY],
        "bad": bad,
    }


def _compare_lines(lines: int, parts: Mapping[str, int]) -> Iterator[Difference]:
    if lines != sum(parts.values()):
        yield Difference("lines read and lines booked", "site", (lines,), (sum(parts.values()),))


def _compare_days(session: Session) -> Iterator[Difference]:
    """Hours and days of every practice; practices, cities and the site on every day."""
    counted = func.sum(ViewDay.raw), func.sum(ViewDay.views)
    days = select(ViewDay.scope_id, ViewDay.measure, ViewDay.view_class, *counted)
    days = days.where(ViewDay.scope == Scope.PRACTICE).group_by(ViewDay.scope_id, ViewDay.measure, ViewDay.view_class)
    hours = select(
        ViewHour.scope_id, ViewHour.measure, ViewHour.view_class, func.sum(ViewHour.raw), func.sum(ViewHour.views)
    ).where(ViewHour.scope == Scope.PRACTICE)
    hours = hours.group_by(ViewHour.scope_id, ViewHour.measure, ViewHour.view_class)
    yield from _differing("hours and days of a practice", _sums(session, hours, 3), _sums(session, days, 3))
    by_scope = {
        scope: _sums(
            session,
            select(ViewDay.day, ViewDay.measure, ViewDay.view_class, *counted)
            .where(ViewDay.scope == scope)
            .group_by(ViewDay.day, ViewDay.measure, ViewDay.view_class),
            3,
        )
        for scope in Scope
    }
    yield from _differing("practices and the site", by_scope[Scope.PRACTICE], by_scope[Scope.SITE])
    yield from _differing("cities and the site", by_scope[Scope.CITY], by_scope[Scope.SITE])


def _compare_totals(session: Session) -> Iterator[Difference]:
    """The totals that pages show and the days of people that they grew by."""
    key = ViewDay.scope, ViewDay.scope_id, ViewDay.measure
    days = select(*key, func.sum(ViewDay.raw), func.sum(ViewDay.views)).group_by(*key)
    days = days.where(ViewDay.view_class.in_(COUNTED_CLASSES))
    totals = select(ViewTotal.scope, ViewTotal.scope_id, ViewTotal.measure, ViewTotal.raw, ViewTotal.views)
    yield from _differing("days and total", _sums(session, days, 3), _sums(session, totals, 3))


def _sums(session: Session, query: Select[*tuple[object, ...]], key_length: int) -> Sums:
    rows: Iterator[Row[*tuple[object, ...]]] = iter(session.execute(query))
    return {tuple(row[:key_length]): tuple(int(str(value)) for value in row[key_length:]) for row in rows}


def _differing(what: str, left: Sums, right: Sums) -> Iterator[Difference]:
    for place in sorted({*left, *right}, key=str):
        pair = left.get(place, (0, 0)), right.get(place, (0, 0))
        if pair[0] != pair[1]:
            yield Difference(what, " ".join(str(part) for part in place), *pair)
