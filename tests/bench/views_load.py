"""``bench views-load``: how long readers wait for a page at 200 requests a second, with counting, without, and otherwise.

The same server with the same instance and its worker is started with three ways of counting: our line, none, and a synchronous
UPDATE in SQLite. Requests are sent by a timetable, whether those before have been answered or not, and a wait begins at the
moment of the timetable (no coordinated omission). The ways take turns, round by round, so that what else the machine does
meets all of them. What the web process of each way takes of the CPU, for a request, is that of the page as it is served.
"""

import argparse
import http.client
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import pages, views

WAYS = {"without counting": "none", "our line": "line", "UPDATE in SQLite (FULL)": "update"}
"""What each way is called, and the name by which its server knows it (BENCH_COUNTING)."""
APP = """
import os
from tests.bench.views_load import counted_by
gateway = counted_by(os.environ["BENCH_COUNTING"])
"""
CONNECTIONS = 20


@dataclass
class Rounds:
    """What was measured of one way: the milliseconds of waiting and the CPU seconds of a request, round by round."""

    waits: list[list[float]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def p99s(self) -> list[float]:
        """The wait that 99 of 100 requests do not exceed, of each round."""
        return [_part(one, 0.99) for one in self.waits]


def main(argv: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="bench views-load")
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="of one round")
    parser.add_argument("--rounds", type=int, default=6, help="for each way")
    parser.add_argument("--port", type=int, default=8775, help="the first of three")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        home = Path(folder) / "home"
        pages._prepare(home)
        (Path(folder) / "counted_app.py").write_text(APP)
        servers.enter_context(_worker(home))
        running = {}
        for port, (name, way) in enumerate(WAYS.items(), arguments.port):
            os.environ["BENCH_COUNTING"] = way
            running[name] = (
                port,
                servers.enter_context(pages._server("counted_app:gateway", "rsgi", Path(folder), home, port)),
            )
        path = pages._pages(arguments.port)["practice page"]
        _print(_measure(running, path, arguments), arguments)


def counted_by(way: str) -> object:
    """Return the product's gateway with one way of counting in place of its own."""
    from cac import wsgi

    functions, place = views.counting_of(wsgi.app)
    if way == "none":
        views.switch_of(wsgi.app)(False)
    elif way == "update":
        lock = threading.Lock()
        update = views._update(Path(os.environ["CAC_HOME"]), check_same_thread=False)

        def updating(response: object) -> object:
            with lock:
                return update(response)

        functions[place] = updating  # type: ignore[assignment]
    return wsgi.gateway


@contextmanager
def _worker(home: Path) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "cac", "worker", "--home", str(home)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _measure(running: dict[str, tuple[int, int]], path: str, arguments: argparse.Namespace) -> dict[str, Rounds]:
    """Return what was measured of each way; ``running`` are the ports and process ids of their servers."""
    measured = {name: Rounds() for name in running}
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as client:
        for number in range(arguments.rounds + 1):
            for name, (port, pid) in running.items():
                cpu = pages._cpu_of_children(pid)
                waits = client.apply(send, (port, path, arguments.rate, arguments.seconds if number else 1.0))
                if number:
                    measured[name].waits.append(waits)
                    measured[name].cpu.append((pages._cpu_of_children(pid) - cpu) / len(waits))
    return measured


def send(port: int, path: str, rate: int, seconds: float) -> list[float]:
    """Ask ``rate`` times a second over kept connections; return the milliseconds from each planned moment to its answer."""
    waits: list[float] = []
    begin = time.perf_counter() + 0.2
    threads = [
        threading.Thread(target=_send_some, args=(port, path, begin, range(first, int(rate * seconds), CONNECTIONS), rate, waits))
        for first in range(CONNECTIONS)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def _send_some(port: int, path: str, begin: float, numbers: range, rate: int, waits: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    for number in numbers:
        planned = begin + number / rate
        time.sleep(max(planned - time.perf_counter(), 0))
        connection.request("GET", path, headers={**pages.BROWSER, "Accept-Language": f"en;q=0.{number % 9 + 1}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        waits.append((time.perf_counter() - planned) * 1000)
    connection.close()


def _print(measured: dict[str, Rounds], arguments: argparse.Namespace) -> None:
    print(
        f"practice page at {arguments.rate} requests a second, {arguments.rounds} rounds of {arguments.seconds:.0f} s each"
    )
    print(
        f"{'ms of waiting':<26}{'p50':>7}{'p95':>7}{'p99':>8}{'p99.9':>8}"
        f"{'p99 of rounds':>31}{'to none':>9}{'CPU us':>9}{'to none':>9}"
    )
    without, *others = measured
    base = measured[without]
    for name, rounds in measured.items():
        figures = [_part(_all(rounds.waits), part) for part in (0.5, 0.95, 0.99, 0.999)]
        median, cpu = statistics.median(rounds.p99s), statistics.median(rounds.cpu)
        spread = f"{min(rounds.p99s):.2f} to {max(rounds.p99s):.2f}, median {median:.2f}"
        print(
            f"{name:<26}{figures[0]:>7.2f}{figures[1]:>7.2f}{figures[2]:>8.2f}{figures[3]:>8.2f}{spread:>31}"
            f"{median / statistics.median(base.p99s):>9.2f}{cpu * 1e6:>9.0f}{cpu / statistics.median(base.cpu):>9.3f}"
        )
    for name in others:
        least, most = views.interval(measured[name].p99s, base.p99s)
        seen = "can be seen" if least > 0 or most < 0 else "cannot be seen"
        print(f"{name}: its p99 lies {least:+.2f} to {most:+.2f} ms beside {without}, so that a difference {seen}")
        least, most = (1e6 * bound for bound in views.interval(measured[name].cpu, base.cpu))
        print(f"{name}: it takes {least:+.0f} to {most:+.0f} us of CPU more than {without}")


def _all(rounds: list[list[float]]) -> list[float]:
    return [wait for one in rounds for wait in one]


def _part(waits: list[float], part: float) -> float:
    """The wait that such a part of all does not exceed."""
    return sorted(waits)[min(int(len(waits) * part), len(waits) - 1)]
