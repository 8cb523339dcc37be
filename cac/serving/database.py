"""One database session per request, opened at the first use and closed when the request ends."""

from flask import Flask, g
from sqlalchemy.orm import Session

from cac.serving.services import current_services


def db_session() -> Session:
    """Return the session of the present request; views wrap what they write in ``cac.db.transaction``."""
    if "db_session" not in g:
        g.db_session = current_services().session_factory()
    session: Session = g.db_session
    return session


def close_session(_error: BaseException | None = None) -> None:
    """Close the session of the request, if there is one; what was not committed is gone."""
    session: Session | None = g.pop("db_session", None)
    if session is not None:
        session.close()


def init_database(app: Flask) -> None:
    """Close the session at the end of each request."""
    app.teardown_appcontext(close_session)
