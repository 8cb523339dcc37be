"""What programs get from /api/v1, and what they are told when they ask wrongly."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from cac.db import transaction
from cac.practices import service
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status
from cac.settings import Settings
from cac.stats.lines import Line, parse_line
from cac.stats.models import ViewClass
from tests.factories import make_city, make_practice
from tests.web.checked_client import CheckedClient


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
    browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"
    answer = client.get(f"/api/v1/practices/{subway}", headers={"User-Agent": browser})
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
