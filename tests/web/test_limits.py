"""Refused before anything looks at it: control characters in paths, large bodies, foreign hosts. And how faults answer."""

import logging
import time
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from cac.accounts.models import Role
from cac.db import transaction
from cac.serving import errors
from tests.factories import make_city, make_person


@pytest.mark.parametrize("code", ["00", "0A", "0D", "1B", "7F", "C2%85", "E2%80%A8"])
@pytest.mark.parametrize(
    "path", ["/en/practices/x%{}y", "/en/cities/%{}", "/api/v1/practices/%{}", "/en/invitations/a%{}", "/%{}"]
)
def test_a_control_character_in_the_path_is_no_page(client, path, code):
    assert client.get(path.format(code)).status_code == 404


@pytest.mark.parametrize("path", ["/en/sign-in", "/en/invitations/x"])
def test_a_short_form_takes_no_long_body(client, path):
    started = time.perf_counter()
    answer = client.post(path, data={"password": "\u0301\u0323" * 50_000})
    assert answer.status_code == 413
    assert time.perf_counter() - started < 1


def test_another_form_takes_more(client):
    assert client.post("/en/sign-out", data={"note": "x" * 10_000}).status_code == 400


@pytest.mark.parametrize("host", ["evil.example", "a b", "localhost:99999", "", "localhost.evil.example"])
def test_a_foreign_host_is_told_so_in_one_line_and_logs_nothing(client, caplog, host):
    answer = client.get("/en/about", headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert answer.get_data(as_text=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("host", ["LOCALHOST", "LocalHost:8000"])
def test_the_case_of_a_host_does_not_matter(client, host):
    assert client.get("/en/about", headers={"Host": host}).status_code == 200


@pytest.fixture
def person(session):
    with transaction(session):
        return make_person(session, city=make_city(session), role=Role.AUTHOR)


def break_about(app, error: Exception) -> None:
    """Let the page about the site fail after the signed-in person was loaded."""

    def fail() -> Any:
        raise error

    fail.declared_access = app.view_functions["reading.about"].declared_access  # type: ignore[attr-defined]
    app.view_functions["reading.about"] = fail


def test_a_fault_of_the_database_answers_signed_in_people_with_a_page(app, client, sign_in, person):
    def fail() -> Any:
        from cac.serving.database import db_session

        with transaction(db_session()) as session:
            session.execute(text("SELECT 1"))
            raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    fail.declared_access = app.view_functions["reading.about"].declared_access  # type: ignore[attr-defined]
    app.view_functions["reading.about"] = fail
    app.testing = False
    sign_in(client, person)
    answer = client.get("/en/about")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "The site is busy" in answer.get_data(as_text=True)


def test_when_the_error_page_fails_too_a_bare_one_says_the_same(app, client, monkeypatch):
    break_about(app, ValueError("first"))
    app.testing = False

    def no_template(*_args: Any, **_values: Any) -> str:
        raise RuntimeError("second")

    monkeypatch.setattr(errors, "render_template", no_template)
    answer = client.get("/ko/about")
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"]
    assert '<html lang="ko">' in answer.get_data(as_text=True)


def test_the_log_of_a_fault_is_one_line_and_tells_no_invitation(app, client, monkeypatch, caplog):
    token = "canary-token-canary-token-canary-token-canary"
    app.testing = False

    def fail(*_args: Any, **_values: Any) -> Any:
        raise ValueError("here")

    monkeypatch.setattr("cac.accounts.queries.find_invitation", fail)
    with caplog.at_level(logging.ERROR):
        assert client.get(f"/en/invitations/{token}").status_code == 500
    assert "fault" in caplog.text
    assert not any("canary" in record.getMessage() for record in caplog.records)
