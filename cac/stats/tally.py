"""Counts lines of the spool by the published definition of a view; pure, in memory.

The same visitor and practice again within 30 seconds is the same view (COUNTER 5, double clicks; sliding: each click begins
the 30 seconds anew). A visitor's views beyond 100 of one practice or 1,000 of all in a day are suspected automation. As all
of this is about one visitor of one day, lines are put to their visitors first, and then counted visitor by visitor.

What visitors have seen is in visits; sums brings the counts into rows, booking into tables.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import compress, pairwise

import numpy as np

from cac.stats.columns import Longs, Requests
from cac.stats.days import QUARTER_MS, Calendar
from cac.stats.lines import Subject
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
"""The lines of a day by visitor, in the order of the keys, each visitor's in the order of time."""


@dataclass(frozen=True)
class Tally:
    """What a batch of lines adds, by hour, and the lines that wait for their visitors to be looked up, by day."""

    hours: dict[tuple[date, datetime], HourCount] = field(default_factory=dict)
    waiting: dict[date, Readings] = field(default_factory=dict)


def sort_requests(requests: Requests, calendar: Calendar) -> Tally:
    """Put the lines to their visitors; those without one are counted at once."""
    tally = Tally()
    hours: dict[date, list[tuple[HourCount, int, int]]] = defaultdict(list)
    for start, end in pairwise(_cuts(requests.times_ms // QUARTER_MS)):
        quarter = calendar.quarter_of(int(requests.times_ms[start]))
        hour = tally.hours.setdefault(quarter[:2], HourCount(*quarter[:3]))
        without_key = ~requests.has_key[start:end]
        for subject, number in Counter(compress(requests.subjects[start:end], without_key.tolist())).items():
            cell = hour.cells[subject]
            cell.raw += number
            cell.views += number
        hours[quarter.day].append((hour, start, end))
    for day, parts in hours.items():
        readings = _by_visitor(requests, day, parts)
        if readings:
            tally.waiting[day] = readings
    return tally


def _by_visitor(requests: Requests, day: date, parts: Sequence[tuple[HourCount, int, int]]) -> Readings:
    """Return those lines of a day that have a key; ``parts`` say from where to where the lines of its hours are."""
    with_key = [start + np.flatnonzero(requests.has_key[start:end]) for _, start, end in parts]
    hours = [hour for (hour, *_), places in zip(parts, with_key, strict=True) for _ in range(len(places))]
    places = np.concatenate(with_key)
    order = np.argsort(requests.visitors[places], kind="stable")
    places = places[order]
    readings = list(
        zip(
            (requests.times_ms[places] - day_ms_of(day)).tolist(),
            map(requests.subjects.__getitem__, places.tolist()),
            map(hours.__getitem__, order.tolist()),
            strict=True,
        )
    )
    visitors = requests.visitors[places]
    cuts = _cuts(visitors)
    keys = visitors[cuts[:-1]].tolist()
    return {key: readings[start:end] for key, (start, end) in zip(keys, pairwise(cuts), strict=True)}


def _cuts(numbers: Longs) -> list[int]:
    """Return where a row of numbers begins, where another number follows, and where it ends."""
    changes = np.flatnonzero(np.diff(numbers)) + 1
    return [0, *changes.tolist(), len(numbers)] if len(numbers) else []


def count_visitors(readings: Readings, known: Mapping[int, Kept]) -> list[Kept]:
    """Count the lines of a day's visitors; return their new rows in the order of the keys, ``known`` being those before."""
    rows = []
    for visitor, of_visitor in readings.items():
        _, views, packed = known.get(visitor, (visitor, 0, b""))
        history = unpack(packed)
        views = _count(of_visitor, visitor, history, views)
        rows.append((visitor, views, pack(history)))
    return rows


def _count(readings: list[Reading], visitor: int, history: History, views_before: int) -> int:
    """Count the lines of one visitor, bring ``history`` up to date, and return how many pages were viewed in all by now."""
    in_all = [views_before, sum([seen[2] for seen in history.values() if seen[0] & 1]) if history else 0]
    cities = {2 * seen[1] + (seen[0] & 1) for seen in history.values()} if history else set()
    for at, subject, hour in readings:
        item, kind = subject.item, subject.item & 1
        _, city_id, views, hours, last, earlier = history.get(item) or (item, subject.city_id, 0, 0, 0, 0)
        is_repeat = -SAME_VIEW_MS < at - last < SAME_VIEW_MS or -SAME_VIEW_MS < at - earlier < SAME_VIEW_MS
        cells = hour.cells
        if views >= VIEWS_OF_ONE or in_all[kind] >= VIEWS_IN_ALL:
            # A click within 30 seconds of the last view that counted belongs to that one.
            is_suspected = views >= VIEWS_OF_ONE + is_repeat or in_all[kind] >= VIEWS_IN_ALL + is_repeat
            cells = hour.suspected if is_suspected else cells
        cell = cells[subject]
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
