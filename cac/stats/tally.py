"""Counts lines of the spool by the published definition of a view; pure, in memory, in the order in which lines are given.

The same visitor and practice again within 30 seconds is the same view (COUNTER 5, double clicks; sliding: each click begins
the 30 seconds anew). A visitor's views beyond 100 of one practice or 1,000 of all in a day are suspected automation.
Reading and writing the tables is the business of booking.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from cac.stats.days import Calendar, Quarter
from cac.stats.models import COUNTED_CLASSES, SITE_ID, Measure, Scope, ViewClass
from cac.stats.spool import Line

SAME_VIEW_MS = 30_000
VIEWS_OF_ONE = 100
VIEWS_IN_ALL = 1_000
REMEMBERED = 200_000

VisitorDay = tuple[date, int]
KeyScope = tuple[Measure, Scope, int]


@dataclass(slots=True)
class Seen:
    """What a visitor of a day has seen of one scope: views so far and a bit for each hour; ``added`` is not booked yet."""

    views: int = 0
    hours: int = 0
    added: int = 0


Keys = dict[VisitorDay, dict[KeyScope, Seen]]


class Recent:
    """The visitors of the last 30 seconds and when each came to each practice last."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, int, Measure], int] = {}

    def is_repeat(self, line: Line) -> bool:
        """Whether the line is the same view as one before it; notes that the visitor came."""
        key = (line.visitor or 0, line.practice_id, line.measure)
        last = self._last.get(key)
        if last is None:
            self._last[key] = line.time_ms
            return False
        # A line can come late, by a thread's pause or a clock that was set: then it does not turn the memory back.
        if line.time_ms > last:
            self._last[key] = line.time_ms
        return abs(line.time_ms - last) < SAME_VIEW_MS

    def remember(self, lines: Iterable[Line]) -> None:
        """Note visitors who are counted already."""
        for line in sorted(
            (line for line in lines if line.view_class == ViewClass.PERSON), key=lambda line: line.time_ms
        ):
            self.is_repeat(line)

    def forget_old(self) -> None:
        """Drop who came too long ago to matter, once there are many."""
        if len(self._last) <= REMEMBERED:
            return
        since = max(self._last.values()) - 2 * SAME_VIEW_MS
        self._last = {key: last for key, last in self._last.items() if last >= since}


class CellKey(NamedTuple):
    """What lines have in common that are counted in one place."""

    quarter: Quarter
    practice_id: int
    city_id: int
    measure: Measure
    language: str
    view_class: ViewClass


@dataclass(slots=True)
class Cell:
    """The counts of one cell."""

    raw: int = 0
    views: int = 0
    sessions: int = 0


Counts = defaultdict[tuple[object, ...], list[int]]


@dataclass
class Tally:
    """What a batch of lines adds to the tables."""

    cells: dict[CellKey, Cell] = field(default_factory=dict)
    uniques: dict[tuple[date, Scope, int, Measure, ViewClass], int] = field(default_factory=lambda: defaultdict(int))
    referrers: dict[tuple[date, int, str], int] = field(default_factory=lambda: defaultdict(int))
    countries: dict[tuple[date, int, str], int] = field(default_factory=lambda: defaultdict(int))

    def hours(self) -> Counts:
        """Return raw, views, sessions by (hour, scope, scope id, measure, language, class)."""
        rows = _counts(3)
        for key, cell in self.cells.items():
            place = (key.quarter.hour, Scope.PRACTICE, key.practice_id, key.measure, key.language, key.view_class)
            _add(rows[place], cell.raw, cell.views, cell.sessions)
        return rows

    def days(self) -> Counts:
        """Return raw, views, uniques by (day, scope, scope id, measure, class)."""
        rows = _counts(3)
        for key, cell in self.cells.items():
            for scope, scope_id in _scopes(key.practice_id, key.city_id):
                _add(rows[key.quarter.day, scope, scope_id, key.measure, key.view_class], cell.raw, cell.views, 0)
        for place, uniques in self.uniques.items():
            rows[place][2] += uniques
        return rows

    def totals(self) -> Counts:
        """Return views, raw by (scope, scope id, measure), of people only."""
        rows = _counts(2)
        for key, cell in self.cells.items():
            if key.view_class in COUNTED_CLASSES:
                for scope, scope_id in _scopes(key.practice_id, key.city_id):
                    _add(rows[scope, scope_id, key.measure], cell.views, cell.raw)
        return rows


def _counts(width: int) -> Counts:
    return defaultdict(lambda: [0] * width)


def _add(row: list[int], *amounts: int) -> None:
    for position, amount in enumerate(amounts):
        row[position] += amount


def _scopes(practice_id: int, city_id: int) -> tuple[tuple[Scope, int], ...]:
    return (Scope.PRACTICE, practice_id), (Scope.CITY, city_id), (Scope.SITE, SITE_ID)


def visitors_of(lines: Iterable[Line], calendar: Calendar) -> set[VisitorDay]:
    """Return who must be looked up before the lines can be counted."""
    return {(calendar.day_of(line.time_ms), line.visitor) for line in lines if line.visitor is not None}


def tally(lines: Iterable[Line], recent: Recent, keys: Keys, calendar: Calendar) -> Tally:
    """Count the lines, which are in the order of time; ``recent`` and ``keys`` are brought up to date with them."""
    result = Tally()
    for line in lines:
        quarter = calendar.quarter_of(line.time_ms)
        if line.view_class != ViewClass.PERSON:
            cell = _cell(result, quarter, line, line.view_class)
            cell.raw += 1
            cell.views += 1
            if line.view_class == ViewClass.NO_KEY:
                _note_origin(result, quarter.day, line)
            continue
        seen = keys.setdefault((quarter.day, line.visitor or 0), {})
        if recent.is_repeat(line):
            _cell(result, quarter, line, _class_of(seen, line, 0)).raw += 1
        else:
            _count_person(result, quarter, line, seen)
    return result


def _count_person(result: Tally, quarter: Quarter, line: Line, seen: dict[KeyScope, Seen]) -> None:
    view_class = _class_of(seen, line, 1)
    cell = _cell(result, quarter, line, view_class)
    cell.raw += 1
    cell.views += 1
    for scope, scope_id in _scopes(line.practice_id, line.city_id):
        key = (line.measure, scope, scope_id)
        known = seen.get(key)
        if known is None:
            known = seen[key] = Seen()
            result.uniques[quarter.day, scope, scope_id, line.measure, view_class] += 1
        if scope is Scope.PRACTICE and not known.hours & quarter.hour_bit:
            cell.sessions += 1
        known.views += 1
        known.added += 1
        known.hours |= quarter.hour_bit
    if view_class == ViewClass.PERSON:
        _note_origin(result, quarter.day, line)


def _class_of(seen: dict[KeyScope, Seen], line: Line, more: int) -> ViewClass:
    """Whether the visitor is within a person's limits with ``more`` views than so far."""
    of_one = seen.get((line.measure, Scope.PRACTICE, line.practice_id))
    in_all = seen.get((line.measure, Scope.SITE, SITE_ID))
    if of_one is not None and of_one.views + more > VIEWS_OF_ONE:
        return ViewClass.SUSPECTED
    if in_all is not None and in_all.views + more > VIEWS_IN_ALL:
        return ViewClass.SUSPECTED
    return ViewClass.PERSON


def _cell(result: Tally, quarter: Quarter, line: Line, view_class: ViewClass) -> Cell:
    key = CellKey(quarter, line.practice_id, line.city_id, line.measure, line.language, view_class)
    cell = result.cells.get(key)
    if cell is None:
        cell = result.cells[key] = Cell()
    return cell


def _note_origin(result: Tally, day: date, line: Line) -> None:
    if line.measure != Measure.VIEW:
        return
    if line.referrer:
        result.referrers[day, line.practice_id, line.referrer] += 1
    if line.country:
        result.countries[day, line.practice_id, line.country] += 1
