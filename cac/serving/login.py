"""Signing in and out: Flask-Login over the table of sessions; the only place that knows Flask-Login."""

from typing import Any

from flask import Flask, g, request, session
from flask_login import LoginManager, current_user, login_user, logout_user

from cac.accounts import queries as accounts
from cac.accounts.models import Person, SignInSession
from cac.accounts.service import touch
from cac.clock import now
from cac.db import transaction
from cac.serving.database import db_session
from cac.serving.services import current_services

_NOT_ASKED: Any = object()


class SignedIn:
    """The signed-in person as Flask-Login wants to see them; the id is the token of the session, not the person's."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, token: str, person: Person) -> None:
        self.token = token
        self.person = person

    def get_id(self) -> str:
        """Return the token of the session."""
        return self.token


def init_login(app: Flask) -> None:
    """Let Flask-Login find people by the token of their session; sessions are bound to it, not to an address."""
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)
    app.context_processor(lambda: {"person": current_person()})


def current_person() -> Person | None:
    """Return who is signed in, or None; asks the database only if the browser sent a session."""
    held = g._get_current_object()
    person: Person | None = getattr(held, "viewer", _NOT_ASKED)
    if person is _NOT_ASKED:
        person = held.viewer = _person_of_request()
    return person


def start_session(sign_in: SignInSession, token: str) -> None:
    """Bind the browser to a new session; everything that the old cookie carried is forgotten."""
    session.clear()
    login_user(SignedIn(token, sign_in.person))
    g.viewer = sign_in.person


def current_token() -> str | None:
    """Return the token of the present session, to end it."""
    token: str | None = session.get("_user_id")
    return token


def end_session() -> None:
    """Forget the session in this browser."""
    logout_user()
    session.clear()
    g.viewer = None


def _person_of_request() -> Person | None:
    if not request.cookies or "_user_id" not in session:
        return None
    return current_user.person if current_user.is_authenticated else None


def _load(token: str) -> SignedIn | None:
    moment = now()
    found = accounts.find_session(db_session(), token, moment)
    if found is None:
        return None
    with transaction(db_session()):
        touch(db_session(), found, settings=current_services().settings, at=moment)
    return SignedIn(token, found.person)
