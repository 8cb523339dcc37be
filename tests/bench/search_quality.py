"""How good the order of results is on judged questions: `python -m tests.bench search-quality DIR…`.

A folder is a set (paragraphs.jsonl with id, lang, title, text; queries.jsonl with id, lang, text; qrels.jsonl with q, d, rel) or
holds sets. Everything goes the way of every practice: `cac import` with a map, the database, the index, the search of the pages.
Each set has an instance of its own; then all are put into one, and the language of the interface is once that of the question
(known) and once English (guessed). Beside it the other searches of tests/bench/rivals do the same.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Any

from cac import migrate
from cac.db import SessionFactory, make_engine, make_session_factory
from cac.exchange.importing import ImportOptions, import_file
from cac.languages import normalise_tag
from cac.search.queries import search_practices
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest
from cac.search.sync import catch_up
from cac.settings import Settings, load_settings
from tests.bench.rivals import RivalText, WhooshAsItComes, make_rivals

OURS = "cac"


@dataclass(frozen=True)
class JudgedSet:
    """Paragraphs, questions as (id, language, words), and for each question the paragraphs that answer it with a grade."""

    name: str
    paragraphs: list[dict[str, Any]]
    questions: list[tuple[str, str, str]]
    answers: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Quality:
    """Means over the questions of a set, in percent, and milliseconds a question."""

    ndcg: float
    recall_1: float
    recall_10: float
    mrr: float
    milliseconds: float


def main(argv: list[str]) -> None:
    """Measure each set and print a table."""
    parser = argparse.ArgumentParser(prog="bench search-quality")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--no-pool", action="store_true", help="leave out the index of all sets together")
    parser.add_argument("--no-rivals", action="store_true", help="leave out the other searches")
    options = parser.parse_args(argv)
    sets = [read_set(path) for path in _set_folders(options.folders)]
    print(f"{'set':<12} {'search':<20} nDCG@10  recall@1  recall@10     MRR   ms")
    found: dict[str, dict[str, Quality]] = {}
    for each in sets:
        rivals = {} if options.no_rivals else measure_rivals([each])
        for name, qualities in (measure([each], known=True) | rivals).items():
            found.setdefault(name, {})[each.name] = qualities[0]
            _print(each.name, name, qualities[0])
    single = [each for each in sets if all(len(answers) == 1 for answers in each.answers.values())]
    if len(single) > 1:
        for name, of_sets in found.items():
            _print_mean(f"each set for itself, {name}", [of_sets[each.name] for each in single])
    if len(single) > 1 and not options.no_pool:
        for name, qualities in measure(single, known=True, guessed=True).items():
            _print_mean(f"all sets in one index, {name}", qualities)
        for name, qualities in ({} if options.no_rivals else measure_rivals(single)).items():
            _print_mean(f"all sets in one index, {name}", qualities)


def read_set(folder: Path) -> JudgedSet:
    """Return the judged set in ``folder``."""
    answers: dict[str, dict[str, float]] = {}
    for judged in _read(folder / "qrels.jsonl"):
        answers.setdefault(judged["q"], {})[judged["d"]] = float(judged["rel"])
    questions = [
        (asked["id"], normalise_tag(asked["lang"]) or "en", asked["text"])
        for asked in _read(folder / "queries.jsonl")
        if asked["id"] in answers
    ]
    return JudgedSet(folder.name, list(_read(folder / "paragraphs.jsonl")), questions, answers)


def measure_rivals(sets: list[JudgedSet]) -> dict[str, list[Quality]]:
    """Return for each rival the quality of each set when all are in one index of it; it is told the language of questions."""
    paragraphs = [paragraph for each in sets for paragraph in each.paragraphs]
    texts = [
        RivalText(number, normalise_tag(paragraph["lang"]) or "en", paragraph.get("title") or "", paragraph["text"])
        for number, paragraph in enumerate(paragraphs)
    ]
    ids = [paragraph["id"] for paragraph in paragraphs]
    found = {}
    for name, rival in make_rivals(texts).items():
        found[name] = [
            _quality(lambda words, language, own=rival: [ids[n] for n in own.find(words, language, 10)], each, None)
            for each in sets
        ]
        if isinstance(rival, WhooshAsItComes):
            rival.close()
    return found


MAP = """
[source]
name = "judged"
text = "plain"
ignore = true
left_out_if_wrong = ["title"]
[fields]
external_id = "id"
language = "lang"
[defaults]
kind = "policy"
[topics]
default = ["1"]
[bodies]
elsewhere = { en = "Judged paragraphs" }
"""


def measure(sets: list[JudgedSet], *, known: bool = False, guessed: bool = False) -> dict[str, list[Quality]]:
    """Return the quality of each set when all are in one instance, asked with the language ``known``, ``guessed`` or both."""
    with tempfile.TemporaryDirectory(prefix="cac-bench-") as name:
        folder = Path(name)
        settings = load_settings(folder, environment={})
        engine = make_engine(settings.database_url)
        migrate.upgrade(engine)
        session_factory = make_session_factory(engine)
        _import(session_factory, settings, [paragraph for each in sets for paragraph in each.paragraphs])
        catch_up(session_factory, settings)
        with session_factory() as session:
            reader = IndexReader(settings.index_dir)

            def ask(words: str, locale: str) -> list[str]:
                page = search_practices(session, reader, SearchRequest(words, locale=locale, per_page=10))
                session.expunge_all()
                return [hit.practice.external_id or "" for hit in page.hits]

            ways = {OURS: None} if known else {}
            ways |= {f"{OURS}, language guessed": "en"} if guessed else {}
            qualities = {way: [_quality(ask, each, locale) for each in sets] for way, locale in ways.items()}
        engine.dispose()
        return qualities


def _import(session_factory: SessionFactory, settings: Settings, paragraphs: list[dict[str, Any]]) -> None:
    (settings.home / "map.toml").write_text(MAP)
    path = settings.home / "judged.jsonl"
    with path.open("w") as stream:
        stream.writelines(json.dumps(paragraph) + "\n" for paragraph in paragraphs)
    # Sets hold a few paragraphs without any text, which answer nothing.
    options = ImportOptions(publish=True, create_cities=True, keep_going=True, map_path=settings.home / "map.toml")
    report = import_file(session_factory, settings, path, options)
    if report.created < 0.99 * len(paragraphs):
        raise SystemExit(f"the sets cannot be imported: {report.problems[0]}")


def _quality(ask: Callable[[str, str], list[str]], judged: JudgedSet, locale: str | None) -> Quality:
    started = time.process_time()
    rankings = [
        (ask(words, locale or language), judged.answers[number]) for number, language, words in judged.questions
    ]
    took = (time.process_time() - started) / len(rankings) * 1000
    firsts = [
        next((place for place, found in enumerate(ranking, 1) if answers.get(found, 0) > 0), 0)
        for ranking, answers in rankings
    ]
    return Quality(
        ndcg=_percent(_ndcg(ranking, answers) for ranking, answers in rankings),
        recall_1=_percent(float(place == 1) for place in firsts),
        recall_10=_percent(float(place > 0) for place in firsts),
        mrr=_percent(1 / place if place else 0.0 for place in firsts),
        milliseconds=took,
    )


def _ndcg(ranking: list[str], answers: dict[str, float]) -> float:
    """Normalised discounted cumulative gain at 10, with the gain 2^grade - 1 (Järvelin and Kekäläinen 2002)."""
    ideal = _gain(sorted(answers.values(), reverse=True)[:10])
    return _gain([answers.get(found, 0.0) for found in ranking]) / ideal if ideal else 0.0


def _gain(grades: list[float]) -> float:
    return float(sum((2**grade - 1) / log2(place + 1) for place, grade in enumerate(grades, 1)))


def _percent(values: Iterable[float]) -> float:
    numbers = list(values)
    return 100 * sum(numbers) / len(numbers)


def _print(name: str, search: str, quality: Quality) -> None:
    print(f"{name:<12} {search:<20} {quality.ndcg:>7.1f} {quality.recall_1:>9.1f} {quality.recall_10:>10.1f} "
          f"{quality.mrr:>7.1f} {quality.milliseconds:>5.2f}", flush=True)  # fmt: skip


def _print_mean(name: str, qualities: list[Quality]) -> None:
    mean = sum(quality.ndcg for quality in qualities) / len(qualities)
    print(f"mean nDCG@10 of {len(qualities)} sets with one answer a question, {name}: {mean:.2f}")


def _set_folders(folders: list[Path]) -> list[Path]:
    found = [folder if (folder / "qrels.jsonl").exists() else None for folder in folders]
    return [
        path
        for folder, own in zip(folders, found, strict=True)
        if folder.is_dir()
        for path in ([own] if own else sorted(child for child in folder.iterdir() if (child / "qrels.jsonl").exists()))
    ]


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as stream:
        yield from (json.loads(line) for line in stream)
