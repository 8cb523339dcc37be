"""Days, weeks, months and changes in the reader's words, along a chart too."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from babel.numbers import format_percent
from flask_babel import gettext

from cac.stats.periods import Grain, Period, period_of
from cac.web.charts import FEWEST_SLOTS, Axis
from cac.web.presenting import day as day_words
from cac.web.presenting import number, reader_locale

NO_NUMBER = "–"
MONDAY = 0
EDGE = 0.1
"""The part of a chart at either end under which no short date stands: half its width would lie outside."""


def period_words(grain: Grain, period: Period) -> str:
    """Return what a period is called: ``9 April 2020``, ``Week of 6 April 2020``, ``April 2020``."""
    if grain is Grain.MONTH:
        return format_skeleton("yMMMM", period.first, locale=reader_locale())
    day = format_skeleton("yMMMd", period.first, locale=reader_locale())
    return str(gettext("Week of %(day)s", day=day)) if grain is Grain.WEEK else day


def grain_words(grain: Grain) -> str:
    """Return the head of a column of such periods."""
    words: dict[Grain, str] = {
        Grain.DAY: gettext("Day"), Grain.WEEK: gettext("Week"), Grain.MONTH: gettext("Month"),
    }  # fmt: skip
    return words[grain]


def day_begins(zone: str, zone_of_city: str, today: date) -> str:
    """Return the time of day in the city at which ``today`` begins in the site's time zone; "" where that is midnight too."""
    begins = datetime.combine(today, time(), ZoneInfo(zone)).astimezone(ZoneInfo(zone_of_city)).time()
    return format_time(begins, "HH:mm", locale=reader_locale()) if begins != time() else ""


def change_words(change: float | None) -> str:
    """Return a change as ``+50%``, ``−20%``; a dash where there is nothing to compare with."""
    if change is None:
        return NO_NUMBER
    pattern = reader_locale().percent_formats[None].pattern
    return format_percent(change, f"+{pattern};\N{MINUS SIGN}{pattern}" if change else None, locale=reader_locale())


def number_words(count: int | None) -> str:
    """Return a number as it is shown; a dash where counting had not begun."""
    return NO_NUMBER if count is None else number(count)


def axis_of(
    grain: Grain,
    periods: Sequence[Period],
    *,
    today: date,
    begun: date | None = None,
    broken: Collection[date] = (),
) -> Axis:
    """Return what stands along a chart of ``periods``.

    Not whole are the one that holds ``today`` and the one in which counting has ``begun``. On ``broken`` days a salt was lost.
    """
    parts, remarks = {}, {}
    for index, period in enumerate(periods):
        if today in period:
            parts[index] = str(gettext("not over yet"))
        elif begun is not None and period.first < begun <= period.last:
            parts[index] = str(gettext("counted since %(day)s", day=day_words(begun)))
        if any(each in period for each in broken):
            remarks[index] = str(gettext("visitors may be counted twice"))
    labels = tuple(period_words(grain, period) for period in periods)
    return Axis(grain_words(grain), labels, _ticks(grain, periods), parts, remarks)


def axis_of_days(days: Sequence[date], *, today: date) -> Axis:
    """Return what stands along a chart of days."""
    return axis_of(Grain.DAY, [period_of(Grain.DAY, each) for each in days], today=today)


def _ticks(grain: Grain, periods: Sequence[Period]) -> tuple[str, ...]:
    """The short dates below a chart: each Monday of days, each second or third of longer periods if they are many."""
    slots = max(len(periods), FEWEST_SLOTS)
    every = 1 + slots // 6 if slots > FEWEST_SLOTS else 2
    skeleton = "MMM" if grain is Grain.MONTH else "MMMd"

    def is_marked(index: int, period: Period) -> bool:
        place = (index + 0.5) / slots
        is_due = period.first.weekday() == MONDAY if grain is Grain.DAY else index % every == 1
        return is_due and EDGE <= place <= 1 - EDGE

    return tuple(
        format_skeleton(skeleton, period.first, locale=reader_locale()) if is_marked(index, period) else ""
        for index, period in enumerate(periods)
    )
