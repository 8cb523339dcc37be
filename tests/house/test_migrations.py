"""Migrations go up, down and up again with rows in the tables, and the models say the same as the migrations."""

from alembic import command
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from cac import migrate
from cac.db import Base, transaction
from tests.factories import make_city, make_person, make_practice


def test_the_models_and_the_migrations_agree(engine: Engine) -> None:
    with engine.begin() as connection:
        command.check(migrate.config(connection))


def test_every_step_goes_down_and_up_with_rows(engine: Engine, session: Session) -> None:
    with transaction(session):
        city = make_city(session)
        make_person(session, city=city)
        make_practice(session, city=city)
    session.close()
    scripts = migrate.list_revisions()
    for revision in reversed(scripts):
        migrate.downgrade(engine, "-1")
        assert migrate.database_revision(engine) != revision
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    for revision in scripts:
        migrate.upgrade(engine, revision)
        assert migrate.database_revision(engine) == revision
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())


def test_rows_survive_the_newest_step_down_and_up(engine: Engine, session: Session) -> None:
    with transaction(session):
        make_practice(session, city=make_city(session))
    session.close()
    before = _dump(engine)
    assert before["practices"]
    previous = migrate.list_revisions()[-2]
    migrate.downgrade(engine, previous)
    migrate.upgrade(engine)
    assert _dump(engine) == before


def _dump(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        names = [
            table.name
            for table in Base.metadata.sorted_tables
            if table.name in ("cities", "city_names", "practices", "editions")
        ]
        return {
            name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name} ORDER BY id"))]
            for name in names
        }


def test_hours_and_days_of_views_survive_the_step_that_gives_them_days_and_versions(engine: Engine) -> None:
    """Two rows of an hour in which a day begins become one on the way down; nothing is lost either way."""
    hours = "day, hour, scope, scope_id, measure, language, class, raw, views, sessions"
    hour = "'2020-04-09 18:00:00+00:00', 'practice', 7, 'view', 'ko', 'person'"
    day = "'2020-04-09', 'site', 0, 'view', 'person', 5, 4, 3, '2026-11-25', 0"
    with engine.begin() as connection:
        for of_day, counts in (("2020-04-09", "2, 2, 1"), ("2020-04-10", "3, 2, 2")):
            connection.execute(text(f"INSERT INTO view_hour ({hours}) VALUES ('{of_day}', {hour}, {counts})"))
        columns = "day, scope, scope_id, measure, class, raw, views, uniques, rules_version, salt_breaks"
        connection.execute(text(f"INSERT INTO view_day ({columns}) VALUES ({day})"))
        connection.execute(
            text("INSERT INTO view_roller (host, rolled_until) VALUES ('h', '2020-04-09 18:00:00+00:00')")
        )
    migrate.downgrade(engine, "0008")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT raw, views, sessions FROM view_hour")).all() == [(5, 4, 3)]
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT raw, views, sessions FROM view_hour")).all() == [(5, 4, 3)]
        assert str(connection.scalar(text("SELECT day FROM view_hour"))) == "0001-01-01"
        assert connection.scalar(text("SELECT definition_version FROM view_day")) == "1"
        assert connection.scalar(text("SELECT seen_at FROM view_roller")) is None
