"""Walks every page that a visitor can reach in the demonstration: no broken link, no error, every page well made."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit
from zlib import crc32

import pytest

from cac.clock import now
from cac.db import SessionFactory
from cac.demo import loader
from cac.search import sync
from cac.settings import Settings
from tests.web.checked_client import CheckedClient

LINK = re.compile(r"""<(?:a|link|script|img|form)\b[^>]*?\b(?:href|src|action)=["']([^"']+)["']""")
# The filters of a search combine without end: they are walked one step from a plain search.
SEARCHES = re.compile(r"/search\?.*&")
LOCALES = ("en", "ko", "ar")
OTHER_LOCALE = re.compile(rf"/({'|'.join(LOCALES)})(?:/|$)")
WALKED_AT_LEAST = {"en": 200, "ko": 80, "ar": 80}


@pytest.fixture
def demonstration(session_factory: SessionFactory, settings: Settings) -> None:
    """Load the demonstration and its index."""
    loader.load(session_factory, settings, at=now())
    sync.catch_up(session_factory, settings)


def _links(page: str, base: str) -> Iterator[str]:
    for address in LINK.findall(page):
        target = urldefrag(urljoin(base, unescape(address))).url
        parts = urlsplit(target)
        if parts.scheme in ("", "http", "https") and parts.netloc in ("", "localhost"):
            yield target.removeprefix("http://localhost")


def _is_walked(path: str, locale: str) -> bool:
    """Whether a walk in one language of the interface goes there: practices all in English, of the others every fourth."""
    other = OTHER_LOCALE.match(path)
    if other and other[1] != locale:
        return False
    is_left_out = locale != "en" and "/practices/" in path and crc32(path.partition("?")[0].encode()) % 4
    return not (SEARCHES.search(path) or is_left_out)


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("locale", LOCALES)
def test_no_link_of_the_demonstration_is_broken(client: CheckedClient, locale: str) -> None:
    waiting = [f"/{locale}/", "/sitemap.xml", "/robots.txt"]
    seen: dict[str, int] = {}
    broken: list[str] = []
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        answer = client.get(path)
        seen[path] = answer.status_code
        if answer.status_code >= 400 and not (answer.status_code == 410 and "/practices/" in path):
            broken.append(f"{answer.status_code} {path}")
        if 300 <= answer.status_code < 400:
            waiting.append(answer.headers["Location"].removeprefix("http://localhost"))
        elif answer.mimetype == "text/html":
            links = set(_links(answer.get_data(as_text=True), f"http://localhost{path}"))
            waiting += [link for link in links if _is_walked(link, locale)]
        answer.close()
    assert not broken
    assert len(seen) >= WALKED_AT_LEAST[locale]
