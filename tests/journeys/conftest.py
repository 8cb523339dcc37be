"""A running demonstration and a real browser; where there is no Chromium the journeys are skipped, in CI they fail."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.needs import missing

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
READY_WITHIN = 60.0
# A browser that is driven calls itself headless, and is a robot to the statistics.
PERSONS_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@dataclass(frozen=True)
class Site:
    """A running demonstration: its address and the password of its people."""

    address: str
    password: str


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        missing("Chromium", "apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration, started as its users start it."""
    folder = tmp_path_factory.mktemp("journey")
    port = _free_port()
    log = folder / "log"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CAC_")}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "cac", "demo", "--home", str(folder / "demo"), "--port", str(port)],
            stdout=stream, stderr=subprocess.STDOUT, env={**environment, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    try:
        printed = _wait_for(log, "Ctrl-C ends", process)
        password = re.search(r"author@seoul\.example\s+(\S+)", printed)
        assert password is not None, printed
        yield Site(f"http://127.0.0.1:{port}", password.group(1))
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, log.read_text()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all journeys."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own; afterwards no message of the content security policy may stand in its console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(base_url=site.address, user_agent=PERSONS_AGENT, **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def sign_in(site: Site) -> Callable[[Page, str], None]:
    """Sign in on the page as one of the demonstration's people."""

    def sign_in(page: Page, email: str) -> None:
        page.goto("/en/sign-in")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", site.password)
        page.click("main button")
        page.wait_for_url(re.compile(r"/(desk|review|operate)"))

    return sign_in


def _wait_for(log: Path, words: str, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and process.poll() is None:
        printed = log.read_text(errors="replace")
        if words in printed:
            return printed
        time.sleep(0.1)
    raise AssertionError(f"the demonstration did not start:\n{log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
