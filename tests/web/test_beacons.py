"""Practice pages that shared caches may keep: they say so, carry a signed beacon, and are counted when it arrives."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from sqlalchemy.orm import Session

from cac.accounts.models import Role
from cac.clock import now
from cac.db import transaction
from cac.practices import service
from cac.practices.models import Practice
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status
from cac.serving.beacons import make_token, read_token
from cac.settings import Settings
from cac.stats.lines import Line, parse_line
from cac.stats.models import Measure, ViewClass
from cac.stats.spool import CountedPractice
from tests.factories import make_person, make_practice
from tests.web.checked_client import CheckedClient

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"
HEADERS = {"User-Agent": FIREFOX}
Written = Callable[[], list[Line]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An instance whose operator lets a proxy keep practice pages."""
    return replace(settings, cache_practice_pages=True)


@pytest.fixture
def written(settings: Settings) -> Written:
    """Return the lines in the spool."""

    def written() -> list[Line]:
        lines = [
            parse_line(line) for path in settings.spool_dir.glob("*.log") for line in path.read_bytes().splitlines()
        ]
        return [line for line in lines if isinstance(line, Line)]

    return written


@pytest.fixture
def practice(session: Session) -> Practice:
    with transaction(session):
        return make_practice(session, status=Status.PUBLISHED, title="Buses")


def address(practice: Practice) -> str:
    return f"/en/practices/{practice.reference}-buses"


def token_on(page: str) -> str:
    found = re.search(r'<meta name="view-token" content="([^"]+)">', page)
    assert found
    return found[1]


def test_a_page_that_may_be_kept_is_counted_by_its_beacon_and_not_by_the_server(
    client: CheckedClient, practice: Practice, written: Written
) -> None:
    for _ in range(2):  # drawn, then kept in memory
        answer = client.get(address(practice), headers=HEADERS)
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert "Set-Cookie" not in answer.headers
        assert 'type="module" src="/static/beacon.js' in answer.get_data(as_text=True)
    assert written() == []
    token = token_on(answer.get_data(as_text=True))
    assert client.post("/b", data=f"{token} search.example", headers=HEADERS).status_code == 204
    (line,) = written()
    assert (line.practice_id, line.city_id, line.language) == (practice.id, practice.city_id, "en")
    assert (line.view_class, line.referrer) == (ViewClass.PERSON, "search.example")


def test_a_signed_in_reader_gets_a_page_of_their_own_that_the_server_counts(
    client: CheckedClient,
    practice: Practice,
    written: Written,
    session: Session,
    sign_in: Callable[..., None],
) -> None:
    with transaction(session):
        official = make_person(session, role=Role.AUTHOR)
    sign_in(client, official)
    answer = client.get(address(practice), headers=HEADERS)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "view-token" not in answer.get_data(as_text=True)
    assert len(written()) == 1


def test_a_file_is_a_download_that_the_server_counts_and_no_cache_keeps(
    client: CheckedClient, practice: Practice, written: Written
) -> None:
    answer = client.get(f"/en/practices/{practice.reference}.md", headers=HEADERS)
    assert "public" not in answer.headers.get("Cache-Control", "")
    assert [line.measure for line in written()] == [Measure.DOWNLOAD]


@pytest.mark.parametrize("host", ["", "a b", "<b>", "x" * 101, "localhost"])
def test_where_a_reader_came_from_is_a_host_or_nothing(
    client: CheckedClient, practice: Practice, written: Written, host: str
) -> None:
    token = token_on(client.get(address(practice)).get_data(as_text=True))
    client.post("/b", data=f"{token} {host}", headers=HEADERS)
    assert [line.referrer for line in written()] == [""]


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_what_nobody_looks_at_here_is_not_counted(
    client: CheckedClient, practice: Practice, written: Written, headers: dict[str, str]
) -> None:
    token = token_on(client.get(address(practice)).get_data(as_text=True))
    assert client.post("/b", data=token, headers=HEADERS | headers).status_code == 204
    assert written() == []


def test_robots_and_readers_who_ask_for_it_have_their_class(
    client: CheckedClient, practice: Practice, written: Written
) -> None:
    token = token_on(client.get(address(practice)).get_data(as_text=True))
    client.post("/b", data=token, headers={"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"})
    client.post("/b", data=token, headers=HEADERS | {"Sec-GPC": "1"})
    assert [line.view_class for line in written()] == [ViewClass.ROBOT, ViewClass.NO_KEY]


def test_a_beacon_brings_the_search_that_led_to_the_page(
    client: CheckedClient, practice: Practice, written: Written
) -> None:
    token = token_on(client.get(address(practice)).get_data(as_text=True))
    words = "버스 소독 " * 13
    for origin in (f"/ko/search?q={quote(words.strip())}", "/en/topics?q=bus", "//evil.example/en/search?q=bus"):
        client.post("/b", data=f"{token} {origin}", headers=HEADERS)
    assert [(line.search, line.referrer) for line in written()] == [(("ko", words.strip()), ""), (None, ""), (None, "")]


def test_a_page_that_was_withdrawn_since_counts_nothing(
    client: CheckedClient, practice: Practice, written: Written, session: Session
) -> None:
    token = token_on(client.get(address(practice)).get_data(as_text=True))
    with transaction(session):
        service.withdraw(session, practice, actor=THE_PROGRAM, reason="Wrong.", at=now())
    assert client.get(address(practice)).status_code == 410
    assert client.post("/b", data=token, headers=HEADERS).status_code == 204
    assert written() == []


@pytest.mark.parametrize("body", ["", "nonsense", "1.1.en.2020-04-09.0123", "é.é", "." * 119, "x" * 5000])
def test_a_token_that_was_made_up_counts_nothing(client: CheckedClient, written: Written, body: str) -> None:
    assert client.post("/b", data=body.encode(), headers=HEADERS).status_code == 204
    assert written() == []


def test_an_own_official_is_not_counted_by_a_beacon_either(
    client: CheckedClient,
    practice: Practice,
    written: Written,
    session: Session,
    sign_in: Callable[..., None],
) -> None:
    token = token_on(client.get(address(practice)).get_data(as_text=True))
    with transaction(session):
        official = make_person(session, role=Role.AUTHOR, city=practice.city)
    sign_in(client, official)
    client.post("/b", data=token, headers=HEADERS)
    assert written() == []


def test_a_token_is_good_for_its_day_and_the_next() -> None:
    counted = CountedPractice(7, 3, "zh-Hant")
    at = now()
    today: date = at.date()

    def read(day: date, secret: str = "secret") -> CountedPractice | None:
        return read_token("secret", make_token(secret, counted, day), zone="UTC", at=at)

    assert read(today) == counted
    assert read(today - timedelta(days=1)) == counted
    assert read(today - timedelta(days=2)) is None
    assert read(today + timedelta(days=1)) is None
    assert read(today, secret="another") is None


NOT_SEEN = "Readers without JavaScript, and robots that run none, are not seen at all."


def test_the_definition_says_who_is_not_seen_and_who_is_counted_by_the_server(client: CheckedClient) -> None:
    for path in ("/en/statistics", "/en/about"):
        page = client.get(path).get_data(as_text=True)
        assert NOT_SEEN in page
        assert "Readers who have a cookie of this site" in page
        assert "unless they are shown later" in page


class TestWithoutASharedCache:
    """As long as the operator has not said so, everything stays as it is."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, cache_practice_pages=False)

    def test_the_definition_says_that_the_server_counts(self, client: CheckedClient) -> None:
        page = client.get("/en/statistics").get_data(as_text=True)
        assert NOT_SEEN not in page
        assert "unless they are shown later" not in page
        assert "counted by the server" in page

    def test_pages_carry_no_script_and_are_counted_by_the_server(
        self, client: CheckedClient, practice: Practice, written: Written, settings: Settings
    ) -> None:
        answer = client.get(address(practice), headers=HEADERS)
        assert "public" not in answer.headers["Cache-Control"]
        assert "<script" not in answer.get_data(as_text=True)
        assert len(written()) == 1
        token = make_token(settings.secret_key, CountedPractice(practice.id, practice.city_id, "en"), now().date())
        client.post("/b", data=token, headers=HEADERS)
        assert len(written()) == 1
