"""Adds rows to a table, thousands in one call: what is new is inserted, what is there already is added to.

SQLite is given the rows one by one through its driver, PostgreSQL as one array for each column. What the rows mean is the
business of booking and visits.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Date, Dialect, Select, String, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cac.db import Base, UTCDateTime

Values = Sequence[tuple[object, ...]]


def add_rows(
    session: Session,
    model: type[Base],
    columns: tuple[str, ...],
    rows: Values,
    *,
    sums: tuple[str, ...] = (),
    newest: tuple[str, ...] = (),
) -> None:
    """Insert the rows, values in the order of ``columns``; where one exists, add the ``sums`` to it and take over the ``newest``.

    Each key at most once among the rows. PostgreSQL locks them in their order: hosts that sort them by key never wait for ever.
    """
    if not rows:
        return
    connection = session.connection()
    table = cast(Table, model.__table__)
    columns, rows = _in_order_of(table, columns, rows)
    if connection.dialect.name == "postgresql":
        arrays = dict(zip(columns, (list(column) for column in zip(*rows, strict=True)), strict=True))
        connection.execute(_in_arrays(table, columns, sums, newest), arrays)
    else:
        statement = _one_by_one(connection.dialect, table, columns, sums, newest)
        connection.exec_driver_sql(
            statement, _for_driver([table.c[name] for name in columns], rows, connection.dialect)
        )


def _in_order_of(table: Table, columns: tuple[str, ...], rows: Values) -> tuple[tuple[str, ...], Values]:
    """Return columns and values as the table has them: SQLAlchemy writes them in that order, whatever was said."""
    ordered = tuple(column.name for column in table.columns if column.name in columns)
    if ordered == columns:
        return columns, rows
    places = [columns.index(name) for name in ordered]
    return ordered, [tuple(row[place] for place in places) for row in rows]


@lru_cache
def _in_arrays(
    table: Table, columns: tuple[str, ...], sums: tuple[str, ...], newest: tuple[str, ...]
) -> postgresql.Insert:
    arrays = (bindparam(name, type_=postgresql.ARRAY(table.c[name].type)) for name in columns)
    unnested: Select[Any] = select(*(func.unnest(array) for array in arrays))
    statement = postgresql.insert(table).from_select(list(columns), unnested, include_defaults=False)
    return statement.on_conflict_do_update(
        index_elements=_keys(table), set_=_changes(table, statement.excluded, sums, newest)
    )


@lru_cache
def _one_by_one(
    dialect: Dialect, table: Table, columns: tuple[str, ...], sums: tuple[str, ...], newest: tuple[str, ...]
) -> str:
    statement = sqlite.insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=_keys(table), set_=_changes(table, statement.excluded, sums, newest)
    )
    compiled = statement.values(dict.fromkeys(columns, bindparam(None))).compile(dialect=dialect)
    return str(compiled)


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _changes(table: Table, new: Any, sums: tuple[str, ...], newest: tuple[str, ...]) -> dict[str, ColumnElement[Any]]:
    return {name: table.c[name] + new[name] for name in sums} | {name: new[name] for name in newest}


def _for_driver(columns: Sequence[Column[Any]], rows: Values, dialect: Dialect) -> Values:
    """Bring days, moments and words into the form that the driver takes fastest: each value once, few are different."""
    written = list(zip(*rows, strict=True))
    for place, column in enumerate(columns):
        form = _form(column, dialect)
        if form is not None:
            known = {value: form(value) for value in set(written[place])}
            written[place] = tuple(map(known.__getitem__, written[place]))
    return list(zip(*written, strict=True))


def _form(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(column.type, String):
        return lambda value: value if value is None else str(value)
    is_dated = isinstance(column.type, Date | UTCDateTime)
    return column.type.dialect_impl(dialect).bind_processor(dialect) if is_dated else None
