"""Adds the counts of a batch up to the rows of the tables: by hour, by day, in total, by origin. Pure, in memory.

The counts come from tally, by hour, subject and class; booking writes the rows.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from cac.stats.lines import Search, Subject
from cac.stats.models import COUNTED_CLASSES, SITE_ID, Measure, Scope, ViewClass
from cac.stats.tally import Cell, Cells, HourCount

Place = tuple[int, int, Measure, str, ViewClass]
"""Practice, city, measure, language and class."""

PRACTICE, CITY, SITE = Scope.PRACTICE, Scope.CITY, Scope.SITE


def _zeros() -> list[int]:
    return [0, 0, 0]


@dataclass(frozen=True)
class Sums:
    """What a batch adds to the tables, the key of a row with its numbers.

    ``hours``: raw, views, sessions by (day, hour, practice id, measure, language, class); ``days``: raw, views, uniques by (day,
    scope, scope id, measure, class); ``totals``: views, raw by (scope, scope id, measure), of people only; ``referrers`` and
    ``countries``: views by (day, practice id, host or country); ``searches``: readers by (day, practice id, search), visitors
    whose first view of the practice in a day it led to, without those that have no key.
    """

    hours: dict[tuple[date, datetime, int, str, str, str], list[int]] = field(
        default_factory=lambda: defaultdict(_zeros)
    )
    days: dict[tuple[date, str, int, str, str], list[int]] = field(default_factory=lambda: defaultdict(_zeros))
    totals: dict[tuple[str, int, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    referrers: dict[tuple[date, int, str], int] = field(default_factory=lambda: defaultdict(int))
    countries: dict[tuple[date, int, str], int] = field(default_factory=lambda: defaultdict(int))
    searches: dict[tuple[date, int, Search], int] = field(default_factory=lambda: defaultdict(int))


def add_up(hours: Iterable[HourCount]) -> Sums:
    """Return the rows to which the counts of some hours add up."""
    sums = Sums()
    for hour in hours:
        _add_cells(sums, hour, hour.cells, None)
        _add_cells(sums, hour, hour.suspected, ViewClass.SUSPECTED)
    return sums


def _add_cells(sums: Sums, hour: HourCount, cells: Cells, view_class: ViewClass | None) -> None:
    """Add the cells of an hour; of the class of their subjects if none is given."""
    together: dict[Place, Cell] = {}
    for subject, cell in cells.items():
        place = (
            subject.practice_id,
            subject.city_id,
            subject.measure,
            subject.language,
            view_class or subject.view_class,
        )
        one = together.get(place)
        if one is None:
            one = together[place] = Cell()
        one.add(cell)
        if place[4] in COUNTED_CLASSES:
            _add_origins(sums, hour.day, subject, cell)
    for place, cell in together.items():
        _add_place(sums, hour, place, cell)


def _add_origins(sums: Sums, day: date, subject: Subject, cell: Cell) -> None:
    if cell.views and subject.measure is Measure.VIEW:
        if subject.referrer:
            sums.referrers[day, subject.practice_id, subject.referrer] += cell.views
        if subject.country:
            sums.countries[day, subject.practice_id, subject.country] += cell.views
    if cell.uniques and subject.search:
        sums.searches[day, subject.practice_id, subject.search] += cell.uniques


def _add_place(sums: Sums, hour: HourCount, place: Place, cell: Cell) -> None:
    practice_id, city_id, measure, language, view_class = place
    of_hour = sums.hours[hour.day, hour.hour, practice_id, measure, language, view_class]
    of_hour[0] += cell.raw
    of_hour[1] += cell.views
    of_hour[2] += cell.sessions
    scopes = (PRACTICE, practice_id, cell.uniques), (CITY, city_id, cell.of_city), (SITE, SITE_ID, cell.of_site)
    for scope, scope_id, uniques in scopes:
        day = sums.days[hour.day, scope, scope_id, measure, view_class]
        day[0] += cell.raw
        day[1] += cell.views
        day[2] += uniques
        if view_class in COUNTED_CLASSES:
            total = sums.totals[scope, scope_id, measure]
            total[0] += cell.views
            total[1] += cell.raw
