"""When the beacon of a page is sent: once, and only when somebody can see the page. The prerendering is played by a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from cac.web import beacons

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]
SCRIPT = Path(beacons.__file__).parent / "static" / "beacon.js"
PAGE = '<meta name="view-token" content="TOKEN"><script type="module" src="/beacon.js"></script>'
ADDRESS = "http://localhost/practice"
LONG_ENOUGH = 300


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose site is played by this test."""
    page = browser.new_page()
    page.route("**/*", _answer)
    yield page
    page.close()


@pytest.fixture
def sent(page: Page) -> list[str]:
    """What was sent, as it is sent."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.url.endswith("/b") else None)
    return sent


def _answer(route: Route) -> None:
    if route.request.url.endswith("/beacon.js"):
        route.fulfill(body=SCRIPT.read_text(encoding="utf-8"), content_type="text/javascript")
    elif route.request.url.endswith("/b"):
        route.fulfill(status=204)
    else:
        route.fulfill(body=PAGE, content_type="text/html")


def test_a_page_that_is_shown_reports_itself_once_with_the_host_that_led_to_it(page: Page, sent: list[str]) -> None:
    page.goto(ADDRESS, referer="https://search.example/?q=secret")
    page.wait_for_timeout(LONG_ENOUGH)
    assert sent == ["TOKEN search.example"]


@pytest.mark.parametrize(
    ("path", "reported"),
    [
        (
            "/ko/search?topic=1b&q=%EB%B2%84%EC%8A%A4+%EC%86%8C%EB%8F%85",
            " /ko/search?q=%EB%B2%84%EC%8A%A4%20%EC%86%8C%EB%8F%85",
        ),
        ("/ko/search?topic=1b", ""),
        ("/ko/desk/practices?q=secret", ""),
    ],
)
def test_of_this_site_only_the_search_page_is_reported(page: Page, sent: list[str], path: str, reported: str) -> None:
    page.goto(ADDRESS, referer=f"http://localhost{path}")
    page.wait_for_timeout(LONG_ENOUGH)
    assert sent == [f"TOKEN{reported}"]


@pytest.mark.parametrize(
    ("property_", "hidden", "shown", "event"),
    [
        ("prerendering", "true", "false", "prerenderingchange"),
        ("visibilityState", "'hidden'", "'visible'", "visibilitychange"),
    ],
)
def test_a_page_that_nobody_sees_waits(
    page: Page, sent: list[str], property_: str, hidden: str, shown: str, event: str
) -> None:
    define = f"Object.defineProperty(document, '{property_}', {{ configurable: true, get: () => %s }});"
    page.add_init_script(define % hidden)
    page.goto(ADDRESS)
    page.wait_for_timeout(LONG_ENOUGH)
    assert sent == []
    page.evaluate(define % shown + f"document.dispatchEvent(new Event('{event}'));")
    page.wait_for_timeout(LONG_ENOUGH)
    assert sent == ["TOKEN"]
    page.evaluate(f"document.dispatchEvent(new Event('{event}'));")
    page.wait_for_timeout(LONG_ENOUGH)
    assert sent == ["TOKEN"]
