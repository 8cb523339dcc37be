"""Fixtures for the whole suite: a fresh, migrated database per test, on SQLite or on PostgreSQL, and an instance folder."""

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from cac import migrate
from cac.db import SessionFactory, make_engine, make_session_factory
from cac.settings import Settings, load_settings, write_secret
from tests.postgresql import serve_postgresql

POSTGRESQL = os.environ.get("CAC_TEST_DATABASE_URL", "")


class CompiledTemplates(BytecodeCache):
    """Templates that this process compiled for one app, for the next: each test makes an app of its own."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket what was compiled from the same source."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_templates() -> Iterator[None]:
    """Compile each template once in this process: it was a third of the time of a test of a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", CompiledTemplates())
        yield


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database on SQLite to copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server: the one that all tests use, else one that is started for those that need it."""
    if POSTGRESQL:
        yield POSTGRESQL
        return
    with serve_postgresql() as address:
        yield address


@pytest.fixture(scope="session")
def template_on_postgresql(postgresql: str) -> Iterator[str]:
    """The name of a migrated database on PostgreSQL to copy, which belongs to this process."""
    name = f"cac_template_{uuid.uuid4().hex[:12]}"
    _administer(postgresql, f'CREATE DATABASE "{name}"')
    _migrate(_url_of(postgresql, name))
    yield name
    _administer(postgresql, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def database_on_postgresql(postgresql: str, template_on_postgresql: str) -> Iterator[str]:
    """The address of a migrated database on PostgreSQL that belongs to this test alone."""
    name = f"cac_test_{uuid.uuid4().hex[:12]}"
    _administer(postgresql, f'CREATE DATABASE "{name}" TEMPLATE "{template_on_postgresql}"')
    yield _url_of(postgresql, name)
    _administer(postgresql, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database that belongs to this test alone: on SQLite, or where CAC_TEST_DATABASE_URL says."""
    if POSTGRESQL:
        return str(request.getfixturevalue("database_on_postgresql"))
    (tmp_path / "home").mkdir(exist_ok=True)
    shutil.copy(request.getfixturevalue("template_file"), tmp_path / "home" / "cac.sqlite3")
    return f"sqlite:///{tmp_path / 'home' / 'cac.sqlite3'}"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """The settings of an instance in a temporary folder."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    write_secret(home)
    overrides = {"public_url": "http://localhost", "secure_cookies": False, "database_url": database_url}
    return load_settings(home, overrides=overrides, environment={})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """An engine on this test's database. What it writes to SQLite need not outlive the machine: no test waits for the disk."""
    engine = make_engine(settings.database_url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _wait_for_no_disk)
    yield engine
    engine.dispose()


def _wait_for_no_disk(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()


@pytest.fixture
def session_factory(engine: Engine) -> SessionFactory:
    """A factory of sessions on this test's database."""
    return make_session_factory(engine)


@pytest.fixture
def session(session_factory: SessionFactory) -> Iterator[Session]:
    """One session on this test's database."""
    with session_factory() as session:
        yield session


@pytest.fixture(autouse=True)
def salts_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the salts of visitors in the test's own folder instead of the machine's memory-backed one."""
    monkeypatch.setattr("cac.stats.visitors.SHARED_MEMORY", tmp_path)


@pytest.fixture
def at() -> datetime:
    """A fixed moment at which things happen."""
    return datetime(2020, 4, 9, 9, 0, tzinfo=UTC)


def _migrate(url: str) -> None:
    engine = make_engine(url)
    migrate.upgrade(engine)
    engine.dispose()


def _url_of(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
