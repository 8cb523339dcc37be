"""Counts the reading of a practice: one line into the spool before the answer leaves, and never a failed page.

A view function only says what it shows, ``mark_for_counting(CountedPractice(…))``; whether that is a view by the published
definition is decided here when the answer is ready. Who is a robot is in cac/stats/robots, the line in cac/stats/spool.
"""

import logging
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask, request
from werkzeug.wrappers import Response

from cac.accounts.models import Person
from cac.search.missing import words_to_keep
from cac.serving.login import current_person
from cac.serving.services import EXTENSION, Services
from cac.settings import Settings
from cac.stats.lines import Search
from cac.stats.models import Measure, ViewClass
from cac.stats.robots import AgentClass, class_of
from cac.stats.spool import CountedPractice

log = logging.getLogger(__name__)

COUNTED = "cac.counted_practice"
"""Where in the environ of a request stands what its answer shows."""
COUNTED_STATUSES = frozenset({200, 304})
SHARED_SECONDS = 60
LONGEST_HOST = 100
MOST_PARAMETERS = 200
UNKNOWN_COUNTRIES = frozenset({"XX", "ZZ"})
"""What proxies say where they do not know: codes that ISO 3166 leaves to users."""
PERSON, NO_KEY, VIEW = ViewClass.PERSON, ViewClass.NO_KEY, Measure.VIEW
"""A member of an enumeration takes eight times as long to be looked up by its class as by a name of this module."""
CLASS_OF_AGENT = {
    AgentClass.PERSON: PERSON,
    AgentClass.ROBOT: ViewClass.ROBOT,
    AgentClass.MACHINE: ViewClass.MACHINE,
}
HOST_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


def mark_for_counting(counted: CountedPractice) -> None:
    """Say that the present answer shows a published practice, or is a file of it; counted when it is ready."""
    request._get_current_object().environ[COUNTED] = counted  # type: ignore[attr-defined]


def init_counting(app: Flask) -> None:
    """Count after each request of the app, with its services."""
    services: Services = app.extensions[EXTENSION]

    @app.after_request
    def count_answer(response: Response) -> Response:
        """Write the line of a counted practice; whatever goes wrong here is logged and not the reader's trouble."""
        environ: dict[str, Any] = request._get_current_object().environ  # type: ignore[attr-defined]
        counted: CountedPractice | None = environ.get(COUNTED)
        if counted is not None and environ["REQUEST_METHOD"] == "GET" and response.status_code in COUNTED_STATUSES:
            try:
                if reports_itself(counted, services.settings):
                    response.headers["Cache-Control"] = f"public, max-age={SHARED_SECONDS}"
                else:
                    count_reading(counted, environ, environ.get("HTTP_REFERER", ""), services)
            except Exception:
                log.exception("a view of practice %s was not counted", counted.practice_id)
        return response


def reports_itself(counted: CountedPractice, settings: Settings) -> bool:
    """Whether the answer is one that shared caches may keep: it carries a beacon and is not counted here as well."""
    if not settings.cache_practice_pages:
        return False
    return counted.measure is VIEW and counted.view_class is None and not request.cookies


def count_reading(counted: CountedPractice, environ: Mapping[str, Any], referrer: str, services: Services) -> None:
    """Write the line of a reading, unless nobody asked for the page or the reader is one of the owners."""
    if is_prefetch(environ) or ("HTTP_COOKIE" in environ and is_own(counted, current_person())):
        return
    agent, settings = environ.get("HTTP_USER_AGENT", ""), services.settings
    view_class = counted.view_class or view_class_of(agent, environ)
    host, search = "", None
    if referrer:
        own_host = environ.get("HTTP_HOST", "")
        host = referrer_host(referrer, own_host)
        if view_class is PERSON and counted.measure is VIEW:
            search = search_behind(referrer, own_host, settings.locales)
    services.spool.count(
        counted,
        view_class,
        address=environ.get("REMOTE_ADDR") or "",
        agent=agent,
        languages=environ.get("HTTP_ACCEPT_LANGUAGE", ""),
        referrer=host,
        country=country_of(environ, settings),
        search=search,
    )


def is_prefetch(environ: Mapping[str, Any]) -> bool:
    """Whether the browser fetches the page before anybody asked for it: ``prefetch``, ``prerender``, ``preview``."""
    said = environ.get("HTTP_SEC_PURPOSE", "") + environ.get("HTTP_PURPOSE", "")
    said += environ.get("HTTP_X_PURPOSE", "") + environ.get("HTTP_X_MOZ", "")
    return "pre" in said.lower()


def is_own(counted: CountedPractice, reader: Person | None) -> bool:
    """Whether the reader is an official of the owning city or works for the host."""
    return reader is not None and (reader.is_host or reader.city_id == counted.city_id)


def view_class_of(agent: str, environ: Mapping[str, Any]) -> ViewClass:
    """Return robot or machine by the user agent, else a person, without a key where Sec-GPC or DNT asks for that."""
    view_class = CLASS_OF_AGENT[class_of(agent)]
    asks_for_none = environ.get("HTTP_SEC_GPC") == "1" or environ.get("HTTP_DNT") == "1"
    return NO_KEY if view_class is PERSON and asks_for_none else view_class


def referrer_host(referrer: str, own_host: str) -> str:
    """Return the host of a Referer header, nothing for this site itself or for what is no host name."""
    if not referrer:
        return ""
    rest = referrer.partition("://")[2]
    host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    if host == own_host.partition(":")[0].lower() or len(host) > LONGEST_HOST or not HOST_LETTERS.issuperset(host):
        return ""
    return host


def search_behind(referrer: str, own_host: str, locales: Collection[str]) -> Search | None:
    """Return the search of this site that a Referer header names; None for any other page.

    Its words are cleaned by the rule for searches without results: no address, no long number, 80 characters at most.
    """
    if "/search?" not in referrer:
        return None
    try:
        parts = urlsplit(referrer)
        typed = parse_qs(parts.query, max_num_fields=MOST_PARAMETERS).get("q", [""])[0]
    except ValueError:
        return None
    locale, _, page = parts.path.strip("/").partition("/")
    if page != "search" or locale not in locales or parts.netloc.lower() != own_host.lower():
        return None
    words = words_to_keep(typed)
    return Search(locale, words) if words else None


def country_of(environ: Mapping[str, Any], settings: Settings) -> str:
    """Return the two letters (ISO 3166) of the proxy's country header; nothing where no proxy is believed, or it knows none."""
    if not settings.country_header or not settings.forwarded_hops:
        return ""
    code: str = environ.get("HTTP_" + settings.country_header.upper().replace("-", "_"), "").upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() and code not in UNKNOWN_COUNTRIES else ""
