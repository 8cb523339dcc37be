"""`cac stats verify` and what `cac doctor` says of counting."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cac.cli.main import main
from cac.clock import now
from cac.db import make_engine, make_session_factory, transaction
from cac.settings import load_settings
from cac.stats import proxies
from cac.stats.models import ViewTotal


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


def tamper(home: Path) -> None:
    engine = make_engine(load_settings(home).database_url)
    with make_session_factory(engine)() as session, transaction(session):
        session.add(ViewTotal(scope="site", scope_id=0, measure="view", views=7, raw=7))
    engine.dispose()


def test_sums_that_agree_end_well(home: Path) -> None:
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
