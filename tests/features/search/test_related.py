"""Related practices, spelling, and what a search finds without its filters."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.search.glossary import load_first_glossary
from cac.search.reader import IndexReader
from cac.search.related import related_practices
from cac.search.relaxing import better_spelling, relax
from cac.search.request import SearchRequest
from cac.search.spelling import FILE, SpellingKeeper, SpellingReader, distance
from tests.factories import AT
from tests.features.search.conftest import Publish


def test_practices_are_related_by_words_topics_and_meaning(
    session: Session, index: IndexReader, publish: Publish
) -> None:
    with transaction(session):
        load_first_glossary(session, at=AT)
    bus = publish(title="Wiping the handrails of buses", summary="Drivers wipe handrails", topics=("1b",))
    same_words = publish(title="Handrails wiped by drivers", summary="On buses and trams", topics=("8",))
    same_meaning = publish(language="ko", title="버스 손잡이 소독", summary="버스", topics=("1b",), places=())
    other = publish(language="ko", title="임대료 지원", summary="소상공인", topics=("11",), places=(), why="", how="")
    related = related_practices(session, index, bus.id, "en", limit=3)
    assert related[:2] in ([same_words.id, same_meaning.id], [same_meaning.id, same_words.id])
    assert other.id not in related
    assert bus.id not in related


def test_nothing_is_related_while_there_is_no_index(session: Session, index: IndexReader) -> None:
    assert related_practices(session, index, 1, "en", limit=3) == []


def test_each_filter_is_dropped_in_turn(session: Session, index: IndexReader, publish: Publish) -> None:
    publish(title="Wiping handrails", topics=("1b",), places=("public-transport",))
    request = SearchRequest("handrails", topics=("9",), places=("public-transport",), languages=("ko",))
    found = relax(session, index, request)
    assert found.without == {("language", "ko"): 0, ("topic", "9"): 0, ("place", "public-transport"): 0}
    assert (found.all_filters, found.topics) == (1, ("1b",))
    assert relax(session, index, SearchRequest("handrails", topics=("9",))).without == {("topic", "9"): 1}


@pytest.fixture
def keeper(session_factory: SessionFactory, index: IndexReader) -> SpellingKeeper:
    """What keeps the table of words in the folder of the index."""
    return SpellingKeeper(session_factory, index.folder)


def test_a_mistyped_word_is_corrected_if_that_finds_more(
    session: Session, index: IndexReader, publish: Publish, keeper: SpellingKeeper
) -> None:
    publish(title="Subway cleaning", summary="Ventilation of carriages", why="", how="")
    publish(language="ko", title="지하철 소독을 실시", summary="지하철", why="", how="")
    publish(language="ja", title="地下鉄の消毒", summary="地下鉄", why="", how="")
    assert keeper.keep_up() == 3
    for typed, meant in (
        ("subwya", "subway"),
        ("Vemtilatoin!", "ventilation!"),
        ("지하쳘", "지하철"),
        ("소돋", "소독"),
    ):
        assert better_spelling(session, index, SearchRequest(typed), 0) == meant
    for typed in ("subway", "消防", "xyzzyx", "", "1234567", "city:subwya"):
        assert better_spelling(session, index, SearchRequest(typed), 0) is None


def test_the_table_of_words_follows_the_practices_and_mends_itself(
    index: IndexReader, publish: Publish, keeper: SpellingKeeper
) -> None:
    publish(title="Subway", summary="Subway")
    assert [keeper.keep_up(), keeper.keep_up()] == [1, 0]
    publish(title="Ventilation", summary="Ventilation", at=AT.replace(day=20))
    assert keeper.keep_up() == 1
    reader = SpellingReader(index.folder)
    assert reader.correct("ventilatoin", "en") == "ventilation"
    Path(index.folder / FILE).unlink()
    assert keeper.keep_up() == 2
    Path(index.folder / FILE).write_text('{"cursor": 1}')
    assert reader.correct("ventilatoin", "en") is None


def test_words_are_completed_to_the_most_frequent(index: IndexReader, publish: Publish, keeper: SpellingKeeper) -> None:
    publish(title="Ventilation", summary="Ventilation")
    publish(title="Ventilation and vents", summary="Vents", at=AT.replace(day=20))
    keeper.keep_up()
    reader = SpellingReader(index.folder)
    assert reader.complete("open venti", "en") == "open ventilation"
    assert reader.complete("ven", "en") == "ventilation"
    assert reader.complete("vents", "en") is None
    assert reader.complete("ven ", "en") is None


def test_differences_are_counted_by_letter_and_swapped_neighbours_once() -> None:
    assert distance("subwya", "subway") == 1
    assert distance("abc", "abc") == 0
    assert distance("", "abc") == 3
    assert distance("kitten", "sitting") == 3
