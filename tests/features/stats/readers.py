"""Known readers for the oracle test: who asked for what and when, whether the answer came, and what must be counted for it.

A request whose answer did not come whole may have been counted or not: each count has a least and a most, and they are equal
where nothing was killed in the middle of an answer.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import pairwise, product
from typing import NamedTuple

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/{}.0"
CLASS_HEADERS = {
    "robot": {"User-Agent": "Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)"},
    "machine": {"User-Agent": "curl/8.4.0"},
    "no_key": {"User-Agent": FIREFOX.format(128), "DNT": "1"},
}
SAME_VIEW, MARGIN, CLOCK = 30.0, 2.0, 0.01
"""Seconds: readers come back sooner or later than 30 by so much that the time of an answer makes no difference."""
VISITORS = 12
LIMIT_IN_ALL = 1_000


class Request(NamedTuple):
    """One request by a reader, counted between ``sent`` and ``ended``; ``answered`` says whether all of the answer came."""

    reader: str
    practice: int
    sent: float
    ended: float
    answered: bool


@dataclass
class Bounds:
    """The least and the most that may be counted of each number."""

    least: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, what: str, least: int, most: int) -> None:
        """Allow so many more of a number."""
        self.least[what] += least
        self.most[what] += most

    def wrong(self, counted: dict[str, int]) -> dict[str, tuple[int, int, int]]:
        """Return least, counted and most of each number that is out of its bounds."""
        names = self.least.keys() | counted.keys()
        numbers = {name: (self.least.get(name, 0), counted.get(name, 0), self.most.get(name, 0)) for name in names}
        return {name: found for name, found in numbers.items() if not found[0] <= found[1] <= found[2]}


class Crowd:
    """Threads of readers who ask a server for practices; each visitor belongs to one thread, so its requests have an order."""

    def __init__(self, port: int, paths: dict[int, str], seed: int) -> None:
        self.port = port
        self.paths = paths
        self.requests: list[Request] = []
        self.strange: list[int] = []
        self._seed = seed
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(number,)) for number in range(4)]
        self._threads.append(threading.Thread(target=self._automate))

    def start(self) -> None:
        """Let all begin."""
        for thread in self._threads:
            thread.start()

    def wait_for_answers(self, number: int, seconds: float = 10.0) -> None:
        """Wait until so many more requests were answered, or so many seconds are over."""
        goal, until = self._answered() + number, time.monotonic() + seconds
        while self._answered() < goal and time.monotonic() < until:
            time.sleep(0.02)

    def _answered(self) -> int:
        return sum(request.answered for request in list(self.requests))

    def end(self) -> None:
        """Let all finish what they are at."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        """One thread: two thirds of its requests are by visitors with a key, half of these click again on what they just read."""
        chance = random.Random(f"{self._seed}-{number}")
        last: dict[tuple[str, int], float] = {}
        with closing(Line(self.port)) as line:
            while not self._is_over.wait(chance.uniform(0.002, 0.02)):
                practice = chance.choice(list(self.paths))
                reader = chance.choice([*CLASS_HEADERS, *["visitor"] * 3, *["repeat"] * 3])
                if reader == "repeat" and last:
                    reader, practice = chance.choice(list(last)[-5:])
                elif reader not in CLASS_HEADERS:
                    reader = f"visitor-{number}-{chance.randrange(VISITORS)}"
                if reader not in CLASS_HEADERS:
                    gap = time.monotonic() - last.get((reader, practice), -1000.0)
                    if SAME_VIEW - 2 * MARGIN < gap < SAME_VIEW + MARGIN:
                        continue
                    last[reader, practice] = time.monotonic()
                self._ask(line, reader, practice)

    def _automate(self) -> None:
        """Something that reads each practice once, one after the other; it read nearly a thousand before."""
        with closing(Line(self.port)) as line:
            for practice in self.paths:
                time.sleep(0.05)
                self._ask(line, "automation", practice)

    def _ask(self, line: "Line", reader: str, practice: int) -> None:
        while not line.connect():
            time.sleep(0.02)
        sent = time.monotonic()
        status = line.ask(self.paths[practice], headers_of(reader))
        if status not in (0, 200):
            self.strange.append(status)
        # A list takes appends of several threads.
        self.requests.append(Request(reader, practice, sent, time.monotonic(), status == 200))


class Line:
    """A kept connection to the server; a request is never sent twice over it."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def connect(self) -> bool:
        """Whether there is a connection, made now if need be."""
        if self._connection.sock is None:
            with suppress(OSError):
                self._connection.connect()
        return self._connection.sock is not None

    def ask(self, path: str, headers: dict[str, str]) -> int:
        """Return the status of a whole answer, 0 if none came."""
        try:
            self._connection.request("GET", path, headers=headers)
            with self._connection.getresponse() as answer:
                answer.read()
                return answer.status
        except (OSError, HTTPException):
            self.close()
            return 0

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def headers_of(reader: str) -> dict[str, str]:
    """Return what a reader's requests say of it: address, agent, languages."""
    if reader in CLASS_HEADERS:
        return {**CLASS_HEADERS[reader], "X-Forwarded-For": "192.0.2.250"}
    if reader == "automation":
        return {"X-Forwarded-For": "192.0.2.251", "User-Agent": FIREFOX.format(100), "Accept-Language": "en"}
    # Visitors of one thread differ by one thing each: the address, the agent or the language.
    thread, number = (int(part) for part in reader.split("-")[1:])
    return {
        "X-Forwarded-For": f"192.0.2.{1 + 10 * thread + number % 3}",
        "User-Agent": FIREFOX.format(120 + number // 3 % 2),
        "Accept-Language": ("ko", "en")[number // 6],
    }


def bounds_of(requests: Sequence[Request], read_before: int, seen_before: int) -> Bounds:
    """Return what may be counted of the requests, by ``place class number`` with the place ``site`` or a practice's id.

    The automation has made ``read_before`` views of other practices before, which are in no request here; ``seen_before`` are
    the site's unique visitors of before.
    """
    bounds = Bounds()
    by_reader: dict[tuple[str, int], list[Request]] = defaultdict(list)
    for request in requests:
        by_reader[request.reader, request.practice].append(request)
    for (reader, practice), of_one in by_reader.items():
        for place in ("site", str(practice)):
            if reader in CLASS_HEADERS:
                _add(bounds, f"{place} {reader}", of_one, views=_all_of(of_one))
            elif reader != "automation":
                _add(bounds, f"{place} person", of_one, views=views_between(of_one))
        if reader.startswith("visitor"):
            bounds.add(f"{practice} person uniques", int(_all_of(of_one)[0] > 0), 1)
    _add_automation(bounds, [request for request in requests if request.reader == "automation"], read_before)
    for place, number in (("raw", read_before), ("views", read_before), ("uniques", seen_before)):
        bounds.add(f"site person {place}", number, number)
    visitors = {request.reader for request in requests if request.reader.startswith("visitor")}
    answered = {request.reader for request in requests if request.answered} & visitors
    bounds.add("site person uniques", len(answered), len(visitors))
    return bounds


def _add(bounds: Bounds, place: str, requests: Sequence[Request], *, views: tuple[int, int]) -> None:
    bounds.add(f"{place} raw", *_all_of(requests))
    bounds.add(f"{place} views", *views)


def _all_of(requests: Sequence[Request]) -> tuple[int, int]:
    return sum(request.answered for request in requests), len(requests)


def _add_automation(bounds: Bounds, requests: Sequence[Request], before: int) -> None:
    """Until the thousandth view it is a person, afterwards a suspected automation; one request for each practice."""
    least = most = before
    for request in requests:
        surely, perhaps = int(request.answered), 1
        classes = {"person": least < LIMIT_IN_ALL, "suspected": most >= LIMIT_IN_ALL}
        for view_class, may_be in classes.items():
            if may_be:
                is_sure = surely if sum(classes.values()) == 1 else 0
                for place in ("site", str(request.practice)):
                    bounds.add(f"{place} {view_class} raw", is_sure, perhaps)
                    bounds.add(f"{place} {view_class} views", is_sure, perhaps)
                bounds.add(f"{request.practice} {view_class} uniques", is_sure, perhaps)
        least, most = least + surely, most + perhaps


def views_between(requests: Sequence[Request]) -> tuple[int, int]:
    """Return the least and the most views that one visitor's requests of one practice can be, in the order of time.

    Tried for every way in which those without an answer can have been counted or not.
    """
    open_ones = [number for number, request in enumerate(requests) if not request.answered]
    assert len(open_ones) < 12, "too much was killed to say what must be counted"
    found = [
        number
        for chosen in product((True, False), repeat=len(open_ones))
        for number in _views(requests, dict(zip(open_ones, chosen, strict=True)))
    ]
    return min(found), max(found)


def clicks_after_30_s(requests: Sequence[Request]) -> int:
    """Return how many requests are new views of a practice that the visitor had read before."""
    last: dict[tuple[str, int], float] = {}
    found = 0
    for request in requests:
        if request.reader.startswith("visitor"):
            place = request.reader, request.practice
            found += request.sent - last.get(place, request.sent) >= SAME_VIEW + CLOCK
            last[place] = request.ended
    return found


def _views(requests: Sequence[Request], counted: dict[int, bool]) -> Iterator[int]:
    """The least and the most views of what was counted: a click is a repeat, or is none, if the times allow it."""
    chosen = [request for number, request in enumerate(requests) if counted.get(number, True)]
    surely = sum(later.sent - earlier.ended >= SAME_VIEW + CLOCK for earlier, later in pairwise(chosen))
    perhaps = sum(later.ended - earlier.sent >= SAME_VIEW - CLOCK for earlier, later in pairwise(chosen))
    yield from (surely + bool(chosen), perhaps + bool(chosen))
