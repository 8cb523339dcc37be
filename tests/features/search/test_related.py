"""Related practices, spelling, and what a search finds without its filters."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.search.glossary import load_first_glossary
from cac.search.reader import IndexReader
from cac.search.related import related_practices
from cac.search.relaxing import better_spelling, complete_words, relax
from cac.search.request import SearchRequest
from cac.search.spelling import FILE, SpellingKeeper, SpellingReader, table_path
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
    index: IndexReader, publish: Publish, keeper: SpellingKeeper, session_factory: SessionFactory
) -> None:
    publish(title="Subway", summary="Subway")
    assert [keeper.keep_up(), keeper.keep_up()] == [1, 0]
    publish(title="Ventilation", summary="Ventilation", at=AT.replace(day=20))
    assert keeper.keep_up() == 1
    reader = SpellingReader(index.folder)
    assert reader.correct("ventilatoin", ["en"], {"ventilatoin"}) == "ventilation"
    Path(index.folder / FILE).unlink()
    assert keeper.keep_up() == 2
    assert SpellingKeeper(session_factory, index.folder).keep_up() == 0
    for damage in ("[1]", '{"subway": "1"}', "{"):
        table_path(index.folder, "en").write_text(damage)
        assert reader.correct("ventilatoin", ["en"], {"ventilatoin"}) is None
    assert SpellingKeeper(session_factory, index.folder).keep_up() == 2


def test_words_are_completed_to_the_most_frequent(index: IndexReader, publish: Publish, keeper: SpellingKeeper) -> None:
    publish(title="Ventilation", summary="Ventilation")
    publish(title="Ventilation and vents", summary="Vents", at=AT.replace(day=20))
    keeper.keep_up()
    reader = SpellingReader(index.folder)
    assert reader.complete("open venti", ["en"]) == "open ventilation"
    assert reader.complete("ven", ["en"]) == "ventilation"
    assert reader.complete("vents", ["en"]) is None
    assert reader.complete("ven ", ["en"]) is None


def test_a_completed_word_says_what_it_finds_under_the_same_filters(
    session: Session, index: IndexReader, publish: Publish, keeper: SpellingKeeper
) -> None:
    publish(title="Ventilation", topics=("2",))
    publish(title="Ventilation of cars", topics=("8",))
    keeper.keep_up()
    assert complete_words(session, index, SearchRequest("ventil")) == ("ventilation", 2)
    assert complete_words(session, index, SearchRequest("ventil", topics=("8",))) == ("ventilation", 1)
    assert complete_words(session, index, SearchRequest("ventil", topics=("9",))) is None
    for typed in ("ventilation city:se", "topic:8 ventil", "open -ventil"):
        assert complete_words(session, index, SearchRequest(typed)) is None, "the end may be that of a filter"


def test_one_mistyped_word_is_corrected_although_another_finds_enough(
    session: Session, index: IndexReader, publish: Publish, keeper: SpellingKeeper
) -> None:
    for number in range(4):
        publish(now=False, title=f"Schools {number}", summary="Windows", why="", how="")
    publish(title="Ventilation", summary="Of carriages", why="", how="")
    keeper.keep_up()
    assert better_spelling(session, index, SearchRequest("ventilaton schools"), 4) == "ventilation schools"
    assert better_spelling(session, index, SearchRequest("ventilaton schools"), 5) is None, "it must find more"


def test_what_occurs_somewhere_in_any_form_is_not_mistyped(
    session: Session, index: IndexReader, publish: Publish, keeper: SpellingKeeper
) -> None:
    with transaction(session):
        load_first_glossary(session, at=AT)
    publish(title="Disinfected daily", summary="Handwashing", why="", how="")
    publish(title="Cleanings", summary="Lejia", why="", how="")
    publish(language="ko", title="방역소독", summary="방역소독", why="", how="")
    keeper.keep_up()
    for typed in ("disinfects", "handwash", "washing", "소독", "lejía"):
        assert better_spelling(session, index, SearchRequest(typed), 0) is None, typed


def test_three_words_of_a_query_are_corrected_at_most(
    session: Session, index: IndexReader, publish: Publish, keeper: SpellingKeeper
) -> None:
    publish(title="Ventilation", summary="carriages windows handrails", why="", how="")
    keeper.keep_up()
    typed = "ventilaton cariages windws handrals"
    assert better_spelling(session, index, SearchRequest(typed), 0) == "ventilation carriages windows handrals"
