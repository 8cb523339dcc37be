"""Exact phrases, in every script, whatever the size of the library."""

import pytest
from sqlalchemy.orm import Session

from cac.search import phrases
from cac.search.phrases import comparable, holds
from tests.features.search.conftest import Publish, Search, references


@pytest.mark.parametrize(
    ("language", "with_it", "without", "phrase"),
    [
        ("en", "A disinfected market hall", "Disinfecting markets", "disinfected market"),
        ("en", "Café  Owners' rules", "Owner of cafés", "CAFE owners’"),
        ("zh-Hant", "公共交通消毒指南", "公共交通，交通消毒", "公共交通消毒"),
        ("zh-Hant", "公共車輛清潔", "公共車輛、車輛清潔", "公共车辆清洁"),
        ("ja", "ﾊﾞｽの消毒", "消毒のバス", "バスの消毒"),
        ("th", "การฆ่าเชื้อบนรถโดยสาร", "ฆ่าเชื้อบน เชื้อบนรถ", "ฆ่าเชื้อบนรถ"),
        ("ko", "버스 소독을 매일", "소독 버스를 매일", "버스 소독"),
        ("de", "Saubere Hände überall", "Überall saubere Hand", "saubere hande"),
        ("ar", "بدأ التَّعْقِيم اليومي", "اليومي التعقيم", "التعقيم اليومي"),
    ],
)
def test_a_phrase_is_found_as_it_is_written(
    publish: Publish, search: Search, language: str, with_it: str, without: str, phrase: str
) -> None:
    other = publish(now=False, language=language, title=without, summary="-", why="", how="")
    practice = publish(language=language, title=with_it, summary="-", why="", how="")
    page = search(f'"{phrase}"', locale=language)
    assert (references(page), page.phrase_found) == ([practice.reference], True)
    assert other.reference in references(search(phrase, locale=language))


def test_a_phrase_may_be_in_the_summary_or_go_over_a_line_but_not_from_the_title_into_the_text(
    publish: Publish, search: Search
) -> None:
    summary = publish(now=False, title="A", summary="We wash\nhands", why="", how="")
    body = publish(now=False, title="B", summary="-", why="", how="<p>We wash<br>hands daily</p>")
    publish(title="Where we wash", summary="Hands", why="", how="")
    assert sorted(references(search('"wash hands"'))) == sorted((summary.reference, body.reference))


def test_where_nobody_has_the_phrase_those_with_its_words_are_given(publish: Publish, search: Search) -> None:
    practice = publish(title="Disinfecting markets", summary="-", why="", how="")
    page = search('"disinfected market"')
    assert (references(page), page.phrase_found) == ([practice.reference], False)


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("public transportation", "public transport", False),
        ("republic transport", "public transport", False),
        ("the public transport.", "public transport", True),
        ("방역소독을", "소독", False),
        ("버스 소독에서는", "버스 소독", True),
        ("버스 소독실", "버스 소독", False),
        ("코로나19는", "코로나19", True),
        ("hotel und ulm", "hotel und", True),
        ("", "x", False),
        ("x", "", False),
    ],
)
def test_a_phrase_begins_and_ends_with_whole_words(text: str, phrase: str, found: bool) -> None:
    assert holds(comparable(text), comparable(phrase)) is found


def test_so_many_texts_are_read_and_the_others_are_left_to_the_index(
    publish: Publish, search: Search, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrases, "MOST_TEXTS", 1)
    monkeypatch.setattr(phrases, "AT_ONCE", 1)
    exact = publish(now=False, title="Hand washing. Hand washing. Hand washing.", summary="-", why="", how="")
    stems = publish(now=False, title="A text of hands washed", summary="-", why="", how="")
    publish(title="A text of washing with a hand", summary="-", why="", how="")
    assert references(search('"hand washing"')) == [exact.reference, stems.reference]


def test_no_text_is_read_after_its_time_is_over(
    publish: Publish, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrases, "MOST_SECONDS", -1.0)
    stems = publish(title="Hands washed", summary="-", why="", how="")
    assert references(search('"hand washing"')) == [stems.reference]
