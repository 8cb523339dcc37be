"""Days, weeks and months as statistics show them, and the change from one to the next; pure, without a database.

Weeks begin on Monday (ISO 8601). Days are those of the site's own time zone.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Grain(StrEnum):
    """How finely time is cut."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


SHOWN = {Grain.DAY: 30, Grain.WEEK: 12, Grain.MONTH: 12}
"""How many periods of each kind a report shows, the running one included."""


@dataclass(frozen=True)
class Period:
    """The days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def period_of(grain: Grain, day: date) -> Period:
    """Return the day, week or month in which ``day`` lies."""
    if grain is Grain.DAY:
        return Period(day, day)
    if grain is Grain.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6))
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def before(grain: Grain, period: Period) -> Period:
    """Return the period that ends where ``period`` begins."""
    return period_of(grain, period.first - timedelta(days=1))


def list_periods(grain: Grain, today: date, count: int) -> list[Period]:
    """Return ``count`` periods, the oldest first; the last one is running and holds ``today``."""
    periods = [period_of(grain, today)]
    while len(periods) < count:
        periods.append(before(grain, periods[-1]))
    return periods[::-1]


def change(now: int, then: int) -> float | None:
    """Return by which part of ``then`` the number grew: 0.5 is half as much again; None where ``then`` is nought."""
    return (now - then) / then if then else None


def is_counted(period: Period, begun: date | None) -> bool:
    """Whether something was counted in a period, or could have been: it does not lie before the day on which counting began."""
    return begun is not None and begun <= period.last


def is_whole(period: Period, begun: date | None) -> bool:
    """Whether counting had begun with the first day of a period, so that others may be compared with it."""
    return begun is not None and begun <= period.first
