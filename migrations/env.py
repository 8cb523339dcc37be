"""Runs the migrations on the connection that cac/migrate (or a test) hands over."""

from alembic import context

import cac.models  # noqa: F401 (imported for its tables)
from cac.db import Base


def run() -> None:
    """Run all pending migrations on the given connection, in one transaction."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
