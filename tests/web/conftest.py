"""The application of a test's own instance, a client that checks pages, and signing in."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cac.accounts.models import Person
from cac.app import create_app
from cac.db import make_session_factory, transaction
from cac.search.missing import MissingQueries
from cac.search.reader import IndexReader
from cac.serving.services import Services
from cac.settings import Settings
from cac.stats.spool import Spool
from tests.web.checked_client import CheckedClient

SignIn = Callable[[CheckedClient, Person], None]
PASSWORD = "correct horse battery staple"


@pytest.fixture
def app(settings: Settings, engine: Engine) -> Flask:
    """The application on this test's instance."""
    services = Services(
        settings=settings,
        engine=engine,
        session_factory=make_session_factory(engine),
        index=IndexReader(settings.index_dir),
        spool=Spool(settings.spool_dir),
        missing=MissingQueries(write_after=None),
    )
    app = create_app(settings, services)
    app.testing = True
    app.test_client_class = CheckedClient
    return app


@pytest.fixture
def client(app: Flask, engine: Engine) -> CheckedClient:
    """A visitor's browser without JavaScript."""
    client = app.test_client()
    assert isinstance(client, CheckedClient)
    client.engine = engine
    return client


@pytest.fixture
def sign_in(session: Session, settings: Settings) -> SignIn:
    """Sign a person in by giving the client a session of theirs, as the sign-in page does."""

    def sign_in(client: CheckedClient, person: Person) -> None:
        from cac.accounts import service
        from cac.clock import now

        with transaction(session):
            started = service.start_session(session, person, settings=settings, at=now())
        with client.session_transaction() as cookie:
            cookie["_user_id"] = started.token

    return sign_in


@pytest.fixture
def csrf() -> Callable[[CheckedClient, str], str]:
    """Return the token that the form at an address carries."""

    def csrf(client: CheckedClient, path: str) -> str:
        page = client.get(path).get_data(as_text=True)
        return page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]

    return csrf
