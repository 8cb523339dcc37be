"""What programs get from /api/v1, and what they are told when they ask wrongly."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.content import Content
from cac.practices.models import TranslationMethod
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status
from cac.search import missing
from cac.search.spelling import SpellingKeeper
from cac.settings import Settings
from cac.stats.lines import Line, parse_line
from cac.stats.models import ViewClass
from tests.factories import AT, make_city, make_practice
from tests.web.checked_client import CheckedClient

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"


@pytest.fixture
def subway(session: Session, indexed: Callable[[], None]) -> str:
    """A published Korean practice of Seoul; returns its reference."""
    with transaction(session):
        city = make_city(session, slug="seoul", country="KR", names={"en": "Seoul", "ko": "서울"}, language="ko")
        practice = make_practice(
            session,
            city=city,
            language="ko",
            title="지하철 방역소독을 매일 밤",
            summary="전동차를 매일 밤 닦는다.",
            status=Status.PUBLISHED,
        )
    indexed()
    return practice.reference


def test_a_search_gives_results_with_where_they_come_from(client: CheckedClient, subway: str) -> None:
    found = client.get("/api/v1/search?q=소독&locale=en").get_json()
    assert found["total"] == 1
    result = found["results"][0]
    assert result["reference"] == subway
    assert result["city"] == {"slug": "seoul", "name": "Seoul", "country": "KR"}
    assert (result["language"], result["views"], result["external_id"]) == ("ko", 0, None)
    assert result["url"].startswith(f"http://localhost/en/practices/{subway}")
    assert set(found["facets"]) == {
        "language", "city", "country", "topic", "place", "kind", "stage", "year", "in_use",
    }  # fmt: skip
    assert result["score"] > 0


@pytest.mark.parametrize(
    "filters",
    ["language=en", "city=busan", "topic=12", "kind=tool", "country=JP", "place=markets-shops", "stage=planned", "year=1999",
     "in_use=no"],
)  # fmt: skip
def test_a_filter_that_fits_nothing_gives_nothing(client: CheckedClient, subway: str, filters: str) -> None:
    assert client.get(f"/api/v1/search?q=소독&{filters}").get_json()["total"] == 0


@pytest.mark.parametrize(
    "filters", ["country=kr", "place=public-transport", "stage=in_force", "year=2020,2021", "in_use=yes"]
)
def test_a_filter_that_fits_leaves_what_it_fits(client: CheckedClient, subway: str, filters: str) -> None:
    for sort in ("relevance", "newest", "views", "checked"):
        found = client.get(f"/api/v1/search?q=소독&sort={sort}&{filters}").get_json()
        assert [result["reference"] for result in found["results"]] == [subway]


def test_a_practice_has_its_facts_and_its_editions(client: CheckedClient, subway: str) -> None:
    found = client.get(f"/api/v1/practices/{subway}").get_json()
    assert found["reference"] == subway
    assert found["views"] == 0
    assert isinstance(found["views"], int)
    assert [edition["language"] for edition in found["editions"]] == ["ko"]
    assert found["editions"][0]["title"] == "지하철 방역소독을 매일 밤"


def test_a_practice_that_a_program_reads_is_counted_as_a_machines(
    client: CheckedClient, subway: str, settings: Settings
) -> None:
    answer = client.get(f"/api/v1/practices/{subway}", headers={"User-Agent": BROWSER})
    lines = [parse_line(line) for path in settings.spool_dir.glob("*.log") for line in path.read_bytes().splitlines()]
    assert answer.status_code == 200
    assert [(line.view_class, line.language) for line in lines if isinstance(line, Line)] == [(ViewClass.MACHINE, "ko")]


def test_a_withdrawn_practice_is_gone_with_its_reason(client: CheckedClient, session: Session, at: datetime) -> None:
    with transaction(session):
        practice = make_practice(session, city=make_city(session), status=Status.PUBLISHED)
        service.withdraw(session, practice, actor=THE_PROGRAM, reason="Replaced by new rules.", at=at)
    answer = client.get(f"/api/v1/practices/{practice.reference}")
    assert answer.status_code == 410
    assert answer.mimetype == "application/problem+json"
    assert "Replaced by new rules." in answer.get_json()["detail"]


def test_a_draft_does_not_exist_for_others(client: CheckedClient, session: Session) -> None:
    with transaction(session):
        practice = make_practice(session, city=make_city(session))
    assert client.get(f"/api/v1/practices/{practice.reference}").status_code == 404
    assert client.get("/api/v1/search").get_json()["total"] == 0


def test_a_draft_and_a_reference_that_nobody_has_are_told_apart_by_nobody(
    client: CheckedClient, session: Session
) -> None:
    with transaction(session):
        practice = make_practice(session, city=make_city(session))
    draft, unknown = (
        client.get(f"/api/v1/practices/{reference}") for reference in (practice.reference, "CAC-1999-0001")
    )
    assert draft.get_json() == unknown.get_json()
    assert draft.get_json()["detail"] == "There is no published practice with this reference."


def test_cities_and_totals_are_counted(client: CheckedClient, subway: str) -> None:
    cities = client.get("/api/v1/cities").get_json()["cities"]
    assert [(city["slug"], city["names"]["ko"], city["practices"]) for city in cities] == [("seoul", "서울", 1)]
    assert client.get("/api/v1/stats").get_json() == {"views": 0, "practices": 1, "cities": 1}


@pytest.mark.parametrize(
    "query",
    [
        "per_page=101",
        "per_page=0",
        "page=-1",
        "page=x",
        "page=9999999999999",
        "locale=klingon-x",
        "language=!!",
        "sort=best",
    ],
)
def test_a_wrong_parameter_is_a_problem_that_names_it(client: CheckedClient, query: str) -> None:
    answer = client.get(f"/api/v1/search?{query}")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert query.split("=", maxsplit=1)[0] in answer.get_json()["detail"]


@pytest.mark.parametrize("path", ["/api/v1/practices/CAC-1999-0001", "/api/v1/nothing", "/api/v1/practices/x' OR 1=1"])
def test_what_does_not_exist_is_a_problem_document(client: CheckedClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.get_json()["status"] == 404


@pytest.mark.parametrize(
    "words",
    ["", "x" * 10_000, "\x00\x01\x1b", "*", "?*?*?*?*", "'; DROP TABLE practices; --", '"', "a:b:c", "-", "\ud800"],
)
def test_no_words_break_the_search(client: CheckedClient, subway: str, words: str) -> None:
    answer = client.get("/api/v1/search", query_string={"q": words.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 200
    assert isinstance(answer.get_json()["total"], int)


@pytest.mark.parametrize("name", ["filter", "langs", "perpage"])
def test_an_unknown_parameter_is_a_problem_that_names_it(client: CheckedClient, name: str) -> None:
    answer = client.get(f"/api/v1/search?q=bus&{name}=5")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.get_json()["detail"].startswith(f"{name} is no parameter")


def test_languages_are_asked_for_as_on_the_pages_too(client: CheckedClient, subway: str) -> None:
    for query, total in (
        ("lang=ko", 1),
        ("language=ko", 1),
        ("lang=en", 0),
        ("lang=en&language=ko", 1),
        ("lang=zh", 0),
    ):
        assert client.get(f"/api/v1/search?{query}").get_json()["total"] == total


def test_a_search_says_how_it_was_understood(client: CheckedClient, subway: str) -> None:
    words = " ".join(f"w{number}" for number in range(40))
    found = client.get(
        "/api/v1/search", query_string={"q": f"소독 CITY:서울 topic:대중교통 -lang:en {words}"}
    ).get_json()
    assert found["query"].startswith("소독 CITY:서울")
    assert found["words"] == f"소독 {words}"
    assert found["filters"] == [
        {"facet": "city", "value": "seoul", "excluded": False},
        {"facet": "topic", "value": "1b", "excluded": False},
        {"facet": "language", "value": "en", "excluded": True},
    ]
    assert len(found["ignored"]) == 41 - 24
    assert (found["phrase_found"], found["did_you_mean"], found["relaxed"]) == (True, None, None)
    assert not client.get("/api/v1/search", query_string={"q": '"밤 매일"'}).get_json()["phrase_found"]


def test_a_result_says_what_matched_in_its_title_and_how_it_was_translated(
    client: CheckedClient, session: Session, indexed: Callable[[], None]
) -> None:
    with transaction(session):
        practice = make_practice(session, language="ko", title="지하철 환기", summary="창문", why="", how="")
        service.add_translation(
            session, practice, actor=THE_PROGRAM, language="en", method=TranslationMethod.MACHINE,
            content=Content(title="Open the windows", summary="Carriages"), at=AT,
        )  # fmt: skip
        service.publish(session, practice, actor=THE_PROGRAM, at=AT)
    indexed()
    result = client.get("/api/v1/search?q=window").get_json()["results"][0]
    assert (result["language"], result["method"]) == ("en", "machine")
    assert result["title_parts"] == [{"text": "Open the ", "match": False}, {"text": "windows", "match": True}]
    assert client.get("/api/v1/search?q=환기").get_json()["results"][0]["method"] is None


def test_a_search_without_a_result_says_what_fewer_filters_would_give(client: CheckedClient, subway: str) -> None:
    found = client.get("/api/v1/search?q=소독 -kind:protocol&topic=9").get_json()
    assert found["total"] == 0
    assert found["relaxed"] == {
        "without": [
            {"facet": "topic", "value": "9", "excluded": False, "total": 0},
            {"facet": "kind", "value": "protocol", "excluded": True, "total": 0},
        ],
        "without_any": 1,
        "topics": ["1b"],
    }


def test_a_mistyped_word_is_given_as_it_was_probably_meant(
    client: CheckedClient, subway: str, session_factory: SessionFactory, settings: Settings
) -> None:
    SpellingKeeper(session_factory, settings.index_dir).keep_up()
    assert client.get("/api/v1/search?q=terminla").get_json()["did_you_mean"] == "terminal"


@pytest.mark.parametrize(
    ("agent", "query", "noted"),
    [
        ("curl/8.5.0", "q=zebras&locale=zh-TW", [("zebras", "zh-Hant")]),
        (BROWSER, "q=zebras", [("zebras", "en")]),
        ("Googlebot/2.1 (+http://www.google.com/bot.html)", "q=zebras", []),
        ("curl/8.5.0", "q=zebras&city=seoul", []),
        ("curl/8.5.0", "q=city:seoul -topic:1", []),
    ],
)
def test_what_programs_look_for_in_vain_is_missing_too(
    client: CheckedClient,
    app: Flask,
    subway: str,
    session: Session,
    agent: str,
    query: str,
    noted: list[tuple[str, str]],
) -> None:
    client.get(f"/api/v1/search?{query}", headers={"User-Agent": agent})
    services = app.extensions["cac"]
    services.missing.write(services.session_factory)
    assert [(row.words, row.language) for row in missing.list_missing(session)[0]] == noted
