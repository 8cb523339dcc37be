"""``bench views-oracle``: the suite's oracle test of counting, for as long as you say, on SQLite and on PostgreSQL.

Processes that write and roll are killed at random; views, repeats, visitors and robots must be exact afterwards.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

TEST = Path(__file__).parents[1] / "features" / "stats" / "test_oracle.py"


def main(argv: list[str]) -> None:
    """Run it on each database and print how it ended; exits with 1 if it failed on any."""
    parser = argparse.ArgumentParser(prog="bench views-oracle")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--postgresql", default=os.environ.get("CAC_TEST_DATABASE_URL", ""), help="a database's address"
    )
    arguments = parser.parse_args(argv)
    databases = {"SQLite": "", "PostgreSQL": arguments.postgresql}
    failed = False
    for name, url in databases.items():
        if name == "PostgreSQL" and not url:
            print("PostgreSQL: skipped, --postgresql (or CAC_TEST_DATABASE_URL) names a database")
            continue
        environment = {**os.environ, "CAC_ORACLE_SECONDS": str(arguments.seconds), "CAC_TEST_DATABASE_URL": url}
        started = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-n", "0", str(TEST)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        failed = failed or ended.returncode != 0
        print(f"{name}: {'exact' if not ended.returncode else 'WRONG'} after {time.monotonic() - started:.0f} s")
        if ended.returncode:
            print(ended.stdout[-3000:])
    raise SystemExit(failed)
