"""Days, weeks, months and changes in the reader's words."""

from babel.dates import format_date, format_skeleton
from babel.numbers import format_percent
from flask_babel import gettext

from cac.stats.periods import Grain, Period
from cac.stats.reports import PeriodCount
from cac.web.presenting import reader_locale


def period_words(grain: Grain, period: Period) -> str:
    """Return what a period is called: ``9 April 2020``, ``Week of 6 April 2020``, ``April 2020``."""
    if grain is Grain.MONTH:
        return format_skeleton("yMMMM", period.first, locale=reader_locale())
    if grain is Grain.WEEK:
        return str(gettext("Week of %(day)s", day=format_date(period.first, "medium", locale=reader_locale())))
    return format_date(period.first, "medium", locale=reader_locale())


def grain_words(grain: Grain) -> str:
    """Return the head of a column of such periods."""
    words: dict[Grain, str] = {
        Grain.DAY: gettext("Day"), Grain.WEEK: gettext("Week"), Grain.MONTH: gettext("Month"),
    }  # fmt: skip
    return words[grain]


def change_words(change: float | None) -> str:
    """Return a change as ``+50%``; a dash where there is nothing to compare with."""
    if change is None:
        return "–"
    pattern = reader_locale().percent_formats[None].pattern
    return format_percent(change, f"+{pattern};-{pattern}" if change else None, locale=reader_locale())


def change_of(count: PeriodCount) -> str:
    """Return the change of a period, or that it is not over yet."""
    return str(gettext("not over yet")) if count.is_running else change_words(count.change)
