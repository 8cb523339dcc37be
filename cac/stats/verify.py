"""Checks that nothing was lost or made up on the way from the spool to the totals, and names what differs.

What must agree stands in equations; here it is asked in one snapshot of the database, every night or when somebody wants to know,
and the result is kept. Changes nothing but its own record.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cac.clock import day_in
from cac.db import SessionFactory, transaction
from cac.settings import Settings
from cac.stats import equations
from cac.stats.equations import Difference
from cac.stats.models import Measure, Scope, ViewCheck, ViewClass, ViewDay, ViewLedger

KEPT_FOR = timedelta(days=400)
DIFFERENCES_KEPT = 20
NIGHTLY_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Verification:
    """What a check found. ``parts`` add up to ``lines`` where all is right.

    They are people's views, with and without a key: the public number; their downloads; repeats, the other classes, bad lines.
    """

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
        differences = [*_compare_lines(lines, parts), *equations.list_differences(session)]
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
    query = select(ViewDay.measure, ViewDay.view_class, *sums).where(ViewDay.scope == Scope.SITE)
    raw: Counter[tuple[str, str]] = Counter()
    views: Counter[tuple[str, str]] = Counter()
    for measure, view_class, requests, counted in session.execute(query.group_by(ViewDay.measure, ViewDay.view_class)):
        raw[measure, view_class], views[measure, view_class] = int(requests), int(counted)

    def both(counts: Counter[tuple[str, str]], view_class: ViewClass) -> int:
        return sum(counts[measure, view_class] for measure in Measure)

    keyed = (ViewClass.PERSON, ViewClass.SUSPECTED)
    return {
        "views": views[Measure.VIEW, ViewClass.PERSON],
        "no_key": raw[Measure.VIEW, ViewClass.NO_KEY],
        "downloads": views[Measure.DOWNLOAD, ViewClass.PERSON] + raw[Measure.DOWNLOAD, ViewClass.NO_KEY],
        "repeats": sum(both(raw, name) - both(views, name) for name in keyed),
        "robots": both(raw, ViewClass.ROBOT),
        "machines": both(raw, ViewClass.MACHINE),
        "suspected": both(views, ViewClass.SUSPECTED),
        "bad": bad,
    }


def _compare_lines(lines: int, parts: Mapping[str, int]) -> Iterator[Difference]:
    if lines != sum(parts.values()):
        yield Difference("lines read and lines booked", "site", (lines,), (sum(parts.values()),))
