"""What a visitor of the day has seen in one row, and a salt that several hosts share.

The scratch of the day of this migration is lost, in both directions: visitors of that day so far are counted once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("view_key")
    op.create_table(
        "view_key",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visitor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("seen", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "visitor", name=op.f("pk_view_key")),
        sqlite_with_rowid=False,
        prefixes=_unlogged(),
    )
    op.create_table(
        "view_salt",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_view_salt")),
        prefixes=_unlogged(),
    )


def downgrade() -> None:
    op.drop_table("view_salt")
    op.drop_table("view_key")
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


def _unlogged() -> list[str]:
    """In no backup and no standby: what these tables hold is for one day and nobody else."""
    return ["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else []
