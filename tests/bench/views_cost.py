"""``bench views-cost``: what counting costs beside what it might have cost, and how fast the roller is, in one run.

A practice page is asked for in this process, through WSGI, without counting and with it, by turns, and with what else could count
it: a synchronous UPDATE in SQLite and in PostgreSQL; a beacon is sent, the second request of another way; and an empty route is
asked for. CPU, medians; of the UPDATE in PostgreSQL also the time waited. The page is also asked for as it is served, with
counting and without (views_served). Then a spool of --lines made-up views is rolled, into
SQLite and into PostgreSQL, and the memory of this process is printed as it goes.
"""

import argparse
import itertools
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, text

from cac.app import create_app
from cac.clock import now
from cac.db import make_session_factory
from cac.demo import loader
from cac.practices.queries import list_newest
from cac.serving.beacons import make_token
from cac.serving.page_cache import PageCache
from cac.serving.services import EXTENSION
from cac.settings import Settings
from cac.stats import visitors
from cac.stats.roller import Roller
from cac.stats.spool import CountedPractice
from tests.bench import views, views_served

START = datetime(2020, 4, 9, 0, 5, tzinfo=UTC)
DAY_MS = 85_000_000
PRACTICES, READERS = 3_000, 600_000
STEP = 5.0
"""Seconds between two lines of the table."""
HOSTS = ("www.google.com", "search.naver.com", "t.co")


def main(argv: list[str]) -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(prog="bench views-cost")
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--lines", type=int, default=6_000_000)
    parser.add_argument("--port", type=int, default=8785, help="for pages as they are served")
    url = os.environ.get("CAC_TEST_DATABASE_URL", "")
    parser.add_argument("--database-url", default=url, help="a database of a PostgreSQL server, for the UPDATE there")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        visitors.SHARED_MEMORY = Path(folder)
        if arguments.pages:
            _print_cost(Path(folder), arguments.pages, arguments.database_url, arguments.port)
        if arguments.lines:
            _print_rolling(Path(folder) / "sqlite", arguments.lines)
        if arguments.lines and arguments.database_url:
            with _own_database(arguments.database_url) as url:
                _print_rolling(Path(folder) / "postgresql", arguments.lines, url)


def _print_cost(home: Path, pages: int, postgresql: str, port: int) -> None:
    settings, engine = views._instance(home / "cost")
    loader.load(make_session_factory(engine), settings, at=now())
    with make_session_factory(engine)() as session:
        newest = list_newest(session, 1)[0]
        reference, counted = newest.reference, CountedPractice(newest.id, newest.city_id, newest.original_language)
    app = create_app(settings)
    address = views._final_address(app, f"/en/practices/{reference}")
    cost = views._measure(app, address, pages, views._update(home))
    page, counting = cost.page, cost.counting
    figures = {"practice page without counting": page, "practice page with counting": page + counting}
    figures |= {"  our line": counting, "  UPDATE in SQLite (FULL)": cost.update}
    if postgresql:
        figures["  UPDATE in PostgreSQL (client's CPU)"], waited = _update_in_postgresql(postgresql, pages)
    figures["  a beacon (a second request)"] = _beacon(settings, counted, pages)
    drawn = figures["practice page drawn anew"] = _drawn_anew(app, address, pages)
    empty = figures["an empty route"] = _empty_route(pages)
    print(f"{'CPU us, medians':<42}{'us':>9}{'of the page':>13}{'to our line':>13}{'to empty route':>16}")
    for name, figure in figures.items():
        print(f"{name:<42}{figure:>9.1f}{figure / page:>13.1%}{figure / counting:>13.1f}{figure / empty:>16.2f}")
    shares = " to ".join(f"{bound / page:.1%}" for bound in (cost.least, cost.most))
    print(
        f"counting takes {shares} of the page kept in memory; of that {cost.inside:.1f} us are measured within the page"
    )
    print(f"of a page that is drawn anew, as each is whose views have grown, it takes {counting / drawn:.1%}")
    served = views_served.measure(home, pages, port)
    shares = " to ".join(f"{bound / served.page:.1%}" for bound in (served.least, served.most))
    print(
        f"of the page as it is served ({served.page:.1f} us, {served.counting:.1f} more with counting) {shares}"
        " (wanted: at most 5 %)"
    )
    if not postgresql:
        print("UPDATE in PostgreSQL: skipped, --database-url (or CAC_TEST_DATABASE_URL) names a database")
    else:
        print(f"(the UPDATE in PostgreSQL takes {waited:.0f} us by the clock, its server's CPU not counted)")
    engine.dispose()


def _update_in_postgresql(url: str, times: int) -> tuple[float, float]:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bench_count (id int PRIMARY KEY, n bigint)"))
        connection.execute(text("INSERT INTO bench_count VALUES (1, 0) ON CONFLICT DO NOTHING"))
    raw: Any = engine.raw_connection()
    walls: list[float] = []

    def update() -> None:
        started = time.perf_counter()
        raw.cursor().execute("UPDATE bench_count SET n = n + 1 WHERE id = 1")
        raw.commit()
        walls.append((time.perf_counter() - started) * 1e6)

    cpu = _median_cpu(update, times)
    raw.cursor().execute("DROP TABLE bench_count")
    raw.commit()
    raw.close()
    engine.dispose()
    return cpu, statistics.median(walls)


def _beacon(settings: Settings, counted: CountedPractice, times: int) -> float:
    kept = replace(settings, cache_practice_pages=True)
    client = create_app(kept).test_client()
    token = make_token(kept.secret_key, counted, now().date())
    builder = {"data": token, "headers": {"User-Agent": views.AGENT}}
    assert client.post("/b", **builder).status_code == 204
    return _median_cpu(lambda: client.post("/b", **builder), times)


def _drawn_anew(app: Flask, address: str, times: int) -> float:
    """CPU of a page that is not kept: one that is read less than once a second is drawn for each reader, as its number grows."""
    services = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = replace(services, pages=PageCache(max_bytes=0))
    cost = _median_cpu(lambda: views._ask(app, address), max(times // 20, 20))
    app.extensions[EXTENSION] = services
    return cost


def _empty_route(times: int) -> float:
    app = Flask("empty")
    app.add_url_rule("/", "empty", lambda: "")
    return _median_cpu(lambda: views._ask(app, "/"), times)


def _median_cpu(work: Callable[[], object], times: int) -> float:
    work()
    taken = []
    for _ in range(times):
        started = time.process_time_ns()
        work()
        taken.append((time.process_time_ns() - started) / 1000)
    return statistics.median(taken)


@contextmanager
def _own_database(url: str) -> Iterator[str]:
    """The address of an empty database on the same server, dropped afterwards."""
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"bench_{os.getpid()}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield server.url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def _print_rolling(home: Path, lines: int, url: str = "") -> None:
    settings, engine = views._instance(home, url)
    settings.spool_dir.mkdir()
    write_spool(settings.spool_dir / "20200409T00-host-1-0.log", lines)
    roller = Roller(make_session_factory(engine), settings)
    print(f"\nrolled into {engine.dialect.name}")
    print(f"{'lines rolled':>14}{'lines/s':>12}{'per CPU s':>12}{'s':>8}{'MB now':>9}{'peak MB':>9}")
    began, cpu, done, is_behind, memory = time.monotonic(), time.process_time(), 0, True, []
    while is_behind:
        rolled = roller.roll(datetime(2020, 4, 9, 23, 59, tzinfo=UTC), seconds=STEP)
        assert rolled is not None
        done, is_behind = done + rolled.lines, rolled.is_behind
        elapsed, busy = time.monotonic() - began, time.process_time() - cpu
        memory.append(_megabytes())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        figures = f"{done / elapsed:>12,.0f}{done / busy:>12,.0f}{elapsed:>8.1f}{memory[-1]:>9}{peak:>9}"
        print(f"{done:>14,}{figures}", flush=True)
    assert done == lines
    print(
        f"{lines:,} lines in {elapsed:.0f} s, {done / elapsed:,.0f} a second (wanted: 6,000,000 within 90 s, 100,000 a second)"
    )
    print(f"memory after the first step {memory[0]} MB, after the last {memory[-1]} MB (wanted: flat)")
    roller.close()
    engine.dispose()


def _megabytes() -> int:
    """What this process has in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 2**20


def write_spool(path: Path, lines: int) -> None:
    """Write one day: a fifth robots and machines, three lines to a reader (one a repeat), practices as often as by Zipf's law."""
    chance = random.Random(20200409)
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(PRACTICES)))
    start_ms = int(START.timestamp() * 1000)
    with path.open("w") as stream:
        for begin in range(0, lines, 99_999):
            practices = chance.choices(range(1, PRACTICES + 1), cum_weights=weights, k=99_999)
            for place, number in enumerate(range(begin, min(begin + 99_999, lines))):
                practice = practices[place - (number % 3 == 2)]
                letter = {0: "r", 5: "m"}.get(number % 10, "n" if number % 33 == 0 else "p")
                reader = number // 3 * 2_654_435_761 % 2_000_003 % READERS
                visitor = f"{reader * 11_400_714_819_323_198_485 % 2**64:016x}" if letter == "p" else ""
                referrer = "" if number % 3 else HOSTS[number // 3 % 3]
                stream.write(
                    f"1v\t{start_ms + number * DAY_MS // lines}\tp{practice}\t{1 + practice % 100}\t"
                    f"{('en', 'ko', 'ar')[practice % 3]}\t{letter}\t{visitor}\t{referrer}\t\t.\n"
                )
