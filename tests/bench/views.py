"""``bench views``: what counting costs a page, what a kill -9 loses, and how many lines a second the roller takes.

Pages are asked for in this process, straight through WSGI, without counting, with it, and with a synchronous UPDATE in SQLite
instead, which is what many do. The figures are medians of CPU time: of the whole page without counting, of what pages with it
take more, and of the UPDATE within one.
"""

import argparse
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, g
from sqlalchemy import Engine
from werkzeug.test import EnvironBuilder, run_wsgi_app

from cac import migrate
from cac.app import create_app
from cac.clock import now
from cac.db import make_engine, make_session_factory
from cac.demo import loader
from cac.practices.queries import list_newest
from cac.serving import counting
from cac.serving.counting import init_counting
from cac.serving.services import EXTENSION
from cac.settings import Settings, load_settings, write_secret
from cac.stats import queries, visitors
from cac.stats.models import ViewClass
from cac.stats.roller import Roller
from cac.stats.spool import CountedPractice, Spool
from cac.stats.visitors import Salts
from cac.web import reading

AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
HUNDRED = 100
WRITER = """
import os, sys
from pathlib import Path
from cac.stats.models import ViewClass
from cac.stats.spool import CountedPractice, Spool
from cac.stats.visitors import Salts
folder, memory, journal = map(Path, sys.argv[1:4])
spool = Spool(folder, salts=Salts(folder, memory))
notes = os.open(journal, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
for number in range(10**9):
    os.write(notes, b"s")
    counted = CountedPractice(1 + number % 50, 1, "en")
    spool.count(counted, ViewClass.PERSON, address=f"{sys.argv[4]}-{number}")
    os.write(notes, b"c")
"""


def main(argv: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench views")
    parser.add_argument("--pages", type=int, default=300, help="pages of each kind")
    parser.add_argument("--kills", type=int, default=10, help="writers to kill")
    parser.add_argument("--lines", type=int, default=300_000, help="lines for the roller")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        visitors.SHARED_MEMORY = home
        _print_cost(home, arguments.pages)
        _print_loss(home, arguments.kills)
        _print_rate(home, arguments.lines)


def _instance(home: Path, url: str = "") -> tuple[Settings, Engine]:
    home.mkdir()
    write_secret(home)
    overrides = {"secure_cookies": False, "public_url": "http://127.0.0.1"} | ({"database_url": url} if url else {})
    settings = load_settings(home, overrides=overrides, environment={})
    engine = make_engine(settings.database_url)
    migrate.upgrade(engine)
    return settings, engine


def _print_cost(home: Path, pages: int) -> None:
    settings, engine = _instance(home / "cost")
    factory = make_session_factory(engine)
    loader.load(factory, settings, at=now())
    with factory() as session:
        reference = list_newest(session, 1)[0].reference
    minimal = _minimal_app(Spool(settings.spool_dir, settings.timezone), settings)
    product = create_app(settings)
    update = _update(home)
    print(f"{'CPU us':<16}{'page':>10}{'counting':>10}{'ratio':>8}{'UPDATE (FULL)':>15}{'ratio':>8}")
    address = _final_address(product, f"/en/practices/{reference}")
    for name, app, path, repeats in (("minimal page", minimal, "/", 10), ("practice page", product, address, 1)):
        cost = _measure(app, path, pages * repeats, update)
        ratios = f"{cost.counting:>10.1f}{cost.counting / cost.page:>8.1%}{cost.update:>15.1f}{cost.update / cost.page:>8.1%}"
        print(f"{name:<16}{cost.page:>10.1f}{ratios}")
    engine.dispose()


def _minimal_app(spool: Spool, settings: Settings) -> Flask:
    app = Flask("minimal")
    app.extensions[EXTENSION] = SimpleNamespace(spool=spool, settings=settings)

    @app.get("/")
    def page() -> str:
        g.viewer = None
        reading.mark_for_counting(CountedPractice(1, 1, "en"))
        return "a page"

    init_counting(app)
    return app


def _update(home: Path, *, check_same_thread: bool = True) -> Callable[[Any], Any]:
    """An after_request function that does what is often done: one UPDATE and a commit for each page."""
    database = sqlite3.connect(home / "update.sqlite3", isolation_level=None, check_same_thread=check_same_thread)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE n (id INTEGER PRIMARY KEY, n INT);"
    )
    database.execute("INSERT INTO n VALUES (1, 0)")

    def update(response: Any) -> Any:
        database.execute("UPDATE n SET n = n + 1 WHERE id = 1")
        return response

    return update


@dataclass(frozen=True)
class Cost:
    """CPU microseconds of a practice's page, medians: without counting, with it, and of an UPDATE in place of it.

    ``least`` and ``most`` are the bounds of ``counting``, what pages with it take more (95 of 100 times); ``inside`` is what its
    function takes when it is timed within the page, without what it does to the rest of the page.
    """

    page: float
    counting: float
    least: float
    most: float
    inside: float
    update: float


def _measure(app: Flask, path: str, pages: int, update: Callable[[Any], Any]) -> Cost:
    """Ask for pages of each kind in hundreds, in an order that chance gives; for an UPDATE, which waits for the disk, last."""
    functions, place = counting_of(app)
    count, switch = functions[place], switch_of(app)
    chance, rounds = random.Random(20200409), max(pages // HUNDRED, 2)
    without: list[float] = []
    with_counting: list[float] = []
    for _ in range(rounds):
        for is_on, times in chance.sample([(False, without), (True, with_counting)], 2):
            switch(is_on)
            times.append(_median_page(app, path))
    switch(True)
    inside: list[list[float]] = [[] for _ in range(3)]
    for _ in range(rounds):
        for work, times in zip((_nothing, count, update), inside, strict=True):
            functions[place] = _timed(work, times)
            _median_page(app, path)
    functions[place] = count
    clock, taken, updating = map(statistics.median, inside)
    least, most = interval(with_counting, without)
    differences = [one - other for one, other in zip(with_counting, without, strict=True)]
    return Cost(
        statistics.median(without), statistics.median(differences), least, most, taken - clock, updating - clock
    )


def _median_page(app: Flask, path: str) -> float:
    times = []
    for _ in range(HUNDRED):
        started = time.process_time_ns()
        _ask(app, path)
        times.append((time.process_time_ns() - started) / 1000)
    return statistics.median(times)


def counting_of(app: Flask) -> tuple[list[Any], int]:
    """Return the functions that are called after each request, and at which place of them counting stands."""
    functions = app.after_request_funcs[None]
    return functions, next(place for place, one in enumerate(functions) if one.__module__ == counting.__name__)


def switch_of(app: Flask) -> Callable[[bool], None]:
    """Return what turns counting on and off: without it a page neither says what it shows nor is it looked at afterwards."""
    functions, place = counting_of(app)
    count, mark = functions[place], reading.mark_for_counting

    def switch(is_on: bool) -> None:
        functions[place] = count if is_on else _nothing
        reading.mark_for_counting = mark if is_on else _nothing

    return switch


def interval(figures: list[float], others: list[float]) -> tuple[float, float]:
    """Where the median of the differences of pairs lies, 95 of 100 times (bootstrap; Efron, Tibshirani 1993, 13.3)."""
    differences = [one - other for one, other in zip(figures, others, strict=True)]
    chance = random.Random(20200409)
    medians = sorted(statistics.median(chance.choices(differences, k=len(differences))) for _ in range(4000))
    return medians[100], medians[-101]


def _nothing(response: Any) -> Any:
    return response


def _timed(work: Callable[[Any], Any], times: list[float]) -> Callable[[Any], Any]:
    """The same work, its CPU noted down: far less than what one page differs from the next."""

    def run(response: Any) -> Any:
        started = time.process_time_ns()
        answer = work(response)
        times.append((time.process_time_ns() - started) / 1000)
        return answer

    return run


def _ask(app: Flask, path: str) -> tuple[str, Any]:
    environ = _ENVIRONS.setdefault(
        path, EnvironBuilder(path, headers={"User-Agent": AGENT, "Accept-Language": "en"}).get_environ()
    )
    body, status, headers = run_wsgi_app(app.wsgi_app, dict(environ, REMOTE_ADDR="192.0.2.7"))
    b"".join(body)
    return status, headers


_ENVIRONS: dict[str, dict[str, Any]] = {}


def _final_address(app: Flask, path: str) -> str:
    status, headers = _ask(app, path)
    if status.startswith("301"):
        path = str(headers["Location"])
        status, _ = _ask(app, path)
    if not status.startswith("200"):
        raise SystemExit(f"{path} answered {status}")
    return path


def _print_loss(home: Path, kills: int) -> None:
    settings, engine = _instance(home / "loss")
    memory, journal = home / "memory", home / "journal"
    memory.mkdir()
    for number in range(kills):
        arguments = [str(settings.spool_dir), str(memory), str(journal), str(number)]
        process = subprocess.Popen([sys.executable, "-c", WRITER, *arguments])
        _wait_until(lambda: journal.exists() and journal.stat().st_size > 20_000 * (number + 1))  # noqa: B023 (called at once)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    factory = make_session_factory(engine)
    roller = Roller(factory, settings, salts=Salts(settings.spool_dir, memory))
    roller.roll(now(), seconds=600)
    roller.close()
    notes = journal.read_bytes() if kills else b""
    with factory() as session:
        counted = queries.total_views(session)
    complete, sent = notes.count(b"c"), notes.count(b"s")
    verdict = "0 lost" if complete <= counted <= sent else f"{complete - counted} LOST OR TWICE"
    print(f"\n{kills} writers killed: {complete} complete, {counted} counted, {sent} sent: {verdict}")
    engine.dispose()


def _wait_until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        time.sleep(0.02)


def _print_rate(home: Path, lines: int) -> None:
    settings, engine = _instance(home / "rate")
    start = datetime(2020, 4, 9, 10, 0, tzinfo=UTC).timestamp()
    clock = SimpleNamespace(seconds=start)
    spool = Spool(settings.spool_dir, moment=lambda: clock.seconds)
    began = time.process_time()
    for number in range(lines):
        clock.seconds = start + number * 0.01
        reader = number // 3
        practice = 1 + (reader * 7919 + number % 3 // 2) % 1000
        counted = CountedPractice(practice, 1 + practice % 100, "en")
        spool.count(counted, ViewClass.PERSON, address=f"10.{reader % 60000}", agent=AGENT, languages="en")
    written = time.process_time() - began
    spool.close()
    factory = make_session_factory(engine)
    roller = Roller(factory, settings)
    began, cpu = time.monotonic(), time.process_time()
    rolled = roller.roll(datetime.fromtimestamp(clock.seconds, UTC), seconds=3600)
    elapsed, cpu = time.monotonic() - began, time.process_time() - cpu
    roller.close()
    assert rolled is not None
    assert rolled.lines == lines
    print(f"\nwriting: {written / lines * 1e6:.1f} us CPU a line")
    print(
        f"rolling: {lines} lines in {elapsed:.1f} s: {lines / elapsed:,.0f} lines/s, {lines / cpu:,.0f} lines per CPU second"
    )
    engine.dispose()
