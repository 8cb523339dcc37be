"""Views."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "country_day",
    "referrer_day",
    "view_day",
    "view_hour",
    "view_key",
    "view_ledger",
    "view_roller",
    "view_total",
)


def upgrade() -> None:
    op.create_table(
        "country_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=5), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "scope", "scope_id", "country", name=op.f("pk_country_day")),
    )
    op.create_table(
        "referrer_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=100), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "scope", "scope_id", "host", name=op.f("pk_referrer_day")),
    )
    op.create_table(
        "view_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("class", sa.String(length=10), nullable=False),
        sa.Column("raw", sa.BigInteger(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("uniques", sa.BigInteger(), nullable=False),
        sa.Column("rules_version", sa.String(length=20), nullable=False),
        sa.Column("salt_breaks", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "class IN ('person', 'robot', 'machine', 'suspected', 'no_key')", name=op.f("ck_view_day_class_known")
        ),
        sa.PrimaryKeyConstraint("day", "scope", "scope_id", "measure", "class", name=op.f("pk_view_day")),
    )
    op.create_index("ix_view_day_scope", "view_day", ["scope_id", "day"], unique=False)

    op.create_table(
        "view_hour",
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
        sa.PrimaryKeyConstraint("hour", "scope", "scope_id", "measure", "language", "class", name=op.f("pk_view_hour")),
    )
    op.create_index("ix_view_hour_scope", "view_hour", ["scope_id", "hour"], unique=False)

    op.create_table(
        "view_key",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visitor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("hours", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "visitor", "measure", "scope", "scope_id", name=op.f("pk_view_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "view_ledger",
        sa.Column("host", sa.String(length=80), nullable=False),
        sa.Column("segment", sa.String(length=200), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("bad", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("rolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", "segment", name=op.f("pk_view_ledger")),
    )
    op.create_index(op.f("ix_view_ledger_rolled_at"), "view_ledger", ["rolled_at"], unique=False)

    op.create_table(
        "view_roller",
        sa.Column("host", sa.String(length=80), nullable=False),
        sa.Column("rolled_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_view_roller")),
    )
    op.create_table(
        "view_total",
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "scope_id", "measure", name=op.f("pk_view_total")),
    )
    op.create_index("ix_view_total_views", "view_total", ["measure", "scope", "views"], unique=False)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
