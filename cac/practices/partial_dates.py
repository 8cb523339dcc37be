"""Dates of which only the year, or the year and the month, may be known: "2020", "2020-03", "2020-03-24"."""

import re
from datetime import date, timedelta

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
EARLIEST_YEAR = 1800


def is_partial_date(value: str) -> bool:
    """Whether ``value`` is a year, a month or a day of the calendar, from 1800 on."""
    match = _FORM.fullmatch(value)
    if match is None or int(match[1]) < EARLIEST_YEAR:
        return False
    try:
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return False
    return True


def is_day(value: str) -> bool:
    """Whether ``value`` is a whole date: year, month and day."""
    return is_partial_date(value) and len(value) == 10


def first_day(value: str) -> date:
    """Return the first day that a valid partial date can mean."""
    year, month, day = [*value.split("-"), "01", "01"][:3]
    return date(int(year), int(month), int(day))


def last_day(value: str) -> date:
    """Return the last day that a valid partial date can mean."""
    if len(value) == 10:
        return date.fromisoformat(value)
    if len(value) == 4:
        return date(int(value), 12, 31)
    first = first_day(value)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1) if first.year < 9999 else date.max
    return following - timedelta(days=1)
