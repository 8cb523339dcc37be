"""The fields of a revision: their JSON, their checks, and what is missing before review."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cac.errors import InvalidError
from cac.practices.checks import (
    check_draft,
    check_original,
    check_translation,
    parse_original,
    parse_translation,
    problems_for_review,
)
from cac.practices.content import FIELDS, Content, Source, completeness, missing_for_review
from cac.practices.vocabulary import PLACES, TOPICS, Ending, Kind
from tests.factories import COMPLETE

TODAY = date(2020, 4, 9)


def problems_of(check: Callable[..., Content] = check_original, /, **changes: Any) -> dict[str, str]:
    try:
        check(replace(COMPLETE, **changes), today=TODAY)
    except InvalidError as error:
        return error.problems
    return {}


def test_content_survives_its_json() -> None:
    assert Content.from_json(COMPLETE.to_json()) == COMPLETE


def test_empty_fields_are_not_kept() -> None:
    assert Content().to_json() == {}
    assert Content(title="a", sources=(Source(url="https://example.org"),)).to_json() == {
        "title": "a",
        "sources": [{"url": "https://example.org"}],
    }


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"author": "x"}, {"author": "unknown_field"}),
        ({"title": 3}, {"title": "wrong_type"}),
        ({"kind": "poem"}, {"kind": "unknown"}),
        ({"topics": "1b"}, {"topics": "wrong_type"}),
        ({"topics": [1]}, {"topics": "wrong_type"}),
        ({"own_records": "yes"}, {"own_records": "wrong_type"}),
        ({"sources": ["https://example.org"]}, {"sources.0": "wrong_type"}),
        ({"sources": [{"href": "x"}]}, {"sources.0.href": "unknown_field"}),
        ({"sources": {"url": "x"}}, {"sources": "wrong_type"}),
    ],
)
def test_what_is_not_in_the_shape_of_a_revision_is_refused(values: dict[str, Any], problems: dict[str, str]) -> None:
    with pytest.raises(InvalidError) as refusal:
        Content.from_json(values)
    assert refusal.value.problems == problems


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES))
def test_any_json_is_taken_or_refused(values: dict[str, Any]) -> None:
    try:
        content = parse_original(values, today=TODAY)
    except InvalidError:
        return
    assert Content.from_json(content.to_json()) == content


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_as_a_date_is_taken_or_refused(value: str) -> None:
    assert set(problems_of(started_on=value, as_of=value)) <= {"started_on", "as_of"}


def test_nothing_is_required_of_a_draft() -> None:
    assert check_original(Content(), today=TODAY) == Content(licence="CC-BY-4.0")


def test_texts_are_cleaned_and_sanitised() -> None:
    content = check_original(
        Content(title=" Bus\u202e  cleaning\n", why="<script>x</script><p> </p>", how="<h1>a</h1><p onclick=x>b</p>"),
        today=TODAY,
    )
    assert (content.title, content.why, content.how) == ("Bus cleaning", "", "<h2>a</h2><p>b</p>")


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"title": "word " * 20}, {}),
        ({"title": "word " * 21}, {"title": "too_many_words"}),
        ({"title": "a" * 201}, {"title": "too_long"}),
        ({"title": "消" * 60}, {}),
        ({"title": "消" * 61}, {"title": "too_many_words"}),
        ({"title": "대중교통 방역소독 지침 " * 6}, {}),
        ({"summary": "a" * 600}, {}),
        ({"summary": "a" * 601}, {"summary": "too_long"}),
        ({"why": "<p>" + "a" * 50_001 + "</p>"}, {"why": "too_long"}),
        ({"how": "<p></p>" * 100_000}, {"how": "too_long"}),
        ({"topics": ("1a", "1b", "1c", "1d")}, {"topics": "too_many"}),
        ({"topics": ("13",)}, {"topics": "unknown"}),
        ({"topics": ("1a", "1a", "1a", "1a")}, {}),
        ({"places": PLACES[:6]}, {"places": "too_many"}),
        ({"places": ("moon",)}, {"places": "unknown"}),
        ({"licence": "all mine"}, {"licence": "unknown"}),
        ({"topics": TOPICS[:3], "places": PLACES[:5]}, {}),
    ],
)
def test_a_field_has_its_limits(changes: dict[str, Any], problems: dict[str, str]) -> None:
    assert problems_of(**changes) == problems


@pytest.mark.parametrize(
    ("changes", "kept", "for_review"),
    [
        ({"title": "word " * 21}, {}, {"title": "too_many_words"}),
        ({"title": "a" * 201}, {}, {"title": "too_long"}),
        ({"title": "a" * 500}, {}, {"title": "too_long"}),
        ({"title": "a" * 501}, {"title": "too_long"}, {"title": "too_long"}),
        ({"summary": "a" * 5_000}, {}, {"summary": "too_long"}),
        ({"summary": "a" * 5_001}, {"summary": "too_long"}, {"summary": "too_long"}),
        ({"topics": TOPICS}, {}, {"topics": "too_many"}),
        ({"topics": ("1a", "1b", "1c", "13")}, {"topics": "unknown"}, {"topics": "too_many"}),
        ({"summary": ""}, {}, {"summary": "missing"}),
        ({}, {}, {}),
    ],
)
def test_a_draft_keeps_more_than_is_sent_for_review(
    changes: dict[str, Any], kept: dict[str, str], for_review: dict[str, str]
) -> None:
    content = replace(COMPLETE, **changes)
    assert problems_of(check_draft, **changes) == kept
    assert problems_for_review(content) == for_review


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "licence"])
def test_content_is_blank_until_a_field_is_filled(name: str) -> None:
    assert Content(licence="CC0-1.0").is_blank
    assert not Content(**{name: getattr(COMPLETE, name) or "x"}).is_blank


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"started_on": "2020"}, {}),
        ({"started_on": "2020-02-29"}, {}),
        ({"started_on": "2019-02-29"}, {"started_on": "not_a_date"}),
        ({"started_on": "2020-13"}, {"started_on": "not_a_date"}),
        ({"started_on": "spring"}, {"started_on": "not_a_date"}),
        ({"started_on": "２０２０"}, {"started_on": "not_a_date"}),
        ({"started_on": "0001"}, {"started_on": "not_a_date"}),
        ({"as_of": "2020-04"}, {"as_of": "not_a_day"}),
        ({"as_of": "2020-04-09"}, {}),
        ({"as_of": "2020-04-10"}, {"as_of": "in_the_future"}),
        ({"ending": Ending.ENDED, "ended_on": "2020-01"}, {"ended_on": "before_start"}),
        ({"ending": Ending.ENDED, "ended_on": "2020-02-01", "started_on": "2020-02-02"}, {"ended_on": "before_start"}),
        ({"ending": Ending.ENDED, "ended_on": "2020-02", "started_on": "2020-02-20"}, {}),
        ({"ending": Ending.ENDED, "ended_on": "2020", "started_on": "2020-12-20"}, {}),
        ({"ending": Ending.STILL_IN_USE, "ended_on": "2020-03"}, {"ended_on": "not_ended"}),
    ],
)
def test_dates_may_be_partial_and_must_make_sense(changes: dict[str, Any], problems: dict[str, str]) -> None:
    assert problems_of(**changes) == problems


def test_who_gives_the_end_says_that_it_has_ended() -> None:
    content = check_original(Content(ended_on="2020-03"), today=TODAY)
    assert content.ending is Ending.ENDED


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        (Source("https://example.org/소독?a=1"), {}),
        (Source("http://example.org", "title", "publisher", "2020-03"), {}),
        (Source("javascript:alert(1)"), {"sources.0.url": "not_a_link"}),
        (Source("example.org"), {"sources.0.url": "not_a_link"}),
        (Source("https://"), {"sources.0.url": "not_a_link"}),
        (Source("https://user@example.org"), {"sources.0.url": "not_a_link"}),
        (Source("https://[bad"), {"sources.0.url": "not_a_link"}),
        (Source("https://example.org:port"), {"sources.0.url": "not_a_link"}),
        (Source("https://example.org/" + "a" * 2000), {"sources.0.url": "too_long"}),
        (Source(title="A book"), {"sources.0.url": "missing"}),
        (Source("https://example.org", date="soon"), {"sources.0.date": "not_a_date"}),
        (Source("https://example.org", title="a" * 301), {"sources.0.title": "too_long"}),
    ],
)
def test_a_source_is_a_link_to_the_web(source: Source, problems: dict[str, str]) -> None:
    assert problems_of(sources=(source,)) == problems


def test_empty_rows_of_sources_are_dropped_and_twenty_are_enough() -> None:
    link = Source("https://example.org")
    assert check_original(Content(sources=(Source(title=" "), link)), today=TODAY).sources == (link,)
    assert problems_of(sources=(link,) * 21) == {"sources": "too_many"}


def test_all_problems_are_told_at_once() -> None:
    assert problems_of(title="a" * 300, started_on="x", topics=("y",)) == {
        "title": "too_long",
        "started_on": "not_a_date",
        "topics": "unknown",
    }


def test_a_translation_holds_text_only() -> None:
    assert parse_translation({"title": "버스 소독", "how": "<p>닦기</p>"}).how == "<p>닦기</p>"
    with pytest.raises(InvalidError) as refusal:
        check_translation(Content(title="버스 소독", kind=Kind.POLICY, licence="MIT"))
    assert refusal.value.problems == {"kind": "not_for_translations", "licence": "not_for_translations"}


def test_a_complete_quick_note_lacks_nothing_for_review() -> None:
    assert missing_for_review(replace(COMPLETE, why="", how="", places=())) == {}


def test_everything_required_is_missing_from_an_empty_draft() -> None:
    assert list(missing_for_review(Content())) == [
        "title", "summary", "office", "kind", "topics", "stage", "started_on", "ending", "as_of", "sources",
    ]  # fmt: skip


def test_what_has_ended_needs_the_date() -> None:
    assert missing_for_review(replace(COMPLETE, ending=Ending.ENDED)) == {"ended_on": "missing"}


def test_own_records_stand_for_sources() -> None:
    assert missing_for_review(replace(COMPLETE, sources=())) == {"sources": "missing"}
    assert missing_for_review(replace(COMPLETE, sources=(), own_records=True)) == {}


def test_the_bar_counts_what_readers_look_for() -> None:
    assert completeness(COMPLETE) == (13, 13, ())
    assert completeness(Content()) == (0, 13, tuple(name for name in FIELDS if name in completeness(Content()).missing))
    assert completeness(replace(COMPLETE, why="", places=())) == (11, 13, ("places", "why"))
    assert completeness(replace(COMPLETE, ending=Ending.ENDED)) == (13, 14, ("ended_on",))
