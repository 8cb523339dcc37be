"""The references of practices, such as CAC-2020-0147: given out once, in order within a year, four digits at least."""

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from cac.practices.models import ReferenceCounter

# One statement, the same in SQLite and PostgreSQL: it takes the lock of the row (or of the database) until the caller's
# transaction ends, so that a second process waits here and then counts on from what the first one committed.
_COUNT_ON = text(
    "INSERT INTO reference_counters (year, last_number) VALUES (:year, 1)"
    " ON CONFLICT (year) DO UPDATE SET last_number = reference_counters.last_number + 1"
)


def next_reference(session: Session, prefix: str, year: int) -> str:
    """Return the next reference of ``year``; a caller that rolls back gives its number back."""
    session.execute(_COUNT_ON, {"year": year})
    last = select(ReferenceCounter.last_number).where(ReferenceCounter.year == year)
    return f"{prefix}-{year}-{session.scalars(last).one():04d}"


def next_references(session: Session, prefix: str, year: int, count: int) -> list[str]:
    """Return the next ``count`` references of ``year`` in order, for an import: one lock and two statements for all."""
    first = int(next_reference(session, prefix, year).rpartition("-")[2])
    counter = update(ReferenceCounter).where(ReferenceCounter.year == year)
    session.execute(counter.values(last_number=first + count - 1), execution_options={"synchronize_session": False})
    return [f"{prefix}-{year}-{number:04d}" for number in range(first, first + count)]
