"""Who may use an endpoint: each view says so itself, and the app does not start while one has not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from cac.accounts.models import Role
from cac.errors import NotAllowedError
from cac.serving.login import current_person

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "declared_access"


@dataclass(frozen=True)
class Access:
    """Who may use an endpoint: anybody (``roles`` is None), or people with one of these roles."""

    roles: frozenset[str] | None


EVERYBODY = Access(None)


def public(view: View) -> View:
    """Declare that anybody may use the view."""
    return _declare(view, EVERYBODY)


def for_roles(*roles: Role) -> Callable[[View], View]:
    """Declare that only signed-in people with one of these roles may use the view."""
    return lambda view: _declare(view, Access(frozenset(roles)))


def for_people(view: View) -> View:
    """Declare that any signed-in person may use the view."""
    return _declare(view, Access(frozenset(Role)))


def _declare(view: View, access: Access) -> View:
    setattr(view, ATTRIBUTE, access)
    return view


def init_access(app: Flask) -> None:
    """Check the declared access before each request; call ``require_declarations`` once all views are known."""
    public(app.view_functions["static"])
    app.before_request(_check_access)


def require_declarations(app: Flask) -> None:
    """Raise RuntimeError naming each endpoint that has not declared who may use it."""
    silent = sorted(name for name, view in app.view_functions.items() if not hasattr(view, ATTRIBUTE))
    if silent:
        raise RuntimeError(f"these endpoints have not declared who may use them: {', '.join(silent)}")


def access_of(app: Flask, endpoint: str) -> Access:
    """Return the declared access of an endpoint."""
    access: Access = getattr(app.view_functions[endpoint], ATTRIBUTE)
    return access


def _check_access() -> Response | None:
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    if access.roles is None:
        return None
    person = current_person()
    if person is None:
        return _ask_to_sign_in()
    if person.role not in access.roles:
        raise NotAllowedError("this page is for other roles")
    return None


def _ask_to_sign_in() -> Response:
    """Send a reader to the sign-in page and back; what was posted without a session is refused there."""
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=target), 303)
