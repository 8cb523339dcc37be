"""``bench pages``: pages per second of the practice page and the search page beside an empty Flask route, on the same server.

Starts granian three times with one process, asks over kept connections from two client processes for a few seconds each, and
prints pages per second, CPU per page of the server, and the ratio to the empty route. The instance holds the demonstration.
"""

import argparse
import http.client
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cac import migrate
from cac.clock import now
from cac.db import make_engine, make_session_factory
from cac.demo import loader
from cac.running import wait_until_ready
from cac.search import sync
from cac.settings import load_settings, write_secret

CLIENTS = 2
EMPTY = "from flask import Flask\napp = Flask(__name__)\n@app.get('/')\ndef empty():\n    return ''\n"
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Accept-Language": "en",
}


@dataclass(frozen=True)
class Measured:
    """Pages a second by the wall clock, and seconds of the server's CPU for one page."""

    per_second: float
    cpu_per_page: float


def main(argv: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="bench pages")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each page is asked for")
    parser.add_argument("--port", type=int, default=8765)
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        _prepare(home)
        (Path(folder) / "empty_app.py").write_text(EMPTY)
        measured = _measure_all(home, Path(folder), arguments.port, arguments.seconds)
    base = measured["empty Flask route"]
    print(f"{'page':<28}{'pages/s':>10}{'CPU ms/page':>13}{'pages/s to empty':>18}")
    for name, one in measured.items():
        ratio = one.per_second / base.per_second
        print(f"{name:<28}{one.per_second:>10.0f}{one.cpu_per_page * 1000:>13.3f}{ratio:>18.2f}")


def _prepare(home: Path) -> None:
    home.mkdir()
    write_secret(home)
    (home / "settings.toml").write_text('secure_cookies = false\npublic_url = "http://127.0.0.1"\n')
    settings = load_settings(home)
    engine = make_engine(settings.database_url)
    migrate.upgrade(engine)
    session_factory = make_session_factory(engine)
    loader.load(session_factory, settings, at=now())
    sync.catch_up(session_factory, settings)
    engine.dispose()


def _measure_all(home: Path, folder: Path, port: int, seconds: float) -> dict[str, Measured]:
    measured = {}
    with _server("empty_app:app", "wsgi", folder, home, port) as pid:
        measured["empty Flask route"] = _measure(pid, port, "/", seconds)
    with _server("cac.wsgi:gateway", "rsgi", folder, home, port) as pid:
        for name, path in _pages(port).items():
            measured[name] = _measure(pid, port, path, seconds)
    return measured


def _pages(port: int) -> dict[str, str]:
    """The addresses to measure; the practice is the first that a search finds."""
    results = _get(port, "/en/search?q=disinfection")
    found = re.search(r'href="(/en/practices/[^"?]+)', results)
    if found is None:
        raise SystemExit("the demonstration has no practice about disinfection")
    return {"practice page": found.group(1), "search page": "/en/search?q=bus+disinfection", "home page": "/en/"}


@contextmanager
def _server(target: str, interface: str, folder: Path, home: Path, port: int) -> Iterator[int]:
    command = [
        sys.executable, "-m", "granian", "--interface", interface, "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", *(("--blocking-threads", "4") if interface == "wsgi" else ()), "--no-ws", "--no-log", target,
    ]  # fmt: skip
    environment = {**os.environ, "CAC_HOME": str(home), "PYTHONPATH": str(folder)}
    process = subprocess.Popen(command, env=environment, cwd=folder)
    try:
        if not wait_until_ready("127.0.0.1", port, 30):
            raise SystemExit(f"{target} did not start")
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _measure(pid: int, port: int, path: str, seconds: float) -> Measured:
    _ask(port, path, min(1.0, seconds))
    cpu = _cpu_of_children(pid)
    started = time.monotonic()
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        pages = sum(pool.starmap(_ask, [(port, path, seconds)] * CLIENTS))
    elapsed = time.monotonic() - started
    return Measured(pages / elapsed, (_cpu_of_children(pid) - cpu) / pages)


def _ask(port: int, path: str, seconds: float) -> int:
    """Ask for a page over one kept connection; returns how many whole answers came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    end = time.monotonic() + seconds
    pages = 0
    while time.monotonic() < end:
        connection.request("GET", path, headers=BROWSER)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"{path} answered {response.status}")
        pages += 1
    return pages


def _get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=BROWSER)
    return connection.getresponse().read().decode()


def _cpu_of_children(pid: int) -> float:
    """Seconds of CPU that a process and its living children have used (Linux: /proc)."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if pid in (int(stat.parent.name), int(fields[1])):
            total += int(fields[11]) + int(fields[12])
    return total / ticks
