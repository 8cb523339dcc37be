"""Turns errors into answers: pages in the language of the interface, problem documents (RFC 9457) and text for programs."""

import logging
import secrets

from flask import Flask, Response, g, json, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from cac.errors import ConflictError, DomainError, InvalidError, NotAllowedError, NotFoundError
from cac.serving.database import close_session
from cac.serving.error_words import words_for
from cac.serving.locale import current_locale

log = logging.getLogger(__name__)

DOMAIN_STATUS: dict[type[DomainError], int] = {
    NotFoundError: 404,
    NotAllowedError: 403,
    ConflictError: 409,
    InvalidError: 422,
}


def init_errors(app: Flask) -> None:
    """Register the handlers for the domain's errors, HTTP errors, a busy database and everything unforeseen."""
    app.register_error_handler(DomainError, _answer_domain)
    app.register_error_handler(CSRFError, _answer_csrf)
    app.register_error_handler(SecurityError, _answer_foreign_host)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(OperationalError, _answer_busy)
    app.register_error_handler(Exception, _answer_unforeseen)


def error_answer(status: int, *, detail: str = "", fault: str = "") -> Response:
    """Return the answer for ``status``: a page that says what to do next.

    Programs get what they can read: a problem document below /api/ and for addresses that end in .json, text for .csv.
    """
    title, advice = (str(words) for words in words_for(status))
    if request.path.startswith("/api/") or request.path.endswith(".json"):
        return _problem(status, title, detail or advice)
    if request.path.endswith(".csv"):
        return Response(f"{title}\n{advice}\n{fault}".rstrip() + "\n", status, mimetype="text/plain")
    try:
        page = render_template("errors/error.html", status=status, title=title, advice=advice, fault=fault)
    except Exception as error:
        fault = _log_fault(error)
        page = _bare_page(title, advice, fault)
    return make_response(page, status)


def _bare_page(title: str, advice: str, fault: str) -> str:
    """The page for when drawing the error page has failed too: it needs no session, no address and no template."""
    return (
        f'<!doctype html>\n<html lang="{escape(current_locale())}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"</head><body><h1>{escape(title)}</h1><p>{escape(advice)}</p><p><b>{escape(fault)}</b></p></body></html>\n"
    )


def _problem(status: int, title: str, detail: str) -> Response:
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    return Response(body, status, mimetype="application/problem+json")


def _answer_domain(error: DomainError) -> Response:
    status = next(code for kind, code in DOMAIN_STATUS.items() if isinstance(error, kind))
    return error_answer(status, detail=str(error))


def _answer_csrf(_error: CSRFError) -> Response:
    return error_answer(400)


def _answer_foreign_host(_error: SecurityError) -> Response:
    """Answer who asks for another site, or under a name that is none, before any address or template is made."""
    return Response("This server has no site of that name.\n", 400, mimetype="text/plain")


def _answer_http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()  # type: ignore[return-value]
    answer = error_answer(status, detail=error.description or "")
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _answer_busy(error: OperationalError) -> Response:
    fault = _log_fault(error)
    answer = error_answer(503, fault=fault)
    answer.headers["Retry-After"] = "5"
    return answer


def _answer_unforeseen(error: Exception) -> Response:
    return error_answer(500, fault=_log_fault(error))


def _log_fault(error: Exception) -> str:
    """Log what failed under a number and return it; afterwards nobody is signed in: the session may be what failed."""
    close_session()
    g.viewer = None
    fault = secrets.token_hex(4)
    log.error("fault %s at %s %s", fault, request.method, _place(), exc_info=error)
    return fault


def _place() -> str:
    """The path as one line of a log; that of an invitation holds its token and is not told."""
    return "an invitation" if "/invitations/" in request.path else repr(request.path)
