"""What one process shares between its requests, kept in the app and handed to views and the API."""

from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import Engine

from cac.db import SessionFactory, make_engine, make_session_factory
from cac.search.missing import MissingQueries
from cac.search.reader import IndexReader
from cac.serving.page_cache import PageCache
from cac.settings import Settings
from cac.stats.shared_salts import make_salts
from cac.stats.spool import Spool

EXTENSION = "cac"


@dataclass(frozen=True)
class Services:
    """The settings, the database, the reader of the search index, the spool of views, the kept pages and the notes
    of what was not found, of one process.
    """

    settings: Settings
    engine: Engine
    session_factory: SessionFactory
    index: IndexReader
    spool: Spool
    pages: PageCache = field(default_factory=PageCache)
    missing: MissingQueries = field(default_factory=MissingQueries)


def build_services(settings: Settings) -> Services:
    """Return the services of a process that serves the instance of ``settings``; opens nothing yet."""
    engine = make_engine(settings.database_url)
    session_factory = make_session_factory(engine)
    return Services(
        settings=settings,
        engine=engine,
        session_factory=session_factory,
        index=IndexReader(settings.index_dir),
        spool=Spool(settings.spool_dir, settings.timezone, salts=make_salts(session_factory, settings)),
    )


def current_services() -> Services:
    """Return the services of the app that answers the present request.

    Asked for several times in each request: the app itself is four times as fast to ask as the proxy.
    """
    services: Services = current_app._get_current_object().extensions[EXTENSION]  # type: ignore[attr-defined]
    return services
