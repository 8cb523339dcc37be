"""Adds rows to a table, thousands in one call: what is new is inserted, what is there already is added to.

SQLite is given the rows one by one through its driver, PostgreSQL as one array for each column. What the rows mean is the
business of booking and visits.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Dialect,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
)
from sqlalchemy import cast as cast_to
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
    of_columns = [table.c[name] for name in columns]
    if connection.dialect.name == "postgresql":
        statement = _in_arrays(table, columns, sums, newest)
        connection.execute(statement, dict(zip(columns, _as_arrays(of_columns, rows), strict=True)))
    else:
        in_words = _one_by_one(connection.dialect, table, columns, sums, newest)
        connection.exec_driver_sql(in_words, _for_driver(of_columns, rows, connection.dialect))


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
    arrays = (cast_to(bindparam(name, type_=Text), postgresql.ARRAY(table.c[name].type)) for name in columns)
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


def _as_arrays(columns: Sequence[Column[Any]], rows: Values) -> Iterator[str]:
    """Write each column as PostgreSQL writes an array (8.15.6): its driver would take three times as long for the same words."""
    for column, values in zip(columns, zip(*rows, strict=True), strict=True):
        written: Iterable[str]
        if isinstance(column.type, Integer):
            written = map(str, values)
        elif isinstance(column.type, LargeBinary):
            written = [f'"\\\\x{value.hex()}"' for value in values]
        else:
            known = {value: _in_quotes(value) for value in set(values)}
            written = map(known.__getitem__, values)
        yield f"{{{','.join(written)}}}"


def _in_quotes(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    words = value.isoformat() if isinstance(value, date) else str(value)
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


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
