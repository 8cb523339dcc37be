"""Lets several hosts tell visitors of a day apart by the same salt: a row of the database that they share (PostgreSQL).

The table is UNLOGGED: its rows are in no base backup and on no standby, and a crash of the server empties it (pg_dump leaves them
out with --no-unlogged-table-data). One host on SQLite keeps its salt in a file in memory instead: cac/stats/visitors.
"""

import logging
import secrets
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from cac.clock import day_in, now
from cac.db import SessionFactory, transaction
from cac.settings import Settings
from cac.stats.hosts import shared_moment
from cac.stats.models import SITE_ID, Scope, ViewDay, ViewSalt
from cac.stats.visitors import SALT_BYTES, KeepsSalts, Salt, Salts, make_makeshift

log = logging.getLogger(__name__)


def make_salts(session_factory: SessionFactory, settings: Settings) -> KeepsSalts:
    """Return where an instance keeps its salts: in a table on PostgreSQL, else in a file of this host."""
    if settings.database_url.startswith("postgresql"):
        return SharedSalts(session_factory, settings.timezone)
    return Salts(settings.spool_dir)


class SharedSalts:
    """The salts of an instance's days, the same on all of its hosts."""

    def __init__(self, session_factory: SessionFactory, zone: str) -> None:
        self._session_factory = session_factory
        self._zone = zone

    def salt_of(self, day: date) -> Salt:
        """Return the day's salt, made now if there is none. Where the database does not answer, one of this process alone."""
        try:
            return self._read_or_make(day)
        except SQLAlchemyError:
            log.exception("the salt of %s can be neither read nor made", day)
            return make_makeshift()

    def restore(self, day: date, value: bytes) -> bytes:
        """Return the day's salt as all hosts have it, ``value`` put back where a crash of the server took it; never raises.

        A host whose clock is behind puts back none of a day that is over by the clock of the database.
        """
        try:
            with self._session_factory() as session, transaction(session):
                found = session.scalar(select(ViewSalt.salt).where(ViewSalt.day == day))
                if found is None:
                    if day < day_in(self._zone, shared_moment(session, now())):
                        return value
                    session.execute(insert(ViewSalt).values(day=day, salt=value).on_conflict_do_nothing())
                    found = session.scalars(select(ViewSalt.salt).where(ViewSalt.day == day)).one()
                return found
        except SQLAlchemyError:
            log.exception("the salt of %s can be neither read nor put back", day)
            return value

    def delete_before(self, day: date) -> None:
        """Delete the salts of all days before ``day``."""
        with self._session_factory() as session, transaction(session):
            session.execute(delete(ViewSalt).where(ViewSalt.day < day))

    def _read_or_make(self, day: date) -> Salt:
        with self._session_factory() as session, transaction(session):
            found = session.scalar(select(ViewSalt.salt).where(ViewSalt.day == day))
            if found is not None:
                return Salt(found, is_new_again=False)
            new = insert(ViewSalt).values(day=day, salt=secrets.token_bytes(SALT_BYTES))
            made = session.scalar(new.on_conflict_do_nothing().returning(ViewSalt.salt))
            if made is None:
                # Another process was faster: the conflict has waited until its row can be read.
                return Salt(session.scalars(select(ViewSalt.salt).where(ViewSalt.day == day)).one(), is_new_again=False)
            site = ViewDay.scope == Scope.SITE, ViewDay.scope_id == SITE_ID
            had_visitors = session.scalar(
                select(ViewDay.day).where(ViewDay.day == day, *site, ViewDay.uniques > 0).limit(1)
            )
            return Salt(made, is_new_again=had_visitors is not None)
