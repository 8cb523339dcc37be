"""Our scores are those of Whoosh's own exhaustive search: its limited search loses results, so it is never compared with."""

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from math import log
from pathlib import Path
from typing import Any

import pytest
from whoosh.query import Or, Term
from whoosh.scoring import BaseScorer, WeightingModel

from cac.search import executor
from cac.search.document import EditionText, IndexDocument, make_document
from cac.search.index import create, open_index, write
from cac.search.index_reading import Snapshot
from cac.search.plan import Plan, make_plan
from cac.search.query import parse
from cac.search.weighted_postings import K1, B

TEXTS = {
    "en": "bus buses disinfection disinfecting wash hands the the of school market station cleaning information",
    "es": "autobús desinfección lavado manos la la de escuela mercado estación limpieza información bus",
    "ko": "버스 방역소독을 소독 손씻기 학교에서 시장 생활방역 bus",
    "zh": "公共交通消毒指南 学校 市场 消毒 洗手",
}
WORDS = {language: text.split() for language, text in TEXTS.items()}
QUERIES = [
    "bus",
    "disinfecting the buses",
    "información of the school",
    "소독",
    "방역소독 버스",
    "消毒 学校",
    "unknown",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    index = create(tmp_path / "index")
    documents = list(_documents(300))
    for start in range(0, 300, 100):
        with write(index) as batch:
            for document in documents[start : start + 100]:
                batch.add(document)
    return tmp_path / "index"


@pytest.mark.parametrize("words", QUERIES)
def test_scores_are_those_of_whooshs_exhaustive_search(folder: Path, words: str) -> None:
    snapshot = Snapshot(folder)
    plan = make_plan(parse(words), snapshot.bases)
    ours = executor.rank_words(snapshot, plan, plan.words, common=True)
    theirs = _exhaustively(folder, snapshot, plan)
    assert {number for number in range(snapshot.size) if ours.scores[number] > 0} == set(theirs)
    for number, score in theirs.items():
        assert ours.scores[number] == pytest.approx(score, rel=1e-4)


SETS = Path(os.environ.get("CAC_JUDGED_SETS") or Path(__file__).resolve().parents[4] / "shared" / "data" / "search-dev")
PARAGRAPHS, QUESTIONS = 30, 3


@pytest.mark.skipif(not SETS.is_dir(), reason="the judged sets are not here")
@pytest.mark.parametrize("common", [False, True])
def test_scores_over_all_judged_sets_are_those_of_whooshs_exhaustive_search(judged_folder: Path, common: bool) -> None:
    snapshot = Snapshot(judged_folder)
    assert len(snapshot.bases) >= 8
    for words in _questions():
        plan = make_plan(parse(words), snapshot.bases)
        ours = executor.rank_words(snapshot, plan, plan.words, common=common)
        theirs = _exhaustively(judged_folder, snapshot, plan, common=common)
        assert theirs
        assert {number for number in range(snapshot.size) if ours.scores[number] > 0} == set(theirs), words
        numbers = sorted(theirs)
        assert ours.scores[numbers].tolist() == pytest.approx([theirs[number] for number in numbers], rel=1e-4), words
        best = [int(number) for number in ours.scores.argsort()[::-1][:20]]
        assert theirs[best[0]] == pytest.approx(max(theirs.values()), rel=1e-4)


@pytest.fixture(scope="module")
def judged_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged") / "index"
    with write(create(folder)) as batch:
        for number, paragraph in enumerate(_read_sets("paragraphs.jsonl", PARAGRAPHS)):
            text = EditionText(paragraph.get("title") or "", (paragraph["text"],))
            batch.add(make_document(practice=number, language=paragraph["lang"], text=text))
    return folder


def _questions() -> list[str]:
    return [asked["text"] for asked in _read_sets("queries.jsonl", QUESTIONS)]


def _read_sets(name: str, count: int) -> Iterator[dict[str, Any]]:
    """Yield the first lines of a file of each set."""
    for path in sorted(SETS.glob(f"*/{name}")):
        with path.open(encoding="utf-8") as stream:
            yield from (json.loads(line) for line in islice(stream, count))


def test_deleted_documents_leave_the_scores_of_the_others_as_if_they_had_never_been(tmp_path: Path) -> None:
    documents = list(_documents(60))
    some, all_ = create(tmp_path / "some"), create(tmp_path / "all")
    with write(some) as batch:
        for document in documents[:40]:
            batch.add(document)
    with write(all_) as batch:
        for document in documents:
            batch.add(document)
    with write(all_) as batch:
        for document in documents[40:]:
            batch.remove(document.practice)
    assert _scores(tmp_path / "all") == pytest.approx(_scores(tmp_path / "some"), rel=1e-5)


def test_threads_share_one_snapshot(folder: Path) -> None:
    snapshot = Snapshot(folder)
    assert Snapshot(folder, snapshot)._parts == snapshot._parts


def _scores(folder: Path) -> dict[int, float]:
    snapshot = Snapshot(folder)
    ranking = executor.rank(snapshot, make_plan(parse("bus 소독"), snapshot.bases), "bus 소독", "en")
    return {int(snapshot.practice_id[n]): float(ranking.scores[n]) for n in ranking.found.nonzero()[0]}


def _documents(count: int) -> Iterator[IndexDocument]:
    chance = random.Random(7)
    for number in range(count):
        language = chance.choice(list(WORDS))
        text = " ".join(chance.choices(WORDS[language], k=chance.randint(5, 60)))
        title = " ".join(chance.choices(WORDS[language], k=4))
        yield make_document(
            practice=number, language=language, text=EditionText(title, (text,)), names=("Busan", "부산")
        )


class LanguageBM25(WeightingModel):  # type: ignore[misc]
    """BM25 with the statistics of each language for itself, written as Whoosh would have it, one posting at a time."""

    def __init__(self, meant: dict[tuple[str, str], set[str]]) -> None:
        self.meant = meant

    def scorer(self, searcher: Any, fieldname: str, text: bytes, qf: float = 1) -> "Scorer":
        return Scorer(self, searcher, fieldname, text)


class Scorer(BaseScorer):  # type: ignore[misc]
    """Scores the postings of one term in one segment, with statistics over all segments."""

    def __init__(self, model: LanguageBM25, searcher: Any, field: str, text: bytes) -> None:
        whole = searcher.get_parent()
        languages = _languages(whole.reader())
        holders = [languages[number] for number in whole.reader().postings(field, text).all_ids()]
        lengths: dict[str, list[int]] = {}
        for number, language in enumerate(languages):
            lengths.setdefault(language, []).append(whole.doc_field_length(number, field) or 0)
        self.own = _languages(searcher.reader())
        self.meant = model.meant[field, text.decode()]
        self.length_of = lambda number: searcher.doc_field_length(number, field)
        self.mean = {language: sum(found) / len(found) for language, found in lengths.items()}
        self.idf = {
            language: log(1 + (len(found) - holders.count(language) + 0.5) / (holders.count(language) + 0.5))
            for language, found in lengths.items()
        }

    def score(self, matcher: Any) -> float:
        language, weight = self.own[matcher.id()], matcher.weight()
        if language not in self.meant:
            return 0.0
        norm = K1 * (1 - B + B * self.length_of(matcher.id()) / self.mean[language])
        return float(self.idf[language] * weight * (K1 + 1) / (weight + norm))


def _languages(reader: Any) -> list[str]:
    return [
        value.decode() for leaf, _ in reader.leaf_readers() for value in leaf.column_reader("language", translate=False)
    ]


def _where_common(snapshot: Snapshot, term: str) -> set[str]:
    """Return the languages in which more than half of at least 20 documents have the term."""
    languages = [snapshot.bases[number] for number in snapshot.base_of]
    holders = [languages[number] for number in snapshot.postings("body", term).ids]
    return {
        base
        for base in snapshot.bases
        if languages.count(base) >= 20 and holders.count(base) > 0.5 * languages.count(base)
    }


def _exhaustively(folder: Path, snapshot: Snapshot, plan: Plan, *, common: bool = True) -> dict[int, float]:
    weights = {
        "body": 1.0,
        "title": executor.TITLE,
        "names": executor.NAMES,
        "pairs": executor.PAIRS,
        "grams": executor.GRAMS,
    }
    # A term counts once, a gram once for each word that it is in.
    wanted = Counter({("pairs", pair): 1 for pair in plan.pairs})
    meant: dict[tuple[str, str], set[str]] = {("pairs", pair): bases for pair, bases in plan.pairs.items()}
    for word in plan.words:
        for term, bases in word.terms.items():
            kept = bases if common else bases - _where_common(snapshot, term)
            for field in ("body", "title", "names"):
                meant[field, term] = kept
                wanted[field, term] = 1
        for gram, bases in word.grams.items():
            if len(snapshot.postings("grams", gram).ids) <= executor.GRAM_COMMON * snapshot.size:
                meant.setdefault(("grams", gram), set()).update(bases)
                wanted["grams", gram] += 1
    with open_index(folder).searcher(weighting=LanguageBM25(meant)) as searcher:
        reader = searcher.reader()
        terms = [
            Term(field, term, boost=weights[field] * times)
            for (field, term), times in wanted.items()
            if (field, term) in reader
        ]
        results = searcher.search(Or(terms), limit=None) if terms else ()
        return {hit.docnum: hit.score for hit in results if hit.score > 0}
