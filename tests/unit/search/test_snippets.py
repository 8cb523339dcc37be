"""The passage shown for a query, and the words marked in it."""

import time

import pytest

from cac.search.query import parse
from cac.search.request import Part
from cac.search.snippets import EXCERPT, excerpt, make_marker, mark


def marked(text: str, query: str, language: str) -> list[str]:
    return [part.text for part in mark(text, make_marker(parse(query), language)) if part.is_match]


@pytest.mark.parametrize(
    ("language", "query", "text", "expected"),
    [
        ("en", "disinfecting bus", "Buses: disinfection at noon", ["Buses", "disinfection"]),
        ("ko", "소독", "생활방역소독을 하다", ["소독"]),
        ("ko", "방역소독", "생활방역소독을 하다", ["방역소독"]),
        ("zh-Hant", "消毒", "公共交通消毒指南", ["消毒"]),
        ("zh-Hant", "消毒剂", "使用消毒劑", ["消毒劑"]),
        ("ja", "消毒", "駅の消毒を行う", ["消毒"]),
        ("th", "ฆ่าเชื้อ", "การฆ่าเชื้อโรค", ["ฆ่าเชื้อ"]),
        ("ar", "تعقيم", "بدأ التَّعْقِيم", ["التَّعْقِيم"]),
        ("vi", "khu trung", "Khử trùng xe", ["Khử", "trùng"]),
        ("de", "Desinfektion", "Die Flächendesinfektion", ["desinfektion"]),
        ("ja", "バス", "ﾊﾞｽの消毒", ["ﾊﾞｽ"]),
        ("ja", "ﾏｽｸ", "マスクを着ける", ["マスク"]),
        ("ja", "マスク", "スクールでマスク", ["マスク"]),
        ("ja", "スク", "スクールとマスク", ["スク", "スク"]),
        ("ja", "バス", "バスケットとバス", ["バス"]),
        ("ja", "バスターミナル", "ターミナルの消毒", ["ターミナル"]),
        ("ja", "マスク スクール", "スクールでマスク", ["スクール", "マスク"]),
        ("en", "seek help", "They sought it, hoping for help", ["sought", "help"]),
        ("de", "Schule", "Der Schulbus der Grundschulen", ["Schul", "schule"]),
        ("nl", "masker", "Draag een mondmasker", ["masker"]),
        ("fi", "joukkoliikenne", "Maskit joukkoliikenteessä ja kouluissa", ["joukkoliikenteessä"]),
        ("he", "מסכה", "עטיית המסכות", ["המסכות"]),
        ("tr", "isik", "IŞIK ve ses", ["IŞIK"]),
    ],
)
def test_the_reason_for_the_match_is_marked(language: str, query: str, text: str, expected: list[str]) -> None:
    assert marked(text, query, language) == expected


def test_nothing_is_lost_or_added_when_a_title_is_cut() -> None:
    title = "Bus disinfection & <b>more</b>"
    assert "".join(part.text for part in mark(title, make_marker(parse("bus more"), "en"))) == title


def test_the_passage_with_most_of_the_words_is_shown() -> None:
    filler = "Nothing of interest is said here. " * 30
    passage = "Every bus is disinfected with alcohol. "
    parts = excerpt(["A bus stop. " + filler + passage + filler], make_marker(parse("bus alcohol disinfection"), "en"))
    shown = "".join(part.text for part in parts)
    assert passage.strip() in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < EXCERPT * 1.5


def test_without_a_match_the_beginning_is_shown() -> None:
    assert excerpt(["A short text."], make_marker(parse("nothing"), "en")) == (Part("A short text."),)
    assert excerpt([], make_marker(parse(""), "en")) == ()


def test_headings_and_items_of_lists_do_not_run_into_each_other() -> None:
    parts = excerpt(["Where\nHandles of buses\nSeats.\nDoors"], make_marker(parse("bus"), "en"))
    assert "".join(part.text for part in parts) == "Where · Handles of buses · Seats. Doors"


def test_where_a_character_says_more_fewer_are_shown() -> None:
    marker = make_marker(parse("消毒"), "zh-Hans")
    shown = "".join(part.text for part in excerpt(["公共交通消毒指南。" * 50], marker))
    assert len(shown) < EXCERPT * 0.75


def test_an_excerpt_takes_little_time_on_the_longest_text() -> None:
    text = "Every bus is disinfected with alcohol at the terminal. " * 1000
    started = time.perf_counter()
    excerpt([text], make_marker(parse("bus alcohol disinfection"), "en"))
    assert time.perf_counter() - started < 0.5
