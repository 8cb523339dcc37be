"""``bench views-oracle``: the suite's oracle test of counting, for as long as you say, on SQLite and on PostgreSQL.

Known readers ask a served instance whose web processes and worker are killed at random, and all of it by turns; the figures are
printed, and every count must lie between what was surely answered and what was sent. The last line names every database with
what came of it, one that was not run too.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

TEST = Path(__file__).parents[1] / "features" / "stats" / "test_oracle.py"
DATABASES = ("SQLite", "PostgreSQL")


class Outcome(StrEnum):
    """What came of a run on one database."""

    EXACT = "exact"
    WRONG = "WRONG"
    NOT_RUN = "NOT RUN"


def main(argv: list[str]) -> None:
    """Run it on each database and print its figures and how it ended; exits with 1 unless all that was asked for is exact."""
    parser = argparse.ArgumentParser(prog="bench views-oracle")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--database-url", default=os.environ.get("CAC_TEST_DATABASE_URL", ""), help="of a PostgreSQL server"
    )
    arguments = parser.parse_args(argv)
    asked = {"SQLite": ""} | ({"PostgreSQL": arguments.database_url} if arguments.database_url else {})
    outcomes = {name: _run(name, url, arguments.seconds) for name, url in asked.items()}
    print(words_of(outcomes))
    raise SystemExit(any(outcome is not Outcome.EXACT for outcome in outcomes.values()))


def _run(name: str, url: str, seconds: float) -> Outcome:
    environment = {**os.environ, "CAC_ORACLE_SECONDS": str(seconds), "CAC_TEST_DATABASE_URL": url}
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-n", "0", "-s", str(TEST)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    outcome = outcome_of(ended.returncode, ended.stdout)
    print(f"{name}: {outcome} after {time.monotonic() - started:.0f} s")
    figures = ended.stdout.rpartition("\n.")[0] if outcome is Outcome.EXACT else (ended.stdout + ended.stderr)[-6000:]
    print(figures, end="\n\n", flush=True)
    return outcome


def outcome_of(code: int, printed: str) -> Outcome:
    """Return what pytest says with its exit code and its last words: a test that it left out, or did not find, has not run."""
    if code not in (0, 5):
        return Outcome.WRONG
    return Outcome.EXACT if re.search(r"^(?:=+ )?1 passed\b", printed, re.MULTILINE) else Outcome.NOT_RUN


def words_of(outcomes: Mapping[str, Outcome]) -> str:
    """Return a line with every database, those that nobody asked for too, and how to ask for PostgreSQL."""
    words = ", ".join(f"{name}: {outcomes.get(name, Outcome.NOT_RUN)}" for name in DATABASES)
    if "PostgreSQL" not in outcomes:
        words += " (--database-url or CAC_TEST_DATABASE_URL names a server)"
    return words
