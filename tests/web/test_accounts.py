"""Signing in and out, taking up an invitation, a person's own account."""

import logging

import pytest

from cac.accounts import queries, service
from cac.accounts.models import Person, Role, SignInSession
from cac.clock import now
from cac.db import transaction
from tests.factories import make_city, make_person

PASSWORD = "violet harbour lantern nineteen"
OTHER = "another quiet orchard at dawn"


@pytest.fixture
def author(session):
    with transaction(session):
        city = make_city(session, names={"en": "Seoul", "ko": "서울"})
        return service.add_person(
            session,
            email="rana@seoul.example",
            name="Rana",
            role=Role.AUTHOR,
            city=city,
            locale="en",
            password=PASSWORD,
            at=now(),
        )


@pytest.fixture
def invited(session):
    with transaction(session):
        city = make_city(session, names={"en": "Amman"})
        return service.invite(session, email="new@amman.example", role=Role.LEAD, city=city, locale="ko", at=now())


def post_sign_in(client, csrf, email, password, **more):
    token = csrf(client, "/en/sign-in")
    return client.post("/en/sign-in", data={"csrf_token": token, "email": email, "password": password, **more})


def test_an_official_signs_in_and_sees_their_name(client, csrf, author):
    answer = post_sign_in(client, csrf, " Rana@Seoul.example ", PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/en/desk")
    assert "Rana" in client.get("/en/desk").get_data(as_text=True)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.OPERATOR])
def test_the_hosts_people_begin_at_the_queue(client, csrf, session, role):
    with transaction(session):
        service.add_person(
            session,
            email="host@host.example",
            name="Jisoo",
            role=role,
            city=None,
            locale="en",
            password=PASSWORD,
            at=now(),
        )
    assert post_sign_in(client, csrf, "host@host.example", PASSWORD).location == "/en/review"


def test_unknown_and_wrong_get_the_same_answer(client, csrf, author):
    wrong = post_sign_in(client, csrf, "rana@seoul.example", "not the password")
    unknown = post_sign_in(client, csrf, "none@seoul.example", "not the password")
    assert wrong.status_code == unknown.status_code == 422
    one = wrong.get_data(as_text=True).replace("rana@seoul.example", "")
    other = unknown.get_data(as_text=True).replace("none@seoul.example", "")
    assert without_tokens(one) == without_tokens(other)
    assert "not the password" not in one


@pytest.mark.parametrize("typed", ["", "\x00", "\ufffe", "x" * 2_000, "' OR 1=1 --", "rana@seoul.example\x00"])
def test_odd_addresses_are_wrong_ones(client, csrf, author, typed):
    assert post_sign_in(client, csrf, typed, typed, next=typed).status_code == 422


def test_after_many_failures_the_wait_is_named(client, csrf, author):
    for _attempt in range(6):
        post_sign_in(client, csrf, "rana@seoul.example", "not the password")
    answer = post_sign_in(client, csrf, "rana@seoul.example", PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert "Too many attempts" in answer.get_data(as_text=True)


def test_a_failure_is_counted_although_the_answer_is_a_refusal(client, csrf, author, session):
    from cac.accounts.models import SignInFailure

    post_sign_in(client, csrf, "rana@seoul.example", "not the password")
    assert {row.failures for row in session.query(SignInFailure)} == {1}


def test_the_sign_in_page_leads_on_within_the_site_only(client, csrf, author):
    asked = client.get("/en/desk/practices/new")
    assert asked.location == "/en/sign-in?next=/en/desk/practices/new"
    page = client.get(asked.location).get_data(as_text=True)
    assert 'name="next" value="/en/desk/practices/new"' in page
    answer = post_sign_in(client, csrf, "rana@seoul.example", PASSWORD, next="/en/desk/practices/new")
    assert answer.location == "/en/desk/practices/new"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\n/evil.example", "/\\evil.example"])
def test_no_target_leads_to_another_site(client, csrf, author, target):
    assert post_sign_in(client, csrf, "rana@seoul.example", PASSWORD, next=target).location == "/en/desk"
    assert client.get("/en/sign-in", query_string={"next": target}).location == "/en/desk"


def test_signing_in_changes_the_session_of_the_browser(client, csrf, author, session):
    post_sign_in(client, csrf, "rana@seoul.example", PASSWORD)
    with client.session_transaction() as cookie:
        first = cookie["_user_id"]
    client.get("/en/desk")
    token = csrf(client, "/en/account")
    client.post("/en/sign-in", data={"csrf_token": token, "email": "rana@seoul.example", "password": PASSWORD})
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first
    assert session.query(SignInSession).count() == 1


def test_signing_out_ends_the_session(client, csrf, author, session):
    post_sign_in(client, csrf, "rana@seoul.example", PASSWORD)
    answer = client.post("/en/sign-out", data={"csrf_token": csrf(client, "/en/desk")})
    assert answer.status_code == 303
    assert session.query(SignInSession).count() == 0
    assert client.get("/en/desk").status_code == 303


@pytest.mark.parametrize(
    "path", ["/en/sign-in", "/en/sign-out", "/en/account", "/en/account/password", "/en/invitations/x"]
)
def test_without_the_token_of_the_form_nothing_happens(client, sign_in, author, session, path):
    if path != "/en/sign-in":
        sign_in(client, author)
    answer = client.post(
        path, data={"email": "rana@seoul.example", "password": PASSWORD, "name": "Mallory", "locale": "en"}
    )
    assert answer.status_code == 400
    session.expire_all()
    assert session.get(Person, author.id).name == "Rana"


@pytest.mark.parametrize("path", ["/en/sign-out", "/en/account/password"])
def test_a_get_changes_nothing(client, sign_in, author, session, path):
    sign_in(client, author)
    assert client.get(path).status_code == 405
    assert session.query(SignInSession).count() == 1


def test_passwords_are_named_so_that_password_managers_fill_them(client, sign_in, author, invited):
    page = client.get("/en/sign-in").get_data(as_text=True)
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="new-password"' in client.get(f"/en/invitations/{invited[1]}").get_data(as_text=True)
    sign_in(client, author)
    page = client.get("/en/account").get_data(as_text=True)
    assert all(f'autocomplete="{name}"' in page for name in ("username", "current-password", "new-password"))


def test_an_invitation_becomes_an_account_that_is_signed_in(client, csrf, invited, session):
    path = f"/en/invitations/{invited[1]}"
    page = client.get(path)
    assert "Amman" in page.get_data(as_text=True)
    assert page.headers["Referrer-Policy"] == "same-origin"
    sent = {"csrf_token": csrf(client, path), "name": "Omar", "locale": "en", "password": PASSWORD}
    assert client.post(path, data=sent).location == "/en/desk"
    assert "Your account is ready" in client.get("/en/desk").get_data(as_text=True)
    person = queries.find_person_by_email(session, "new@amman.example")
    assert (person.name, person.role, person.locale) == ("Omar", Role.LEAD, "en")
    assert client.get(path).status_code == 404


def test_an_account_is_not_made_with_a_weak_password(client, csrf, invited, session):
    path = f"/en/invitations/{invited[1]}"
    sent = {"csrf_token": csrf(client, path), "name": "<b>Omar</b>", "locale": "en", "password": "short"}
    answer = client.post(path, data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Use at least 12 characters" in page
    assert "&lt;b&gt;Omar" in page
    assert 'href="#password"' in page
    assert queries.find_person_by_email(session, "new@amman.example") is None
    assert client.get(path).status_code == 200


def test_role_city_and_address_of_an_invitation_cannot_be_chosen(client, csrf, invited, session):
    path = f"/en/invitations/{invited[1]}"
    sent = {"csrf_token": csrf(client, path), "name": "Omar", "locale": "en", "password": PASSWORD}
    client.post(path, data=sent | {"role": "operator", "email": "mallory@evil.example", "city_id": "99"})
    person = queries.find_person_by_email(session, "new@amman.example")
    assert person.role == Role.LEAD
    assert queries.find_person_by_email(session, "mallory@evil.example") is None


def test_an_unknown_invitation_says_what_to_do(client):
    answer = client.get("/en/invitations/unknown")
    assert answer.status_code == 404
    assert "Ask whoever invited you" in answer.get_data(as_text=True)


def test_a_person_changes_their_name_and_language(client, csrf, sign_in, author, session):
    sign_in(client, author)
    sent = {"csrf_token": csrf(client, "/en/account"), "name": "Rana Haddad", "locale": "ko", "role": "operator"}
    assert client.post("/en/account", data=sent).location == "/ko/account"
    session.expire_all()
    person = session.get(Person, author.id)
    assert (person.name, person.locale, person.role) == ("Rana Haddad", "ko", Role.AUTHOR)


@pytest.mark.parametrize(("name", "locale"), [("", "en"), ("x" * 121, "en"), ("Rana", "xx")])
def test_what_cannot_be_stored_of_an_account_is_refused(client, csrf, sign_in, author, session, name, locale):
    sign_in(client, author)
    answer = client.post(
        "/en/account", data={"csrf_token": csrf(client, "/en/account"), "name": name, "locale": locale}
    )
    assert answer.status_code == 422
    session.expire_all()
    assert session.get(Person, author.id).name == "Rana"


def test_a_new_password_signs_other_browsers_out(app, client, csrf, sign_in, author, session, engine):
    other = app.test_client()
    other.engine = engine
    sign_in(other, author)
    sign_in(client, author)
    sent = {"csrf_token": csrf(client, "/en/account"), "current": PASSWORD, "new": OTHER}
    assert client.post("/en/account/password", data=sent).status_code == 303
    assert client.get("/en/account").status_code == 200
    assert other.get("/en/account").status_code == 303
    assert post_sign_in(other, csrf, "rana@seoul.example", OTHER).location == "/en/desk"


@pytest.mark.parametrize(
    ("current", "new", "words"),
    [
        ("wrong", OTHER, "not your present password"),
        (PASSWORD, "short", "at least 12"),
        (PASSWORD, "aaaaaaaaaaaaaaaa", "easy to guess"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_weak_one(
    client, csrf, sign_in, author, current, new, words
):
    sign_in(client, author)
    sent = {"csrf_token": csrf(client, "/en/account"), "current": current, "new": new}
    answer = client.post("/en/account/password", data=sent)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert new not in answer.get_data(as_text=True)


def test_passwords_are_in_no_log(client, csrf, author, caplog):
    caplog.set_level(logging.DEBUG)
    post_sign_in(client, csrf, "rana@seoul.example", "canary-password")
    post_sign_in(client, csrf, "rana@seoul.example", PASSWORD)
    assert PASSWORD not in caplog.text
    assert "canary-password" not in caplog.text


def test_the_menu_shows_what_the_role_may_do(client, sign_in, session):
    with transaction(session):
        people = {role: make_person(session, role=role, name=f"Nora {role}") for role in Role}
    own = {
        Role.AUTHOR: "/en/desk",
        Role.LEAD: "/en/desk",
        Role.REVIEWER: "/en/review",
        Role.OPERATOR: "/en/operate/outbox",
    }
    for role, person in people.items():
        sign_in(client, person)
        page = client.get(own[role]).get_data(as_text=True)
        assert f"Nora {role}" in page
        assert ('href="/en/desk"' in page) == (role in (Role.AUTHOR, Role.LEAD))
        assert ('href="/en/review"' in page) == (role in (Role.REVIEWER, Role.OPERATOR))
        assert ('href="/en/operate/outbox"' in page) == (role == Role.OPERATOR)
        assert 'action="/en/sign-out"' in page


def without_tokens(page):
    pieces = page.split('name="csrf_token" value="')
    return "".join([pieces[0], *(piece.split('"', 1)[1] for piece in pieces[1:])])
