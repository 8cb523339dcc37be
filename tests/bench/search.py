"""How long a search takes beside SQLite's own full-text search (FTS5) on the same texts: `python -m tests.bench search`."""

import argparse
import gc
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from cac import migrate
from cac.cities.models import City, CityName
from cac.db import SessionFactory, make_engine, make_session_factory, transaction
from cac.practices.content import Content
from cac.practices.models import Edition, Practice, PracticeTopic, Revision
from cac.practices.vocabulary import TOPICS, Kind
from cac.search import executor, sync
from cac.search.facets import select_page
from cac.search.plan import make_plan
from cac.search.queries import search_practices
from cac.search.query import parse
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest
from cac.settings import Settings, load_settings
from tests.bench.corpus import BenchText, make_queries, make_texts, read_texts

START = datetime(2020, 4, 9, tzinfo=UTC)
KINDS = tuple(Kind)
CITIES = 50
INSERTED_AT_ONCE = 1000


def main(argv: list[str]) -> None:
    """Measure at each size and print a table."""
    parser = argparse.ArgumentParser(prog="bench search")
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--texts", type=Path, help="a file of JSON lines with title, text and language")
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args(argv)
    for size in (int(number) for number in options.sizes.split(",")):
        texts = list(read_texts(options.texts, size) if options.texts else make_texts(size))
        with tempfile.TemporaryDirectory(prefix="cac-bench-") as folder:
            _measure(texts, make_queries(texts, options.queries), Path(folder))


def _measure(texts: list[BenchText], queries: list[tuple[str, str]], folder: Path) -> None:
    settings = load_settings(folder, environment={})
    engine = make_engine(settings.database_url)
    migrate.upgrade(engine)
    session_factory = make_session_factory(engine)
    with session_factory() as session, transaction(session):
        _fill(session, texts)
    started, cpu = time.perf_counter(), time.process_time()
    sync.rebuild(session_factory, settings)
    built, cpu = time.perf_counter() - started, time.process_time() - cpu
    size = sum(path.stat().st_size for path in settings.index_dir.rglob("*") if path.is_file()) / 1e6
    print(f"\n{len(texts):,} practices: index built in {built:.1f} s ({cpu:.1f} s of CPU), {size:.0f} MB")
    fts, fts_built = _build_fts(texts)
    print(f"SQLite FTS5 on the same texts: built in {fts_built:.1f} s\n")
    _compare(session_factory, settings, fts, queries)
    fts.close()
    engine.dispose()


def _compare(
    session_factory: SessionFactory, settings: Settings, fts: sqlite3.Connection, queries: list[tuple[str, str]]
) -> None:
    reader = IndexReader(settings.index_dir)
    gc.collect()
    gc.freeze()  # what building left behind is no part of a web process
    cold = _times(queries, lambda words, locale: _rank(reader, words, locale))
    ranked = _times(queries, lambda words, locale: _rank(reader, words, locale))
    fts_ranked = _times(queries, lambda words, _: _ask_fts(fts, words, snippets=False))
    with session_factory() as session:
        whole = _times(queries, lambda words, locale: _search(session, reader, words, locale))
    fts_whole = _times(queries, lambda words, _: _ask_fts(fts, words, snippets=True))
    print(f"{len(queries)} queries of 1 to 4 words, milliseconds              p50      p95  CPU p50  CPU p95")
    _line("page of 20: ranking, 4 facets, rows, excerpts", whole)
    _line("SQLite FTS5: top 20, total, snippets", fts_whole)
    _line("ranking and 4 facets, first time", cold)
    _line("ranking and 4 facets, again", ranked)
    _line("SQLite FTS5: top 20, total", fts_ranked)
    print(f"whole page against FTS5 with snippets: CPU p95 x {_p95(whole) / _p95(fts_whole):.2f}")
    print(f"ranking with facets against FTS5 without: CPU p95 x {_p95(cold) / _p95(fts_ranked):.2f} first, "
          f"x {_p95(ranked) / _p95(fts_ranked):.2f} again")  # fmt: skip


@dataclass(frozen=True)
class Times:
    """Milliseconds of each query: by the clock, and of this process's own CPU time, which a busy machine does not blur."""

    clock: list[float]
    cpu: list[float]


def _times(queries: list[tuple[str, str]], ask: Callable[[str, str], object]) -> Times:
    times = Times([], [])
    for locale, words in queries:
        clock, cpu = time.perf_counter(), time.process_time()
        ask(words, locale)
        times.clock.append((time.perf_counter() - clock) * 1000)
        times.cpu.append((time.process_time() - cpu) * 1000)
    return times


def _search(session: Session, reader: IndexReader, words: str, locale: str) -> None:
    search_practices(session, reader, SearchRequest(words, locale=locale))
    session.expunge_all()


def _rank(reader: IndexReader, words: str, locale: str) -> None:
    snapshot, query = reader.snapshot(), parse(words)
    assert snapshot is not None
    ranking = executor.rank(snapshot, make_plan(query, snapshot.bases), query.wanted, locale)
    select_page(snapshot, ranking, SearchRequest(words), offset=0)


def _build_fts(texts: list[BenchText]) -> tuple[sqlite3.Connection, float]:
    connection = sqlite3.connect(":memory:")
    started = time.perf_counter()
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(title, body)")
    connection.executemany("INSERT INTO texts VALUES (?, ?)", [(text.title, text.text) for text in texts])
    connection.commit()
    return connection, time.perf_counter() - started


def _ask_fts(connection: sqlite3.Connection, words: str, *, snippets: bool) -> None:
    asked = " OR ".join('"' + word.replace('"', "") + '"' for word in words.split())
    shown = "snippet(texts, 1, '[', ']', '…', 30)" if snippets else "rowid"
    statement = f"SELECT {shown}, bm25(texts, 1.5, 1.0) AS score FROM texts WHERE texts MATCH ? ORDER BY score LIMIT 20"
    connection.execute(statement, (asked,)).fetchall()
    connection.execute("SELECT count(*) FROM texts WHERE texts MATCH ?", (asked,)).fetchone()


def _p95(times: Times) -> float:
    return quantiles(times.cpu, n=20)[18]


def _line(name: str, times: Times) -> None:
    columns = (quantiles(values, n=20)[place] for values in (times.clock, times.cpu) for place in (9, 18))
    print(f"{name:<50}" + "".join(f" {value:>8.2f}" for value in columns))


def _fill(session: Session, texts: list[BenchText]) -> None:
    """Put published practices straight into the tables: writing them by their steps is measured elsewhere."""
    for number in range(1, CITIES + 1):
        session.add(
            City(id=number, slug=f"city-{number}", country="KR", created_at=START,
                 names=[CityName(language="en", name=f"City {number}")])
        )  # fmt: skip
    session.flush()
    rows: dict[type, list[dict[str, object]]] = {Practice: [], Edition: [], Revision: [], PracticeTopic: []}
    for number, text in enumerate(texts, 1):
        _add_rows(rows, number, text)
        if number % INSERTED_AT_ONCE == 0 or number == len(texts):
            for model, values in rows.items():
                session.execute(insert(model), values)
                values.clear()
    session.execute(update(Edition).values(published_revision_id=Edition.id, working_revision_id=Edition.id))


def _add_rows(rows: dict[type, list[dict[str, object]]], number: int, text: BenchText) -> None:
    moment, kind, topic = START + timedelta(minutes=number), KINDS[number % len(KINDS)], TOPICS[number % len(TOPICS)]
    content = Content(
        title=text.title[:200], summary=text.text[:300], how=f"<p>{text.text}</p>", kind=kind, topics=(topic,)
    )
    rows[Practice].append(
        {"id": number, "reference": f"CAC-2020-{number:04}", "city_id": number % CITIES + 1, "status": "published",
         "original_language": text.language, "kind": kind, "created_at": moment, "changed_at": moment,
         "published_at": moment, "public_version": 1, "public_changed_at": moment, "row_version": 1}
    )  # fmt: skip
    rows[Edition].append(
        {"id": number, "practice_id": number, "language": text.language, "is_original": True}
    )  # fmt: skip
    rows[Revision].append(
        {"id": number, "edition_id": number, "number": 1, "saved_at": moment, "content": content.to_json()}
    )
    rows[PracticeTopic].append(
        {"practice_id": number, "position": 0, "scheme": "cac", "scheme_version": "1", "code": topic}
    )
