"""Reads how counting itself is doing: the classes by day, what was not counted, what waits on this host, what looks wrong.

Alarms are codes with figures; the words for them are the pages' and the doctor's business.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from cac.clock import day_in
from cac.settings import Settings
from cac.stats import hosts, proxies, reports, verify
from cac.stats.booking import read_offsets
from cac.stats.busiest import FEWEST_VIEWS_TO_JUDGE
from cac.stats.days import Calendar
from cac.stats.definition import LATE_AFTER_SECONDS
from cac.stats.gauge import read_gauges
from cac.stats.host_id import find_host_id
from cac.stats.lines import parse_line
from cac.stats.models import (
    COUNTED_CLASSES,
    SITE_ID,
    Measure,
    Scope,
    ViewCheck,
    ViewClass,
    ViewDay,
    ViewHour,
    ViewKey,
    ViewLedger,
    ViewRoller,
)
from cac.stats.segments import Segment, list_segments

ONE_KEY_SHARE = 0.3
ONE_KEY_WITHIN = timedelta(hours=2)
KEYLESS_WITHIN = timedelta(hours=2)
KEYLESS_SHARE, FEWEST_KEYLESS = 0.5, 200
"""Far more than the readers of any site who ask not to be tracked; and fewer views than these change no number that is quoted."""
CHECK_OLD_AFTER = timedelta(hours=36)
READ_AT_ONCE = 1024 * 1024


class Alarm(StrEnum):
    """What an operator should look at."""

    LATE = "late"
    SILENT_HOST = "silent_host"
    CLOCK_AHEAD = "clock_ahead"
    SECRETS = "secrets"
    CHECK_FAILED = "check_failed"
    CHECK_OLD = "check_old"
    DROPPED = "dropped"
    BAD_LINES = "bad_lines"
    FORWARDED = "forwarded"
    ONE_KEY = "one_key"
    KEYLESS = "keyless"


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
    """What this host has written and not rolled yet, since when the oldest of it waits, and how many segments there are."""

    size: int
    lines: int
    segments: int
    since: datetime | None = None


@dataclass(frozen=True)
class Losses:
    """What could not be counted, since counting began (``since``) and today: lines never written, and lines that cannot be read.

    ``unbooked`` of the dropped lines are known to processes of this host only, and come into the ledger with the next roll.
    """

    dropped: int = 0
    bad: int = 0
    lines: int = 0
    dropped_today: int = 0
    bad_today: int = 0
    unbooked: int = 0
    since: datetime | None = None


@dataclass(frozen=True)
class HostLag:
    """A host that counts: until when its views are rolled, by how many seconds that is behind, and when it was heard of.

    ``is_ahead``: it said so at a moment that has not come yet; ``has_ended``: in order, with nothing left to be rolled.
    """

    id: str
    name: str
    until: datetime
    seconds: float
    heard_at: datetime
    is_here: bool
    is_silent: bool
    is_ahead: bool = False
    has_ended: bool = False

    @property
    def is_late(self) -> bool:
        """Whether its views are further behind than they should be."""
        return not self.has_ended and self.seconds > LATE_AFTER_SECONDS


@dataclass(frozen=True)
class Health:
    """The state of counting at one moment; ``late_seconds`` is how far it is behind anywhere that is known here.

    ``keyless`` are the ids of practices whose latest views are mostly without a key.
    """

    freshness: reports.Freshness
    backlog: Backlog
    losses: Losses
    check: ViewCheck | None
    alarms: tuple[Alarm, ...]
    key_share: float | None
    hosts: tuple[HostLag, ...] = ()
    late_seconds: float = 0.0
    have_different_secrets: bool = False
    keyless: tuple[int, ...] = ()

    @property
    def silent_hosts(self) -> tuple[HostLag, ...]:
        """The other hosts that were not heard of for a day."""
        return tuple(host for host in self.hosts if host.is_silent and not host.is_here)

    @property
    def hosts_ahead(self) -> tuple[HostLag, ...]:
        """The hosts whose clock is ahead, so that their views go to wrong hours and days."""
        return tuple(host for host in self.hosts if host.is_ahead)


def examine(session: Session, settings: Settings, *, at: datetime) -> Health:
    """Return the state of counting, of the spool on this host included; nine statements at most."""
    rows = hosts.list_hosts(session)
    ahead = hosts.list_ahead(rows, hosts.shared_moment(session, at))
    fresh = reports.freshness_of(hosts.until_of(rows, at=at), at=at)
    backlog = read_backlog(session, settings.spool_dir)
    of_hour = _share_of_an_hour(rows, at)
    waiting = (at - backlog.since).total_seconds() if backlog.since else 0.0
    health = Health(
        freshness=fresh,
        backlog=backlog,
        losses=count_losses(session, settings, at=at),
        check=verify.find_last(session),
        alarms=(),
        key_share=share_of_one_key(session, day_in(settings.timezone, at)) if of_hour is None else of_hour,
        hosts=tuple(_lag(row, settings.spool_dir, at, is_ahead=row in ahead) for row in rows),
        late_seconds=max(fresh.seconds, waiting),
        have_different_secrets=hosts.have_different_secrets(rows, at),
        keyless=list_keyless(session, day_in(settings.timezone, at - KEYLESS_WITHIN), at=at),
    )
    return replace(health, alarms=tuple(_alarms(health, settings, at)))


def _alarms(health: Health, settings: Settings, at: datetime) -> Iterator[Alarm]:
    check, losses = health.check, health.losses
    # Where nothing was ever counted there is nothing to check: the age of the instance is that of its counting.
    begun = check.checked_at if check is not None else losses.since
    found = {
        Alarm.LATE: health.late_seconds > LATE_AFTER_SECONDS,
        Alarm.SILENT_HOST: bool(health.silent_hosts),
        Alarm.CLOCK_AHEAD: bool(health.hosts_ahead),
        Alarm.SECRETS: health.have_different_secrets,
        Alarm.CHECK_FAILED: check is not None and not check.is_right,
        Alarm.CHECK_OLD: begun is not None and at - begun > CHECK_OLD_AFTER,
        Alarm.DROPPED: losses.dropped_today > 0,
        Alarm.BAD_LINES: losses.bad_today > 0,
        Alarm.FORWARDED: settings.forwarded_hops == 0 and proxies.was_forwarded(settings.spool_dir, at=at),
        Alarm.ONE_KEY: health.key_share is not None and health.key_share > ONE_KEY_SHARE,
        Alarm.KEYLESS: bool(health.keyless),
    }
    return (alarm for alarm, is_on in found.items() if is_on)


def _lag(row: ViewRoller, spool: Path, at: datetime, *, is_ahead: bool) -> HostLag:
    seconds = max((at - row.rolled_until).total_seconds(), 0.0)
    is_silent = bool(hosts.list_silent([row], at))
    here = row.host == find_host_id(spool)
    name, heard_at = hosts.name_of(row), hosts.heard_at(row)
    return HostLag(row.host, name, row.rolled_until, seconds, heard_at, here, is_silent, is_ahead, hosts.has_ended(row))


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
    oldest: list[datetime] = []
    for segment in segments:
        try:
            with segment.path.open("rb") as stream:
                stream.seek(offsets.get(segment.name, 0))
                waiting = 0
                while part := stream.read(READ_AT_ONCE):
                    if not waiting and b"\n" in part:
                        oldest.append(_written_at(part, segment))
                    size, waiting = size + len(part), waiting + part.count(b"\n")
                lines += waiting
        except FileNotFoundError:
            continue  # rolled and deleted while we looked
    return Backlog(size, lines, len(segments), min(oldest, default=None))


def _written_at(part: bytes, segment: Segment) -> datetime:
    """When the first line that can be read was written; where none can, when the last one was."""
    for line in part.split(b"\n")[:-1]:
        entry = parse_line(line)
        if entry is not None:
            return datetime.fromtimestamp(entry.time_ms / 1000, UTC)
    return datetime.fromtimestamp(segment.path.stat().st_mtime, UTC)


def count_losses(session: Session, settings: Settings, *, at: datetime) -> Losses:
    """Return what could not be counted on any host, and on this one what no roller has booked yet; two statements at most."""
    today = ViewLedger.rolled_at >= Calendar(settings.timezone).start_of(day_in(settings.timezone, at))
    sums = func.sum(ViewLedger.dropped), func.sum(ViewLedger.bad), func.sum(ViewLedger.lines)
    of_today = (func.sum(case((today, count), else_=0)) for count in (ViewLedger.dropped, ViewLedger.bad))
    *counts, since = session.execute(select(*sums, *of_today, func.min(ViewLedger.rolled_at))).one()
    dropped, bad, lines, dropped_today, bad_today = (int(count or 0) for count in counts)
    unbooked = _count_unbooked(session, settings.spool_dir)
    return Losses(dropped + unbooked, bad, lines, dropped_today + unbooked, bad_today, unbooked, since)


def _count_unbooked(session: Session, spool: Path) -> int:
    gauges = {reading.name: reading.count for reading in read_gauges(spool)}
    if not gauges:
        return 0
    query = select(ViewLedger.segment, ViewLedger.dropped).where(ViewLedger.segment.in_(list(gauges)))
    booked = {row.segment: row.dropped for row in session.execute(query)}
    return sum(max(count - booked.get(name, 0), 0) for name, count in gauges.items())


def _share_of_an_hour(rows: Sequence[ViewRoller], at: datetime) -> float | None:
    """The largest share of one key that a host has seen in this hour or the last; None where no hour could be judged."""
    shares = [
        (row.key_most or 0) / row.key_views
        for row in rows
        if row.key_views and row.key_hour is not None and at - row.key_hour < ONE_KEY_WITHIN
    ]
    return max(shares, default=None)


def share_of_one_key(session: Session, today: date) -> float | None:
    """Return which part of today's views with a key carries the same one; None while they are too few to judge.

    A large part means that many readers look like one: the address that is believed is the proxy's. For sites that are read
    too little to be judged by the hour.
    """
    query = select(func.max(ViewKey.views), func.sum(ViewKey.views)).where(ViewKey.day == today)
    most, whole = session.execute(query).one()
    return most / int(whole) if whole is not None and whole >= FEWEST_VIEWS_TO_JUDGE else None


def list_keyless(session: Session, since: date, *, at: datetime) -> tuple[int, ...]:
    """Return the practices that were read within two hours mostly without a key, the most first; one statement.

    Each such reading is a view: a script that asks not to be tracked makes as many as it likes, and nobody can tell them apart.
    """
    keyless = func.sum(case((ViewHour.view_class == ViewClass.NO_KEY, ViewHour.views), else_=0))
    # Grouped by the column itself, SQLite would walk through all hours by the index of practices.
    practice = ViewHour.scope_id + 0
    query = select(practice).where(
        ViewHour.day >= since,
        ViewHour.hour > at - KEYLESS_WITHIN,
        ViewHour.scope == Scope.PRACTICE,
        ViewHour.measure == Measure.VIEW,
        ViewHour.view_class.in_(COUNTED_CLASSES),
    )
    most = (keyless >= FEWEST_KEYLESS) & (keyless > KEYLESS_SHARE * func.sum(ViewHour.views))
    return tuple(session.scalars(query.group_by(practice).having(most).order_by(keyless.desc())))
