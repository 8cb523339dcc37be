"""What the long form of the oracle says at its end: no database is passed over in silence, and nothing wrong ends well."""

import subprocess
import sys

import pytest

from tests.bench import views_oracle
from tests.bench.views_oracle import Outcome, outcome_of, words_of


@pytest.mark.parametrize(
    ("code", "printed", "outcome"),
    [
        (0, "killed: …\n.\n1 passed in 9.71s\n", Outcome.EXACT),
        (1, "F\n1 failed in 9.71s\n", Outcome.WRONG),
        (2, "E\n1 error in 0.1s\n", Outcome.WRONG),
        (0, "s\n1 skipped in 0.02s\n", Outcome.NOT_RUN),
        (5, "no tests ran in 0.02s\n", Outcome.NOT_RUN),
    ],
)
def test_only_a_test_that_has_run_and_passed_is_exact(code, printed, outcome):
    assert outcome_of(code, printed) is outcome


def test_each_database_is_named_with_what_came_of_it():
    both = {"SQLite": Outcome.EXACT, "PostgreSQL": Outcome.WRONG}
    assert words_of(both) == "SQLite: exact, PostgreSQL: WRONG"
    alone = words_of({"SQLite": Outcome.EXACT})
    assert alone == "SQLite: exact, PostgreSQL: NOT RUN (--database-url or CAC_TEST_DATABASE_URL names a server)"


@pytest.mark.parametrize(
    ("test", "code", "words"),
    [
        ("def test_it(): pass", 0, "SQLite: exact, PostgreSQL: exact"),
        (
            "import os, pytest\ndef test_it():\n    if os.environ['CAC_TEST_DATABASE_URL']: pytest.skip()",
            1,
            "SQLite: exact, PostgreSQL: NOT RUN",
        ),
    ],
)
def test_only_exact_runs_end_well(tmp_path, test, code, words):
    """The bench as it is run, with a short test in the place of the oracle's."""
    (tmp_path / "test_short.py").write_text(test)
    program = (
        "import pathlib, sys; from tests.bench import views_oracle;"
        "views_oracle.TEST = pathlib.Path(sys.argv[1]); views_oracle.main(sys.argv[2:])"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "test_short.py"), "--database-url", "postgresql://nowhere"]
    folder = views_oracle.TEST.parents[3]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == code, ended.stderr
    assert ended.stdout.splitlines()[-1] == words
