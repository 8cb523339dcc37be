"""Reads how counting itself is doing: the classes by day, what was not counted, what waits on this host, what looks wrong.

Alarms are codes with figures; the words for them are the pages' and the doctor's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.clock import day_in
from cac.settings import Settings
from cac.stats import proxies, reports, verify
from cac.stats.booking import read_offsets
from cac.stats.models import (
    COUNTED_CLASSES,
    SITE_ID,
    Measure,
    Scope,
    ViewCheck,
    ViewClass,
    ViewDay,
    ViewKey,
    ViewLedger,
)
from cac.stats.segments import list_segments

ONE_KEY_SHARE = 0.3
FEWEST_VIEWS_TO_JUDGE = 100
READ_AT_ONCE = 1024 * 1024


class Alarm(StrEnum):
    """What an operator should look at."""

    LATE = "late"
    CHECK_FAILED = "check_failed"
    FORWARDED = "forwarded"
    ONE_KEY = "one_key"


@dataclass(frozen=True)
class ClassDay:
    """One day of the site: requests by class, and views beside raw for people."""

    day: date
    requests: dict[ViewClass, int] = field(default_factory=dict)
    views: int = 0
    raw: int = 0
    salt_breaks: int = 0


@dataclass(frozen=True)
class Backlog:
    """What this host has written and not rolled yet, and how many segments lie in its spool."""

    size: int
    lines: int
    segments: int


@dataclass(frozen=True)
class Losses:
    """What could not be counted since counting began: lines never written, and lines that could not be read."""

    dropped: int
    bad: int
    lines: int


@dataclass(frozen=True)
class Health:
    """The state of counting at one moment."""

    freshness: reports.Freshness
    backlog: Backlog
    losses: Losses
    check: ViewCheck | None
    alarms: tuple[Alarm, ...]
    key_share: float | None


def examine(session: Session, settings: Settings, *, at: datetime) -> Health:
    """Return the state of counting, of the spool on this host included; four statements."""
    fresh = reports.freshness(session, at=at)
    check = verify.find_last(session)
    share = share_of_one_key(session, day_in(settings.timezone, at))
    found = {
        Alarm.LATE: fresh.is_late,
        Alarm.CHECK_FAILED: check is not None and not check.is_right,
        Alarm.FORWARDED: settings.forwarded_hops == 0 and proxies.was_forwarded(settings.spool_dir, at=at),
        Alarm.ONE_KEY: share is not None and share > ONE_KEY_SHARE,
    }
    return Health(
        freshness=fresh,
        backlog=read_backlog(session, settings.spool_dir),
        losses=count_losses(session),
        check=check,
        alarms=tuple(alarm for alarm, is_on in found.items() if is_on),
        key_share=share,
    )


def list_class_days(session: Session, *, first: date, last: date) -> list[ClassDay]:
    """Return each day of the site from ``first`` to ``last`` with its classes; requests are raw, pages only; one statement."""
    query = select(ViewDay).where(
        ViewDay.scope == Scope.SITE,
        ViewDay.scope_id == SITE_ID,
        ViewDay.measure == Measure.VIEW,
        ViewDay.day.between(first, last),
    )
    rows: dict[date, list[ViewDay]] = {}
    for row in session.scalars(query):
        rows.setdefault(row.day, []).append(row)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [_class_day(day, rows.get(day, [])) for day in days]


def _class_day(day: date, rows: Sequence[ViewDay]) -> ClassDay:
    people = [row for row in rows if row.view_class in COUNTED_CLASSES]
    return ClassDay(
        day=day,
        requests={ViewClass(row.view_class): row.raw for row in rows},
        views=sum(row.views for row in people),
        raw=sum(row.raw for row in people),
        salt_breaks=sum(row.salt_breaks for row in rows),
    )


def read_backlog(session: Session, folder: Path) -> Backlog:
    """Return what waits in the spool of this host."""
    segments = list_segments(folder)
    offsets = read_offsets(session, segments) if segments else {}
    size = lines = 0
    for segment in segments:
        try:
            with segment.path.open("rb") as stream:
                stream.seek(offsets.get(segment.name, 0))
                while part := stream.read(READ_AT_ONCE):
                    size, lines = size + len(part), lines + part.count(b"\n")
        except FileNotFoundError:
            continue  # rolled and deleted while we looked
    return Backlog(size, lines, len(segments))


def count_losses(session: Session) -> Losses:
    """Return what could not be counted on any host; one statement."""
    query = select(func.sum(ViewLedger.dropped), func.sum(ViewLedger.bad), func.sum(ViewLedger.lines))
    dropped, bad, lines = session.execute(query).one()
    return Losses(int(dropped or 0), int(bad or 0), int(lines or 0))


def share_of_one_key(session: Session, today: date) -> float | None:
    """Return which part of today's views with a key carries the same one; None while they are too few to judge.

    A large part means that many readers look like one: the address that is believed is the proxy's.
    """
    query = select(func.max(ViewKey.views), func.sum(ViewKey.views)).where(ViewKey.day == today)
    most, whole = session.execute(query).one()
    return most / int(whole) if whole is not None and whole >= FEWEST_VIEWS_TO_JUDGE else None
