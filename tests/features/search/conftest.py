"""An index beside the test's database, and short ways to fill and ask it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.practices.models import Practice
from cac.practices.workflow import Status
from cac.search.queries import search_practices
from cac.search.reader import IndexReader
from cac.search.request import SearchPage, SearchRequest
from cac.search.sync import catch_up
from cac.settings import Settings
from tests.factories import make_practice

Publish = Callable[..., Practice]
Search = Callable[..., SearchPage]


@pytest.fixture
def index(settings: Settings) -> IndexReader:
    """The index of this instance, looked at anew before each search."""
    return IndexReader(settings.index_dir, interval=0)


@pytest.fixture
def publish(session: Session, session_factory: SessionFactory, settings: Settings) -> Publish:
    """A way to publish practices and have them in the index."""

    def publish(*, now: bool = True, **values: Any) -> Practice:
        with transaction(session):
            practice = make_practice(session, status=Status.PUBLISHED, **values)
        if now:
            catch_up(session_factory, settings)
        return practice

    return publish


@pytest.fixture
def search(session: Session, index: IndexReader) -> Search:
    """A way to search."""

    def search(words: str = "", **values: Any) -> SearchPage:
        return search_practices(session, index, SearchRequest(words=words, **values))

    return search


def references(page: SearchPage) -> list[str]:
    """Return what was found, in order."""
    return [hit.practice.reference for hit in page.hits]
