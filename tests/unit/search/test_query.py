"""What people type, and what is understood: never an error."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cac.search.query import MOST_CHARACTERS, parse
from cac.search.request import SearchRequest


def test_words_phrases_and_excluded_words_are_told_apart() -> None:
    query = parse('bus "hand washing" -school')
    assert (query.words, query.phrases, query.excluded) == (("bus", "hand washing"), ("hand washing",), ("school",))


@pytest.mark.parametrize("typed", ["“hand washing”", "«hand washing»", "「hand washing」", '"hand washing'])
def test_quotation_marks_of_all_countries_make_a_phrase(typed: str) -> None:
    assert parse(typed).phrases == ("hand washing",)


def test_a_phrase_can_be_excluded() -> None:
    assert parse('bus -"hand washing"').excluded == ("hand washing",)


@pytest.mark.parametrize("typed", ["-5 degrees", "COVID-19", "bus - tram", "well-known"])
def test_other_hyphens_exclude_nothing(typed: str) -> None:
    assert parse(typed).excluded == ()


def test_known_fields_are_filters_and_others_are_words() -> None:
    typed = parse('City:seoul topic:1b city:"hong kong" -lang:ko bus').filters
    assert [each[:3] for each in typed] == [
        ("city", "seoul", False),
        ("topic", "1b", False),
        ("city", "hong kong", False),
        ("language", "ko", True),
    ]
    assert parse("http://example.org title:bus").words == ("http://example.org", "title:bus")


@pytest.mark.parametrize("typed", ["bus -“hand washing”", "bus -«hand washing»", "bus -「hand washing」"])
def test_a_phrase_in_any_quotation_marks_can_be_excluded(typed: str) -> None:
    assert parse(typed).excluded == ("hand washing",)


def test_control_characters_are_dropped_and_joiners_kept() -> None:
    assert parse("bus\x00\x1b\u202e\ud800 stop\n").text == "bus stop"
    assert parse("کتاب\u200cها").text == "کتاب\u200cها"


def test_decomposed_letters_are_composed() -> None:
    assert parse(unicodedata.normalize("NFD", "방역 é")).text == "방역 é"


def test_a_long_query_is_cut() -> None:
    assert len(parse("wash " * 5000).text) <= MOST_CHARACTERS


@given(st.text(max_size=600))
def test_anything_can_be_typed(typed: str) -> None:
    query = parse(typed)
    assert len(query.text) <= MOST_CHARACTERS
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in query.text)


def test_what_is_left_out_is_typed_before_words_that_may_swallow_it() -> None:
    typed = SearchRequest(words='"hand', without=(("city", "seoul"),)).typed
    assert parse(typed).filters[0].value == "seoul"
    assert parse(typed).phrases == ("hand",)
