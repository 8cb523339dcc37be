"""What all commands share: the instance they work on, and how they say no in one sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from cac import migrate
from cac.db import SessionFactory, make_engine, make_session_factory
from cac.settings import Settings, SettingsError, load_settings

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Instance:
    """An opened instance: its settings and its database."""

    settings: Settings
    engine: Engine
    session_factory: SessionFactory


def home_option(command: Command) -> Command:
    """Add ``--home``, the folder of the instance, also taken from CAC_HOME."""
    return click.option(
        "--home",
        envvar="CAC_HOME",
        required=True,
        type=click.Path(path_type=Path),
        help="Folder of the instance (or set CAC_HOME).",
    )(command)


def read_settings(home: Path, **overrides: Any) -> Settings:
    """Return the settings of the instance in ``home``; ends the command with a sentence if they cannot be used."""
    try:
        return load_settings(home, overrides=overrides)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def require_instance(home: Path) -> None:
    """End the command with a sentence unless ``home`` holds an instance."""
    try:
        is_instance = (home / "secret.key").exists()
    except OSError as error:
        raise click.ClickException(
            f"{home} cannot be read: {error.strerror}. Run this as the account that owns it."
        ) from error
    if not is_instance:
        raise click.ClickException(f"{home} holds no instance. Make one with: cac init --home {home}")


def open_instance(home: Path) -> Instance:
    """Return the instance in ``home`` with its database at this version; ends the command with a sentence if it is not."""
    require_instance(home)
    settings = read_settings(home)
    engine = make_engine(settings.database_url)
    with said_plainly(settings):
        migrate.refuse_newer(engine)
        if not migrate.is_current(engine):
            raise click.ClickException(
                "The database is of an older version. `cac serve` or `cac init` brings it up to date."
            )
    return Instance(settings, engine, make_session_factory(engine))


@contextmanager
def said_plainly(settings: Settings) -> Iterator[None]:
    """Turn what a database or a folder refuses into one sentence and exit code 1."""
    try:
        yield
    except migrate.NewerDatabaseError as error:
        raise click.ClickException(
            f"{settings.home} was written by a newer version of cac (migration {error}). Install that version, "
            "or use another folder with --home."
        ) from error
    except OperationalError as error:
        raise click.ClickException(f"The database cannot be used: {_reason(error)}. `cac doctor` says more.") from error
    except PermissionError as error:
        raise click.ClickException(f"{error.filename} is not writable. Choose another folder with --home.") from error


def _reason(error: OperationalError) -> str:
    """The driver's own words without the statement, the address or a password."""
    return str(error.orig).splitlines()[0].rstrip(".") if error.orig else "no answer"
