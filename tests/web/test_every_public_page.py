"""Walks every page that a visitor can reach in the demonstration: no broken link, no error, every page well made."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

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
WALKED_AT_LEAST = 250


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


@pytest.mark.usefixtures("demonstration")
def test_no_link_of_the_demonstration_is_broken(client: CheckedClient) -> None:
    waiting = ["/en/", "/ko/", "/sitemap.xml", "/robots.txt"]
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
            waiting += [link for link in links if not SEARCHES.search(link)]
        answer.close()
    assert not broken
    assert len(seen) >= WALKED_AT_LEAST
