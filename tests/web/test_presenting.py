"""Dates, numbers and names in the reader's language."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from cac.web import presenting


@pytest.mark.parametrize(
    ("locale", "value", "words"),
    [
        ("en", "2020", "2020"),
        ("en", "2020-03", "March 2020"),
        ("en", "2020-03-24", "24 March 2020"),
        ("ko", "2020", "2020년"),
        ("ko", "2020-03", "2020년 3월"),
        ("ko", "2020-03-24", "2020년 3월 24일"),
        ("en", "in spring", "in spring"),
        ("en", "", ""),
    ],
)
def test_a_partial_date_says_no_more_than_is_known(app: Flask, locale: str, value: str, words: str) -> None:
    with app.test_request_context(f"/{locale}/"):
        assert presenting.partial_date(value) == words


def test_days_numbers_countries_and_languages_are_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context("/ko/"):
        assert presenting.day(date(2020, 4, 9)) == "2020년 4월 9일"
        assert presenting.language("en") == "영어"
        assert presenting.country("JP") == "일본"
    with app.test_request_context("/en/"):
        assert presenting.number(1284960) == "1,284,960"
        assert presenting.country("ZZZ") == "ZZZ"


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "24 March 2020, 14:05"),
        ("ko", "2020년 3월 24일 14:05"),
        ("ar", "24 مارس 2020، 14:05"),
    ],
)
def test_a_moment_is_a_day_in_words_and_a_time_of_24_hours(app: Flask, locale: str, words: str) -> None:
    with app.test_request_context(f"/{locale}/"):
        assert presenting.moment(datetime(2020, 3, 24, 14, 5, tzinfo=UTC)) == words


@pytest.mark.parametrize(
    ("html", "lowered"),
    [
        ("<h2>a</h2><h3>b</h3><p>h2</p>", "<h3>a</h3><h4>b</h4><p>h2</p>"),
        ("<p>a</p><h3>b</h3>", "<p>a</p><h3>b</h3>"),
        ("<p>a</p>", "<p>a</p>"),
    ],
)
def test_the_headings_of_a_text_begin_below_those_of_the_page(html: str, lowered: str) -> None:
    assert presenting.lower_headings(html) == lowered
