"""``bench views-oracle``: the suite's oracle test of counting, for as long as you say, on SQLite and on PostgreSQL.

Known readers ask a served instance whose web processes and worker are killed at random, and all of it by turns; the figures are
printed, and every count must lie between what was surely answered and what was sent.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

TEST = Path(__file__).parents[1] / "features" / "stats" / "test_oracle.py"


def main(argv: list[str]) -> None:
    """Run it on each database and print its figures and how it ended; exits with 1 if it failed on any."""
    parser = argparse.ArgumentParser(prog="bench views-oracle")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--database-url", default=os.environ.get("CAC_TEST_DATABASE_URL", ""), help="of a PostgreSQL server"
    )
    arguments = parser.parse_args(argv)
    failed = [
        name
        for name, url in (("SQLite", ""), ("PostgreSQL", arguments.database_url))
        if not _is_exact(name, url, arguments)
    ]
    if failed:
        raise SystemExit(1)


def _is_exact(name: str, url: str, arguments: argparse.Namespace) -> bool:
    if name == "PostgreSQL" and not url:
        print("PostgreSQL: skipped, --database-url (or CAC_TEST_DATABASE_URL) names a server")
        return True
    environment = {**os.environ, "CAC_ORACLE_SECONDS": str(arguments.seconds), "CAC_TEST_DATABASE_URL": url}
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-n", "0", "-s", str(TEST)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    print(f"{name}: {'WRONG' if ended.returncode else 'exact'} after {time.monotonic() - started:.0f} s")
    print(ended.stdout[-6000:] if ended.returncode else ended.stdout.rpartition("\n.")[0], end="\n\n", flush=True)
    return not ended.returncode
