"""Requests at once never wait for each other's database connections, and none for ever for a database that says nothing."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from cac import db
from cac.cities.catalogue import CityCatalogue
from cac.db import THREADS, SessionFactory, make_engine
from cac.search.synonyms import GlossaryCatalogue


def test_as_many_requests_as_there_are_threads_all_read_cities_and_glossary_for_the_first_time(
    session_factory: SessionFactory,
) -> None:
    cities, glossary = CityCatalogue(), GlossaryCatalogue()
    all_hold_one = threading.Barrier(THREADS, timeout=20)

    def answer(_number: int) -> int:
        with session_factory() as session:
            session.execute(text("SELECT 1"))
            all_hold_one.wait()
            glossary.synonyms(session, "disinfection", "en", {})
            return len(cities.by_id(session))

    with ThreadPoolExecutor(THREADS) as threads:
        assert list(threads.map(answer, range(THREADS))) == [0] * THREADS


def test_nobody_waits_long_for_a_database_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(db.PATIENCE, "connect_timeout", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = make_engine(f"postgresql+psycopg://somebody@127.0.0.1:{silent.getsockname()[1]}/none")
        with pytest.raises(OperationalError, match="timeout"):
            engine.connect()


@pytest.mark.xdist_group("postgresql")
def test_connections_notice_that_the_machine_of_the_database_is_gone_unless_the_address_says_otherwise(
    database_on_postgresql: str,
) -> None:
    separator = "&" if "?" in database_on_postgresql else "?"
    engine = make_engine(f"{database_on_postgresql}{separator}keepalives_idle=77")
    with engine.connect() as connection:
        found = connection.connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr]
    engine.dispose()
    assert (found["keepalives_idle"], found["tcp_user_timeout"], found["connect_timeout"]) == ("77", "30000", "10")
