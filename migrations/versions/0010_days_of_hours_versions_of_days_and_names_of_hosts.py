"""The day of each counted hour, the definition by which a day was counted, and who a roller is and what it has seen last.

Hours that were counted before have no day of their own (0001-01-01): which one it was is not known where a day begins within an
hour. Days that were counted before were counted by version 1 of the definition. On the way down, an hour of two days is one row.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = ("hour", "scope", "scope_id", "measure", "language", "class")
COUNTS = ("raw", "views", "sessions")
ROLLER = {
    "label": sa.String(length=80),
    "seen_at": sa.DateTime(timezone=True),
    "key_hour": sa.DateTime(timezone=True),
    "key_views": sa.BigInteger(),
    "key_most": sa.BigInteger(),
}


def upgrade() -> None:
    op.add_column("view_day", sa.Column("definition_version", sa.String(length=20), nullable=False, server_default="1"))
    for name, kind in ROLLER.items():
        op.add_column("view_roller", sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("view_hour", copy_from=_hours()) as batch:
        batch.add_column(sa.Column("day", sa.Date(), nullable=False, server_default="0001-01-01"))
        batch.drop_constraint("pk_view_hour", type_="primary")
        batch.create_primary_key("pk_view_hour", ["day", *KEY])


def downgrade() -> None:
    names, sums = ", ".join(KEY), ", ".join(f"SUM({name}) AS {name}" for name in COUNTS)
    op.execute(f"CREATE TABLE view_hour_sums AS SELECT {names}, {sums} FROM view_hour GROUP BY {names}")
    op.execute("DELETE FROM view_hour")
    with op.batch_alter_table("view_hour", copy_from=_hours(sa.Column("day", sa.Date(), nullable=False))) as batch:
        batch.drop_constraint("pk_view_hour", type_="primary")
        batch.drop_column("day")
        batch.create_primary_key("pk_view_hour", list(KEY))
    op.execute(f"INSERT INTO view_hour ({names}, {', '.join(COUNTS)}) SELECT * FROM view_hour_sums")
    op.drop_table("view_hour_sums")
    for name in ROLLER:
        op.drop_column("view_roller", name)
    op.drop_column("view_day", "definition_version")


def _hours(*days: sa.Column[object]) -> sa.Table:
    """The table as it is before the step: SQLite copies it, and does not tell its checks."""
    return sa.Table(
        "view_hour",
        sa.MetaData(),
        *days,
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("class", sa.String(length=10), nullable=False),
        sa.Column("raw", sa.BigInteger(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "class IN ('person', 'robot', 'machine', 'suspected', 'no_key')", name=op.f("ck_view_hour_class_known")
        ),
        sa.PrimaryKeyConstraint(*(column.name for column in days), *KEY, name="pk_view_hour"),
        sa.Index("ix_view_hour_scope", "scope_id", "hour"),
    )
