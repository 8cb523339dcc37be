"""The tables of counted views: by hour, by day, in total, where readers came from, and how far each spool is rolled.

What a view is and how it is counted stands in cac/stats/tally.py; the lines that are rolled in cac/stats/lines.py.

A row counts for a *scope* (a practice, a city, the whole site) and a *measure* (a view, a download). Ids never change and
carry no foreign key: a count outlives what it counted. ``raw`` is every counted request, ``views`` is what is left when a
visitor's repeats within 30 seconds are taken together.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from cac.db import Base, UTCDateTime
from cac.stats.definition import DEFINITION_VERSION

SITE_ID = 0
"""The id of the scope ``site``, of which there is one."""

UNKNOWN_DAY = date.min
"""The day of hours that were counted before their days were kept."""

CLASS_KNOWN = "class IN ('person', 'robot', 'machine', 'suspected', 'no_key')"


class ViewClass(StrEnum):
    """Who asked for a page. The classes are kept side by side; the public number is people and no-key together."""

    PERSON = "person"
    ROBOT = "robot"
    MACHINE = "machine"
    SUSPECTED = "suspected"
    NO_KEY = "no_key"


COUNTED_CLASSES = frozenset({ViewClass.PERSON, ViewClass.NO_KEY})
"""The classes whose views make the number on a page."""


class Measure(StrEnum):
    """What was asked for: a page to read, or a file to take away."""

    VIEW = "view"
    DOWNLOAD = "download"


class Scope(StrEnum):
    """What a count belongs to."""

    PRACTICE = "practice"
    CITY = "city"
    SITE = "site"


class ViewHour(Base):
    """Requests of one practice in one hour (UTC) by language and class.

    ``sessions`` are visitors of that hour. One who both viewed and downloaded the practice stands with what came first, so that
    the sessions of all measures add up to those of the practice. ``day`` is the site's day to which they were counted: where
    it begins within an hour, that hour has a row for each.
    """

    __tablename__ = "view_hour"
    __table_args__ = (CheckConstraint(CLASS_KNOWN, name="class_known"), Index("ix_view_hour_scope", "scope_id", "hour"))

    day: Mapped[date] = mapped_column(Date, primary_key=True, default=UNKNOWN_DAY)
    hour: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    scope: Mapped[str] = mapped_column(String(10), primary_key=True)
    scope_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    measure: Mapped[str] = mapped_column(String(10), primary_key=True)
    language: Mapped[str] = mapped_column(String(20), primary_key=True)
    view_class: Mapped[str] = mapped_column("class", String(10), primary_key=True)
    raw: Mapped[int] = mapped_column(BigInteger)
    views: Mapped[int] = mapped_column(BigInteger)
    sessions: Mapped[int] = mapped_column(BigInteger)


class ViewDay(Base):
    """Requests in one day of the site's time zone. ``uniques`` do not add up over practices or days.

    ``definition_version`` and ``rules_version`` are those by which the newest of them were counted. ``salt_breaks`` says how
    often the day's salt was lost: each time the visitors so far may be counted once more.
    """

    __tablename__ = "view_day"
    __table_args__ = (CheckConstraint(CLASS_KNOWN, name="class_known"), Index("ix_view_day_scope", "scope_id", "day"))

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    scope: Mapped[str] = mapped_column(String(10), primary_key=True)
    scope_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    measure: Mapped[str] = mapped_column(String(10), primary_key=True)
    view_class: Mapped[str] = mapped_column("class", String(10), primary_key=True)
    raw: Mapped[int] = mapped_column(BigInteger)
    views: Mapped[int] = mapped_column(BigInteger)
    uniques: Mapped[int] = mapped_column(BigInteger)
    definition_version: Mapped[str] = mapped_column(String(20), default=DEFINITION_VERSION)
    rules_version: Mapped[str] = mapped_column(String(20))
    salt_breaks: Mapped[int] = mapped_column(Integer)


class ViewTotal(Base):
    """What a page shows: all views ever by people, with and without a key."""

    __tablename__ = "view_total"
    __table_args__ = (Index("ix_view_total_views", "measure", "scope", "views"),)

    scope: Mapped[str] = mapped_column(String(10), primary_key=True)
    scope_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    measure: Mapped[str] = mapped_column(String(10), primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[int] = mapped_column(BigInteger)


class ReferrerDay(Base):
    """From which hosts people came to a practice on a day; at the day's close the top 50 stay, the rest is ``other``."""

    __tablename__ = "referrer_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    scope: Mapped[str] = mapped_column(String(10), primary_key=True)
    scope_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    host: Mapped[str] = mapped_column(String(100), primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)


class CountryDay(Base):
    """From which countries (ISO 3166, two letters) people came to a practice on a day, where that is known."""

    __tablename__ = "country_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    scope: Mapped[str] = mapped_column(String(10), primary_key=True)
    scope_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    country: Mapped[str] = mapped_column(String(5), primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)


class SearchDay(Base):
    """With which words of a search of the site readers came to a practice on a day; at the day's close the top 50 stay.

    ``language`` is that of the interface. The rest of a closed day has neither language nor words. ``readers`` are visitors
    whose first view of the practice on that day the search led to; readings without a key are in none.
    """

    __tablename__ = "search_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    practice_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(String(20), primary_key=True)
    words: Mapped[str] = mapped_column(String(80), primary_key=True)
    readers: Mapped[int] = mapped_column(BigInteger)


class ViewKey(Base):
    """Scratch: what each visitor of today has seen (cac/stats/visits.py); deleted when the day closes.

    ``visitor`` is the keyed hash of cac/stats/day_salt.py as a signed number, ``views`` how many pages it viewed in all. On
    PostgreSQL the table is UNLOGGED: it is in no backup and no standby, and a crash of the server empties it.
    """

    __tablename__ = "view_key"
    __table_args__ = {"sqlite_with_rowid": False}

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    visitor: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    views: Mapped[int] = mapped_column(Integer)
    seen: Mapped[bytes] = mapped_column(LargeBinary)


class ViewSalt(Base):
    """The day's salt where several hosts share it (cac/stats/shared_salts.py); deleted when the day closes.

    Used on PostgreSQL only and UNLOGGED there, for the reasons of ViewKey; SQLite keeps its salt in a file in memory.
    """

    __tablename__ = "view_salt"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class ViewLedger(Base):
    """How far a segment of a host's spool is rolled, written in the transaction that counted its lines.

    ``lines`` are the finished lines about requests, ``bad`` those of them that cannot be read: lines = bad + the ``raw`` of the
    site. ``dropped`` is what the writer could not write, as it said itself.
    """

    __tablename__ = "view_ledger"

    host: Mapped[str] = mapped_column(String(80), primary_key=True)
    segment: Mapped[str] = mapped_column(String(200), primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(BigInteger)
    bad: Mapped[int] = mapped_column(BigInteger)
    dropped: Mapped[int] = mapped_column(BigInteger)
    rolled_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class ViewRoller(Base):
    """Until when a host's views are rolled: everything written before ``rolled_until`` is in the tables.

    ``host`` is the id of its spool, ``label`` the name that the machine had last, ``seen_at`` when its roller said so; both are
    None in rows of versions before hosts had ids. Of its last hour with enough views to judge, ``key_hour``: ``key_views`` are
    the views with a key and ``key_most`` those of the busiest key. ``ended_at`` is set where it ended in order and left nothing
    to be rolled, until it counts again; ``secret_mark`` tells whether its secret is that of the others (hosts.mark_of).
    """

    __tablename__ = "view_roller"

    host: Mapped[str] = mapped_column(String(80), primary_key=True)
    rolled_until: Mapped[datetime] = mapped_column(UTCDateTime)
    label: Mapped[str | None] = mapped_column(String(80))
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    key_hour: Mapped[datetime | None] = mapped_column(UTCDateTime)
    key_views: Mapped[int | None] = mapped_column(BigInteger)
    key_most: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    secret_mark: Mapped[str | None] = mapped_column(String(16))


class ViewCheck(Base):
    """What a check of all counts found (cac/stats/verify.py); ``differences`` are the first of them in words."""

    __tablename__ = "view_checks"

    checked_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    lines: Mapped[int] = mapped_column(BigInteger)
    parts: Mapped[dict[str, int]] = mapped_column(JSON)
    difference_count: Mapped[int] = mapped_column(Integer)
    differences: Mapped[list[str]] = mapped_column(JSON)

    @property
    def is_right(self) -> bool:
        """Whether everything agreed."""
        return self.difference_count == 0

    @property
    def is_of_nothing(self) -> bool:
        """Whether there was nothing to check yet, so that it says nothing."""
        return self.is_right and not self.lines
