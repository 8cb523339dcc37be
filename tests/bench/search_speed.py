"""How fast the search is, how large and how soon up to date, beside FTS5 and Tantivy doing the same work on the same texts:
`python -m tests.bench search-speed --sizes 1000,10000,100000`.

The same work: any of one to four words, one filter, the best 20, counts by three facets (ours counts all nine), with and without
10 excerpts. Each search has a process of its own; cold is the first time a process is asked something, warm the second.
Milliseconds are of CPU time, which a busy machine does not blur.
"""

import argparse
import gc
import multiprocessing
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from cac import migrate
from cac.db import SessionFactory, make_engine, make_session_factory, transaction
from cac.practices.permissions import THE_PROGRAM
from cac.practices.queries import list_newest
from cac.practices.service import withdraw
from cac.practices.workflow import Status
from cac.search import executor, sync
from cac.search.building import rebuild
from cac.search.facets import select_page
from cac.search.plan import make_plan
from cac.search.queries import search_practices
from cac.search.query import parse
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest
from cac.settings import Settings, load_settings
from tests.bench.corpus import BenchText, make_queries, make_texts, read_texts
from tests.bench.library import city_of, fill, kind_of, topic_of
from tests.bench.rivals import HAS_TANTIVY, Fts5, RivalText, Tantivy
from tests.factories import make_practice

SNIPPETS = 10
KIND = "policy"
LATER = datetime(2021, 1, 1, tzinfo=UTC)
Queries = list[tuple[str, str]]
# What is measured of each search, in this order.
MEASURES = ("cold", "warm", "cold, 10 excerpts", "warm, 10 excerpts")


@dataclass(frozen=True)
class Asked:
    """What one process found out about one search: milliseconds of each query by measure, and megabytes it takes."""

    times: dict[str, list[float]]
    megabytes: float
    before: float


def main(argv: list[str]) -> None:
    """Measure at each size and print tables."""
    parser = argparse.ArgumentParser(prog="bench search-speed")
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--texts", type=Path, help="a file of JSON lines (.gz too) with title, text and language")
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args(argv)
    for size in (int(number) for number in options.sizes.split(",")):
        texts = list(read_texts(options.texts, size) if options.texts else make_texts(size))
        with tempfile.TemporaryDirectory(prefix="cac-bench-") as folder:
            _measure(texts, make_queries(texts, options.queries), Path(folder))


def _measure(texts: list[BenchText], queries: Queries, folder: Path) -> None:
    settings = load_settings(folder, environment={})
    engine = make_engine(settings.database_url)
    migrate.upgrade(engine)
    session_factory = make_session_factory(engine)
    with session_factory() as session, transaction(session):
        fill(session, texts)
    engine.dispose()
    build = _in_own_process(_build_ours, settings)
    size = sum(path.stat().st_size for path in settings.index_dir.rglob("*") if path.is_file()) / 1e6
    print(f"\n{len(texts):,} practices")
    print(f"  index: {build[0]:.1f} s of CPU, {build[1]:.1f} s by the clock, {size:.0f} MB, "
          f"its process at most {build[2]:.0f} MB")  # fmt: skip
    asked = {"cac": _in_own_process(_ask_ours, settings, queries)}
    print(f"  web process: {asked['cac'].megabytes:.0f} MB after {4 * len(queries)} searches, "
          f"{asked['cac'].before:.0f} MB before the index was opened")  # fmt: skip
    _print_commits(session_factory, settings)
    rivals: dict[str, Callable[..., Any]] = {"SQLite FTS5": _ask_fts}
    if HAS_TANTIVY:
        rivals["Tantivy"] = _ask_tantivy
    for name, ask in rivals.items():
        built, asked[name] = _in_own_process(ask, texts, queries, folder)
        print(f"  {name}: built in {built:.1f} s of CPU, process {asked[name].megabytes:.0f} MB")
    _print_times(asked)
    engine.dispose()


def _in_own_process(work: Callable[..., Any], *given: object) -> Any:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def _build_ours(settings: Settings) -> tuple[float, float, float]:
    engine = make_engine(settings.database_url)
    started, cpu = time.perf_counter(), time.process_time()
    rebuild(make_session_factory(engine), settings)
    took = (time.process_time() - cpu, time.perf_counter() - started)
    engine.dispose()
    return *took, _peak_mb()


def _ask_ours(settings: Settings, queries: Queries) -> Asked:
    engine = make_engine(settings.database_url)
    reader = IndexReader(settings.index_dir)
    before = _resident_mb()
    _warm_up(lambda words, locale: _rank(reader, words, locale))
    times = {"cold": _times(queries, lambda words, locale: _rank(reader, words, locale))}
    times["warm"] = _times(queries, lambda words, locale: _rank(reader, words, locale))
    reader = IndexReader(settings.index_dir)
    with make_session_factory(engine)() as session:

        def search(words: str, locale: str) -> None:
            request = SearchRequest(words, locale=locale, kinds=(KIND,), per_page=SNIPPETS)
            search_practices(session, reader, request)
            session.expunge_all()

        _warm_up(search)
        times["cold, 10 excerpts"] = _times(queries, search)
        times["warm, 10 excerpts"] = _times(queries, search)
    engine.dispose()
    return Asked(times, _resident_mb(), before)


def _rank(reader: IndexReader, words: str, locale: str) -> None:
    snapshot, query = reader.snapshot(), parse(words)
    assert snapshot is not None
    ranking = executor.rank(snapshot, make_plan(query, snapshot.bases), query.wanted, locale)
    select_page(snapshot, ranking, SearchRequest(words, kinds=(KIND,)), offset=0)


def _ask_fts(texts: list[BenchText], queries: Queries, folder: Path) -> tuple[float, Asked]:
    cpu = time.process_time()
    rival = Fts5(_rival_texts(texts), path=folder / "fts.sqlite3")
    built = time.process_time() - cpu
    rival.db.close()
    rival.db = sqlite3.connect(folder / "fts.sqlite3")
    return built, _ask_rival(rival, queries)


def _ask_tantivy(texts: list[BenchText], queries: Queries, folder: Path) -> tuple[float, Asked]:
    (folder / "tantivy").mkdir()
    cpu = time.process_time()
    rival = Tantivy(_rival_texts(texts), path=folder / "tantivy")
    return time.process_time() - cpu, _ask_rival(rival, queries)


def _ask_rival(rival: Fts5 | Tantivy, queries: Queries) -> Asked:
    times = {}
    for name, snippets in (("", 0), (", 10 excerpts", SNIPPETS)):
        for state in ("cold", "warm"):
            times[state + name] = _times(queries, lambda words, _, count=snippets: rival.page(words, KIND, count))
    return Asked(times, _resident_mb(), 0.0)


def _rival_texts(texts: list[BenchText]) -> list[RivalText]:
    return [
        RivalText(number, text.language, text.title, text.text, city_of(number), topic_of(number), str(kind_of(number)))
        for number, text in enumerate(texts, 1)
    ]


def _warm_up(ask: Callable[[str, str], object]) -> None:
    """Ask for words that no text has, so that what is measured is searching and not loading code."""
    for words in ("qqqq xxxx", "쀍쀍쀍", "龘龘"):
        ask(words, "en")
    gc.collect()
    gc.freeze()


def _times(queries: Queries, ask: Callable[[str, str], object]) -> list[float]:
    times = []
    for locale, words in queries:
        cpu = time.process_time()
        ask(words, locale)
        times.append((time.process_time() - cpu) * 1000)
    return times


def _print_commits(session_factory: SessionFactory, settings: Settings, count: int = 3) -> None:
    """Print how long one publication, and one withdrawal, takes to be found: the worker looks twice a second besides."""
    reader = IndexReader(settings.index_dir, interval=0)
    seconds = []
    with session_factory() as session:
        reader.snapshot()
        for number in range(count):
            city = list_newest(session, 1)[0].city
            with transaction(session):
                made = make_practice(session, status=Status.PUBLISHED, city=city, at=LATER, title=f"zyzzyva{number}")
            started = time.perf_counter()
            sync.catch_up(session_factory, settings)
            request = SearchRequest(f"zyzzyva{number}")
            while search_practices(session, reader, request).total == 0:
                reader.refresh()
            seconds.append(time.perf_counter() - started)
            with transaction(session):
                withdraw(session, made, actor=THE_PROGRAM, reason="Measured.", at=LATER)
            session.expunge_all()
        sync.catch_up(session_factory, settings)
    print(f"  one publication: found after {min(seconds):.2f} to {max(seconds):.2f} s by the clock")


def _print_times(asked: dict[str, Asked]) -> None:
    print(f"  CPU ms{'':<32}" + "".join(f"{each:>9}" for each in ("p50", "p95", "p99")))
    for measure in MEASURES:
        for name, found in asked.items():
            cuts = quantiles(found.times[measure], n=100)
            print(f"  {measure:<18} {name:<18} " + "".join(f"{cuts[place]:>9.2f}" for place in (49, 94, 98)))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
