"""``bench recount``: counts the views in an access log anew, slowly and by the words of the definition, and compares all numbers.

Nothing of ours is used but the published list of robots. The log has a line of JSON for each request, such as
tests/bench/access_log.py writes: ``at`` (seconds since 1970), ``address``, ``agent``, ``languages``, ``method``, ``path``,
``status``, ``purpose`` (Sec-Purpose and its older names), ``dnt``, ``gpc``, and ``reader`` for people who are signed in: ``host``
or ``city:<id>``. The tables are asked only which practice and city a reference is. Without --log a day is played over HTTP.
"""

import argparse
import ipaddress
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text

from cac.stats.robots import AgentClass, class_of

PAGE = re.compile(r"/[a-z]{2}/practices/([A-Z]+-\d{4}-\d{4,})(?:-.*)?")
FOR_PROGRAMS = re.compile(r"/api/v1/practices/([A-Z]+-\d{4}-\d{4,})")
SAME_VIEW = 30.0
VIEWS_OF_ONE, VIEWS_IN_ALL = 100, 1_000

Numbers = dict[tuple[str, ...], tuple[int, int, int]]
"""(``day`` or ``hour``, which, place, class): raw, views, and unique visitors of a day or sessions of an hour."""


def main(argv: list[str]) -> None:
    """Recount and compare; exits with 1 if one number differs."""
    parser = argparse.ArgumentParser(prog="bench recount")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--database-url", help="of the instance that was asked")
    parser.add_argument("--zone", default="Asia/Kolkata", help="the time zone of the site")
    parser.add_argument("--day", type=date.fromisoformat, help="compare this day alone")
    parser.add_argument("--requests", type=int, default=20_000, help="how many to play without --log")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        log, url = arguments.log, arguments.database_url
        if log is None or url is None:
            from tests.bench.access_log import play_a_day

            log, url = play_a_day(Path(folder), arguments.zone, arguments.requests)
        found = compare(log, url, arguments.zone, arguments.day)
    raise SystemExit(bool(found))


def compare(log: Path, database_url: str, zone: str, day: date | None = None) -> list[str]:
    """Print how many numbers agree, by class; return a sentence for each that does not."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        cities = dict(connection.execute(text("SELECT reference, city_id FROM practices")).all())
        theirs = read_tables(connection)
    engine.dispose()
    ours = recount(log, cities, zone)
    if day is not None:
        ours, theirs = only_of(day, ours, zone), only_of(day, theirs, zone)
    places = sorted(ours.keys() | theirs.keys())
    differing = [place for place in places if ours.get(place) != theirs.get(place)]
    for view_class in sorted({place[3] for place in places}):
        raw, views = (sum(ours[p][n] for p in ours if p[0] == "day" and p[2:] == ("site", view_class)) for n in (0, 1))
        print(f"{view_class:<10}{raw:>9} requests{views:>9} views")
    print(f"{len(places)} rows of days and hours recounted, {len(differing)} differ")
    sentences = [
        f"{' '.join(place)}: recounted {ours.get(place)}, in the tables {theirs.get(place)}" for place in differing
    ]
    print("".join(f"  {sentence}\n" for sentence in sentences[:20]), end="")
    return sentences


def only_of(day: date, numbers: Numbers, zone: str) -> Numbers:
    """Return the rows of one day of the site, with the hours that lie in it whole."""
    kept = {}
    for place, row in numbers.items():
        if place[0] == "day":
            is_in = place[1] == day.isoformat()
        else:
            begin = datetime.fromisoformat(place[1]).timestamp()
            is_in = {_day(begin, zone), _day(begin + 3599, zone)} == {day.isoformat()}
        if is_in:
            kept[place] = row
    return kept


def recount(log: Path, cities: Mapping[str, int], zone: str) -> Numbers:
    """Return the numbers of all days and hours in the log; ``cities`` are the practices' by reference. Lists and loops."""
    counts: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    clicks: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
    for line in log.read_text().splitlines():
        seen = json.loads(line)
        reference = _what_was_read(seen)
        if reference is None or reference not in cities or seen.get("reader") in ("host", f"city:{cities[reference]}"):
            continue
        view_class, day = _class_of(seen), _day(seen["at"], zone)
        if view_class == "person":
            visitor = f"{_network(seen['address'])}|{seen['agent']}|{seen['languages']}"
            clicks[day, visitor].append((seen["at"], reference))
        else:
            for row in _rows(counts, seen["at"], day, reference, cities, view_class):
                row[0] += 1
                row[1] += 1
    for (day, _visitor), of_one in clicks.items():
        _count_visitor(counts, day, sorted(of_one), cities)
    return {place: (row[0], row[1], row[2]) for place, row in counts.items()}


def _what_was_read(seen: dict[str, Any]) -> str | None:
    """The reference of the practice that a request showed to somebody who asked for it."""
    if seen["method"] != "GET" or seen["status"] not in (200, 304):
        return None
    if any(word in seen["purpose"].lower() for word in ("prefetch", "prerender", "preview")):
        return None
    path = unquote(seen["path"])
    found = PAGE.fullmatch(path) or FOR_PROGRAMS.fullmatch(path)
    return found.group(1) if found else None


def _class_of(seen: dict[str, Any]) -> str:
    if FOR_PROGRAMS.fullmatch(seen["path"]):
        return "machine"
    agent = class_of(seen["agent"])
    if agent is not AgentClass.PERSON:
        return agent.value
    return "no_key" if "1" in (seen["dnt"], seen["gpc"]) else "person"


def _network(address: str) -> str:
    """An IPv4 address whole, of IPv6 the first 64 bits."""
    found = ipaddress.ip_address(address)
    return address if found.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))


def _day(at: float, zone: str) -> str:
    return datetime.fromtimestamp(at, ZoneInfo(zone)).date().isoformat()


def _hour(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).replace(minute=0, second=0, microsecond=0).isoformat()


def _rows(
    counts: dict[tuple[str, ...], list[int]],
    at: float,
    day: str,
    reference: str,
    cities: Mapping[str, int],
    view_class: str,
) -> Iterator[list[int]]:
    """The rows to which a request adds: its hour, and its day for the practice, the city and the site."""
    yield counts["hour", _hour(at), reference, view_class]
    for place in (reference, f"city {cities[reference]}", "site"):
        yield counts["day", day, place, view_class]


def _count_visitor(
    counts: dict[tuple[str, ...], list[int]], day: str, clicks: list[tuple[float, str]], cities: Mapping[str, int]
) -> None:
    """Count one visitor's day: a click within 30 s of the one before on the same practice is no view of its own."""
    last: dict[str, float] = {}
    views: dict[str, int] = defaultdict(int)
    places: set[str] = set()
    hours: set[tuple[str, str]] = set()
    for at, reference in clicks:
        is_view = reference not in last or round(at - last[reference], 3) >= SAME_VIEW
        last[reference] = at
        views[reference] += is_view
        is_suspected = views[reference] > VIEWS_OF_ONE or sum(views.values()) > VIEWS_IN_ALL
        view_class = "suspected" if is_suspected else "person"
        for row in _rows(counts, at, day, reference, cities, view_class):
            row[0] += 1
            row[1] += is_view
        for place in (reference, f"city {cities[reference]}", "site"):
            if place not in places:
                places.add(place)
                counts["day", day, place, view_class][2] += 1
        if is_view and (_hour(at), reference) not in hours:
            hours.add((_hour(at), reference))
            counts["hour", _hour(at), reference, view_class][2] += 1


def read_tables(connection: Any) -> Numbers:
    """Return the same numbers as the tables of views have them."""
    references = dict(connection.execute(text("SELECT id, reference FROM practices")).all())
    found: Numbers = {}
    days = "SELECT day, scope, scope_id, class, raw, views, uniques FROM view_day WHERE measure = 'view'"
    for day, scope, scope_id, view_class, *numbers in connection.execute(text(days)):
        place = {"practice": references.get(scope_id, ""), "city": f"city {scope_id}"}.get(scope, "site")
        found["day", str(day), place, view_class] = tuple(numbers)
    hours = (
        "SELECT hour, scope_id, class, sum(raw), sum(views), sum(sessions) FROM view_hour"
        " WHERE scope = 'practice' AND measure = 'view' GROUP BY hour, scope_id, class"
    )
    for hour, scope_id, view_class, *numbers in connection.execute(text(hours)):
        moment = datetime.fromisoformat(str(hour))
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        found["hour", moment.isoformat(), references.get(scope_id, ""), view_class] = tuple(map(int, numbers))
    return found
