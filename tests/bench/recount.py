"""``bench recount``: counts one day anew from an access log, slowly and by the words of the definition, with none of our code.

The log has a line of JSON for each request: ``{"at": seconds, "path": "/en/practices/<id>", "status": 200, "address": "…",
"agent": "…", "languages": "…", "is_robot": false}``. --log and --database compare it with the tables of an instance; without
them a day is made up, counted by the product through its spool, and recounted.
"""

import argparse
import json
import random
import sqlite3
import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

SAME_VIEW = 30.0
DAY = datetime(2020, 4, 9, tzinfo=UTC)


def main(argv: list[str]) -> None:
    """Recount and compare; exits with 1 if one view differs."""
    parser = argparse.ArgumentParser(prog="bench recount")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--database", type=Path, help="the SQLite file of the instance")
    parser.add_argument("--requests", type=int, default=50_000, help="how many to make up without --log")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        log, database = arguments.log, arguments.database
        if log is None or database is None:
            log, database = _make_up(Path(folder), arguments.requests)
        ours = recount(log)
        theirs = read_counts(database)
    different = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    print(f"{len(ours)} numbers recounted, {sum(ours.values())} in all; {len(different)} differ")
    for key in different[:20]:
        print(f"  {key}: recounted {ours.get(key)}, in the tables {theirs.get(key)}")
    raise SystemExit(bool(different))


def recount(log: Path) -> dict[tuple[str, str, str], int]:
    """Return views, raw and unique visitors by (practice or ``site``, class, what): lists and loops, nothing clever."""
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    clicks: dict[tuple[str, str], list[float]] = defaultdict(list)
    for line in log.read_text().splitlines():
        seen = json.loads(line)
        if seen["status"] not in (200, 304):
            continue
        practice = seen["path"].rsplit("/", 1)[1]
        if seen["is_robot"]:
            for scope in (practice, "site"):
                counts[scope, "robot", "raw"] += 1
                counts[scope, "robot", "views"] += 1
            continue
        visitor = f"{seen['address']}|{seen['agent']}|{seen['languages']}"
        clicks[visitor, practice].append(seen["at"])
    for (_visitor, practice), moments in clicks.items():
        moments.sort()
        views = 1 + sum(later - earlier >= SAME_VIEW for earlier, later in pairwise(moments))
        for scope in (practice, "site"):
            counts[scope, "person", "raw"] += len(moments)
            counts[scope, "person", "views"] += views
        counts[practice, "person", "uniques"] += 1
    counts["site", "person", "uniques"] = len({visitor for visitor, _ in clicks})
    return {key: value for key, value in counts.items() if value}


def read_counts(database: Path) -> dict[tuple[str, str, str], int]:
    """Return the same from the tables, all days together."""
    query = (
        "SELECT CASE scope WHEN 'site' THEN 'site' ELSE CAST(scope_id AS TEXT) END, class, sum(raw), sum(views), sum(uniques)"
        " FROM view_day WHERE scope IN ('site', 'practice') GROUP BY 1, 2"
    )
    found = {}
    for scope, view_class, *numbers in sqlite3.connect(database).execute(query):
        found |= {
            (scope, view_class, what): number for what, number in zip(("raw", "views", "uniques"), numbers, strict=True)
        }
    return {key: value for key, value in found.items() if value}


def _make_up(home: Path, requests: int) -> tuple[Path, Path]:
    """A day of requests, written to a log and to the spool, and rolled; visitors stay within a person's limits."""
    from cac.db import make_session_factory
    from cac.stats import visitors
    from cac.stats.models import ViewClass
    from cac.stats.roller import Roller
    from cac.stats.spool import Sighting, Spool
    from tests.bench.views import _instance

    visitors.SHARED_MEMORY = home
    settings, engine = _instance(home / "instance")
    chance, clock = random.Random(4), [DAY.timestamp()]
    spool = Spool(settings.spool_dir, moment=lambda: clock[0])
    with (home / "access.log").open("w") as log:
        for _ in range(requests):
            # Whole and half seconds, so that 30 s to the millisecond come up too.
            clock[0] += chance.choice((0.5, 1.0, 0.001)) * 80_000 / requests
            clock[0] = round(clock[0], 3)
            practice, reader, is_robot = (
                chance.randrange(1, 60),
                chance.randrange(requests // 40),
                chance.random() < 0.2,
            )
            status = chance.choice((200, 200, 200, 304, 404))
            address, agent = f"10.0.{reader // 250}.{reader % 250}", chance.choice(("Firefox", "Safari"))
            seen = {"at": clock[0], "path": f"/en/practices/{practice}", "status": status, "address": address}
            log.write(json.dumps({**seen, "agent": agent, "languages": "ko", "is_robot": is_robot}) + "\n")
            if status != 404:
                who = ViewClass.ROBOT if is_robot else ViewClass.PERSON
                spool.count(Sighting(practice, 1 + practice % 9, "en", who, address, agent, "ko"))
    spool.close()
    roller = Roller(make_session_factory(engine), settings)
    roller.roll(DAY + timedelta(days=1), seconds=600)
    roller.close()
    engine.dispose()
    return home / "access.log", settings.home / "cac.sqlite3"
