"""`cac stats verify` and what `cac doctor` says of counting."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cac.cli.main import main
from cac.clock import now
from cac.db import Base, make_engine, make_session_factory, transaction
from cac.settings import load_settings
from cac.stats import proxies
from cac.stats.models import ViewClass, ViewLedger, ViewRoller, ViewTotal
from cac.stats.spool import Spool
from tests.sightings import Sighting, write_sighting


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new instance."""
    monkeypatch.delenv("CAC_DATABASE_URL", raising=False)
    home = tmp_path / "instance"
    made = run("init", "--home", home, "--email", "op@example.org", "--name", "Op", "--password-stdin",
               stdin="seven quiet ferries at dusk")  # fmt: skip
    assert made.exit_code == 0, made.output
    return home


def run(*arguments: object, stdin: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)


def put(home: Path, row: Base) -> None:
    engine = make_engine(load_settings(home).database_url)
    with make_session_factory(engine)() as session, transaction(session):
        session.add(row)
    engine.dispose()


def tamper(home: Path) -> None:
    put(home, ViewTotal(scope="site", scope_id=0, measure="view", views=7, raw=7))


def test_a_check_of_nothing_is_no_check_to_the_doctor(home: Path) -> None:
    assert run("stats", "verify", "--home", home).exit_code == 0
    examined = run("doctor", "--home", home).output
    assert "sums of views: not checked yet" in examined
    assert "agreed on" not in examined


def test_sums_that_agree_end_well(home: Path) -> None:
    put(home, ViewLedger(host="h", segment="s", rolled_at=now(), offset=0, lines=7, bad=7, dropped=0))
    answer = run("stats", "verify", "--home", home)
    assert answer.exit_code == 0, answer.output
    assert "Everything agrees." in answer.output
    assert "sums of views: agreed on" in run("doctor", "--home", home).output


def test_sums_that_differ_are_named_and_the_doctor_remembers(home: Path) -> None:
    assert "sums of views: not checked yet" in run("doctor", "--home", home).output
    tamper(home)
    answer = run("stats", "verify", "--home", home)
    assert answer.exit_code == 1
    assert "DIFFERS  days and total: site 0 view: [0, 0] and [7, 7]" in answer.output
    examined = run("doctor", "--home", home)
    assert examined.exit_code == 1
    assert "FAULT  sums of views: they do not agree" in examined.output


def test_the_doctor_warns_of_a_proxy_that_is_not_believed(home: Path) -> None:
    assert "forwarded_hops" not in run("doctor", "--home", home).output
    proxies.note_forwarded(home / "spool")
    assert proxies.was_forwarded(home / "spool", at=now())
    assert "Set forwarded_hops." in run("doctor", "--home", home).output


def add_host(home: Path, label: str, silent_for: timedelta) -> None:
    engine = make_engine(load_settings(home).database_url)
    heard = now() - silent_for
    with make_session_factory(engine)() as session, transaction(session):
        session.add(ViewRoller(host=f"id-{label}", label=label, rolled_until=heard, seen_at=heard))
    engine.dispose()


def test_a_host_that_is_gone_is_named_until_it_is_forgotten(home: Path) -> None:
    add_host(home, "gone", timedelta(hours=30))
    add_host(home, "here", timedelta())
    assert "cac stats forget-host id-gone" in run("doctor", "--home", home).output
    assert "is counting" in run("stats", "forget-host", "here", "--home", home).output
    unknown = run("stats", "forget-host", "nobody", "--home", home)
    assert unknown.exit_code == 1
    assert "Known are: gone (id-gone), here (id-here)." in unknown.output
    forgotten = run("stats", "forget-host", "gone", "--home", home)
    assert (forgotten.exit_code, "gone is forgotten" in forgotten.output) == (0, True)
    assert "forget-host" not in run("doctor", "--home", home).output


def test_the_doctor_sees_that_nobody_rolls(home: Path) -> None:
    spool = Spool(home / "spool", moment=lambda: time.time() - 100)
    write_sighting(spool, Sighting(1, 1, "ko", ViewClass.ROBOT))
    spool.close()
    answer = run("doctor", "--home", home)
    assert answer.exit_code == 1
    assert "FAULT  views: counting is 1" in answer.output


def test_the_doctor_says_what_was_dropped_and_what_could_not_be_read_and_what_to_do(home: Path) -> None:
    engine = make_engine(load_settings(home).database_url)
    with make_session_factory(engine)() as session, transaction(session):
        counts = {"offset": 0, "lines": 9, "bad": 2, "dropped": 3}
        session.add(ViewLedger(host="h", segment="s", rolled_at=now(), **counts))
        session.add(ViewLedger(host="h", segment="t", rolled_at=now() - timedelta(days=3), **counts))
    engine.dispose()
    answer = run("doctor", "--home", home).output
    assert "FAULT  views: 3 could not be written today: make room" in answer
    assert "FAULT  views: 2 lines of the spool could not be read today" in answer
    assert "not checked for over 36 hours (never)" in answer
