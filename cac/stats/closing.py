"""Closes days: deletes what told visitors apart, and folds lists of sites and searches to their longest part and the rest.

In the caller's transaction, which is the only one that counts until it ends; three statements for each table, whatever is in it.
A host that was behind may add to a day that is closed: days with long lists are looked for whenever one closes.
"""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Executable, delete, func, select, tuple_
from sqlalchemy.orm import Session

from cac.stats.booking import wait_for_turn
from cac.stats.models import ReferrerDay, SearchDay, ViewKey
from cac.stats.upserts import add_rows

HOSTS_KEPT = SEARCHES_KEPT = 50
SEARCHES_KEPT_FOR = timedelta(days=400)
"""Longer than any list of them looks back: twelve months."""
OTHER = "other"


def close_days_before(session: Session, day: date) -> None:
    """Delete the visitors' keys of all days before ``day``, fold their referrers and searches to the top 50 and the rest.

    Searches that no list looks back to any more are deleted.
    """
    wait_for_turn(session)
    session.execute(delete(ViewKey).where(ViewKey.day < day).execution_options(synchronize_session=False))
    old = delete(SearchDay).where(SearchDay.day < day - SEARCHES_KEPT_FOR)
    session.execute(old.execution_options(synchronize_session=False))
    _fold_referrers(session, day)
    _fold_searches(session, day)


def _fold_referrers(session: Session, before: date) -> None:
    place = ReferrerDay.day, ReferrerDay.scope, ReferrerDay.scope_id
    long = select(ReferrerDay.day).where(ReferrerDay.day < before, ReferrerDay.host != OTHER).group_by(*place)
    days = ReferrerDay.day.in_(set(session.scalars(long.having(func.count() > HOSTS_KEPT))))
    rank = func.row_number().over(partition_by=place, order_by=(ReferrerDay.views.desc(), ReferrerDay.host))
    ranked = select(*place, ReferrerDay.host, rank.label("rank")).where(days, ReferrerDay.host != OTHER).subquery()
    least = select(ranked.c.day, ranked.c.scope, ranked.c.scope_id, ranked.c.host).where(ranked.c.rank > HOSTS_KEPT)
    gone = delete(ReferrerDay).where(tuple_(*place, ReferrerDay.host).in_(least)).returning(*place, ReferrerDay.views)
    rest = _add_up(session, gone)
    rows = [(*key, OTHER, views) for key, views in sorted(rest.items())]
    add_rows(session, ReferrerDay, ("day", "scope", "scope_id", "host", "views"), rows, sums=("views",))


def _fold_searches(session: Session, before: date) -> None:
    place, search = (SearchDay.day, SearchDay.practice_id), (SearchDay.language, SearchDay.words)
    long = select(SearchDay.day).where(SearchDay.day < before, SearchDay.words != "").group_by(*place)
    days = SearchDay.day.in_(set(session.scalars(long.having(func.count() > SEARCHES_KEPT))))
    rank = func.row_number().over(partition_by=place, order_by=(SearchDay.readers.desc(), *search))
    ranked = select(*place, *search, rank.label("rank")).where(days, SearchDay.words != "").subquery()
    key = ranked.c.day, ranked.c.practice_id, ranked.c.language, ranked.c.words
    least = select(*key).where(ranked.c.rank > SEARCHES_KEPT)
    gone = delete(SearchDay).where(tuple_(*place, *search).in_(least)).returning(*place, SearchDay.readers)
    rest = _add_up(session, gone)
    rows = [(*key, "", "", readers) for key, readers in sorted(rest.items())]
    add_rows(session, SearchDay, ("day", "practice_id", "language", "words", "readers"), rows, sums=("readers",))


def _add_up(session: Session, gone: Executable) -> dict[tuple[Any, ...], int]:
    """Delete rows, and return by place what they counted."""
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for *place, count in session.execute(gone, execution_options={"synchronize_session": False}):
        sums[tuple(place)] += count
    return sums
