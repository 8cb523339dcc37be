"""Processes that write and roll are killed many times a second, and the tables are right to the last view.

Without a web server, so that kills come in the middle of every step; test_oracle does the same to a served instance.
"""

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from cac.stats import queries
from cac.stats.lines import Line, parse_line
from cac.stats.models import ViewDay, ViewLedger
from cac.stats.roller import Roller
from cac.stats.visitors import Salts

SECONDS = 2.5
SCRIPT = Path(__file__).with_name("killed_process.py")
NOON = datetime(2020, 4, 9, 12, 10, tzinfo=UTC)


class Crowd:
    """Processes by name: one that is killed is followed by another at once."""

    def __init__(self, home: Path, salts: Path, shift: float, database_url: str) -> None:
        self._arguments = (str(home), str(salts), str(shift))
        self._database_url = database_url
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills: Counter[str] = Counter()

    def start(self, name: str) -> None:
        task = name.partition("-")[0]
        word = f"{name}-{self.kills[name]}" if task == "write" else self._database_url
        command = [sys.executable, str(SCRIPT), task, *self._arguments, word, str(60 + SECONDS)]
        self._running[name] = subprocess.Popen(command)

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.wait()
        self.kills[name] += 1

    def end(self) -> None:
        for name in list(self._running):
            self.kill(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


def test_nothing_is_lost_or_counted_twice_when_writers_and_rollers_are_killed(
    settings, session_factory, session, folder, sums_agree
):
    shift = NOON.timestamp() - time.time()
    crowd = Crowd(settings.home, folder, shift, settings.database_url)
    chance = random.Random(20200409)
    names = ["write-a", "write-b", "roll-a", "roll-b"]
    for name in names:
        crowd.start(name)
    _wait_for_lines(settings.spool_dir)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.15, 0.4))
        name = chance.choice(names)
        crowd.kill(name)
        crowd.start(name)
    _wait_for_views(session)
    crowd.end()
    assert queries.total_views(session) > 0, "the rollers that were killed have rolled nothing"
    session.rollback()
    roller = Roller(session_factory, settings, salts=Salts(settings.spool_dir, folder))
    roller.roll(datetime.fromtimestamp(time.time() + shift, UTC), seconds=30)
    roller.close()

    sent, complete = _journals(settings.home)
    lines = _lines(settings.spool_dir)
    pairs = {(line.visitor, line.practice_id) for line in lines if line.visitor is not None}
    site = _site(session)
    assert crowd.kills.total() >= 6
    assert len(complete) > 500
    # What the readers know: complete <= counted <= sent.
    people_sent = {what for what in sent if what != "robot"}
    people_complete = {what for what in complete if what != "robot"}
    assert len(people_complete) <= queries.total_views(session) <= len(people_sent)
    assert complete.count("robot") <= site["robot"].views <= sent.count("robot")
    # What the spool says, line by line: views, repeats, visitors and robots are exact.
    persons = sum(line.visitor is not None for line in lines)
    assert (site["person"].raw, site["person"].views) == (persons, len(pairs))
    assert site["person"].uniques == len({visitor for visitor, _ in pairs})
    assert site["robot"].raw == len(lines) - persons
    assert sum(session.scalars(select(ViewLedger.bad))) == 0
    views = Counter(practice for _, practice in pairs)
    assert queries.views_of(session, list(views)) == dict(views)
    sums_agree(session)


def _wait_for_lines(spool: Path) -> None:
    until = time.monotonic() + 20
    while len(list(spool.glob("*.log"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)


def _wait_for_views(session) -> None:
    """On a machine with much to do, rollers may not have lived long enough so far."""
    until = time.monotonic() + 20
    while not queries.total_views(session) and time.monotonic() < until:
        session.rollback()
        time.sleep(0.05)


def _journals(home: Path) -> tuple[list[str], list[str]]:
    notes = [line.split(" ", 1) for path in home.glob("*.journal") for line in path.read_text().splitlines()]
    return [what for mark, what in notes if mark == "s"], [what for mark, what in notes if mark == "c"]


def _lines(spool: Path) -> list[Line]:
    read = [parse_line(line) for path in spool.glob("*.log") for line in path.read_bytes().splitlines()]
    return [line for line in read if isinstance(line, Line)]


def _site(session):
    return {row.view_class: row for row in session.scalars(select(ViewDay).where(ViewDay.scope == "site"))}
