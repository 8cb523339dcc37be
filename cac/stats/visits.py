"""What the visitors of a day have seen, as one row of scratch for each: read before a batch is counted, written back with it.

A row holds, for each practice seen, its city, the views, a bit for each hour of the day and the moment of the last click. With it
in the database, a repeat within 30 seconds and a visitor who was here before are known whatever was killed, and by all hosts.
"""

import json
import struct
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, TextClause, bindparam, text
from sqlalchemy.orm import Session

ROW = struct.Struct("<5I")
"""For each practice seen: item, city, views, hours, last click."""

VisitorDay = tuple[date, int]


class Seen:
    """What a visitor of a day has seen of one practice: views, a bit for each hour, and when the last click was."""

    __slots__ = ("city_id", "hours", "last_ms", "views")

    def __init__(self, city_id: int, views: int = 0, hours: int = 0, last_ms: int = 0) -> None:
        self.city_id = city_id
        self.views = views
        self.hours = hours
        self.last_ms = last_ms


class Visitor:
    """A visitor of a day: what was ``seen`` by item (Subject.item), and how many ``views`` and downloads there were in all."""

    __slots__ = ("seen", "views")

    def __init__(self) -> None:
        self.seen: dict[int, Seen] = {}
        self.views = [0, 0]

    def has_seen_city(self, city_id: int, is_download: int) -> bool:
        """Whether anything of a city was seen, or (1) taken away."""
        for item, seen in self.seen.items():  # noqa: SIM110 (a generator costs as much as all the rest of a first sight)
            if seen.city_id == city_id and item & 1 == is_download:
                return True
        return False

    def pack(self, day_ms: int) -> bytes:
        """Return the row's form; ``day_ms`` is where its day is counted from."""
        numbers: list[int] = []
        for item, seen in self.seen.items():
            numbers += (item, seen.city_id, seen.views, seen.hours, seen.last_ms - day_ms)
        return _form(len(numbers)).pack(*numbers)

    @classmethod
    def unpack(cls, packed: bytes, day_ms: int) -> "Visitor":
        """Return the visitor of a row."""
        visitor = cls()
        for item, city_id, views, hours, last in ROW.iter_unpack(packed):
            visitor.seen[item] = Seen(city_id, views, hours, last + day_ms)
            visitor.views[item & 1] += views
        return visitor


Visitors = Mapping[date, dict[int, Visitor]]


@lru_cache(maxsize=256)
def _form(numbers: int) -> struct.Struct:
    return struct.Struct(f"<{numbers}I")


def day_ms_of(day: date) -> int:
    """Return a moment before the day anywhere on earth, in milliseconds since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000) - 86_400_000


def _typed(statement: TextClause) -> TextClause:
    return statement.bindparams(bindparam("day", type_=Date))


READ = {
    "postgresql": _typed(text("SELECT visitor, seen FROM view_key WHERE day = :day AND visitor = ANY(:visitors)")),
    "sqlite": _typed(
        text(
            "SELECT visitor, seen FROM view_key WHERE day = :day AND visitor IN (SELECT value FROM json_each(:visitors))"
        )
    ),
}
WRITE = {
    "postgresql": """
        INSERT INTO view_key (day, visitor, views, seen)
        SELECT %s, * FROM unnest(%s::bigint[], %s::integer[], %s::bytea[])
        ON CONFLICT (day, visitor) DO UPDATE SET views = excluded.views, seen = excluded.seen""",
    "sqlite": "INSERT OR REPLACE INTO view_key (day, visitor, views, seen) VALUES (?, ?, ?, ?)",
}


def load(session: Session, wanted: Iterable[VisitorDay]) -> Visitors:
    """Return what each of these visitors has seen on that day so far, by day; one statement for each day."""
    found: dict[date, dict[int, Visitor]] = {}
    for day, visitor in wanted:
        found.setdefault(day, {})[visitor] = Visitor()
    dialect = session.get_bind().dialect.name
    for day, visitors in found.items():
        keys: Any = list(visitors) if dialect == "postgresql" else json.dumps(list(visitors))
        day_ms = day_ms_of(day)
        for visitor, packed in session.execute(READ[dialect], {"day": day, "visitors": keys}):
            visitors[visitor] = Visitor.unpack(packed, day_ms)
    return found


def save(session: Session, visitors: Visitors) -> None:
    """Write all of them back, in the order of their keys; the transaction that loaded them must still be the only one."""
    connection = session.connection()
    cursor = connection.connection.cursor()
    try:
        for day, of_day in visitors.items():
            day_ms = day_ms_of(day)
            rows = [(key, one.views[0], one.pack(day_ms)) for key, one in sorted(of_day.items())]
            if connection.dialect.name == "postgresql":
                keys, views, packed = (list(column) for column in zip(*rows, strict=True))
                cursor.execute(WRITE["postgresql"], (day, keys, views, packed))
            else:
                cursor.executemany(WRITE["sqlite"], [(day.isoformat(), *row) for row in rows])
    finally:
        cursor.close()
