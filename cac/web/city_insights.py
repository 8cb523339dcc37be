"""What an official sees of their city's readers: those of all its practices together, and the practices in a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for

from cac.cities.models import City
from cac.clock import day_in
from cac.practices import queries as practices
from cac.practices.models import Practice
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.stats import reports
from cac.stats.models import Scope
from cac.stats.periods import SHOWN, Grain, Period, before, change, is_counted, is_whole, list_periods, period_of
from cac.stats.reports import PracticeCounts
from cac.web import readership, readership_files
from cac.web.cards import published_content
from cac.web.data_files import Cell
from cac.web.period_words import change_words, number_words
from cac.web.readership import Readership
from cac.web.readership_files import File, change_cell, period_cells


@dataclass(frozen=True)
class PracticeRow:
    """One practice: its views in the last whole period, in the one before, and in the running one so far, and its downloads.

    The first two are None where counting began later; ``change`` where it began in the period before, or nothing came then.
    ``downloads`` are those of all the periods that the page shows; ``address`` is the page of its own readers.
    """

    reference: str
    title: str
    language: str
    address: str
    is_withdrawn: bool
    last: int | None
    earlier: int | None
    change: float | None
    running: int
    downloads: int

    @property
    def last_words(self) -> str:
        """The views of the last whole period as they are shown."""
        return number_words(self.last)

    @property
    def earlier_words(self) -> str:
        """The views of the period before as they are shown."""
        return number_words(self.earlier)

    @property
    def change_words(self) -> str:
        """The change as it is shown."""
        return change_words(self.change)


@dataclass(frozen=True)
class CityInsights:
    """The readers of a city, and its practices, the most read first."""

    readers: Readership
    practices: list[PracticeRow]


@dataclass(frozen=True)
class RecentReads:
    """The views and downloads of a city's practices in the last 30 days."""

    views: int
    downloads: int


def read(city: City, grain: Grain, *, today: date) -> CityInsights:
    """Return how a city's practices are read, by day, week or month up to today."""
    found = practices.list_once_published_of_city(db_session(), city.id)
    readers = readership.read(Scope.CITY, city.id, [each.id for each in found], grain, today=today)
    rows = _practice_rows(found, grain, today, readers.begun)
    return CityInsights(
        readers=readers,
        practices=sorted(rows, key=lambda row: (-(row.last or 0), -row.running, row.reference)),
    )


def recent_of(city: City, *, at: datetime) -> RecentReads:
    """Return how a city's practices were read in the last 30 days, today included; one statement."""
    today = day_in(current_services().settings.timezone, at)
    first = today - timedelta(days=SHOWN[Grain.DAY] - 1)
    days = reports.list_days(db_session(), Scope.CITY, city.id, first=first, last=today)
    return RecentReads(sum(each.views for each in days), sum(each.downloads for each in days))


def _practice_rows(found: Sequence[Practice], grain: Grain, today: date, begun: date | None) -> list[PracticeRow]:
    running = period_of(grain, today)
    last = before(grain, running)
    window = Period(list_periods(grain, today, SHOWN[grain])[0].first, today)
    earlier = before(grain, last)
    counts = reports.count_practices(db_session(), [each.id for each in found], [last, earlier, running], window)
    return [_practice_row(each, counts[each.id], grain, (last, earlier), begun) for each in found]


def _practice_row(
    practice: Practice, counts: PracticeCounts, grain: Grain, periods: tuple[Period, Period], begun: date | None
) -> PracticeRow:
    (last, earlier), (in_last, in_earlier, in_running) = periods, counts.views
    return PracticeRow(
        reference=practice.reference,
        title=published_content(practice.original).title or practice.reference,
        language=practice.original_language,
        address=url_for("insights.desk_practice", reference=practice.reference, by=grain),
        is_withdrawn=practice.withdrawn_at is not None,
        last=in_last if is_counted(last, begun) else None,
        earlier=in_earlier if is_counted(earlier, begun) else None,
        change=change(in_last, in_earlier) if is_whole(earlier, counts.begun) else None,
        running=in_running,
        downloads=counts.downloads,
    )


def _practices_file(found: CityInsights) -> File:
    readers = found.readers
    last, running, window = (period_cells(each) for each in (readers.last, readers.running.period, readers.window))
    columns = (
        "reference", "title", "is_withdrawn",
        "last_period_first_day", "last_period_last_day", "views_last_period", "views_period_before", "change",
        "running_period_first_day", "running_period_last_day", "views_running_period",
        "downloads_first_day", "downloads_last_day", "downloads",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            row.reference, row.title, "yes" if row.is_withdrawn else "no",
            *last, row.last, row.earlier, change_cell(row.change), *running, row.running, *window, row.downloads,
        )
        for row in found.practices
    ]  # fmt: skip
    return columns, rows


def file_of(found: CityInsights, table: str) -> File | None:
    """Return a table of the page as a file, None if it has no such table."""
    if table == "practices":
        return _practices_file(found)
    return readership_files.file_of(found.readers, table)
