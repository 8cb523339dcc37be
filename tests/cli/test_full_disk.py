"""A whole instance on a disk that is really full (a small tmpfs): the public pages answer, and counting goes on by itself."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cac import migrate
from cac.clock import now
from cac.db import SessionFactory, make_engine, make_session_factory, transaction
from cac.practices.models import Practice
from cac.practices.workflow import Status
from cac.settings import load_settings, write_secret
from cac.stats import health, hosts, queries
from cac.stats.gauge import read_gauges
from cac.stats.models import ViewLedger
from cac.stats.visitors import memory_places
from tests import needs
from tests.conftest import POSTGRESQL
from tests.factories import make_city, make_practice

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"
WITHIN = 60.0

pytestmark = pytest.mark.skipif(bool(POSTGRESQL), reason="the database on the full disk is SQLite")


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait until something is so; fail after a minute."""
    end = time.monotonic() + WITHIN
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An instance folder that is a disk of 8 MB of its own; what it keeps in memory is where other processes look, too."""
    monkeypatch.setattr("cac.stats.visitors.SHARED_MEMORY", Path("/dev/shm"))
    home = tmp_path / "small"
    home.mkdir()
    with needs.small_disk(home, "8m"):
        yield home
    shutil.rmtree(memory_places(home / "spool")[0], ignore_errors=True)


@pytest.fixture
def session_factory(home: Path) -> Iterator[SessionFactory]:
    """Sessions on the database of the instance, which has one published practice."""
    write_secret(home)
    engine = make_engine(load_settings(home, environment={}).database_url)
    migrate.upgrade(engine)
    factory = make_session_factory(engine)
    with factory() as session, transaction(session):
        city = make_city(session, slug="seoul", names={"en": "Seoul"})
        make_practice(session, status=Status.PUBLISHED, city=city, title="Bus disinfection")
    yield factory
    engine.dispose()


@pytest.fixture
def address(home: Path, session_factory: SessionFactory) -> Iterator[str]:
    """Where the served instance answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "cac", "serve", "--home", str(home), "--port", str(port)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CAC_")}
    process = subprocess.Popen(command, env=environment | {"CAC_SECURE_COOKIES": "false"})
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    finally:
        process.kill()


def status_of(url: str, number: int = 0) -> int:
    """What a browser of its own is answered."""
    request = urllib.request.Request(url, headers={"User-Agent": FIREFOX, "Accept-Language": f"en;q=0.{number:06}1"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def fill(home: Path) -> Path:
    """Fill the disk to the last byte."""
    ballast = home / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        for size in (1024 * 1024, 1024, 1):
            try:
                while True:
                    stream.write(b"x" * size)
            except OSError:
                continue
    return ballast


def test_on_a_full_disk_public_pages_answer_and_afterwards_counting_goes_on_without_a_restart(
    address: str, home: Path, session_factory: SessionFactory
) -> None:
    settings = load_settings(home, environment={})

    with session_factory() as session:
        reference = session.scalars(select(Practice.reference)).one()
    practice = f"{address}/en/practices/{reference}-bus-disinfection"
    wait_until(lambda: status_of(practice, 1) == 200)
    with session_factory() as session:
        wait_until(lambda: session.rollback() or queries.total_views(session) == 1)

    ballast = fill(home)
    asked = 0
    while not read_gauges(settings.spool_dir):
        asked += 1
        assert asked < 300, "the disk took everything"
        assert status_of(practice, 1 + asked) == 200
    for path in (
        "/en/",
        "/ko/",
        "/en/search?q=bus",
        "/en/cities",
        "/en/statistics",
        "/stats.json",
        "/api/v1/search?q=bus",
    ):
        assert status_of(address + path) == 200, path
    with session_factory() as session:
        found = health.examine(session, settings, at=now())
    assert health.Alarm.DROPPED in found.alarms

    ballast.unlink()
    freed = now()
    assert status_of(practice, 900) == 200
    with session_factory() as session:
        wait_until(lambda: session.rollback() or (hosts.rolled_until(session, at=now()) or freed) > freed)
        dropped = session.scalar(select(func.sum(ViewLedger.dropped)))
        assert queries.total_views(session) == 1 + asked + 1 - (dropped or 0)
        assert dropped
