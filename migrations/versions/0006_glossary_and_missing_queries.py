"""Glossary and missing queries."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "glossary_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["people.id"], name=op.f("fk_glossary_groups_created_by_id_people")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["people.id"], name=op.f("fk_glossary_groups_changed_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_groups")),
    )
    op.create_index(op.f("ix_glossary_groups_changed_at"), "glossary_groups", ["changed_at"])
    op.create_table(
        "glossary_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=80), nullable=False),
        sa.Column("folded", sa.String(length=240), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["glossary_groups.id"], name=op.f("fk_glossary_terms_group_id_glossary_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["people.id"], name=op.f("fk_glossary_terms_added_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_terms")),
        sa.UniqueConstraint(
            "group_id", "language", "folded", name=op.f("uq_glossary_terms_group_id_language_folded")
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_glossary_terms_folded"), "glossary_terms", ["folded"])
    op.create_table(
        "missing_queries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=80), nullable=False),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["done_by_id"], ["people.id"], name=op.f("fk_missing_queries_done_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missing_queries")),
        sa.UniqueConstraint("week", "language", "words", name=op.f("uq_missing_queries_week_language_words")),
    )
    op.create_index("ix_missing_queries_done", "missing_queries", ["done_at", "week"])


def downgrade() -> None:
    for table in ("missing_queries", "glossary_terms", "glossary_groups"):
        op.drop_table(table)
