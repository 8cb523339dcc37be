"""What the visitors of a day have seen, as one row of scratch for each: read before a batch is counted, written back with it.

A row holds, for each practice seen, its city, the views, a bit for each hour of the day and the moments of two clicks. With it
in the database, a repeat within 30 seconds and a visitor who was here before are known whatever was killed, and by all hosts.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain

from sqlalchemy import Date, TextClause, bindparam, select, text
from sqlalchemy.orm import Session

from cac.stats.models import SITE_ID, Scope, ViewDay, ViewKey
from cac.stats.upserts import add_rows

ROW, EARLIER_ROW = struct.Struct("<6I"), struct.Struct("<5I")
MARK = b"\2"
"""Begins a row of six numbers for each practice; rows of five, of earlier versions, have none and an even length."""

Seen = tuple[int, int, int, int, int, int]
"""Of one practice: item (Subject.item), city, views, a bit for each hour, the latest click and one of an earlier view.

Clicks are in milliseconds from day_ms_of, which is over ten hours before the day; 0 is none.
"""

History = dict[int, Seen]
"""What a visitor has seen on a day, by item."""

Kept = tuple[int, int, bytes]
"""The row of a visitor: key, how many pages were viewed in all, what was seen (pack)."""


def pack(history: History) -> bytes:
    """Return what was seen in a row's form."""
    numbers = list(chain.from_iterable(history.values()))
    return MARK + _form(len(numbers)).pack(*numbers)


def unpack(packed: bytes) -> History:
    """Return what was seen by a row."""
    if len(packed) % 2:
        return {seen[0]: seen for seen in ROW.iter_unpack(packed[1:])}
    return {seen[0]: (*seen, 0) for seen in EARLIER_ROW.iter_unpack(packed)}


@lru_cache(maxsize=256)
def _form(numbers: int) -> struct.Struct:
    return struct.Struct(f"<{numbers}I")


def day_ms_of(day: date) -> int:
    """Return a moment before the day anywhere on earth, in milliseconds since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000) - 86_400_000


def _typed(statement: TextClause) -> TextClause:
    return statement.bindparams(bindparam("day", type_=Date))


READ = {
    "postgresql": _typed(
        text(
            "SELECT visitor, views, seen FROM view_key WHERE day = :day AND visitor = ANY(CAST(:visitors AS bigint[]))"
        )
    ),
    "sqlite": _typed(
        text(
            "SELECT visitor, views, seen FROM view_key"
            " WHERE day = :day AND visitor IN (SELECT value FROM json_each(:visitors))"
        )
    ),
}


def load(session: Session, day: date, visitors: Sequence[int]) -> dict[int, Kept]:
    """Return the rows of those of the visitors who have been here before on that day; one statement."""
    dialect = session.get_bind().dialect.name
    written = ",".join(map(str, visitors))
    keys = f"{{{written}}}" if dialect == "postgresql" else f"[{written}]"
    rows = session.execute(READ[dialect], {"day": day, "visitors": keys})
    return {row[0]: row for row in map(tuple, rows)}


def are_lost(session: Session, day: date) -> bool:
    """Whether visitors of the day were counted and no row of them is there; one statement.

    So it is after a crash of PostgreSQL, and where lines come after their day was closed: they may be counted twice.
    """
    of_site = (ViewDay.day == day) & (ViewDay.scope == Scope.SITE) & (ViewDay.scope_id == SITE_ID)
    counted = select(ViewDay.day).where(of_site, ViewDay.uniques > 0).exists()
    kept = select(ViewKey.day).where(ViewKey.day == day).exists()
    return bool(session.scalar(select(counted & ~kept)))


def save(session: Session, day: date, rows: Sequence[Kept]) -> None:
    """Write the rows in the place of those before; the transaction that loaded them must still be the only one."""
    columns = ("day", "visitor", "views", "seen")
    add_rows(session, ViewKey, columns, [(day, *row) for row in rows], newest=("views", "seen"))
