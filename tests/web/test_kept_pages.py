"""A practice page that is kept in memory is never behind: a withdrawal or a view changes it at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cac.clock import now
from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.permissions import THE_PROGRAM
from cac.practices.queries import get_practice_by_reference
from cac.practices.workflow import Status
from cac.serving.page_cache import KeptPage
from cac.serving.services import EXTENSION
from cac.settings import Settings
from cac.stats.lines import Line, parse_line
from cac.stats.roller import Roller
from cac.web import reading
from tests.factories import make_city, make_practice
from tests.web.checked_client import CheckedClient, count_statements
from tests.web.test_reading import with_translation

PERSON = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
}


def _published(session: Session, title: str = "Bus disinfection") -> str:
    with transaction(session):
        practice = make_practice(session, city=make_city(session), title=title, status=Status.PUBLISHED)
    return practice.reference


def _read(client: CheckedClient, path: str) -> TestResponse:
    """Read a practice at its right address, to which the short one leads."""
    return client.get(client.get(path).headers["Location"])


def test_the_second_reader_costs_one_statement(client: CheckedClient, session: Session) -> None:
    path = f"/en/practices/{_published(session)}"
    first = _read(client, path)
    with count_statements(client.engine) as statements:
        second = client.get(first.request.path)
    assert second.data == first.data
    assert len(statements) == 1
    assert second.headers["Content-Security-Policy"]


def test_a_kept_page_is_counted_like_any_other(
    client: CheckedClient, app: Flask, session: Session, session_factory: SessionFactory, settings: Settings
) -> None:
    path = f"/en/practices/{_published(session)}"
    page = _read(client, path)
    for reader in ("203.0.113.1", "203.0.113.2"):
        client.get(page.request.path, headers=PERSON, environ_base={"REMOTE_ADDR": reader})
    app.extensions[EXTENSION].spool.close()
    Roller(session_factory, settings).roll(now())
    assert "2 views" in client.get(page.request.path).get_data(as_text=True)


def test_a_page_is_counted_in_the_language_of_the_edition_that_it_shows_drawn_or_kept(
    client: CheckedClient, session: Session, settings: Settings
) -> None:
    path = f"/practices/{with_translation(session, 'human').reference}"
    for locale, shown in (("en", "en"), ("ko", "ko"), ("ar", "en")):
        for _ in range(2):
            client.get(_read(client, f"/{locale}{path}").request.path, headers=PERSON)
        lines = [line for segment in settings.spool_dir.glob("*.log") for line in segment.read_bytes().splitlines()]
        people = [found for line in lines if isinstance(found := parse_line(line), Line) and found.visitor is not None]
        assert [line.language for line in people[-2:]] == [shown, shown]


def test_a_page_is_drawn_anew_when_the_day_of_the_site_ends_within_an_hour(
    client: CheckedClient, app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = app.extensions[EXTENSION]
    settings = replace(services.settings, timezone="Asia/Kolkata")
    monkeypatch.setitem(app.extensions, EXTENSION, replace(services, settings=settings))
    path = _read(client, f"/en/practices/{_published(session)}").request.path
    statements_at = {}
    for minutes in (25, 26, 31):
        monkeypatch.setattr(reading, "now", lambda at=datetime(2026, 5, 1, 18, minutes, tzinfo=UTC): at)
        with count_statements(client.engine) as statements:
            client.get(path)
        statements_at[minutes] = len(statements)
    assert statements_at[26] == 1
    assert statements_at[31] == statements_at[25] > 1, "midnight in India is at 18:30 UTC"


def test_a_page_that_many_ask_for_at_once_is_drawn_once(
    client: CheckedClient, app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _read(client, f"/en/practices/{_published(session)}").request.path
    app.extensions[EXTENSION].pages.keep(("localhost", path, ""), KeptPage("another state", b""))
    draw, drawn = reading._render_practice, []

    def draw_slowly(*arguments: Any) -> str:
        drawn.append(path)
        time.sleep(0.05)
        return draw(*arguments)

    monkeypatch.setattr(reading, "_render_practice", draw_slowly)
    with ThreadPoolExecutor(6) as threads:
        bodies = set(threads.map(lambda _: FlaskClient(app).get(path).data, range(6)))
    assert len(drawn) == 1
    assert len(bodies) == 1


def test_a_withdrawn_practice_is_gone_at_once(client: CheckedClient, session: Session, at: datetime) -> None:
    reference = _published(session)
    page = _read(client, f"/en/practices/{reference}")
    assert client.get(page.request.path).status_code == 200
    with transaction(session):
        service.withdraw(
            session, get_practice_by_reference(session, reference), actor=THE_PROGRAM, reason="Wrong.", at=at
        )
    assert client.get(page.request.path).status_code == 410


def test_each_language_and_edition_has_its_own_page(client: CheckedClient, session: Session) -> None:
    path = f"/practices/{_published(session)}"
    english = _read(client, f"/en{path}")
    korean = _read(client, f"/ko{path}")
    assert 'lang="en"' in client.get(english.request.path).get_data(as_text=True)[:200]
    assert 'lang="ko"' in client.get(korean.request.path).get_data(as_text=True)[:200]


def test_a_strangers_query_is_in_no_page_that_others_get(client: CheckedClient, session: Session) -> None:
    page = _read(client, f"/en/practices/{_published(session)}")
    path = page.request.path
    for query in ("in=en&in=canary", "in=en&", "&in=en", "in=en%26canary", "in=EN", "in=canary"):
        client.get(f"{path}?{query}")
        for later in (path, f"{path}?in=en"):
            found = client.get(later).get_data(as_text=True)
            assert "canary" not in found
            assert f"?{query}" not in found or query == later.partition("?")[2]


def test_the_page_of_an_edition_named_as_the_site_names_it_is_kept(client: CheckedClient, session: Session) -> None:
    path = _read(client, f"/en/practices/{_published(session)}").request.path
    client.get(f"{path}?in=en")
    with count_statements(client.engine) as statements:
        client.get(f"{path}?in=en")
    assert len(statements) == 1


def test_a_reader_who_has_the_page_already_is_counted_and_not_sent_it_again(
    client: CheckedClient, app: Flask, session: Session, session_factory: SessionFactory, settings: Settings
) -> None:
    path = _read(client, f"/en/practices/{_published(session)}").request.path
    first = client.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get(path, headers={**PERSON, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "private, no-cache"
    app.extensions[EXTENSION].spool.close()
    Roller(session_factory, settings).roll(now())
    changed = client.get(path, headers={**PERSON, "If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert "1 view" in changed.get_data(as_text=True)


def test_a_page_drawn_for_one_reader_has_no_name_to_ask_for(client: CheckedClient, session: Session) -> None:
    path = _read(client, f"/en/practices/{_published(session)}").request.path
    client.set_cookie("anything", "1")
    assert "ETag" not in client.get(path).headers
