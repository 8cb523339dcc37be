"""The monthly report in the form of COUNTER, release 5: investigations and requests of each practice.

"COUNTER-style" and not "COUNTER": compliance needs an audit. An investigation is any access to an item or what belongs to
it, a request an access to its content: here the page is the content, so a view is both; a download is both as well. Unique
items are counted in sessions of a visitor and an hour (cac/stats/models.ViewHour.sessions), once for each practice whether it
was viewed, downloaded or both. Robots, machines and suspected automation are left out, as COUNTER asks; readers without a key
cannot be told apart and are in the totals only. Months are those of UTC. https://www.projectcounter.org
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.practices.models import Practice
from cac.stats.models import COUNTED_CLASSES, Scope, ViewHour
from cac.stats.periods import Grain, period_of

METRICS = (
    "Total_Item_Investigations",
    "Total_Item_Requests",
    "Unique_Item_Investigations",
    "Unique_Item_Requests",
)


@dataclass(frozen=True)
class ItemUsage:
    """One practice in one month; ``total`` are views and downloads, ``unique`` the sessions in which it was opened."""

    practice_id: int
    reference: str
    total: int
    unique: int

    def performance(self) -> dict[str, int]:
        """Return the four metrics by their COUNTER names."""
        return dict(zip(METRICS, (self.total, self.total, self.unique, self.unique), strict=True))


def list_item_usage(session: Session, month: date) -> list[ItemUsage]:
    """Return the usage of every practice that was opened in the month in which ``month`` lies, by reference."""
    period = period_of(Grain.MONTH, month)
    begin = datetime(period.first.year, period.first.month, 1, tzinfo=UTC)
    after = period_of(Grain.MONTH, date.fromordinal(period.last.toordinal() + 1)).first
    end = datetime(after.year, after.month, 1, tzinfo=UTC)
    sums = func.sum(ViewHour.views), func.sum(ViewHour.sessions)
    query = select(ViewHour.scope_id, Practice.reference, *sums)
    query = query.outerjoin(Practice, Practice.id == ViewHour.scope_id).where(
        ViewHour.scope == Scope.PRACTICE,
        ViewHour.view_class.in_(COUNTED_CLASSES),
        ViewHour.hour >= begin,
        ViewHour.hour < end,
    )
    rows = session.execute(query.group_by(ViewHour.scope_id, Practice.reference).order_by(Practice.reference))
    return [ItemUsage(row[0], row[1] or f"#{row[0]}", int(row[2]), int(row[3])) for row in rows]


def list_months(session: Session) -> list[date]:
    """Return the first days of the months (UTC) from the first counted hour to the last one, the newest first; one statement."""
    earliest = select(func.min(ViewHour.hour)).scalar_subquery()
    latest = select(func.max(ViewHour.hour)).scalar_subquery()
    ends = session.execute(select(earliest, latest)).one()
    first, last = ends
    if None in ends:
        return []
    month, months = last.date().replace(day=1), []
    while month >= first.date().replace(day=1):
        months.append(month)
        month = period_of(Grain.MONTH, date.fromordinal(month.toordinal() - 1)).first
    return months
