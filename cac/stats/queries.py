"""Reads counted views: of practices, of a city, of the site, and the most read.

The numbers are people's views, with and without a key (cac/stats/models.COUNTED_CLASSES); robots, machines and suspected
automation are in view_hour and view_day only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, bindparam, func, outerjoin, select
from sqlalchemy.orm import Session

from cac.practices.models import Practice
from cac.stats.models import SITE_ID, Measure, Scope, ViewTotal


@dataclass(frozen=True, slots=True)
class PageState:
    """All that decides what the page of a practice shows: equal states, equal pages.

    ``public_version`` counts the practice's own publications and withdrawals; ``newest_change`` is the last one of any
    practice, since the page names others.
    """

    practice_id: int
    city_id: int
    is_public: bool
    public_version: int
    review_by: date | None
    views: int
    newest_change: datetime | None


def find_page_state(connection: Connection, reference: str) -> PageState | None:
    """Return the state of the page of the practice with this reference, or None if there is no such practice; one statement."""
    row = connection.execute(_PAGE_STATE, {"reference": reference.upper()}).one_or_none()
    if row is None:
        return None
    is_public = row.published_at is not None and row.withdrawn_at is None
    return PageState(
        row.id, row.city_id, is_public, row.public_version, row.review_by, row.views or 0, row.newest_change
    )


def is_public_now(connection: Connection, practice_id: int) -> bool:
    """Whether the practice is published and not withdrawn; one statement without the ORM, by the key."""
    return connection.execute(_IS_PUBLIC, {"practice_id": practice_id}).first() is not None


def views_of(session: Session, practice_ids: Iterable[int]) -> dict[int, int]:
    """Return the views of each of the practices, 0 for one that nobody has read; one statement."""
    ids = list(practice_ids)
    if not ids:
        return {}
    query = select(ViewTotal.scope_id, ViewTotal.views).where(_views_of(Scope.PRACTICE), ViewTotal.scope_id.in_(ids))
    counted = {row.scope_id: row.views for row in session.execute(query)}
    return {practice_id: counted.get(practice_id, 0) for practice_id in ids}


def total_views(session: Session) -> int:
    """Return the views of all practices ever, those withdrawn since included."""
    return _total(session, Scope.SITE, SITE_ID)


def views_of_city(session: Session, city_id: int) -> int:
    """Return the views of all practices of a city ever, those withdrawn since included."""
    return _total(session, Scope.CITY, city_id)


def most_viewed(session: Session, limit: int) -> list[tuple[int, int]]:
    """Return (practice id, views) of the public practices read most, at most ``limit``, the most read first."""
    query = (
        select(ViewTotal.scope_id, ViewTotal.views)
        .join(Practice, Practice.id == ViewTotal.scope_id)
        .where(_views_of(Scope.PRACTICE), Practice.published_at.is_not(None), Practice.withdrawn_at.is_(None))
        .order_by(ViewTotal.views.desc(), ViewTotal.scope_id)
        .limit(limit)
    )
    return [(practice_id, views) for practice_id, views in session.execute(query)]


def _total(session: Session, scope: Scope, scope_id: int) -> int:
    query = select(ViewTotal.views).where(_views_of(scope), ViewTotal.scope_id == scope_id)
    return session.scalar(query) or 0


def _views_of(scope: Scope) -> ColumnElement[bool]:
    return (ViewTotal.scope == scope) & (ViewTotal.measure == Measure.VIEW)


_practices = Practice.__table__.c
_totals = ViewTotal.__table__.c
# Without mapper and session: this runs for each view of a practice.
_PAGE_STATE = (
    select(
        _practices.id,
        _practices.city_id,
        _practices.public_version,
        _practices.published_at,
        _practices.withdrawn_at,
        _practices.review_by,
        _totals.views,
        select(func.max(_practices.public_changed_at)).scalar_subquery().label("newest_change"),
    )
    .select_from(
        outerjoin(
            Practice.__table__,
            ViewTotal.__table__,
            (_totals.scope == Scope.PRACTICE) & (_totals.measure == Measure.VIEW) & (_totals.scope_id == _practices.id),
        )
    )
    .where(_practices.reference == bindparam("reference"))
)
_IS_PUBLIC = select(_practices.id).where(
    _practices.id == bindparam("practice_id"), _practices.published_at.is_not(None), _practices.withdrawn_at.is_(None)
)
