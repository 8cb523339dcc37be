"""What counting takes of the CPU of a page as it is served: one web process of the product, counting turned on and off.

One reader asks over one kept connection, a page when the one before has come, so that nothing waits for anything and each
is the same work; nobody rolls meanwhile, so that the page stays the one that is kept. The CPU is what the kernel's scheduler
says of each thread of the web process, in nanoseconds (Linux, /proc/PID/task/TID/schedstat).
"""

import http.client
import random
import statistics
from dataclasses import dataclass
from pathlib import Path

from tests.bench import pages, views

BLOCK = 200
APP = """
from cac.wsgi import app, gateway
from cac.serving.access import public
from tests.bench import views
switch = views.switch_of(app)
def turn(way):
    switch(way == "line")
    return way
app.add_url_rule("/bench/<way>", "bench", public(turn))
"""


@dataclass(frozen=True)
class Served:
    """CPU microseconds of a served page without counting, and how many more it takes with it, and between which bounds."""

    page: float
    counting: float
    least: float
    most: float


def measure(folder: Path, requests: int, port: int) -> Served:
    """Ask for ``requests`` pages each way, in blocks whose order chance gives."""
    home = folder / "home"
    pages._prepare(home)
    (folder / "switched_app.py").write_text(APP)
    chance = random.Random(20200409)
    taken: dict[str, list[float]] = {"none": [], "line": []}
    with pages._server("switched_app:gateway", "rsgi", folder, home, port) as server:
        path = pages._pages(port)["practice page"]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for block in range(max(requests // BLOCK, 2) + 1):
            for way in chance.sample(sorted(taken), 2):
                _ask(connection, f"/bench/{way}", 1)
                before = _cpu_us(server)
                _ask(connection, path, BLOCK)
                if block:
                    taken[way].append((_cpu_us(server) - before) / BLOCK)
    least, most = views.interval(taken["line"], taken["none"])
    differences = [one - other for one, other in zip(taken["line"], taken["none"], strict=True)]
    return Served(statistics.median(taken["none"]), statistics.median(differences), least, most)


def _ask(connection: http.client.HTTPConnection, path: str, times: int) -> None:
    for _ in range(times):
        connection.request("GET", path, headers=pages.BROWSER)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")


def _cpu_us(server: int) -> float:
    """What the processes that a server has started have taken of the CPU, in microseconds."""
    total = 0
    for children in Path(f"/proc/{server}/task").glob("*/children"):
        for child in children.read_text().split():
            for thread in Path(f"/proc/{child}/task").glob("*/schedstat"):
                total += int(thread.read_text().split()[0])
    return total / 1000
