"""The nightly check as an instance has it: a worker of its own finds what is wrong, and operators are told."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cac import doctor
from cac.clock import now
from cac.db import SessionFactory, transaction
from cac.settings import Settings
from cac.stats import verify
from cac.stats.models import ViewCheck, ViewTotal
from tests.web.checked_client import CheckedClient
from tests.web.insights_fixtures import OPERATE, operator  # noqa: F401 (fixture)

WITHIN = 30.0


@pytest.fixture
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The worker of the instance, as its host runs it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CAC_")}
    environment |= {"CAC_DATABASE_URL": settings.database_url}
    process = subprocess.Popen([sys.executable, "-m", "cac", "worker", "--home", str(settings.home)], env=environment)
    yield process
    process.send_signal(signal.SIGTERM)
    assert process.wait(WITHIN) == 0


@pytest.fixture
def checked_long_ago(session: Session, session_factory: SessionFactory) -> None:
    """All was right two days ago; since then somebody has changed a total."""
    with transaction(session):
        session.add(ViewTotal(scope="site", scope_id=0, measure="view", views=0, raw=0))
    assert verify.check_and_keep(session_factory, at=now() - timedelta(days=2)).is_right
    with transaction(session):
        session.execute(update(ViewTotal).values(views=3, raw=3))


@pytest.mark.usefixtures("checked_long_ago", "operator")
def test_what_the_worker_finds_at_night_stands_on_the_operators_page_and_in_what_the_doctor_says(
    client: CheckedClient, session: Session, settings: Settings, request: pytest.FixtureRequest
) -> None:
    assert "do not agree" not in client.get(OPERATE).get_data(as_text=True)

    request.getfixturevalue("worker")
    until = time.monotonic() + WITHIN
    while len(session.scalars(select(ViewCheck)).all()) < 2:
        assert time.monotonic() < until, "the worker has checked nothing"
        session.rollback()
        time.sleep(0.1)

    page = client.get(OPERATE).get_data(as_text=True)
    assert "The last check found numbers that do not agree" in page
    assert "days and total: site 0 view: [0, 0] and [3, 3]" in page
    assert ("fault", "sums of views") in _findings(settings)


def _findings(settings: Settings) -> set[tuple[str, str]]:
    return {(finding.level, finding.about) for finding in doctor.examine(settings)}
