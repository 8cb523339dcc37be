"""The command `cac` as an operator uses it: what it makes, what it prints, and how it says no."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cac.cli.main import main
from cac.db import make_engine, make_session_factory
from cac.practices import queries as practices
from cac.settings import load_settings

PASSWORD = "seven quiet ferries at dusk"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep settings of the machine out of the test."""
    for key in [key for key in os.environ if key.startswith("CAC_") and key != "CAC_TEST_DATABASE_URL"]:
        monkeypatch.delenv(key)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A new instance with an operator and two cities."""
    home = tmp_path / "instance"
    made = run("init", "--home", home, "--email", "op@example.org", "--name", "Op", "--password-stdin", stdin=PASSWORD)
    assert made.exit_code == 0, made.output
    for slug, country, name in (("seoul", "KR", "ko=서울"), ("lyon", "FR", "fr=Lyon")):
        added = run(
            "cities",
            "add",
            "--home",
            home,
            "--slug",
            slug,
            "--country",
            country,
            "--name",
            name,
            "--name",
            f"en={slug.title()}",
        )
        assert added.exit_code == 0, added.output
    return home


def run(*arguments: object, stdin: str | None = None) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin, catch_exceptions=False)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_lines(path: Path, *records: dict[str, object]) -> Path:
    """Write a file with one JSON object a line."""
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def a_line(**values: object) -> dict[str, object]:
    """A line that can be imported."""
    line: dict[str, object] = {
        "external_id": "1", "language": "ko", "city": "서울", "title": "지하철 소독", "text": "매일 밤 닦는다.", "topics": ["1b"],
    }  # fmt: skip
    return line | values


def test_init_makes_an_instance_with_an_operator_whose_secrets_are_their_own(home: Path) -> None:
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "settings.toml").stat().st_mode) == 0o600
    listed = run("people", "list", "--home", home).output
    assert re.search(r"op@example\.org\s+operator\s+host\s+active\s+Op", listed)


def test_init_again_keeps_what_is_there(home: Path) -> None:
    secret = (home / "secret.key").read_text()
    again = run(
        "init", "--home", home, "--email", "two@example.org", "--name", "Two", "--password-stdin", stdin=PASSWORD
    )
    assert again.exit_code == 0
    assert "operator already" in again.output
    assert (home / "secret.key").read_text() == secret


def test_init_refuses_a_weak_password_in_words_and_adds_nobody(tmp_path: Path) -> None:
    home = tmp_path / "weak"
    refused = run(
        "init", "--home", home, "--email", "a@example.org", "--name", "A", "--password-stdin", stdin="password1"
    )
    assert refused.exit_code == 1
    assert "at least 12 characters" in refused.output
    assert list(home.iterdir()) == [], "what was made for it is taken away again"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--timezone", "Europe/Pari", "no time zone"),
        ("--database-url", "foo://bar", "postgresql+psycopg://"),
        ("--public-url", "cac.example.org", "https://"),
    ],
)
def test_init_refuses_a_setting_that_cannot_work_before_it_writes(
    tmp_path: Path, option: str, value: str, words: str
) -> None:
    home = tmp_path / "wrong"
    refused = run(
        "init",
        "--home",
        home,
        "--email",
        "a@example.org",
        "--name",
        "A",
        "--password-stdin",
        option,
        value,
        stdin=PASSWORD,
    )
    assert (refused.exit_code, words in refused.output) == (1, True)
    assert not home.exists()


def test_init_says_that_settings_were_kept(home: Path) -> None:
    again = run(
        "init", "--home", home, "--site-name", "Other", "--email", "b@example.org", "--name", "B", "--password-stdin",
        stdin=PASSWORD,
    )  # fmt: skip
    assert "was kept as it is" in again.output


def test_the_demonstration_is_not_poured_into_the_database_of_another_instance(home: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cac", "demo", "--home", str(tmp_path / "demo"), "--port", str(free_port())]
    environment = os.environ | {"CAC_DATABASE_URL": load_settings(home, environment={}).database_url}
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (refused.returncode, "not a demonstration" in refused.stderr) == (1, True)
    assert "seoul.example" not in run("people", "list", "--home", home).output


@pytest.mark.parametrize("command", [("people", "list"), ("index", "status"), ("doctor",), ("serve",), ("worker",)])
def test_every_command_says_where_there_is_no_instance(tmp_path: Path, command: tuple[str, ...]) -> None:
    answer = run(*command, "--home", tmp_path)
    assert answer.exit_code == 1
    assert "cac init" in answer.output


def test_a_database_of_a_newer_version_is_refused_in_one_sentence(home: Path) -> None:
    engine = make_engine(load_settings(home, environment={}).database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    for command in (("people", "list"), ("serve", "--port", "1")):
        answer = run(*command, "--home", home)
        assert answer.exit_code == 1
        assert "newer version" in answer.output or "Port 1" in answer.output
        assert len(answer.output.strip().splitlines()) == 1


def test_the_demonstration_refuses_a_taken_port_and_a_folder_that_is_not_its_own(tmp_path: Path, home: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        taken = run("demo", "--home", tmp_path / "new", "--port", port)
    assert (taken.exit_code, "--port" in taken.output) == (1, True)
    foreign = run("demo", "--home", home, "--port", port)
    assert (foreign.exit_code, "--home" in foreign.output) == (1, True)
    blocked = tmp_path / "file"
    blocked.write_text("")
    unwritable = run("demo", "--home", blocked / "below", "--port", port)
    assert (unwritable.exit_code, "not writable" in unwritable.output) == (1, True)


def test_people_are_added_invited_and_disabled(home: Path) -> None:
    added = run(
        "people", "add", "--home", home, "--email", "kim@seoul.example", "--name", "김", "--role", "author", "--city", "seoul",
        "--password-stdin", stdin=PASSWORD,
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    invited = run("people", "invite", "--home", home, "--email", "a@lyon.example", "--role", "lead", "--city", "lyon")
    assert re.search(r"/en/invitations/[\w-]{40,}", invited.output)
    assert run("people", "disable", "--home", home, "--email", "kim@seoul.example").exit_code == 0
    assert re.search(r"kim@seoul\.example\s+author\s+seoul\s+disabled", run("people", "list", "--home", home).output)
    alone = run("people", "disable", "--home", home, "--email", "op@example.org")
    assert (alone.exit_code, "only operator" in alone.output) == (1, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--role", "author"), "--city"),
        (("--role", "author", "--city", "atlantis"), "no member city"),
        (("--role", "reviewer", "--city", "seoul"), "leave --city out"),
    ],
)
def test_a_person_in_the_wrong_place_is_refused(home: Path, options: tuple[str, ...], words: str) -> None:
    refused = run("people", "invite", "--home", home, "--email", "x@example.org", *options)
    assert (refused.exit_code, words in refused.output) == (1, True)


def test_an_import_is_published_once_and_a_changed_line_makes_a_new_revision(home: Path, tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "a.jsonl", a_line(), a_line(external_id="2", city="Lyon", language="fr", title="Métro")
    )
    first = run("import", path, "--home", home, "--publish")
    assert first.exit_code == 0, first.output
    assert "2 new" in first.output
    assert "2 as they were" in run("import", path, "--home", home, "--publish").output
    write_lines(
        path, a_line(title="지하철 매일 소독"), a_line(external_id="2", city="Lyon", language="fr", title="Métro")
    )
    assert "1 changed, 1 as they were" in run("import", path, "--home", home, "--publish").output
    engine = make_engine(load_settings(home, environment={}).database_url)
    with make_session_factory(engine)() as session:
        assert practices.count_public(session) == 2
    engine.dispose()


def test_a_malformed_file_names_its_lines_and_loads_nothing(home: Path, tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "b.jsonl", a_line(), a_line(external_id="2", city="Sol"), a_line(external_id="3", topics=["99"])
    )
    path.write_text(path.read_text() + "{broken\n")
    answer = run("import", path, "--home", home, "--publish")
    assert answer.exit_code == 1
    for words in ("line 2", "line 3", "line 4", "0 new", "Nothing was loaded"):
        assert words in answer.output
    assert "1 new" in run("import", path, "--home", home, "--keep-going").output


def test_a_dry_run_changes_nothing(home: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "c.jsonl", a_line())
    assert "1 would be new" in run("import", path, "--home", home, "--dry-run").output
    assert "1 new" in run("import", path, "--home", home).output


def test_the_index_is_built_deleted_and_built_again(home: Path, tmp_path: Path) -> None:
    run("import", write_lines(tmp_path / "d.jsonl", a_line()), "--home", home, "--publish")
    assert "1 practices" in run("index", "catch-up", "--home", home).output
    assert re.search(r"practices\s+1\b", run("index", "status", "--home", home).output)
    assert "1 practices indexed" in run("index", "rebuild", "--home", home).output


def test_what_a_command_writes_is_for_its_account_alone(home: Path) -> None:
    written = [path for path in home.rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_doctor_names_what_other_accounts_can_read(home: Path) -> None:
    home.chmod(0o700)
    assert "rights" not in run("doctor", "--home", home).output
    home.chmod(0o755)
    assert f"run: chmod 700 {home}" in run("doctor", "--home", home).output
    (home / "cac.sqlite3").write_bytes((home / "cac.sqlite3").read_bytes())
    (home / "cac.sqlite3").chmod(0o644)
    assert f"chmod 600 {home / 'cac.sqlite3'}" in run("doctor", "--home", home).output


def test_doctor_looks_at_the_secret_that_is_in_use(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "secret.key").write_text("of nobody")
    monkeypatch.setenv("CAC_SECRET_KEY", "short")
    assert "CAC_SECRET_KEY is shorter" in run("doctor", "--home", home).output
    monkeypatch.setenv("CAC_SECRET_KEY", "long enough " * 4)
    assert "secret" not in run("doctor", "--home", home).output


def test_doctor_names_what_must_be_mended(home: Path) -> None:
    (home / "secret.key").chmod(0o644)
    answer = run("doctor", "--home", home)
    assert answer.exit_code == 1
    assert "chmod 600" in answer.output
