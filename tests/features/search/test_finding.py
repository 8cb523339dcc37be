"""What visitors find, in which order and with which counts."""

import pytest
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.content import Content
from cac.practices.models import TranslationMethod
from cac.practices.permissions import THE_PROGRAM
from cac.search.request import FacetCount
from cac.search.sync import catch_up
from cac.settings import Settings
from tests.factories import AT, make_city
from tests.features.search.conftest import Publish, Search, references


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("ko", "지하철 방역소독을 실시", "소독"),
        ("ko", "생활방역 지침", "방역"),
        ("zh-Hant", "公共交通消毒指南", "消毒"),
        ("zh-Hant", "公共車輛清潔", "公共车辆"),
        ("zh-Hans", "公共车辆清洁", "公共車輛"),
        ("en", "Bus disinfection every night", "disinfecting buses"),
        ("en", "Cleaning of buses", "bus"),
        ("tr", "IŞIK ile temizlik", "ışık"),
        ("ar", "التَّعْقِيم في الحافلات", "تعقيم"),
        ("vi", "Khử trùng xe buýt", "khu trung"),
        ("th", "การฆ่าเชื้อบนรถโดยสาร", "ฆ่าเชื้อ"),
        ("km", "ការសម្លាប់មេរោគក្នុងរថយន្ត", "មេរោគ"),
    ],
)
def test_a_word_finds_its_practice(publish: Publish, search: Search, language: str, title: str, words: str) -> None:
    practice = publish(language=language, title=title, summary=title, why="", how="")
    publish(language=language, title="12345", summary="67890", why="", how="")
    for locale in ("en", "ko", language):
        assert references(search(words, locale=locale)) == [practice.reference]


def test_the_name_of_a_city_finds_its_practices_in_any_of_its_languages(
    session: Session, publish: Publish, search: Search
) -> None:
    city = make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울", "zh-Hans": "首尔"})
    practice = publish(city=city)
    publish()
    for words in ("Seoul", "서울", "首爾"):
        assert references(search(words)) == [practice.reference]


def test_no_words_list_everything_newest_first(publish: Publish, search: Search) -> None:
    first = publish(now=False, at=AT)
    second = publish(at=AT.replace(day=10))
    assert references(search("")) == [second.reference, first.reference]
    assert references(search("  ?! ", sort="relevance")) == [second.reference, first.reference]


def test_more_of_the_words_in_the_title_come_first(publish: Publish, search: Search) -> None:
    text = publish(now=False, title="Transport in spring", summary="Some buses are washed.", why="", how="")
    title = publish(now=False, title="Washing buses", summary="Done daily.", why="", how="")
    publish(title="Masks", summary="Masks for all.", why="", how="")
    assert references(search("washing buses")) == [title.reference, text.reference]


def test_filters_hold_together_and_counts_leave_their_own_filter_out(
    session: Session, publish: Publish, search: Search
) -> None:
    seoul, lima = make_city(session, slug="seoul"), make_city(session, slug="lima")
    publish(now=False, city=seoul, topics=("1b", "3"))
    publish(now=False, city=seoul, topics=("2",))
    publish(city=lima, topics=("1",))
    page = search("bus", cities=("seoul",), topics=("1",))
    assert page.total == 1
    assert page.facets["city"] == (FacetCount("lima", 1), FacetCount("seoul", 1, selected=True))
    assert {(count.value, count.count) for count in page.facets["topic"]} == {("1", 1), ("1b", 1), ("2", 1), ("3", 1)}
    assert search("bus", topics=("1b",)).total == 1
    assert search("bus", cities=("seoul", "lima")).total == 3
    assert search("bus", kinds=("tool",)).total == 0


def test_a_filter_can_be_typed(session: Session, publish: Publish, search: Search) -> None:
    practice = publish(city=make_city(session, slug="lima"))
    publish()
    assert references(search("bus city:lima")) == [practice.reference]
    assert search("bus city:nowhere").total == 2


def test_half_width_katakana_are_found_by_full_width_ones_and_the_other_way_round(
    publish: Publish, search: Search
) -> None:
    half = publish(now=False, language="ja", title="ﾊﾞｽのｼｰﾄ", summary="-", why="", how="")
    full = publish(language="ja", title="バスのシート", summary="-", why="", how="")
    for words in ("バス", "ﾊﾞｽ", "シート", "ﾊﾞｽ"):
        assert sorted(references(search(words, locale="ja"))) == sorted((half.reference, full.reference))
    hit = next(hit for hit in search("バス", locale="ja").hits if hit.practice.reference == half.reference)
    assert [part.text for part in hit.title_parts if part.is_match] == ["ﾊﾞｽ"]


@pytest.mark.parametrize(
    ("locale", "order"), [("zh-Hant", ["zh-Hant", "zh-Hans"]), ("zh-Hans", ["zh-Hans", "zh-Hant"])]
)
def test_for_a_reader_of_chinese_the_own_script_comes_first_and_japanese_last(
    publish: Publish, search: Search, locale: str, order: list[str]
) -> None:
    publish(now=False, language="zh-Hans", title="公车消毒指南", summary="-", why="", how="")
    publish(now=False, language="zh-Hant", title="公車消毒指南", summary="-", why="", how="")
    publish(now=False, language="zh-Hans", title="公车消毒指南", summary="-", why="", how="")
    publish(now=False, language="ja", title="公車消毒指針", summary="-", why="", how="")
    for number in range(12):
        publish(now=number == 11, language="zh-Hant", title=f"口罩 {number}", summary="消毒", why="", how="")
    found = [hit.edition.language for hit in search("公車消毒", locale=locale).hits if "指" in hit.title]
    assert list(dict.fromkeys(found)) == [*order, "ja"]


def test_a_phrase_is_found_word_for_word_and_an_excluded_word_keeps_out(publish: Publish, search: Search) -> None:
    apart = publish(now=False, title="Hand gel and washing of trains", summary="-", why="", how="")
    together = publish(title="Hand washing at school", summary="-", why="", how="")
    assert references(search('"hand washing"')) == [together.reference]
    assert references(search("washing -school")) == [apart.reference]
    page = search('"gel school"')
    assert page.total == 2
    assert not page.phrase_found


def test_pages_follow_each_other_without_repeating(publish: Publish, search: Search) -> None:
    for number in range(7):
        publish(now=number == 6)
    pages = [search("bus", page=number, per_page=3) for number in (1, 2, 3, 4)]
    assert [len(page.hits) for page in pages] == [3, 3, 1, 0]
    assert len({reference for page in pages for reference in references(page)}) == 7
    assert {page.pages for page in pages} == {3}


def test_a_practice_appears_once_with_the_edition_that_matched(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search
) -> None:
    practice = publish(now=False, language="ko", title="버스 소독", summary="매일 소독한다.", why="", how="")
    with transaction(session):
        text = Content(title="Bus disinfection", summary="Buses are disinfected daily.", office="Transport")
        service.add_translation(
            session, practice, actor=THE_PROGRAM, language="en", method=TranslationMethod.HUMAN, content=text, at=AT
        )
        if practice.is_public:
            service.publish(session, practice, actor=THE_PROGRAM, at=AT)
    catch_up(session_factory, settings)
    found = search("disinfected", locale="ko")
    assert (found.total, len(found.hits)) == (1, 1)
    hit = found.hits[0]
    assert (hit.edition.language, hit.excerpt_language, hit.title, hit.title_language) == (
        "en",
        "en",
        "버스 소독",
        "ko",
    )
    assert search("소독", locale="en").hits[0].title == "Bus disinfection"
    counts = {count.value: count.count for count in search("").facets["language"]}
    assert counts == {"ko": 1, "en": 1}


def test_the_excerpt_and_the_title_mark_what_matched(publish: Publish, search: Search) -> None:
    publish()
    hit = search("disinfecting handles").hits[0]
    assert [part.text for part in hit.title_parts if part.is_match] == ["disinfection"]
    assert "handles" in [part.text for part in hit.excerpt if part.is_match]


def test_words_of_the_readers_language_come_first_and_others_are_not_hidden(publish: Publish, search: Search) -> None:
    spanish = publish(now=False, language="es", title="Control de acceso", summary="-", why="", how="")
    english = publish(language="en", title="Access control", summary="-", why="", how="")
    assert references(search("control", locale="es")) == [spanish.reference, english.reference]
    assert references(search("control", locale="en")) == [english.reference, spanish.reference]


@pytest.mark.parametrize(
    "words",
    ["*", "?*?*?*?*", "bus*", "x" * 10_000, "bus " * 2_500, "\x00\x1b[2J", "'; DROP TABLE practices; --", "((((", "NOT AND OR",
     '"', "-", "-bus", "title:", "city:", "%", "\\", "~", "[a TO z]", "ﷺ", "🚌", "\u202e\u200b", "a" * 255 + " b"],
)  # fmt: skip
def test_whatever_is_typed_gives_a_page(publish: Publish, search: Search, words: str) -> None:
    publish()
    assert search(words).page == 1


@pytest.mark.parametrize(
    ("language", "words", "title"),
    [
        ("de", "Maske", "Maskenpflicht beim Einkaufen"),
        ("de", "Schulen", "Lüften in Grundschulen"),
        ("de", "Schule", "Der Schulbus fährt"),
        ("nl", "masker", "Een mondmasker dragen"),
        ("nl", "scholen", "Luchten in basisscholen"),
        ("sv", "skola", "Vädring i grundskolor"),
        ("fi", "joukkoliikenne", "Maskit joukkoliikenteessä"),
        ("hu", "maszk", "Szájmaszk a boltban"),
    ],
)
def test_a_word_is_found_at_either_end_of_a_compound(
    publish: Publish, search: Search, language: str, words: str, title: str
) -> None:
    one = publish(language=language, title=title, summary=title, why="", how="")
    publish(language=language, title="Xyz", summary="Xyz", why="", how="")
    assert references(search(words, locale=language)) == [one.reference]


def test_a_word_is_not_found_in_the_middle_of_another(publish: Publish, search: Search) -> None:
    publish(language="de", title="Die ältesten Leute", summary="Die ältesten Leute", why="", how="")
    publish(language="en", title="The eldest schoolmasters", summary="Schoolmasters", why="", how="")
    assert not references(search("Test", locale="de"))
    assert not references(search("master", locale="en"))
