"""Commands for the life of an instance: init and doctor."""

import sys
from pathlib import Path

import click

from cac import doctor as checks
from cac import migrate
from cac.accounts import passwords
from cac.accounts import queries as accounts_queries
from cac.accounts import service as accounts
from cac.accounts.models import Role
from cac.cli.options import Instance, home_option, read_settings, require_instance, said_plainly
from cac.clock import now
from cac.db import make_engine, make_session_factory, transaction
from cac.errors import InvalidError
from cac.search.glossary import load_first_glossary
from cac.settings import Settings, write_secret

INSTANCE_FILES = ("settings.toml", "secret.key", "cac.sqlite3", "cac.sqlite3-wal", "cac.sqlite3-shm")
PASSWORD_PROBLEMS = {
    "too_short": "The password needs at least 12 characters; 15 or more are better.",
    "too_long": "The password is too long; 200 characters are the most.",
    "common": "This password is among the first that attackers try. Take several words that do not belong together.",
    "personal": "The password must not be made of the name or the address.",
}


@click.command()
@home_option
@click.option("--site-name", help="Name of the site.")
@click.option("--host-name", help="Who runs it, as shown at the top of each page.")
@click.option("--public-url", help="Address of the site, such as https://cac.example.org")
@click.option("--timezone", help="The site's own time zone, such as Asia/Seoul.")
@click.option("--database-url", help="PostgreSQL address; without it SQLite in the folder.")
@click.option("--email", help="E-mail address of the first operator.")
@click.option("--name", help="Name of the first operator.")
@click.option("--password-stdin", is_flag=True, help="Read the operator's password from standard input.")
def init(home: Path, email: str | None, name: str | None, password_stdin: bool, **answers: str | None) -> None:
    """Make an instance in a folder, with its first operator.

    Asks for what the options do not give; with --email, --name and --password-stdin it asks nothing. Run again on the
    same folder, it keeps what is there and brings the database up to date.
    """
    ask = not (email and name and password_stdin)
    kept = [name for name in INSTANCE_FILES if (home / name).exists()]
    given = _answers(home, answers, ask)
    read_settings(home, **given)
    try:
        settings, operator = _make(home, given, (email, name), password_stdin)
    except click.ClickException:
        for path in INSTANCE_FILES:
            if path not in kept:
                (home / path).unlink(missing_ok=True)
        raise
    if "settings.toml" in kept and any(answers.values()):
        click.echo(f"{settings.home / 'settings.toml'} was kept as it is: change settings there.")
    click.echo(f"The instance in {settings.home} is ready.")
    if operator:
        click.echo(f"{operator} signs in at {settings.public_url or 'http://127.0.0.1:8000'}/en/sign-in once it runs.")
    click.echo(f"Start it with: cac serve --home {settings.home}\nCheck it with: cac doctor --home {settings.home}")


def _make(
    home: Path, answers: dict[str, str], operator: tuple[str | None, str | None], password_stdin: bool
) -> tuple[Settings, str | None]:
    """Write the instance and its first operator; returns the settings and the address of who was added."""
    settings = _write_instance(home, answers)
    with said_plainly(settings):
        engine = make_engine(settings.database_url)
        try:
            migrate.upgrade(engine)
            instance = Instance(settings, engine, make_session_factory(engine))
            return settings, _ensure_operator(instance, *operator, password_stdin)
        finally:
            engine.dispose()


@click.command()
@home_option
def doctor(home: Path) -> None:
    """Say in words what is wrong with an instance; exit code 1 if something is."""
    require_instance(home)
    settings = read_settings(home)
    findings = checks.examine(settings)
    marks = {"ok": "  ok   ", "advice": "  note ", "fault": "  FAULT"}
    for finding in findings:
        click.echo(f"{marks[finding.level]}  {finding.about}: {finding.words}")
    faults = sum(finding.level == "fault" for finding in findings)
    click.echo("\nNothing is wrong." if not faults else f"\n{faults} of these must be mended.")
    sys.exit(1 if faults else 0)


def _answers(home: Path, answers: dict[str, str | None], ask: bool) -> dict[str, str]:
    given = {key: value for key, value in answers.items() if value is not None}
    if not ask or (home / "settings.toml").exists():
        return given
    questions = (
        ("site_name", "Name of the site", "Cities Against COVID-19"),
        ("host_name", "Who runs it (a city, a network; may stay empty)", ""),
        ("public_url", "Address at which readers reach it (may stay empty for a trial)", ""),
        ("timezone", "Time zone of the site", "UTC"),
    )
    for key, words, default in questions:
        if key not in given:
            given[key] = click.prompt(words, default=default, show_default=bool(default))
    return given


def _write_instance(home: Path, answers: dict[str, str]) -> Settings:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(home)
        path = home / "settings.toml"
        if not path.exists():
            path.touch(mode=0o600)
            lines = [f"{key} = {_toml_string(value)}" for key, value in answers.items() if value]
            path.write_text(
                "# See config/default.toml for every setting.\n" + "\n".join(lines) + "\n", encoding="utf-8"
            )
    except OSError as error:
        raise click.ClickException(
            f"{home} is not writable: {error.strerror}. Choose another folder with --home."
        ) from error
    return read_settings(home)


def _toml_string(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char for char in escaped if char.isprintable()) + '"'


def _load_first_glossary(instance: Instance) -> None:
    with instance.session_factory() as session, transaction(session):
        load_first_glossary(session, at=now())


def _ensure_operator(instance: Instance, email: str | None, name: str | None, password_stdin: bool) -> str | None:
    """Add the first operator unless there is one; returns the address of who was added."""
    with instance.session_factory() as session, transaction(session):
        if accounts_queries.count_operators(session):
            click.echo("There is an operator already; none was added.")
            return None
        email = email or click.prompt("E-mail address of the first operator")
        name = name or click.prompt("Name of the first operator")
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _ask_password(str(email))
        try:
            person = accounts.add_person(
                session, email=str(email), name=str(name), role=Role.OPERATOR, city=None,
                locale=instance.settings.locales[0], password=password, at=now(),
            )  # fmt: skip
        except InvalidError as error:
            raise click.ClickException(say_problems(error)) from error
        return person.email


def _ask_password(email: str) -> str:
    while True:
        password: str = click.prompt(
            "Password (15 characters or more are best)", hide_input=True, confirmation_prompt=True
        )
        problem = passwords.problems_of(password, email)
        if problem is None:
            return password
        click.echo(PASSWORD_PROBLEMS.get(problem, problem))


def say_problems(error: InvalidError) -> str:
    """Return one sentence for what the accounts or cities refused."""
    words = {"missing": "is missing", "invalid": "is not valid", "taken": "is taken already", "unknown": "is not known"}
    return " ".join(
        PASSWORD_PROBLEMS.get(
            problem, f"The {field.replace('_', ' ')} {words.get(problem, problem.replace('_', ' '))}."
        )
        for field, problem in error.problems.items()
    )
