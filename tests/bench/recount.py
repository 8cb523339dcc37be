"""``bench recount``: counts the views and downloads in an access log anew, slowly and by the words of the definition, and
compares all numbers.

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
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text

from cac.stats.robots import AgentClass, class_of

PAGE = re.compile(r"/[a-z]{2}/practices/([A-Z]+-\d{4}-\d{4,})(?:-.*)?")
FILE = re.compile(r"/[a-z]{2}/practices/([A-Z]+-\d{4}-\d{4,})\.md")
FOR_PROGRAMS = re.compile(r"/api/v1/practices/([A-Z]+-\d{4}-\d{4,})")
SAME_VIEW = 30.0
VIEWS_OF_ONE, VIEWS_IN_ALL = 100, 1_000

Click = tuple[float, str, str]
"""When, measure, reference."""

Numbers = dict[tuple[str, ...], tuple[int, int, int]]
"""(``day`` or ``hour``, which, measure, place, class): raw, views, and unique visitors of a day or sessions of an hour."""


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
    for measure, view_class in sorted({(place[2], place[4]) for place in places}):
        of_site = [ours[p] for p in ours if p[0] == "day" and p[2:] == (measure, "site", view_class)]
        raw, counted = (sum(row[number] for row in of_site) for number in (0, 1))
        print(f"{view_class:<10}{raw:>9} requests{counted:>9} {measure}s")
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
    clicks: dict[tuple[str, str], list[Click]] = defaultdict(list)
    for line in log.read_text().splitlines():
        seen = json.loads(line)
        measure, reference = _what_was_read(seen)
        if reference not in cities or seen.get("reader") in ("host", f"city:{cities[reference]}"):
            continue
        view_class, day = _class_of(seen), _day(seen["at"], zone)
        if view_class == "person":
            visitor = f"{_network(seen['address'])}|{seen['agent']}|{seen['languages']}"
            clicks[day, visitor].append((seen["at"], measure, reference))
        else:
            for row in _rows(counts, seen["at"], day, measure, reference, cities, view_class):
                row[0] += 1
                row[1] += 1
    for (day, _visitor), of_one in clicks.items():
        _count_visitor(counts, day, sorted(of_one, key=itemgetter(0)), cities)
    return {place: (row[0], row[1], row[2]) for place, row in counts.items()}


def _what_was_read(seen: dict[str, Any]) -> tuple[str, str]:
    """``view`` or ``download``, and the reference of the practice, of what a request gave to somebody who asked for it."""
    if seen["method"] != "GET" or seen["status"] not in (200, 304):
        return "", ""
    if any(word in seen["purpose"].lower() for word in ("prefetch", "prerender", "preview")):
        return "", ""
    path = unquote(seen["path"])
    if taken := FILE.fullmatch(path):
        return "download", taken.group(1)
    read = PAGE.fullmatch(path) or FOR_PROGRAMS.fullmatch(path)
    return "view", read.group(1) if read else ""


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
    measure: str,
    reference: str,
    cities: Mapping[str, int],
    view_class: str,
) -> Iterator[list[int]]:
    """The rows to which a request adds: its hour, and its day for the practice, the city and the site."""
    yield counts["hour", _hour(at), measure, reference, view_class]
    for place in (reference, f"city {cities[reference]}", "site"):
        yield counts["day", day, measure, place, view_class]


def _count_visitor(
    counts: dict[tuple[str, ...], list[int]], day: str, clicks: list[Click], cities: Mapping[str, int]
) -> None:
    """Count one visitor's day: a click within 30 s of the one before on the same page or file is no view of its own.

    Pages and files have limits of their own; a practice that is read and taken away in one hour is one session.
    """
    last: dict[tuple[str, str], float] = {}
    views: dict[str, dict[str, int]] = {"view": defaultdict(int), "download": defaultdict(int)}
    places: set[tuple[str, str]] = set()
    hours: set[tuple[str, str]] = set()
    for at, measure, reference in clicks:
        is_view = (measure, reference) not in last or round(at - last[measure, reference], 3) >= SAME_VIEW
        last[measure, reference] = at
        of_measure = views[measure]
        of_measure[reference] += is_view
        is_suspected = of_measure[reference] > VIEWS_OF_ONE or sum(of_measure.values()) > VIEWS_IN_ALL
        view_class = "suspected" if is_suspected else "person"
        for row in _rows(counts, at, day, measure, reference, cities, view_class):
            row[0] += 1
            row[1] += is_view
        for place in (reference, f"city {cities[reference]}", "site"):
            if (measure, place) not in places:
                places.add((measure, place))
                counts["day", day, measure, place, view_class][2] += 1
        if is_view and (_hour(at), reference) not in hours:
            hours.add((_hour(at), reference))
            counts["hour", _hour(at), measure, reference, view_class][2] += 1


def read_tables(connection: Any) -> Numbers:
    """Return the same numbers as the tables of views have them."""
    references = dict(connection.execute(text("SELECT id, reference FROM practices")).all())
    found: Numbers = {}
    days = "SELECT day, scope, scope_id, measure, class, raw, views, uniques FROM view_day"
    for day, scope, scope_id, measure, view_class, *numbers in connection.execute(text(days)):
        place = {"practice": references.get(scope_id, ""), "city": f"city {scope_id}"}.get(scope, "site")
        found["day", str(day), measure, place, view_class] = tuple(numbers)
    hours = (
        "SELECT hour, scope_id, measure, class, sum(raw), sum(views), sum(sessions) FROM view_hour"
        " WHERE scope = 'practice' GROUP BY hour, scope_id, measure, class"
    )
    for hour, scope_id, measure, view_class, *numbers in connection.execute(text(hours)):
        moment = datetime.fromisoformat(str(hour))
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        found["hour", moment.isoformat(), measure, references.get(scope_id, ""), view_class] = tuple(map(int, numbers))
    return found
