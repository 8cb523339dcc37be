"""When a host that counts ended in order, and a mark of the secret that it signs with."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("view_roller", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("view_roller", sa.Column("secret_mark", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("view_roller", "secret_mark")
    op.drop_column("view_roller", "ended_at")
