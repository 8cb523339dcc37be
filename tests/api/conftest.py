"""The application and its client, as for the pages; an index that is up to date."""

from collections.abc import Callable

import pytest

from cac.db import SessionFactory
from cac.search import sync
from cac.settings import Settings
from tests.web.conftest import app, client  # noqa: F401 (fixtures)


@pytest.fixture
def indexed(session_factory: SessionFactory, settings: Settings) -> Callable[[], None]:
    """Bring the index up to the database, as the worker does."""

    def catch_up() -> None:
        sync.catch_up(session_factory, settings)

    return catch_up
