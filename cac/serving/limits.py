"""What is refused before anything else looks at a request: paths with control characters, and bodies larger than a form's.

Leaves the time that a body may take to the gateway.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, current_app, request
from werkzeug.exceptions import NotFound

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "largest_body"
SHORT_FORM = 8 * 1024

# No address of this site has them, PostgreSQL takes no NUL, and a line break would begin a line of the log.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class RequestOfAnyCase(Request):
    """A request whose Host header is compared without regard to case (RFC 9110, 4.2.3)."""

    def __init__(self, environ: dict[str, Any], *args: Any, **options: Any) -> None:
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = environ["HTTP_HOST"].lower()
        super().__init__(environ, *args, **options)


def takes_at_most(size: int) -> Callable[[View], View]:
    """Declare that a body of the view has at most ``size`` bytes; a larger one is answered 413 before it is read."""

    def declare(view: View) -> View:
        setattr(view, ATTRIBUTE, size)
        return view

    return declare


def init_limits(app: Flask) -> None:
    """Look at each request of the app; to be called before anything that reads a request."""
    app.request_class = RequestOfAnyCase
    app.before_request(_refuse)


def _refuse() -> None:
    if CONTROL.search(request.path):
        raise NotFound
    view = current_app.view_functions.get(request.endpoint or "")
    size = getattr(view, ATTRIBUTE, None)
    if size is not None:
        request.max_content_length = size
