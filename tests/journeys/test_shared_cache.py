"""Readers behind a shared cache: nginx as in config/nginx.conf keeps the page, and every reading of it counts all the same."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser

from cac.clock import now
from cac.db import make_engine, make_session_factory
from cac.demo import loader
from cac.migrate import upgrade
from cac.practices import queries
from cac.settings import bundled_dir, load_settings, write_secret
from tests.journeys.conftest import PERSONS_AGENT
from tests.needs import missing

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]
READER = "127.0.0.77"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@dataclass(frozen=True)
class CachedSite:
    """An instance behind nginx: both addresses, and the path of a practice."""

    front: str
    back: str
    practice: str

    def views(self) -> int:
        """The views of all practices, asked of the server itself."""
        with urlopen(f"{self.back}/stats.json", timeout=10) as answer:
            return int(json.load(answer)["views"])

    def wait_for_views(self, count: int) -> int:
        """The views once there are so many, or after ten seconds."""
        until = time.monotonic() + 10
        while self.views() < count and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(1.5)
        return self.views()


@pytest.fixture
def nginx() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        missing("nginx", "apt-get install nginx-light")
    return found


@pytest.fixture
def site(nginx: str, chromium: str, tmp_path: Path) -> Iterator[CachedSite]:
    back, front = _free_port(), _free_port()
    practice = _make_instance(tmp_path / "home", front)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CAC_")}
    serve = [sys.executable, "-m", "cac", "serve", "--home", str(tmp_path / "home"), "--port", str(back)]
    config = _make_nginx_config(tmp_path, back, front)
    processes = []
    with (tmp_path / "log").open("wb") as log:
        for command in (serve, [nginx, "-c", str(config), "-g", "daemon off;", "-e", str(tmp_path / "nginx.log")]):
            processes.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment))
    try:
        _wait_for_port(back)
        _wait_for_port(front)
        yield CachedSite(f"http://127.0.0.1:{front}", f"http://127.0.0.1:{back}", practice)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def test_two_readings_out_of_the_cache_are_two_views(site: CachedSite, browser: Browser) -> None:
    statuses = [_fetch(site.front + site.practice)[0] for _ in range(2)]
    assert statuses == ["MISS", "HIT"]
    assert "<h1" in _fetch(site.front + site.practice)[1]
    assert site.wait_for_views(0) == 0  # programs without JavaScript send no beacon
    for agent in (PERSONS_AGENT, FIREFOX):
        page = browser.new_context(user_agent=agent).new_page()
        with page.expect_response("**/b") as reported:
            answer = page.goto(site.front + site.practice)
        assert answer is not None
        assert answer.headers["x-cache-status"] == "HIT"
        assert reported.value.status == 204
        page.context.close()
    assert site.wait_for_views(2) == 2


def test_a_person_who_signed_in_never_gets_a_page_out_of_the_cache(site: CachedSite) -> None:
    assert _fetch(site.front + site.practice)[0] == "MISS"
    status, page = _fetch(site.front + site.practice, cookie="cac_session=anything")
    assert status == "BYPASS"
    assert "view-token" not in page
    assert _fetch(site.front + site.practice)[0] == "HIT"
    assert site.wait_for_views(1) == 1  # the server counted the page that it did not let the cache keep


def test_a_question_for_the_head_of_a_page_is_no_view(site: CachedSite) -> None:
    with urlopen(site.back + site.practice, timeout=10) as answer:  # by a program
        path = answer.url.removeprefix(site.back)
    for cookie in ("", "other=1", "cac_session=anything"):
        with closing(HTTPConnection(site.front.removeprefix("http://"), timeout=10)) as connection:
            connection.request("HEAD", path, headers={"User-Agent": PERSONS_AGENT, "Cookie": cookie})
            with connection.getresponse() as found:
                assert (found.status, found.read()) == (200, b"")
    assert "<h1" in _fetch(site.front + site.practice)[1], "what is kept for others is the whole page"
    assert site.wait_for_views(0) == 0


def test_no_log_holds_the_address_of_a_reader_or_what_was_asked(nginx: str, tmp_path: Path) -> None:
    back, front = _free_port(), _free_port()
    config = _make_nginx_config(tmp_path, back, front)
    command = [nginx, "-c", str(config), "-g", "daemon off;", "-e", str(tmp_path / "nginx.log")]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_for_port(front)
        answers = [
            _ask_as_reader(front, "POST", "/b", b"x" * 4 * 1024 * 1024),
            _ask_as_reader(front, "GET", "/en/search?q=secret-words"),  # nothing listens behind
        ]
    finally:
        process.send_signal(signal.SIGQUIT)  # what is in the air is finished and logged
        process.wait(20)
    assert answers == [413, 502]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path != config)
    assert b'"POST /b" 413' in written
    assert b'"GET /en/search" 502' in written
    assert READER.encode() not in written
    assert b"secret-words" not in written


def _ask_as_reader(port: int, method: str, path: str, body: bytes | None = None) -> int:
    """Ask from an address of the reader's own, as every address of 127.0.0.0/8 is this machine's."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20, source_address=(READER, 0))
    with closing(connection):
        # nginx does not read to its end what is too large.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body)
        with connection.getresponse() as answer:
            return answer.status


def _fetch(address: str, cookie: str = "") -> tuple[str, str]:
    headers = {"User-Agent": FIREFOX} | ({"Cookie": cookie} if cookie else {})
    with urlopen(Request(address, headers=headers), timeout=10) as answer:
        return answer.headers["X-Cache-Status"], answer.read().decode()


def _make_instance(home: Path, front: int) -> str:
    """An instance with the practices of the demonstration; returns the path of one of them."""
    home.mkdir()
    loader.prepare_folder(home)
    write_secret(home)
    with (home / "settings.toml").open("a") as stream:
        stream.write(f'\npublic_url = "http://127.0.0.1:{front}"\nforwarded_hops = 1\ncache_practice_pages = true\n')
    settings = load_settings(home, environment={})
    engine = make_engine(settings.database_url)
    upgrade(engine)
    session_factory = make_session_factory(engine)
    loader.load(session_factory, settings, at=now())
    with session_factory() as session:
        (newest,) = queries.list_newest(session, 1)
        reference = newest.reference
    engine.dispose()
    return f"/en/practices/{reference}"


def _make_nginx_config(folder: Path, back: int, front: int) -> Path:
    """The example with other ports and folders, and without an account of its own for its processes."""
    text = (bundled_dir("config") / "nginx.conf").read_text(encoding="utf-8")
    for path in ("/run/nginx.pid", "/var/log/nginx/error.log", "/var/log/nginx/access.log", "/var/cache/nginx/cac"):
        assert path in text
        text = text.replace(path, str(folder / Path(path).name))
    text = text.replace("listen 127.0.0.1:8080;", f"listen 127.0.0.1:{front};")
    text = text.replace("server 127.0.0.1:8000;", f"server 127.0.0.1:{back};")
    text = re.sub(r"worker_processes auto;", "worker_processes 1;", text)
    temporary = "".join(
        f"    {kind}_temp_path {folder / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("http {\n", "http {\n" + temporary)
    path = folder / "nginx.conf"
    path.write_text(("user root;\n" if os.geteuid() == 0 else "") + text, encoding="utf-8")
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_port(port: int) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at port {port}")
