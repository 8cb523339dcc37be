"""What the operator sees of counting itself: the classes by day, views beside repeats, what waits and what was lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import dropwhile

from babel.dates import format_timedelta
from flask_babel import gettext

from cac.clock import now
from cac.practices.queries import list_references
from cac.search import missing
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.stats import health
from cac.stats.health import ClassDay, Health, HostLag
from cac.stats.models import ViewClass
from cac.web.charts import Chart, Series, draw_bars
from cac.web.data_files import Cell
from cac.web.period_words import axis_of_days
from cac.web.presenting import reader_locale

LOOKED_FOR_SHOWN = 5


@dataclass(frozen=True)
class CountingInsights:
    """How counting is doing: its health now, the last days, and the words that were looked for most and hardly found.

    ``keyless`` are the references of practices whose latest views are mostly without a key.
    """

    health: Health
    days: list[ClassDay]
    looked_for: list[tuple[str, int]]
    keyless: list[str]

    @property
    def salt_breaks(self) -> int:
        """How often a salt was lost in these days."""
        return sum(each.salt_breaks for each in self.days)

    @property
    def days_with_requests(self) -> list[ClassDay]:
        """The days from the first one with a request on: before it nothing was counted."""
        return list(dropwhile(lambda each: not any(each.requests.values()), self.days))

    @property
    def hosts(self) -> list[tuple[HostLag, str]]:
        """The hosts that count, and in words by how much each is behind."""
        return [(host, _words_of(host.seconds)) for host in self.health.hosts]

    @property
    def late_words(self) -> str:
        """By how much counting is behind."""
        return _words_of(self.health.late_seconds)

    @property
    def age_words(self) -> str:
        """How long ago the moment lies until which is counted."""
        return _words_of(self.health.freshness.seconds, add_direction=True)

    @property
    def classes_chart(self) -> Chart:
        """Requests of practices by who made them, stacked."""
        series = [
            Series(words, f"c{index}", tuple(each.requests.get(view_class, 0) for each in self.days_with_requests))
            for index, (view_class, words) in enumerate(class_words().items(), 1)
        ]
        return self._draw("classes", gettext("Requests of pages by class, last 30 days"), series)

    @property
    def raw_chart(self) -> Chart:
        """People's views and, on top, the repeats that make raw requests of them."""
        days = self.days_with_requests
        series = [
            Series(gettext("Views"), "c1", tuple(each.views for each in days)),
            Series(gettext("Repeats within 30 seconds"), "c2", tuple(each.raw - each.views for each in days)),
        ]
        return self._draw("raw", gettext("People's requests of pages: views and repeats"), series)

    @property
    def part_rows(self) -> list[tuple[str, int]]:
        """What became of the lines at the last check, in words."""
        check = self.health.check
        return [(words, check.parts.get(name, 0)) for name, words in part_words().items()] if check else []

    def _draw(self, key: str, title: str, series: Sequence[Series]) -> Chart:
        days = [each.day for each in self.days_with_requests]
        return draw_bars(key, title, axis_of_days(days, today=self.days[-1].day), series)


def read(first: date, last: date) -> CountingInsights:
    """Return how counting is doing now, and each day from ``first`` to ``last``."""
    session, services = db_session(), current_services()
    state = health.examine(session, services.settings, at=now())
    return CountingInsights(
        state,
        health.list_class_days(session, first=first, last=last),
        [(row.words, row.times) for row in missing.list_missing(session, page=1, per_page=LOOKED_FOR_SHOWN)[0]],
        list_references(session, state.keyless),
    )


def _words_of(seconds: float, *, add_direction: bool = False) -> str:
    age = timedelta(seconds=-int(seconds) if add_direction else int(seconds))
    return format_timedelta(age, threshold=1.5, add_direction=add_direction, locale=reader_locale())


def class_words() -> dict[ViewClass, str]:
    """Return what each class is called, people first."""
    return {
        ViewClass.PERSON: gettext("People"),
        ViewClass.NO_KEY: gettext("People who ask not to be tracked"),
        ViewClass.ROBOT: gettext("Declared robots"),
        ViewClass.MACHINE: gettext("Programs that read data"),
        ViewClass.SUSPECTED: gettext("Suspected automation"),
    }


def part_words() -> dict[str, str]:
    """Return what the parts of a check are called."""
    return {
        "views": gettext("Views by people"),
        "no_key": gettext("Views by people who ask not to be tracked"),
        "downloads": gettext("Downloads by people"),
        "repeats": gettext("Repeats within 30 seconds"),
        "robots": gettext("Declared robots"),
        "machines": gettext("Programs that read data"),
        "suspected": gettext("Suspected automation"),
        "bad": gettext("Lines that cannot be read"),
    }


def classes_file(found: CountingInsights) -> tuple[Sequence[str], list[tuple[Cell, ...]]]:
    """Return the days with their classes as columns and rows of a file."""
    classes = list(ViewClass)
    columns = ("day", *(f"requests_{each}" for each in classes), "people_views", "people_requests", "salt_breaks")
    rows: list[tuple[Cell, ...]] = [
        (
            each.day.isoformat(),
            *(each.requests.get(view_class, 0) for view_class in classes),
            each.views,
            each.raw,
            each.salt_breaks,
        )
        for each in found.days
    ]
    return columns, rows
