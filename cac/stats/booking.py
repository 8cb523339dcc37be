"""Reads and writes the tables of counts for the roller, in the caller's transaction; how rows are added is in upserts.

Rows are written in the order of their keys: two hosts that roll at once wait for each other and never for ever.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, text, update
from sqlalchemy.orm import Session

from cac.db import Base
from cac.stats.busiest import BusyHour
from cac.stats.definition import DEFINITION_VERSION
from cac.stats.models import (
    SITE_ID,
    CountryDay,
    Measure,
    ReferrerDay,
    Scope,
    SearchDay,
    ViewClass,
    ViewDay,
    ViewHour,
    ViewLedger,
    ViewRoller,
    ViewTotal,
)
from cac.stats.robots import RULES_VERSION
from cac.stats.segments import Segment
from cac.stats.sums import PRACTICE, Sums
from cac.stats.upserts import add_rows

LOOKED_UP_AT_ONCE = 500
TURN = 0x766965777300
"""The number of the lock that hosts take in turn on PostgreSQL: any number that nothing else in the database takes."""

PATIENCE_SECONDS = 60
PATIENCE = text(
    "SELECT set_config('lock_timeout', :patience, true),"
    " set_config('idle_in_transaction_session_timeout', :patience, true)"
)
TAKE_TURN = text("SELECT pg_advisory_xact_lock(:turn)")

Row = dict[str, object]

VERSIONS: Row = {"definition_version": DEFINITION_VERSION, "rules_version": RULES_VERSION}

HOUR_COLUMNS = ("day", "hour", "scope", "scope_id", "measure", "language", "class", "raw", "views", "sessions")
DAY_COLUMNS = ("day", "scope", "scope_id", "measure", "class", "raw", "views", "uniques", *VERSIONS, "salt_breaks")


class LedgerMovedError(Exception):
    """Another roller has rolled the same segment: what this one remembers is out of date."""


@dataclass(frozen=True)
class Advance:
    """How far a segment's ledger goes forward, and what the lines in between were."""

    segment: Segment
    old_offset: int
    new_offset: int
    lines: int = 0
    bad: int = 0
    dropped: int = 0


def read_offsets(session: Session, segments: Iterable[Segment]) -> dict[str, int]:
    """Return how far each of the segments is rolled, by name; those that nobody has rolled are left out."""
    offsets: dict[str, int] = {}
    for names in _parts([segment.name for segment in segments]):
        query = select(ViewLedger.segment, ViewLedger.offset).where(ViewLedger.segment.in_(names))
        offsets.update({row.segment: row.offset for row in session.execute(query)})
    return offsets


def wait_for_turn(session: Session) -> None:
    """Let one host at a time read and write counts, until its transaction ends; raises OperationalError after a minute.

    On SQLite there is one host, and the update of its ledger, which comes first, takes the lock of the database. On PostgreSQL a
    host that falls silent within its turn, as a machine that is suspended does, loses it: the server ends its transaction.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(PATIENCE, {"patience": f"{PATIENCE_SECONDS}s"})
        session.execute(TAKE_TURN, {"turn": TURN})


def advance(session: Session, step: Advance, *, at: datetime) -> None:
    """Write the new offset if the old one is still the one in the table; raises LedgerMovedError otherwise."""
    place = (ViewLedger.host == step.segment.host) & (ViewLedger.segment == step.segment.name)
    changes: dict[str, Any] = {
        "offset": step.new_offset,
        "lines": ViewLedger.lines + step.lines,
        "bad": ViewLedger.bad + step.bad,
        "dropped": ViewLedger.dropped + step.dropped,
        "rolled_at": at,
    }
    statement = update(ViewLedger).where(place, ViewLedger.offset == step.old_offset).values(changes)
    result = cast("CursorResult[Any]", session.execute(statement.execution_options(synchronize_session=False)))
    if result.rowcount == 1:
        return
    if step.old_offset or session.scalar(select(ViewLedger.offset).where(place)) is not None:
        raise LedgerMovedError(step.segment.name)
    new = {name: value if name in ("offset", "rolled_at") else getattr(step, name) for name, value in changes.items()}
    session.execute(insert(ViewLedger).values(host=step.segment.host, segment=step.segment.name, **new))


def book(session: Session, sums: Sums) -> None:
    """Add a batch's counts to all tables."""
    hours = [(day, hour, PRACTICE, *place, *counts) for (day, hour, *place), counts in sorted(sums.hours.items())]
    add_rows(session, ViewHour, HOUR_COLUMNS, hours, sums=("raw", "views", "sessions"))
    days = [(*key, *counts, *VERSIONS.values(), 0) for key, counts in sorted(sums.days.items())]
    add_rows(session, ViewDay, DAY_COLUMNS, days, sums=("raw", "views", "uniques"), newest=tuple(VERSIONS))
    totals = [(*key, *counts) for key, counts in sorted(sums.totals.items())]
    add_rows(session, ViewTotal, ("scope", "scope_id", "measure", "views", "raw"), totals, sums=("views", "raw"))
    _add_origins(session, ReferrerDay, "host", sums.referrers)
    _add_origins(session, CountryDay, "country", sums.countries)
    searches = [(day, practice, *search, readers) for (day, practice, search), readers in sorted(sums.searches.items())]
    add_rows(session, SearchDay, ("day", "practice_id", "language", "words", "readers"), searches, sums=("readers",))


def _add_origins(session: Session, model: type[Base], name: str, views: Mapping[tuple[date, int, str], int]) -> None:
    rows = [(day, PRACTICE, practice, origin, count) for (day, practice, origin), count in sorted(views.items())]
    add_rows(session, model, ("day", "scope", "scope_id", name, "views"), rows, sums=("views",))


def book_salt_break(session: Session, day: date) -> None:
    """Note on the site's row of the day that its salt was lost."""
    key: Row = {
        "day": day,
        "scope": Scope.SITE,
        "scope_id": SITE_ID,
        "measure": Measure.VIEW,
        "class": ViewClass.PERSON,
    }
    row: Row = {**key, **VERSIONS, "raw": 0, "views": 0, "uniques": 0, "salt_breaks": 1}
    _add_row(session, ViewDay, row, sums=("salt_breaks",))


def book_dropped(session: Session, host: str, gauge: str, count: int, *, at: datetime) -> None:
    """Put into the ledger what a gauge says in all, in the place of what it said before: doing it twice changes nothing."""
    row: Row = {"host": host, "segment": gauge, "offset": 0, "lines": 0, "bad": 0, "dropped": count, "rolled_at": at}
    _add_row(session, ViewLedger, row, newest=("dropped", "rolled_at"))


@dataclass(frozen=True)
class Host:
    """Who rolls: the id of its spool, the name of the machine, and the mark of its secret (cac/stats/hosts)."""

    id: str
    label: str
    secret_mark: str


def note_rolled_until(
    session: Session,
    host: Host,
    moment: datetime,
    *,
    at: datetime,
    busy: BusyHour | None = None,
    ended_at: datetime | None = None,
) -> None:
    """Say that at ``at`` everything that this host wrote before the moment is counted, and how busy the busiest key was."""
    row: Row = {
        "host": host.id,
        "rolled_until": moment,
        "label": host.label,
        "seen_at": at,
        "ended_at": ended_at,
        "secret_mark": host.secret_mark,
    }
    if busy is not None:
        row.update(key_hour=busy.hour, key_views=busy.views, key_most=busy.most)
    _add_row(session, ViewRoller, row, newest=tuple(row)[1:])


def _add_row(
    session: Session, model: type[Base], row: Row, *, sums: tuple[str, ...] = (), newest: tuple[str, ...] = ()
) -> None:
    add_rows(session, model, tuple(row), [tuple(row.values())], sums=sums, newest=newest)


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), LOOKED_UP_AT_ONCE):
        yield values[start : start + LOOKED_UP_AT_ONCE]
