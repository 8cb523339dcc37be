"""Dates, numbers and names in the reader's language."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask, g

from cac.accounts.models import Person, Role
from cac.cities.models import City
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
    ("host", "words"),
    [
        ("xn--hq1bm8jm9l.xn--3e0b707e", "도메인.한국"),
        ("www.example.org", "www.example.org"),
        ("xn--.example", "xn--.example"),
        ("xn--99999999.example", "xn--99999999.example"),
        (f"{'a' * 90}.example", f"{'a' * 90}.example"),
        ("", ""),
    ],
)
def test_a_host_is_written_in_its_own_letters_where_it_has_some(host: str, words: str) -> None:
    assert presenting.host_words(host) == words


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "24 March 2020, 22:05 UTC"),
        ("ko", "2020년 3월 24일 22:05 UTC"),
        ("ar", "24 مارس 2020، 22:05 UTC"),
    ],
)
def test_a_moment_is_a_day_in_words_a_time_of_24_hours_and_its_zone(app: Flask, locale: str, words: str) -> None:
    with app.test_request_context(f"/{locale}/"):
        assert presenting.moment(datetime(2020, 3, 24, 22, 5, tzinfo=UTC)) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Seoul", "25 March 2020, 07:05 KST"),
        ("Europe/Paris", "24 March 2020, 23:05 CET"),
        ("America/Sao_Paulo", "24 March 2020, 19:05 UTC-03"),
    ],
)
def test_officials_read_moments_in_the_time_zone_of_their_city(app: Flask, zone: str, words: str) -> None:
    with app.test_request_context("/en/"):
        g.viewer = Person(role=Role.AUTHOR, city=City(timezone=zone))
        assert presenting.moment(datetime(2020, 3, 24, 22, 5, tzinfo=UTC)) == words
        g.viewer = Person(role=Role.REVIEWER)
        assert presenting.moment(datetime(2020, 3, 24, 22, 5, tzinfo=UTC)) == "24 March 2020, 22:05 UTC"


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
