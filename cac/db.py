"""The database: engine, session factory, the declarative base and the one commit of the house.

Knows SQLite and PostgreSQL; leaves tables to the features and the migrations to ``migrations/``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.orm import DeclarativeBase, InstanceState, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

SessionFactory = sessionmaker[Session]

THREADS = 15
"""The most threads of a process that answer requests at once."""
CONNECTIONS_KEPT = 5
PATIENCE = {
    "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip
"""Of connections to PostgreSQL, in seconds, the last in milliseconds (libpq, 34.1.2): by default a thread waits minutes or for
ever where the server's machine is gone without a word. Who wants others says so in database_url.
"""
CONNECTIONS = 2 * THREADS
"""The most connections of a process: a request may need a second one (to read cities, the glossary or the day's salt again)
while it holds its own; were there fewer, threads that hold one could wait for each other.
"""


def _keep_room_in_states() -> None:
    """Let the states of all objects have room for what SQLAlchemy writes into them while garbage is collected (Python 3.11).

    There, memory for the dictionary of an instance is asked for while its values stand open. That may collect garbage, and
    SQLAlchemy's callback of an object that goes writes these two into its state: found no room for them, it made the dictionary
    as well, and both then owned the same values: a session that closed ended the process, now and then. Room is for the names
    that the first instances of a class have; Python 3.12 collects no garbage there.
    """
    first: Any = InstanceState.__new__(InstanceState)
    first.session_id = first._strong_obj = None


_keep_room_in_states()


class Base(DeclarativeBase):
    """Base of all models; its metadata names every constraint, so that migrations can find them."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, stored and read in UTC on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def make_engine(url: str) -> Engine:
    """Return an engine for ``url``; SQLite gets WAL, full sync, foreign keys and a busy timeout of 10 s, PostgreSQL PATIENCE.

    Errors never show the values of a statement: they end in logs, and may be tokens and addresses.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 10}, **_POOL)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    patience = {name: value for name, value in PATIENCE.items() if name not in make_url(url).query}
    return create_engine(url, connect_args=patience, pool_pre_ping=True, **_POOL)


_POOL: dict[str, Any] = {
    "pool_size": CONNECTIONS_KEPT,
    "max_overflow": CONNECTIONS - CONNECTIONS_KEPT,
    "hide_parameters": True,
}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def make_session_factory(engine: Engine) -> SessionFactory:
    """Return a factory of sessions whose objects stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Commit what the block did, or roll all of it back: the only commit in the house.

    Works on a session that has read already (flask-login reads the person before any view runs).
    """
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
