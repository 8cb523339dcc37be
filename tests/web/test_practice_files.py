"""A practice as a file to take away: what it says, how it is sent, and that taking it is counted as a download."""

import csv
import re
from collections.abc import Callable
from io import StringIO

import pytest
from markdown_it import MarkdownIt
from sqlalchemy.orm import Session

from cac.accounts.models import Role
from cac.clock import now
from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.content import Content, Source
from cac.practices.models import Practice
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status
from cac.settings import Settings
from cac.stats.roller import Roller
from cac.text import render_markdown
from tests.factories import AT, make_city, make_person, make_practice
from tests.web.checked_client import CheckedClient

FIREFOX = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"}
KOREAN = Content(title="버스 소독", summary="버스를 소독합니다.", why="<p>사람이 많습니다.</p>")


@pytest.fixture
def practice(session: Session) -> Practice:
    """A practice in English with a Korean translation that leaves out how it was done."""
    with transaction(session):
        city = make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울"})
        practice = make_practice(
            session,
            city=city,
            title="Buses *every* night",
            licence="CC-BY-4.0",
            sources=(Source("https://example.org/bus_(1)", "Bus [plan]", "The city", "2020-03-24"),),
        )
        service.add_translation(
            session, practice, actor=THE_PROGRAM, language="ko", method="machine", content=KOREAN, at=AT
        )
        service.publish(session, practice, actor=THE_PROGRAM, at=AT)
        return practice


@pytest.fixture
def roll(session_factory: SessionFactory, settings: Settings) -> Callable[[], None]:
    def roll() -> None:
        roller = Roller(session_factory, settings)
        roller.roll(now())
        roller.close()

    return roll


def file_of(client: CheckedClient, practice: Practice, query: str = "", locale: str = "en") -> str:
    answer = client.get(f"/{locale}/practices/{practice.reference}.md{query}", headers=FIREFOX)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_file_says_all_that_the_page_says(client: CheckedClient, practice: Practice) -> None:
    text = file_of(client, practice)
    assert text.startswith(r"# Buses \*every\* night" + "\n\n")
    for words in (
        "The city disinfects each bus",
        "- City: Seoul, South Korea\n",
        "- True as of: 1 April 2020\n",
        "- Published: 9 April 2020\n",
        "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)",
        f"<http://localhost/en/practices/{practice.reference}>",
        "## Why it was done\n\nCrowded buses carried the virus.\n",
        "## How it was done\n\n### At the terminal\n\n- wipe the handles\n",
        "The city, 24 March 2020",
    ):
        assert words in text
    assert '<a href="https://example.org/bus_(1)"' in render_markdown(text).replace("%28", "(").replace("%29", ")")


def test_the_file_is_in_the_language_of_its_edition(client: CheckedClient, practice: Practice) -> None:
    page = client.get(client.get(f"/en/practices/{practice.reference}?in=ko").headers["Location"]).get_data(
        as_text=True
    )
    assert f'href="/ko/practices/{practice.reference}.md?in=ko"' in page
    text = file_of(client, practice, "?in=ko", locale="ko")
    assert text.startswith("# 버스 소독\n")
    assert "2020년 4월 1일" in text
    assert "이 부분은" in text or "wipe the handles" in text
    assert "기계" in text


@pytest.mark.parametrize("locale", ["en", "ko", "ar"])
def test_every_page_of_a_practice_offers_the_file(client: CheckedClient, practice: Practice, locale: str) -> None:
    answer = client.get(client.get(f"/{locale}/practices/{practice.reference}").headers["Location"])
    assert f"/practices/{practice.reference}.md" in answer.get_data(as_text=True)
    assert file_of(client, practice, locale=locale)


def test_the_file_is_saved_under_a_name_and_never_shown_as_a_page(client: CheckedClient, practice: Practice) -> None:
    answer = client.get(f"/ko/practices/{practice.reference}.md")
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="{practice.reference}-__-__.md"; '
        f"filename*=UTF-8''{practice.reference}-%EB%B2%84%EC%8A%A4-%EC%86%8C%EB%8F%85.md"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "public" not in answer.headers["Cache-Control"]


def test_there_is_no_file_of_what_is_not_public(client: CheckedClient, session: Session) -> None:
    with transaction(session):
        draft, gone = make_practice(session), make_practice(session, status=Status.WITHDRAWN)
    assert client.get(f"/en/practices/{draft.reference}.md").status_code == 404
    answer = client.get(f"/en/practices/{gone.reference}.md")
    assert (answer.status_code, answer.mimetype) == (410, "text/html")


def test_taking_the_file_is_one_download_and_no_view(
    client: CheckedClient, session: Session, practice: Practice, roll: Callable[[], None], sign_in: Callable[..., None]
) -> None:
    for reader in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        client.get(f"/en/practices/{practice.reference}.md", headers=FIREFOX, environ_base={"REMOTE_ADDR": reader})
    client.get(f"/en/practices/{practice.reference}.md", headers={"User-Agent": "Googlebot/2.1"})
    with transaction(session):
        official = make_person(session, role=Role.AUTHOR, city=practice.city)
    sign_in(client, official)
    file_of(client, practice)
    roll()
    numbers = client.get(f"/stats/practices/{practice.reference}.json").json
    assert numbers is not None
    assert (numbers["views"], numbers["downloads"]) == (0, 2)
    assert [(day["views"], day["visitors"], day["downloads"]) for day in numbers["days"]] == [(0, 0, 2)]
    head, row = csv.reader(StringIO(client.get("/stats.csv").get_data(as_text=True)))
    assert dict(zip(head, row, strict=True))["downloads"] == "2"
    desk = client.get("/en/desk/insights?format=csv&table=practices").get_data().decode("utf-8-sig")
    (listed,) = csv.DictReader(StringIO(desk))
    assert (listed["reference"], listed["downloads"]) == (practice.reference, "2")


def test_nothing_that_people_write_becomes_raw_html_code_or_a_definition_in_the_file(
    client: CheckedClient, session: Session
) -> None:
    with transaction(session):
        practice = make_practice(
            session,
            status=Status.PUBLISHED,
            title="[bus]: Ends with #",
            summary="<!-- Disinfect </div> <img src=x onerror=alert(1)> <?x <![CDATA[",
            how="<p>```</p><p>~~~ python</p><p>[bus]: http://evil.example/</p><p>a<br>===</p>",
        )
    text = client.get(f"/en/practices/{practice.reference}.md", headers=FIREFOX).get_data(as_text=True)
    html = MarkdownIt("commonmark").render(text)
    assert "<h1>[bus]: Ends with #</h1>" in html
    assert not re.search(r"<(?:!|\?|img|div|/div|code|pre)", html)
    assert "[bus]: http://evil.example/" in html
    assert "===" in html
