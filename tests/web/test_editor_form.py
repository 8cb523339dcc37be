"""The editor's form: dates as people type them, rich text that stays as it was, and whose words win in a merge."""

from dataclasses import replace

import pytest
from werkzeug.datastructures import MultiDict

from cac.errors import InvalidError
from cac.practices.content import Content, Source
from cac.web.forms.dates import tidy_date
from cac.web.forms.practice import Started, form_of_content, form_of_request, merge
from tests.factories import COMPLETE

MERGED_CELLS = "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table><p>text</p>"


@pytest.fixture(autouse=True)
def _request(app):
    with app.test_request_context("/en/"):
        yield


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2020", "2020"),
        (" 2020-3 ", "2020-03"),
        ("2020.3.24", "2020-03-24"),
        ("2020. 3. 24.", "2020-03-24"),
        ("2020/03/24", "2020-03-24"),
        ("2020년 3월 24일", "2020-03-24"),
        ("2020年3月", "2020-03"),
        ("3/2020", "2020-03"),
        ("٢٠٢٠-٠٣", "2020-03"),
        ("24.3.2020", "24.3.2020"),
        ("spring 2020", "spring 2020"),
        ("", ""),
        ("2020-123", "2020-123"),
        ("²⁰²⁰", "²⁰²⁰"),
    ],
)
def test_dates_are_understood_with_the_year_first(typed, kept):
    assert tidy_date(typed) == kept


def test_what_is_shown_for_editing_comes_back_the_same():
    shown = form_of_content(Started(COMPLETE, 4, "en"))
    sent = form_of_request(MultiDict(_sent(shown)))
    assert Content.from_json(sent.values(COMPLETE)) == replace(COMPLETE, licence="CC-BY-4.0")
    assert sent.based_on.data == 4


def test_rich_text_that_was_not_touched_stays_as_it_is_stored():
    stored = replace(COMPLETE, how=MERGED_CELLS)
    shown = form_of_content(Started(stored, 1, "en"))
    assert form_of_request(MultiDict(_sent(shown))).values(stored)["how"] == MERGED_CELLS


def test_markdown_beyond_all_lengths_is_refused_without_being_rendered(monkeypatch):
    monkeypatch.setattr("cac.text.render_markdown", lambda source: pytest.fail("it was rendered"))
    for name in ("why", "how"):
        sent = form_of_request(MultiDict({name: "*a" * 30_001}))
        with pytest.raises(InvalidError) as refused:
            sent.values(COMPLETE)
        assert refused.value.problems == {name: "too_long"}


def test_browsers_line_breaks_do_not_make_a_text_another_one():
    shown = dict(_sent(form_of_content(Started(COMPLETE, 1, "en"))))
    shown["how"] = shown["how"].replace("\n", "\r\n") + "\r\n"
    assert form_of_request(MultiDict(shown)).values(COMPLETE)["how"] == COMPLETE.how


def test_the_first_topic_stays_the_first():
    stored = replace(COMPLETE, topics=("3", "1b"))
    form = form_of_request(MultiDict([("topics", "1a"), ("topics", "1b"), ("topics", "3")]))
    assert form.values(stored)["topics"] == ["3", "1b", "1a"]


def test_an_end_date_says_that_it_ended():
    form = form_of_request(MultiDict({"ended_on": "2021"}))
    assert form.values(Content())["ending"] == "ended"


def test_blank_rows_between_sources_are_dropped_and_problems_find_their_row():
    sent = {"sources-0-url": "", "sources-1-url": "https://a.example/", "sources-2-title": "no address"}
    form = form_of_request(MultiDict(sent))
    assert [source["url"] for source in form.values(Content())["sources"]] == ["https://a.example/", ""]
    assert form.field_of_problem("sources.1.url") is form.sources[2].form.url
    assert form.field_of_problem("sources") is form.sources


@pytest.mark.parametrize(
    "key", ["sources-²-url", "sources-99999999999999999999999-url", "sources-x-url", "data", "_fields"]
)
def test_fields_that_the_editor_does_not_have_are_ignored(key):
    form = form_of_request(MultiDict({key: "x", "title": "kept"}))
    assert form.values(Content())["title"] == "kept"
    assert form.filled_sources() == []


def test_what_only_they_changed_is_taken_over_and_what_you_changed_stays():
    base = form_of_content(Started(COMPLETE, 1, "en"))
    theirs = replace(COMPLETE, title="Their title", sources=(Source("https://their.example/"),), topics=("1b", "2"))
    yours = replace(COMPLETE, summary="Your summary", topics=("1b", "3"))
    merged = merge(base, form_of_content(Started(theirs, 2, "en")), form_of_content(Started(yours, 1, "en")))
    content = Content.from_json(merged.values(theirs))
    assert content.title == "Their title"
    assert content.sources == theirs.sources
    assert content.summary == "Your summary"
    assert content.topics == ("1b", "3")
    assert merged.based_on.data == 2


def _sent(form):
    """What a browser would send for a form as it is shown."""
    pairs = []
    for field in form:
        if field.name == "sources":
            pairs += [(cell.name, cell.data or "") for row in field for cell in row.form]
        elif isinstance(field.data, list | tuple):
            pairs += [(field.name, value) for value in field.data]
        elif field.name == "own_records":
            pairs += [(field.name, "y")] if field.data else []
        else:
            pairs.append((field.name, "" if field.data is None else str(field.data)))
    return pairs
