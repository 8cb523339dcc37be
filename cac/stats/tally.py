"""Counts lines of the spool by the published definition of a view; pure, in memory.

The same visitor and practice again within 30 seconds is the same view (COUNTER 5, double clicks; sliding: each click begins
the 30 seconds anew). A visitor's views beyond 100 of one practice or 1,000 of all in a day are suspected automation. As all
of this is about one visitor of one day, lines are put to their visitors first, and then counted visitor by visitor.

What visitors have seen is in visits; sums brings the counts into rows, booking into tables.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from cac.stats.days import Calendar
from cac.stats.lines import Line, Subject
from cac.stats.visits import History, Kept, day_ms_of, pack, unpack

SAME_VIEW_MS = 30_000
VIEWS_OF_ONE = 100
VIEWS_IN_ALL = 1_000


class Cell:
    """The counts of the lines of one hour of a day that have subject and class in common.

    ``sessions`` are visitors of that hour; ``uniques``, ``of_city`` and ``of_site`` those who had not yet seen on that day the
    practice, anything of its city, anything at all.
    """

    __slots__ = ("of_city", "of_site", "raw", "sessions", "uniques", "views")

    def __init__(self) -> None:
        self.raw = self.views = self.sessions = self.uniques = self.of_city = self.of_site = 0

    def add(self, other: "Cell") -> None:
        """Count in what another one counts."""
        self.raw += other.raw
        self.views += other.views
        self.sessions += other.sessions
        self.uniques += other.uniques
        self.of_city += other.of_city
        self.of_site += other.of_site


class Cells(dict[Subject, Cell]):
    """Cells by subject, made when they are first asked for."""

    def __missing__(self, subject: Subject) -> Cell:
        cell = self[subject] = Cell()
        return cell


@dataclass(frozen=True, slots=True, eq=False)
class HourCount:
    """What is counted in one hour (UTC) of a day of the site; ``bit`` is the hour's among those of its day.

    ``suspected`` are people's lines that are taken for automation. ``keyed`` are the views by visitor's key, the suspected too.
    """

    day: date
    hour: datetime
    bit: int
    cells: Cells = field(default_factory=Cells)
    suspected: Cells = field(default_factory=Cells)
    keyed: dict[int, int] = field(default_factory=dict)


Reading = tuple[int, Subject, HourCount]
"""One line of a visitor: milliseconds from day_ms_of, what was asked for, and where it is counted."""

Readings = dict[int, list[Reading]]
"""The lines of a day by visitor, each visitor's in the order of time."""


@dataclass(frozen=True)
class Tally:
    """What a batch of lines adds, by hour, and the lines that wait for their visitors to be looked up, by day."""

    hours: dict[tuple[date, datetime], HourCount] = field(default_factory=dict)
    waiting: dict[date, Readings] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))


def sort_lines(lines: Iterable[Line], calendar: Calendar) -> Tally:
    """Put the lines, which are in the order of time, to their visitors; those without one are counted at once."""
    tally = Tally()
    ends_ms, starts_ms = 0, 1
    for time_ms, subject, visitor in lines:
        if not starts_ms <= time_ms < ends_ms:
            quarter = calendar.quarter_of(time_ms)
            starts_ms, ends_ms = quarter.starts_ms, quarter.ends_ms
            day_ms = day_ms_of(quarter.day)
            hour = tally.hours.setdefault(quarter[:2], HourCount(*quarter[:3]))
            readings = tally.waiting[quarter.day]
        if visitor is None:
            cell = hour.cells[subject]
            cell.raw += 1
            cell.views += 1
        else:
            readings[visitor].append((time_ms - day_ms, subject, hour))
    return tally


def count_visitors(readings: Readings, known: Mapping[int, Kept]) -> list[Kept]:
    """Count the lines of a day's visitors; return their new rows in the order of the keys, ``known`` being those before."""
    rows = []
    for visitor in sorted(readings):
        _, views, packed = known.get(visitor, (visitor, 0, b""))
        history = unpack(packed)
        views = _count(readings[visitor], visitor, history, views)
        rows.append((visitor, views, pack(history)))
    return rows


def _count(readings: list[Reading], visitor: int, history: History, views_before: int) -> int:
    """Count the lines of one visitor, bring ``history`` up to date, and return how many pages were viewed in all by now."""
    in_all = [views_before, sum([seen[2] for seen in history.values() if seen[0] & 1])]
    cities = {2 * seen[1] + (seen[0] & 1) for seen in history.values()}
    for at, subject, hour in readings:
        item, kind = subject.item, subject.item & 1
        _, city_id, views, hours, last, earlier = history.get(item) or (item, subject.city_id, 0, 0, 0, 0)
        is_repeat = -SAME_VIEW_MS < at - last < SAME_VIEW_MS or -SAME_VIEW_MS < at - earlier < SAME_VIEW_MS
        is_suspected = views >= VIEWS_OF_ONE + is_repeat or in_all[kind] >= VIEWS_IN_ALL + is_repeat
        cell = (hour.suspected if is_suspected else hour.cells)[subject]
        cell.raw += 1
        # What comes late, from a host that was behind or after a clock was set back, never makes the latest click an older one.
        if at > last:
            last, earlier = at, earlier if is_repeat else last
        elif at <= last - SAME_VIEW_MS:
            earlier = max(at, earlier) if is_repeat else at
        if is_repeat:
            history[item] = (item, city_id, views, hours, last, earlier)
            continue
        cell.views += 1
        if not views:
            cell.uniques += 1
            cell.of_city += 2 * city_id + kind not in cities
            cell.of_site += not in_all[kind]
            cities.add(2 * city_id + kind)
        if not hours & hour.bit:
            # A page read and taken away as a file is one session of the practice, as COUNTER counts items.
            other = history.get(item ^ 1)
            cell.sessions += other is None or not other[3] & hour.bit
        history[item] = (item, city_id, views + 1, hours | hour.bit, last, earlier)
        in_all[kind] += 1
        hour.keyed[visitor] = hour.keyed.get(visitor, 0) + 1
    return in_all[0]
