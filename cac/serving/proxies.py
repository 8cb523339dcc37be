"""Notices a proxy that is not believed: one nearby that sends X-Forwarded-For while the settings count no proxies."""

from flask import Flask, request

from cac.serving.services import current_services
from cac.stats.proxies import is_private, note_forwarded

HEADER = "HTTP_X_FORWARDED_FOR"


def init_proxies(app: Flask, forwarded_hops: int) -> None:
    """Look at each request, unless the settings say how many proxies there are."""
    if not forwarded_hops:
        app.before_request(_notice)


def _notice() -> None:
    if HEADER in request.environ and is_private(request.environ.get("REMOTE_ADDR", "")):
        note_forwarded(current_services().settings.spool_dir)
