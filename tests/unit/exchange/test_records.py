"""A line is checked field by field, and everything that is wrong with it is said at once."""

from datetime import date
from typing import Any

import pytest

from cac.exchange.records import Record, RecordError, Rules, TextForm, digest_of, id_of, read_record

TODAY = date(2020, 4, 9)
LINE: dict[str, Any] = {
    "external_id": "a",
    "language": "en",
    "text": "Buses are disinfected each night. Trains are not.",
}


def read(rules: Rules | None = None, **changes: Any) -> Record:
    return read_record(LINE | changes, rules or Rules(), today=TODAY)


def problems_of(rules: Rules | None = None, **changes: Any) -> list[str]:
    with pytest.raises(RecordError) as caught:
        read(rules, **changes)
    return caught.value.problems


def test_title_and_summary_are_made_from_the_text() -> None:
    content = read().content
    assert content.title == "Buses are disinfected each night"
    assert content.summary == "Buses are disinfected each night. Trains are not."
    assert content.how == "<p>Buses are disinfected each night. Trains are not.</p>"


def test_markdown_becomes_clean_html() -> None:
    content = read(
        title="T", text="## Steps\n1. wipe\n2. rinse\n\n<script>alert(1)</script> [x](javascript:alert(1))"
    ).content
    assert "<h2>Steps</h2>" in content.how
    assert "<li>wipe</li>" in content.how
    assert "<script" not in content.how
    assert "href" not in content.how


@pytest.mark.parametrize("form", list(TextForm))
def test_no_form_of_text_lets_markup_through_that_acts(form: TextForm) -> None:
    content = read(Rules(form), title="T", text="a & b <img src=x onerror=alert(1)>").content
    assert "<img" not in content.how


def test_plain_text_keeps_its_paragraphs_and_lines() -> None:
    content = read(Rules(TextForm.PLAIN), text="# One *a*\ntwo\n\nthree <b>").content
    assert content.how == "<p># One *a*<br>\ntwo</p>\n<p>three &lt;b&gt;</p>"


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        ({}, "not_known"),
        ({"ended_on": "2020"}, "ended"),
        ({"still_in_use": True}, "still_in_use"),
        ({"still_in_use": False}, "ended"),
    ],
)
def test_the_end_is_a_date_or_still_in_use_or_not_known(changes: dict[str, Any], ending: str) -> None:
    assert read(**changes).content.ending == ending


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"language": None}, "language: missing"),
        ({"language": "xx-nope"}, "language: 'xx-nope' is no known language"),
        ({"language": 5}, "language: 5 is no known language"),
        ({"text": None}, "title: missing"),
        ({"text": ["x"]}, "text: not a text"),
        ({"title": 5}, "title: of the wrong type"),
        ({"title": "word " * 21}, "more than 20 words"),
        ({"kind": "law"}, 'kind: "law" is none of policy, protocol, know-how, service, campaign, tool, lesson'),
        ({"topics": ["1z"]}, 'topics: "1z" is none of 1, 1a,'),
        ({"topics": "1a"}, 'topics: "1a" is of the wrong type'),
        ({"topics": ["1", "2", "3", "4"]}, "topics: more than 3"),
        ({"started_on": "yesterday"}, 'started_on: "yesterday" is no date; write 2020, 2020-03 or 2020-03-24'),
        ({"started_on": "2020-03", "ended_on": "2020-02"}, 'ended_on: "2020-02" is before started_on'),
        ({"as_of": "2020-04"}, 'as_of: "2020-04" is no day; write 2020-03-24'),
        ({"as_of": "2021-01-01"}, 'as_of: "2021-01-01" is in the future'),
        ({"still_in_use": "yes"}, "still_in_use: true or false, not 'yes'"),
        ({"still_in_use": True, "ended_on": "2020"}, "still_in_use: true, but ended_on is given"),
        ({"sources": "x"}, "sources: not a list"),
        ({"sources": ["ftp://x"]}, "sources.0.url: no address that begins with"),
        ({"sources": [{"link": "x"}]}, "sources: there is no field 'link' in a source"),
        ({"licence": "mine"}, 'licence: "mine" is none of CC-BY-4.0'),
        ({"colour": "red"}, "colour: there is no such field"),
        ({"translations": {}}, "translations: not a list of objects"),
        ({"translations": [{"language": "en", "title": "T"}]}, "translations: one language twice"),
        ({"translations": [{"language": "ko"}]}, "translations[0].title: missing"),
        (
            {"translations": [{"language": "ko", "title": "T", "method": "magic"}]},
            "translations[0].method: 'magic' is none",
        ),
        (
            {"translations": [{"language": "ko", "title": "T", "topics": []}]},
            "translations[0].topics: there is no such field",
        ),
    ],
)
def test_what_is_wrong_is_said_by_field(changes: dict[str, Any], problem: str) -> None:
    assert any(problem in said for said in problems_of(**changes))


def test_several_problems_are_said_at_once() -> None:
    assert len(problems_of(kind="law", stage="soon")) == 2


def test_what_is_to_be_published_needs_a_text() -> None:
    assert read(text=None, title="T").content.title == "T"
    assert problems_of(Rules(needs_text=True), text=None, title="T") == ["text: missing"]


def test_wrong_values_that_the_map_lets_go_are_left_out() -> None:
    rules = Rules(left_out_if_wrong=frozenset({"ended_on", "sources"}))
    record = read(rules, started_on="2020-03", ended_on="2020-02", sources=["no address"])
    assert (record.content.ended_on, record.content.ending, record.content.sources) == ("", "not_known", ())
    assert record.left_out == 2
    assert problems_of(rules, as_of="soon", ended_on="later")


def test_a_title_that_is_let_go_is_made_from_the_text() -> None:
    record = read(
        Rules(left_out_if_wrong=frozenset({"title"})), title="too long " * 11, text="Buses are wiped. At night."
    )
    assert record.content.title == "Buses are wiped. At night"
    assert record.left_out == 1


def test_control_characters_and_broken_characters_never_arrive() -> None:
    content = read(title="A\u0000b\u202ec", text="x\u0000\ud800y").content
    content.to_json()["title"].encode()
    assert "\x00" not in content.how
    assert "\u202e" not in content.title
    assert content.how.encode()


def test_a_translation_is_read_with_its_method() -> None:
    translation = read(translations=[{"language": "KO_kr", "method": "machine", "title": "버스 소독"}]).translations[0]
    assert (translation.language, translation.method, translation.content.title) == ("ko", "machine", "버스 소독")


@pytest.mark.parametrize("value", [None, "", " ", True, [], "x" * 201])
def test_an_id_that_cannot_be_kept_is_refused(value: object) -> None:
    with pytest.raises(RecordError):
        id_of({"external_id": value})


def test_the_digest_does_not_see_what_is_empty_or_only_said_of_a_new_city() -> None:
    assert digest_of(LINE) == digest_of(LINE | {"title": None, "topics": [], "latitude": 3})
    assert digest_of(LINE) != digest_of(LINE | {"title": "T"})


def test_everything_that_is_wrong_with_a_line_is_named_at_once() -> None:
    values = {
        "external_id": "1", "language": "xx1", "kind": "nope", "topics": ["99"], "started_on": "April", "licence": "GPL",
        "strange": 1, "title": "x", "translations": [{"language": "qq1"}],
    }  # fmt: skip
    with pytest.raises(RecordError) as refused:
        read_record(values, Rules(), today=date(2020, 4, 9))
    fields = {problem.partition(":")[0].partition("[")[0] for problem in refused.value.problems}
    assert fields == {"strange", "language", "kind", "topics", "started_on", "licence", "translations"}
