"""Tests that requests at once never wait for each other's database connections."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from cac.cities.catalogue import CityCatalogue
from cac.db import THREADS, SessionFactory
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
