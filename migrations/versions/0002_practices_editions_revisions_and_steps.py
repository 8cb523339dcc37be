"""Practices editions revisions and steps."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# Editions point at revisions and revisions at editions: SQLite takes such keys with the table, PostgreSQL after both exist.
CIRCULAR = {
    "published_revision_id": "fk_editions_published_revision_id_revisions",
    "working_revision_id": "fk_editions_working_revision_id_revisions",
}


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _circular_keys() -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([column], ["revisions.id"], name=name) for column, name in CIRCULAR.items()]


def upgrade() -> None:
    op.create_table(
        "reference_counters",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_reference_counters")),
    )
    op.create_table(
        "practices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("original_language", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("republished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("review_by", sa.Date(), nullable=True),
        sa.Column("public_version", sa.Integer(), nullable=False),
        sa.Column("public_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_source", sa.String(length=80), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("external_digest", sa.String(length=64), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'changes_requested', 'scheduled', 'published', 'withdrawn')",
            name=op.f("ck_practices_status_known"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)",
            name=op.f("ck_practices_withdrawal_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_practices_city_id_cities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practices")),
        sa.UniqueConstraint("external_source", "external_id", name=op.f("uq_practices_external_source_external_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_practices_reference")),
    )
    with op.batch_alter_table("practices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practices_city_id"), ["city_id"], unique=False)
        batch_op.create_index("ix_practices_public", ["withdrawn_at", "published_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_practices_public_changed_at"), ["public_changed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_practices_status"), ["status"], unique=False)

    op.create_table(
        "editions",
        *(_circular_keys() if _is_sqlite() else ()),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("is_original", sa.Boolean(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=True),
        sa.Column("published_revision_id", sa.Integer(), nullable=True),
        sa.Column("working_revision_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_editions_practice_id_practices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sa.UniqueConstraint("practice_id", "language", name=op.f("uq_editions_practice_id_language")),
    )
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_editions_practice_id"), ["practice_id"], unique=False)

    op.create_table(
        "practice_places",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(length=20), nullable=False),
        sa.Column("scheme_version", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_practice_places_practice_id_practices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("practice_id", "position", name=op.f("pk_practice_places")),
    )
    with op.batch_alter_table("practice_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_places_code"), ["code"], unique=False)

    op.create_table(
        "practice_topics",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(length=20), nullable=False),
        sa.Column("scheme_version", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_practice_topics_practice_id_practices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("practice_id", "position", name=op.f("pk_practice_topics")),
    )
    with op.batch_alter_table("practice_topics", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_topics_code"), ["code"], unique=False)

    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("based_on_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_revisions_author_id_people")),
        sa.ForeignKeyConstraint(["based_on_id"], ["revisions.id"], name=op.f("fk_revisions_based_on_id_revisions")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_revisions_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("edition_id", "number", name=op.f("uq_revisions_edition_id_number")),
    )
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revisions_edition_id"), ["edition_id"], unique=False)

    if not _is_sqlite():
        for column, name in CIRCULAR.items():
            op.create_foreign_key(name, "editions", "revisions", [column], ["id"])

    op.create_table(
        "practice_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_practice_steps_actor_id_people")),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_practice_steps_practice_id_practices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_practice_steps_revision_id_revisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_steps")),
    )
    with op.batch_alter_table("practice_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_steps_practice_id"), ["practice_id"], unique=False)


def downgrade() -> None:
    # Editions and revisions hold each other: SQLite drops neither table while a row of one points at the other.
    op.execute("UPDATE editions SET published_revision_id = NULL, working_revision_id = NULL")
    op.execute("UPDATE revisions SET based_on_id = NULL")
    if not _is_sqlite():
        for name in CIRCULAR.values():
            op.drop_constraint(name, "editions", type_="foreignkey")
    with op.batch_alter_table("practice_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_steps_practice_id"))

    op.drop_table("practice_steps")
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revisions_edition_id"))

    op.drop_table("revisions")
    with op.batch_alter_table("practice_topics", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_topics_code"))

    op.drop_table("practice_topics")
    with op.batch_alter_table("practice_places", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_places_code"))

    op.drop_table("practice_places")
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_editions_practice_id"))

    op.drop_table("editions")
    with op.batch_alter_table("practices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practices_status"))
        batch_op.drop_index(batch_op.f("ix_practices_public_changed_at"))
        batch_op.drop_index("ix_practices_public")
        batch_op.drop_index(batch_op.f("ix_practices_city_id"))

    op.drop_table("practices")
    op.drop_table("reference_counters")
