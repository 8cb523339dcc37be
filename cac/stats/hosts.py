"""Reads which hosts count and when each was heard of last, takes over rows of former names, and forgets a host that is gone.

A host is known by the id of its spool (cac/stats/host_id). One that is silent for a day no longer holds back what readers are
told; the operator's page and the doctor name it until somebody says that it will not come back. One that ended in order holds
nobody back, as nothing waits in its spool.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from cac.errors import ConflictError, NotFoundError
from cac.stats.models import ViewRoller

SILENT_AFTER = timedelta(days=1)
STILL_THERE = timedelta(minutes=10)
AHEAD_AFTER = timedelta(seconds=10)
"""More than a clock that is set by NTP is ever wrong, and more than a beat may take to be written."""


def list_hosts(session: Session) -> list[ViewRoller]:
    """Return what each host has said last, by name."""
    return sorted(session.scalars(select(ViewRoller)), key=lambda row: (name_of(row), row.host))


def name_of(row: ViewRoller) -> str:
    """Return what people call a host."""
    return row.label or row.host


def heard_at(row: ViewRoller) -> datetime:
    """Return when a host was heard of last."""
    return row.seen_at or row.rolled_until


def has_ended(row: ViewRoller) -> bool:
    """Whether a host has ended in order and was not heard of since."""
    return row.ended_at is not None and row.ended_at >= heard_at(row)


def mark_of(secret: str) -> str:
    """Return 16 hexadecimal digits that are the same where secrets are, and tell nothing of them: hosts must share one.

    What one host signs (sessions, the tokens of cached pages) is nothing to another that has a secret of its own.
    """
    return hmac.new(secret.encode(), b"which secret", hashlib.sha256).hexdigest()[:16]


def have_different_secrets(rows: Iterable[ViewRoller], at: datetime) -> bool:
    """Whether hosts that count have secrets of their own; those that ended or are silent are not asked."""
    rows = list(rows)
    silent = list_silent(rows, at)
    return len({row.secret_mark for row in rows if row.secret_mark and not has_ended(row) and row not in silent}) > 1


def list_silent(rows: Iterable[ViewRoller], at: datetime) -> list[ViewRoller]:
    """Return the hosts that were not heard of for a day before ``at``; of rows that earlier versions left, for ten minutes.

    One that ended in order is not missed.
    """
    return [
        row
        for row in rows
        if not has_ended(row) and at - heard_at(row) > (SILENT_AFTER if row.seen_at else STILL_THERE)
    ]


def shared_moment(session: Session, at: datetime) -> datetime:
    """Return what time it is to all hosts: the database's where they share one, else ``at``; one statement at most.

    It is the moment at which the session's transaction began.
    """
    if session.get_bind().dialect.name != "postgresql":
        return at
    moment: datetime = session.execute(select(func.now())).scalar_one()
    return moment.astimezone(UTC)


def not_ahead(session: Session, at: datetime) -> datetime:
    """Return ``at``, or the moment of the database if this host's clock is ahead of it: no host closes a day for all."""
    return min(at, shared_moment(session, at))


def list_ahead(rows: Iterable[ViewRoller], moment: datetime) -> list[ViewRoller]:
    """Return the hosts whose clock was ahead of ``moment`` when they said last that they count."""
    return [row for row in rows if heard_at(row) - moment > AHEAD_AFTER]


def rolled_until(session: Session, *, at: datetime) -> datetime | None:
    """Return until when everything is counted that was written on any host; None before the first roll; one statement.

    Hosts that ended, or were silent for a day when another was heard of, are left out; what a host whose clock is ahead says of
    the time after ``at`` makes none silent. If all are silent or ended, the last one still counts.
    """
    return until_of(list_hosts(session), at=at)


def until_of(rows: Sequence[ViewRoller], *, at: datetime) -> datetime | None:
    """Return the same of the rows of all hosts, by those who have read them already."""
    if not rows:
        return None
    silent = list_silent(rows, min(max(map(heard_at, rows)), at))
    counting = [row for row in rows if row not in silent and not has_ended(row)] or [max(rows, key=heard_at)]
    return min(row.rolled_until for row in counting)


def take_over(session: Session, host: str, label: str) -> None:
    """Say that this host counts, and remove the row that it had under its name, before hosts had ids.

    On SQLite, where there is one host, all others are removed.
    """
    again = update(ViewRoller).where(ViewRoller.host == host).values(ended_at=None)
    session.execute(again.execution_options(synchronize_session=False))
    others = delete(ViewRoller).where(ViewRoller.host != host).execution_options(synchronize_session=False)
    if session.get_bind().dialect.name == "postgresql":
        others = others.where(ViewRoller.host == label, ViewRoller.seen_at.is_(None))
    session.execute(others)


def forget_host(session: Session, name: str, *, at: datetime) -> ViewRoller:
    """Forget the host with this id or name, and return what it had said; its counts stay.

    Raises NotFoundError if there is none, ConflictError if several are called so, or if it was heard of within ten minutes and
    has not ended in order.
    """
    found = session.scalars(select(ViewRoller).where(or_(ViewRoller.host == name, ViewRoller.label == name))).all()
    if not found:
        raise NotFoundError(name)
    if len(found) > 1:
        raise ConflictError(f"several hosts are called {name}: give the id of one")
    if not has_ended(found[0]) and abs(at - heard_at(found[0])) < STILL_THERE:
        raise ConflictError(f"{name} is counting: it was heard of at {heard_at(found[0]):%Y-%m-%d %H:%M} UTC")
    session.delete(found[0])
    return found[0]
