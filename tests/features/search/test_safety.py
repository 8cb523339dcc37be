"""Whatever is typed is answered, soon, and nothing that is kept grows without bounds."""

import time

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cac.search import executor
from cac.search.cache import BoundedCache
from cac.search.document import EditionText, make_document
from cac.search.facets import select_page
from cac.search.index import create, write
from cac.search.index_reading import Snapshot
from cac.search.plan import make_plan
from cac.search.query import MOST_CHARACTERS, parse
from cac.search.request import SearchRequest
from cac.search.snippets import excerpt, make_marker

SAMPLES = {
    "en": "The city disinfects each bus at the end of every run.",
    "ko": "버스를 매일 밤 소독한다. 생활방역 지침을 지킨다.",
    "zh-Hant": "公共交通消毒指南：每天清潔車輛。",
    "ja": "公共交通機関の消毒ガイドライン。毎日バスを消毒する。",
    "th": "การฆ่าเชื้อบนรถโดยสารทุกวัน",
    "km": "ការសម្លាប់មេរោគក្នុងរថយន្តរាល់ថ្ងៃ",
    "ar": "التعقيم في الحافلات كل يوم",
    "he": "חיטוי האוטובוסים בכל יום",
    "hi": "हर दिन बसों का कीटाणुशोधन",
    "ru": "Ежедневная дезинфекция автобусов",
    "vi": "Khử trùng xe buýt mỗi ngày",
    "tr": "Otobüslerin her gün dezenfeksiyonu, IŞIK",
}
# Letters, marks and signs of many scripts, what queries are made of, and what breaks things: controls, surrogate pairs, joiners.
LETTERS = "".join(SAMPLES.values()) + "\"'-*?:()[]{}~^\\/&|!+%_ \t\n\u200d\u200c\u202e\ufeff\u0301\u093c🚌👩‍👩‍👧𠀀ﷺİßŒ"
TEXTS = st.one_of(st.text(max_size=400), st.text(st.sampled_from(LETTERS), max_size=400))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """An index of twelve texts, each in a language of its own."""
    folder = tmp_path_factory.mktemp("safety") / "index"
    with write(create(folder)) as batch:
        for number, (language, text) in enumerate(SAMPLES.items()):
            batch.add(make_document(practice=number, language=language, text=EditionText(text[:20], (text,))))
    return Snapshot(folder)


def answer(snapshot: Snapshot, words: str, locale: str) -> None:
    query = parse(words)
    ranking = executor.rank(snapshot, make_plan(query, snapshot.bases), query.wanted, locale)
    found = select_page(snapshot, ranking, SearchRequest(words, locale=locale), offset=0)
    assert found.total == len(set(found.practices))
    for language, text in SAMPLES.items():
        parts = excerpt((text,), make_marker(query, language))
        assert "".join(part.text for part in parts).strip("… ") in text


@given(words=TEXTS, locale=st.sampled_from([*SAMPLES, "xx"]))
@hypothesis_settings(
    max_examples=150, deadline=1000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_text_in_any_script_is_answered_within_a_second(snapshot: Snapshot, words: str, locale: str) -> None:
    answer(snapshot, words, locale)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
def test_the_longest_query_of_a_script_is_answered_within_a_second(snapshot: Snapshot, sample: str) -> None:
    started = time.process_time()
    answer(snapshot, (sample * 300), "en")
    answer(snapshot, (sample.replace(" ", "") * 300), "en")
    assert time.process_time() - started < 1


def test_a_query_has_at_most_so_many_characters_and_words(snapshot: Snapshot) -> None:
    query = parse(" ".join(f"w{number + 100}" for number in range(1000)))
    assert len(query.text) <= MOST_CHARACTERS
    ranking = executor.rank(snapshot, make_plan(query, snapshot.bases), query.wanted, "en")
    assert len(ranking.ignored) == len(set(query.words)) - 24


def test_what_is_kept_is_bounded_in_bytes() -> None:
    cache: BoundedCache[int, str] = BoundedCache(1, len)
    for number in range(100):
        cache.keep(number % 60, "x" * 50_000)
        assert cache.bytes <= 1 << 20
    assert cache.get(39) is not None
    assert cache.get(10) is None
