"""Plays a day of readers to the application over HTTP, with a clock that is set by hand, and writes an access log of it.

The log is that of a proxy in front: it knows what stands in the request, nothing of what the application made of it. The
readers are of every class, some are signed in, and many come at the edges: 30 seconds to the millisecond, hours, midnight.
"""

import json
import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from cac.accounts import service as accounts
from cac.accounts.models import Role
from cac.app import create_app
from cac.clock import now
from cac.db import SessionFactory, make_engine, make_session_factory, transaction
from cac.practices.workflow import Status
from cac.search.reader import IndexReader
from cac.serving.services import Services
from cac.settings import Settings
from cac.stats.roller import Roller
from cac.stats.spool import Spool
from cac.stats.visitors import Salts
from cac.text import slugify
from tests.factories import COMPLETE, make_city, make_person, make_practice

DAY = date(2020, 2, 29)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Gecko/20100101 Firefox/{}.0"
PERSONS = [FIREFOX.format(version, version) for version in (115, 128)]
AGENTS = {
    "robot": "Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)",
    "machine": "python-requests/2.32.3",
    "baidu app": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/76.0 Mobile "
    "Safari/537.36 T7/12.7 baiduboxapp/12.7.0.12",
}
PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
LATER = (0.4, 9.0, 29.999, 30.0, 31.0)
"""How many seconds after a click the same reader may click again."""

Headers = dict[str, str]


@dataclass
class HandClock:
    """Seconds since 1970, as they are set."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True, order=True)
class Asked:
    """A request of the day: when, what, with which headers."""

    at: float
    path: str
    headers: Headers = field(default_factory=dict, compare=False)
    method: str = "GET"


class AccessLog:
    """WSGI middleware that writes a line for each request; it belongs to the tests and stands where a proxy would.

    ``readers`` names people by their cookie, as the log of a server names who is signed in.
    """

    def __init__(self, app: Any, path: Path, clock: HandClock, readers: Mapping[str, str]) -> None:
        self._app = app
        self._stream = path.open("a", encoding="utf-8")
        self._clock = clock
        self._readers = readers

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen = {
            "at": round(self._clock(), 3),
            "address": environ.get("HTTP_X_FORWARDED_FOR", environ["REMOTE_ADDR"]),
            "agent": environ.get("HTTP_USER_AGENT", ""),
            "languages": environ.get("HTTP_ACCEPT_LANGUAGE", ""),
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"].encode("latin-1").decode(),
            "purpose": ";".join(environ.get(f"HTTP_{name.upper().replace('-', '_')}", "") for name in PURPOSES),
            "dnt": environ.get("HTTP_DNT", ""),
            "gpc": environ.get("HTTP_SEC_GPC", ""),
            "reader": self._readers.get(environ.get("HTTP_COOKIE", ""), ""),
        }

        def start(status: str, headers: Any, error: Any = None) -> Any:
            self._stream.write(json.dumps({**seen, "status": int(status.split(maxsplit=1)[0])}) + "\n")
            return start_response(status, headers, error)

        return self._app(environ, start)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Finish the log."""
        self._stream.close()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def play(
    settings: Settings, session_factory: SessionFactory, log: Path, asked: Iterable[Asked], people: Mapping[str, str]
) -> None:
    """Send the requests in the order of time and roll what was counted; ``people`` are tokens of sessions and whose they are."""
    clock = HandClock()
    salts = Salts(settings.spool_dir, log.parent)
    spool = Spool(settings.spool_dir, settings.timezone, salts=salts, moment=clock)
    engine = make_engine(settings.database_url)
    services = Services(settings, engine, make_session_factory(engine), IndexReader(settings.index_dir), spool)
    app = create_app(settings, services)
    cookies = {cookie_of(app, token): name for token, name in people.items()}
    names = {name: cookie for cookie, name in cookies.items()}
    writer = AccessLog(app.wsgi_app, log, clock, cookies)
    roller = Roller(session_factory, settings, salts=salts)
    with _serving(writer) as port, closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for request in sorted(asked):
            clock.seconds = request.at + 0.0002  # so that no millisecond is lost to the float
            headers = {name: names.get(value, value) for name, value in request.headers.items()}
            connection.request(request.method, request.path, headers=headers)
            connection.getresponse().read()
    spool.close()
    writer.close()
    roller.roll(datetime.fromtimestamp(clock.seconds, ZoneInfo("UTC")), seconds=600)
    roller.close()
    engine.dispose()


@contextmanager
def _serving(app: Any) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def cookie_of(app: Any, token: str) -> str:
    """Return the Cookie header of somebody whose session has this token."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = token
    cookie = client.get_cookie("cac_session")
    return f"{cookie.key}={cookie.value}"


@dataclass(frozen=True)
class Addresses:
    """What readers of the day ask for: pages of practices, the file of each, the same for programs, and what counts nothing."""

    pages: tuple[str, ...]
    files: tuple[str, ...]
    for_programs: tuple[str, ...]
    others: tuple[str, ...]


def a_day(addresses: Addresses, zone: str, requests: int, people: Iterable[str]) -> list[Asked]:
    """Make up a day of the site with ten minutes before and behind it.

    One visitor reads a practice and takes its file more than a hundred times.
    """
    file_of = dict(zip(addresses.pages, addresses.files, strict=True))
    chance = random.Random(20200229)
    begin = datetime.combine(DAY, time(), ZoneInfo(zone)).timestamp()
    end = datetime.combine(DAY + timedelta(days=1), time(), ZoneInfo(zone)).timestamp()
    hours = [begin, end, *range(int(begin) // 3600 * 3600, int(end), 3600)]
    asked = []
    for _ in range(requests):
        at = chance.uniform(begin - 600, end + 600)
        if chance.random() < 0.3:
            at = chance.choice(hours) + chance.choice((-20.0, -0.001, 0.0, 0.001, 9.0))
        first = Asked(round(at, 3), _some_path(chance, addresses), _some_reader(chance, people), _some_method(chance))
        asked.append(first)
        while chance.random() < 0.5:
            again = round(asked[-1].at + chance.choice(LATER), 3)
            path = file_of.get(first.path, first.path) if chance.random() < 0.2 else first.path
            asked.append(Asked(again, path, first.headers, first.method))
    of_one = (addresses.pages[:1] * 112, begin + 36_000), (addresses.files[:1] * 112, begin + 36_010)
    return asked + [one for paths, start in of_one for one in _automation(start, paths, 31.0)]


def a_thousand(addresses: Addresses, zone: str) -> list[Asked]:
    """Make up one more visitor of that day, who reads more than a thousand pages, none of them a hundred times."""
    begin = datetime.combine(DAY, time(2), ZoneInfo(zone)).timestamp()
    return _automation(begin, (addresses.pages * 1_010)[:1_010], 40.0)


def _automation(begin: float, paths: Iterable[str], step: float) -> list[Asked]:
    """Something that reads at a steady pace, and clicks twice now and then."""
    headers = {"X-Forwarded-For": f"198.51.100.{int(step)}", "User-Agent": PERSONS[0]}
    asked = []
    for number, path in enumerate(paths):
        asked.append(Asked(round(begin + number * step, 3), path, headers))
        if number % 10 == 9:
            asked.append(Asked(round(begin + number * step + 0.5, 3), path, headers))
    return asked


def _some_path(chance: random.Random, addresses: Addresses) -> str:
    kinds = (addresses.pages, addresses.files, addresses.for_programs, addresses.others)
    return chance.choice(chance.choices(kinds, (70, 10, 8, 12))[0])


def _some_method(chance: random.Random) -> str:
    return "HEAD" if chance.random() < 0.03 else "GET"


def _some_reader(chance: random.Random, people: Iterable[str]) -> Headers:
    number = chance.randrange(24)
    address = f"203.0.113.{number}" if number % 3 else f"2001:db8:0:{number}::{chance.randrange(1, 9)}"
    headers = {
        "X-Forwarded-For": address,
        "User-Agent": chance.choice(PERSONS),
        "Accept-Language": "ko" if number % 2 else "en",
    }
    special = chance.choices(
        ("", *AGENTS, "silent", "DNT", "Sec-GPC", "Sec-Purpose", "X-Moz", "Cookie"), (60, 9, 4, 3, 1, 5, 4, 2, 1, 6)
    )[0]
    if special in AGENTS:
        headers["User-Agent"] = AGENTS[special]
    elif special == "silent":
        del headers["User-Agent"]
    elif special == "Cookie":
        headers["Cookie"] = chance.choice(list(people))
    elif special:
        headers[special] = {"Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"}.get(special, "1")
    return headers


def prepare(session: Session, settings: Settings, practices: int) -> tuple[Addresses, dict[str, str]]:
    """Publish practices of three cities; return their addresses, and tokens of people with what the log calls them."""
    cities = [make_city(session) for _ in range(3)]
    made = [make_practice(session, status=Status.PUBLISHED, city=cities[number % 3]) for number in range(practices)]
    hidden = [make_practice(session, status=status, city=cities[0]) for status in (Status.DRAFT, Status.WITHDRAWN)]
    slug = slugify(COMPLETE.title)
    pages = [f"/{locale}/practices/{one.reference}-{slug}" for one in made for locale in settings.locales]
    files = [f"/{locale}/practices/{one.reference}.md" for one in made for locale in settings.locales]
    detours = [f"/en/practices/{one.reference}" for one in (made[0], *hidden)]
    no_files = [f"/en/practices/{one.reference}.md" for one in hidden]
    others = ("/en/", "/en/practices/CAC-2020-9999-nothing", *detours, *no_files)
    staff = {
        f"city:{cities[0].id}": make_person(session, city=cities[0]),
        "host": make_person(session, role=Role.REVIEWER),
    }
    session.commit()
    with transaction(session):
        people = {
            accounts.start_session(session, person, settings=settings, at=now()).token: name
            for name, person in staff.items()
        }
    for_programs = tuple(f"/api/v1/practices/{one.reference}" for one in made)
    return Addresses(tuple(pages), tuple(files), for_programs, others), people


def play_a_day(home: Path, zone: str, requests: int) -> tuple[Path, str]:
    """Make an instance on SQLite and play a day to it; return its log and the address of its database."""
    from tests.bench.views import _instance

    settings, engine = _instance(home / "instance")
    settings = replace(settings, timezone=zone, forwarded_hops=1)
    factory = make_session_factory(engine)
    with factory() as session:
        addresses, people = prepare(session, settings, 40)
    asked = [*a_day(addresses, zone, requests, people.values()), *a_thousand(addresses, zone)]
    play(settings, factory, home / "access.log", asked, people)
    engine.dispose()
    return home / "access.log", settings.database_url
