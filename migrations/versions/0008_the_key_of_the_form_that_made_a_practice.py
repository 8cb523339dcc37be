"""The key of the form that made a practice, so that a form sent twice makes one."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("practices", sa.Column("created_key", sa.String(length=80), nullable=True))
    op.create_index(op.f("ix_practices_created_key"), "practices", ["created_key"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_practices_created_key"), "practices")
    op.drop_column("practices", "created_key")
