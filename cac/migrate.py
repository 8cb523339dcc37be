"""Brings a database to the version of this program, and says which version it has."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from cac.settings import bundled_dir


class NewerDatabaseError(Exception):
    """The database was written by a newer version of the program, which this one cannot read."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the pending migrations up to ``revision``; raises NewerDatabaseError for a database of a newer version."""
    refuse_newer(engine)
    with engine.begin() as connection:
        command.upgrade(config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Undo migrations down to ``revision`` (``base`` for an empty database)."""
    with engine.begin() as connection:
        command.downgrade(config(connection), revision)


def is_current(engine: Engine) -> bool:
    """Whether the database has exactly the newest migration of this program."""
    return database_revision(engine) == _scripts().get_current_head()


def refuse_newer(engine: Engine) -> None:
    """Raise NewerDatabaseError if the database has a migration that this program does not know."""
    found = database_revision(engine)
    if found is not None and found not in list_revisions():
        raise NewerDatabaseError(found)


def list_revisions() -> list[str]:
    """Return the names of all migrations of this program, the oldest first."""
    return [script.revision for script in _scripts().walk_revisions()][::-1]


def database_revision(engine: Engine) -> str | None:
    """Return the name of the last migration in the database, or None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def config(connection: object) -> Config:
    """Return Alembic's configuration for running on ``connection``."""
    alembic = Config()
    alembic.set_main_option("script_location", str(bundled_dir("migrations")))
    alembic.set_main_option("path_separator", "os")
    alembic.attributes["connection"] = connection
    return alembic


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(bundled_dir("migrations")))
