"""How much is read over time, as everybody sees it: a chart of the last 30 days, and the views of each month."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import gettext

from cac.serving.database import db_session
from cac.stats import reports
from cac.stats.models import Scope
from cac.stats.periods import SHOWN, Grain, Period, before, list_periods, period_of
from cac.stats.reports import DayCount
from cac.web.charts import Chart, Series, draw_bars
from cac.web.period_words import axis_of_days, period_words

DAYS = SHOWN[Grain.DAY]


def list_days_of_months(scope: Scope, scope_id: int, today: date) -> list[DayCount]:
    """Return the days of the months that are shown, up to today; one statement."""
    first = list_periods(Grain.MONTH, today, SHOWN[Grain.MONTH])[0].first
    return reports.list_days(db_session(), scope, scope_id, first=first, last=today)


def list_last_days(scope: Scope, scope_id: int, today: date) -> list[DayCount]:
    """Return the last 30 days, today being the last; one statement."""
    return reports.list_days(db_session(), scope, scope_id, first=today - timedelta(days=DAYS - 1), last=today)


def draw_last_days(days: Sequence[DayCount], since: date | None, today: date) -> Chart:
    """Return the chart of the last 30 of the days, which end with today; none before ``since``, the first counted one."""
    shown = [each for each in days[-DAYS:] if since is not None and each.day >= since]
    views = Series(gettext("Views"), "c1", tuple(each.views for each in shown))
    axis = axis_of_days([each.day for each in shown], today=today)
    return draw_bars("days", gettext("Views on each of the last 30 days"), axis, [views])


def add_up_months(days: Sequence[DayCount], since: date | None) -> dict[Period, int]:
    """Return the views of each month that has some of the days, the newest first, none that was over before ``since``."""
    months: dict[Period, int] = defaultdict(int)
    for each in reversed(days):
        months[period_of(Grain.MONTH, each.day)] += each.views
    return {month: views for month, views in months.items() if since is not None and month.last >= since}


def month_rows(months: dict[Period, int], today: date) -> list[tuple[str, int]]:
    """Return the months in words with their views; the running one says that it is not over."""
    return [(month_words(month, today, gettext("not over yet")), views) for month, views in months.items()]


def month_words(month: Period, today: date, while_running: str) -> str:
    """Return what a month is called, with a remark in brackets as long as it runs."""
    words = period_words(Grain.MONTH, month)
    return f"{words} ({while_running})" if today in month else words


def month_to_show(months: dict[Period, int], today: date) -> Period:
    """Return the running month; the one before as long as nothing was read in it yet."""
    running = period_of(Grain.MONTH, today)
    earlier = before(Grain.MONTH, running)
    return earlier if months.get(earlier) and not months.get(running) else running
