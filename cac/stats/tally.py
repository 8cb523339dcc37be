"""Counts lines of the spool by the published definition of a view; pure, in memory, in the order in which lines are given.

The same visitor and practice again within 30 seconds is the same view (COUNTER 5, double clicks; sliding: each click begins
the 30 seconds anew). A visitor's views beyond 100 of one practice or 1,000 of all in a day are suspected automation.
What visitors have seen is in visits; reading and writing the tables is the business of booking.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cac.stats.days import Calendar, Quarter
from cac.stats.lines import Line, Search, Subject
from cac.stats.models import COUNTED_CLASSES, SITE_ID, Measure, Scope, ViewClass
from cac.stats.visits import Seen, Visitor, VisitorDay, Visitors

SAME_VIEW_MS = 30_000
VIEWS_OF_ONE = 100
VIEWS_IN_ALL = 1_000

DayHour = tuple[date, datetime]
Origins = dict[tuple[date, int, str], int]
Searches = dict[tuple[date, int, Search], int]
Counts = defaultdict[tuple[Any, ...], list[int]]


@dataclass(slots=True)
class Cell:
    """The counts of the lines of one hour of a day that have subject and class in common."""

    raw: int = 0
    views: int = 0
    sessions: int = 0


class Cells(dict[Subject, Cell]):
    """Cells by subject, made when they are first asked for."""

    def __missing__(self, subject: Subject) -> Cell:
        cell = self[subject] = Cell()
        return cell


@dataclass
class Tally:
    """What a batch of lines adds to the tables; ``suspected`` are people's lines that are taken for automation.

    ``keyed`` are the views by hour (UTC) and visitor's key, the suspected ones too.
    """

    cells: dict[DayHour, Cells] = field(default_factory=lambda: defaultdict(Cells))
    suspected: dict[DayHour, Cells] = field(default_factory=lambda: defaultdict(Cells))
    keyed: dict[datetime, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    uniques: dict[tuple[Any, ...], int] = field(default_factory=lambda: defaultdict(int))
    hours: Counts = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    days: Counts = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    totals: Counts = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    referrers: Origins = field(default_factory=lambda: defaultdict(int))
    countries: Origins = field(default_factory=lambda: defaultdict(int))
    searches: Searches = field(default_factory=lambda: defaultdict(int))
    """Readers by (day, practice, search): a visitor with the first view of a practice in a day; those without a key in none."""

    def add_up(self) -> None:
        """Bring the cells into the rows of the tables.

        ``hours``: raw, views, sessions by (day, hour, scope, scope id, measure, language, class); ``days``: raw, views, uniques
        by (day, scope, scope id, measure, class); ``totals``: views, raw by (scope, scope id, measure), of people only.
        """
        for (day, hour), cells in self.cells.items():
            for subject, cell in cells.items():
                self._add_cell(day, hour, subject, subject.view_class, cell)
        for (day, hour), cells in self.suspected.items():
            for subject, cell in cells.items():
                self._add_cell(day, hour, subject, ViewClass.SUSPECTED, cell)
        for place, uniques in self.uniques.items():
            self.days[place][2] += uniques

    def _add_cell(self, day: date, hour: datetime, subject: Subject, view_class: ViewClass, cell: Cell) -> None:
        measure, practice_id, language = subject.measure, subject.practice_id, subject.language
        _add(self.hours[day, hour, Scope.PRACTICE, practice_id, measure, language, view_class], cell, cell.sessions)
        is_counted = view_class in COUNTED_CLASSES
        for scope, scope_id in _scopes(subject):
            _add(self.days[day, scope, scope_id, measure, view_class], cell, 0)
            if is_counted:
                total = self.totals[scope, scope_id, measure]
                total[0] += cell.views
                total[1] += cell.raw
        if is_counted and cell.views and measure is Measure.VIEW:
            if subject.referrer:
                self.referrers[day, practice_id, subject.referrer] += cell.views
            if subject.country:
                self.countries[day, practice_id, subject.country] += cell.views


def _add(row: list[int], cell: Cell, third: int) -> None:
    row[0] += cell.raw
    row[1] += cell.views
    row[2] += third


def _scopes(subject: Subject) -> tuple[tuple[Scope, int], ...]:
    return (Scope.PRACTICE, subject.practice_id), (Scope.CITY, subject.city_id), (Scope.SITE, SITE_ID)


def visitors_of(lines: Iterable[Line], calendar: Calendar) -> set[VisitorDay]:
    """Return who must be looked up before the lines can be counted."""
    return {(calendar.day_of(time_ms), visitor) for time_ms, _, visitor in lines if visitor is not None}


def tally(lines: Iterable[Line], visitors: Visitors, calendar: Calendar) -> Tally:
    """Count the lines, which are in the order of time; ``visitors`` are brought up to date with them."""
    result = Tally()
    ends_ms, starts_ms = 0, 1
    for time_ms, subject, visitor_key in lines:
        if not starts_ms <= time_ms < ends_ms:
            quarter = calendar.quarter_of(time_ms)
            starts_ms, ends_ms = quarter.starts_ms, quarter.ends_ms
            cells, suspected, known = (
                result.cells[quarter[:2]],
                result.suspected[quarter[:2]],
                visitors.get(quarter.day, {}),
            )
            keyed = result.keyed[quarter.hour]
        if visitor_key is None:
            cell = cells[subject]
            cell.raw += 1
            cell.views += 1
            continue
        visitor = known[visitor_key]
        seen = visitor.seen.get(subject.item)
        if seen is not None:
            last_ms = seen.last_ms
            # A line that comes a little late, by a thread's pause, does not turn the memory back; a clock that was set does.
            if not last_ms - SAME_VIEW_MS < time_ms <= last_ms:
                seen.last_ms = time_ms
            if -SAME_VIEW_MS < time_ms - last_ms < SAME_VIEW_MS:
                (suspected if _is_too_much(visitor, seen, subject, 0) else cells)[subject].raw += 1
                continue
        is_suspected = _is_too_much(visitor, seen, subject, 1)
        if seen is None:
            seen = _first_sight(result, quarter, visitor, subject, is_suspected)
            seen.last_ms = time_ms
        keyed[visitor_key] = keyed.get(visitor_key, 0) + 1
        _count_view((suspected if is_suspected else cells)[subject], quarter, visitor, seen, subject)
    result.add_up()
    return result


def _is_too_much(visitor: Visitor, seen: Seen | None, subject: Subject, more: int) -> bool:
    """Whether the visitor is beyond a person's limits with ``more`` views than so far."""
    if seen is not None and seen.views + more > VIEWS_OF_ONE:
        return True
    return visitor.views[subject.item & 1] + more > VIEWS_IN_ALL


def _first_sight(result: Tally, quarter: Quarter, visitor: Visitor, subject: Subject, is_suspected: bool) -> Seen:
    """Note what the visitor has not seen before: this practice, perhaps nothing of its city, perhaps nothing at all."""
    view_class = ViewClass.SUSPECTED if is_suspected else ViewClass.PERSON
    measure = subject.measure
    result.uniques[quarter.day, Scope.PRACTICE, subject.practice_id, measure, view_class] += 1
    if not visitor.has_seen_city(subject.city_id, subject.item & 1):
        result.uniques[quarter.day, Scope.CITY, subject.city_id, measure, view_class] += 1
    if not visitor.views[subject.item & 1]:
        result.uniques[quarter.day, Scope.SITE, SITE_ID, measure, view_class] += 1
    if subject.search and not is_suspected:
        result.searches[quarter.day, subject.practice_id, subject.search] += 1
    seen = visitor.seen[subject.item] = Seen(subject.city_id)
    return seen


def _count_view(cell: Cell, quarter: Quarter, visitor: Visitor, seen: Seen, subject: Subject) -> None:
    cell.raw += 1
    cell.views += 1
    if not seen.hours & quarter.hour_bit:
        # A page read and taken away as a file is one session of the practice, as COUNTER counts items.
        other = visitor.seen.get(subject.item ^ 1)
        cell.sessions += other is None or not other.hours & quarter.hour_bit
        seen.hours |= quarter.hour_bit
    seen.views += 1
    visitor.views[subject.item & 1] += 1
