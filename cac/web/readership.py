"""How practices are read, as officials see it: views by day, week or month, and where readers came from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext

from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.stats import audience, reports
from cac.stats.audience import Countries, Searches
from cac.stats.closing import OTHER
from cac.stats.models import Scope
from cac.stats.periods import SHOWN, Grain, Period, before, period_of
from cac.stats.reports import PeriodCount
from cac.web.charts import Axis, Chart, Series, Table, draw_bars, tabulate
from cac.web.period_words import axis_of, change_words, period_words
from cac.web.presenting import country, host_words, language, number


@dataclass(frozen=True)
class Readership:
    """The readers of a practice or a city; ``last`` is the last whole period, ``window`` all that the charts show.

    ``counts`` end with the last whole period, where one was counted, and the running one. On ``broken`` days a salt was lost.
    """

    grain: Grain
    begun: date | None
    broken: frozenset[date]
    window: Period
    last: Period
    counts: list[PeriodCount]
    languages: list[tuple[str, int]]
    referrers: list[tuple[str, int]]
    searches: Searches
    countries: Countries

    @property
    def last_words(self) -> str:
        """What the last whole period is called."""
        return period_words(self.grain, self.last)

    @property
    def earlier_words(self) -> str:
        """What the period before the last whole one is called."""
        return period_words(self.grain, before(self.grain, self.last))

    @property
    def running_words(self) -> str:
        """What the running period is called."""
        return period_words(self.grain, self.running.period)

    @property
    def last_count(self) -> PeriodCount | None:
        """The views of the last whole period, None where counting began after it."""
        return self.counts[-2] if len(self.counts) > 1 else None

    @property
    def last_change(self) -> str:
        """The change from the period before to the last whole one, as it is shown."""
        return change_words(self.last_count.change if self.last_count else None)

    @property
    def running(self) -> PeriodCount:
        """The views of the running period so far."""
        return self.counts[-1]

    def has_break_in(self, period: Period) -> bool:
        """Whether a salt was lost in a period, so that some of its visitors are counted twice."""
        return any(day in period for day in self.broken)

    @property
    def views(self) -> int:
        """The views in the window."""
        return sum(count.views for count in self.counts)

    @property
    def visitors(self) -> int:
        """The sum of the visitors of each day in the window."""
        return sum(count.visitors for count in self.counts)

    @property
    def downloads(self) -> int:
        """The downloads in the window."""
        return sum(count.downloads for count in self.counts)

    @property
    def axis(self) -> Axis:
        """What stands along the charts."""
        periods = [count.period for count in self.counts]
        return axis_of(self.grain, periods, today=self.window.last, begun=self.begun, broken=self.broken)

    @property
    def chart(self) -> Chart:
        """The views by period, with the change of each in the table."""
        title = {
            Grain.DAY: gettext("Views by day"),
            Grain.WEEK: gettext("Views by week"),
            Grain.MONTH: gettext("Views by month"),
        }[self.grain]
        views = Series(gettext("Views"), "c1", tuple(count.views for count in self.counts))
        return draw_bars("views", title, self.axis, [views], table=self._table())

    @property
    def downloads_chart(self) -> Chart:
        """The downloads by period."""
        axis = replace(self.axis, remarks={})
        downloads = Series(gettext("Downloads"), "c1", tuple(count.downloads for count in self.counts))
        title = {
            Grain.DAY: gettext("Downloads by day"),
            Grain.WEEK: gettext("Downloads by week"),
            Grain.MONTH: gettext("Downloads by month"),
        }[self.grain]
        return draw_bars("downloads", title, axis, [downloads])

    @property
    def language_rows(self) -> list[tuple[str, int]]:
        """The languages by their names."""
        return [(language(tag), views) for tag, views in self.languages]

    @property
    def referrer_rows(self) -> list[tuple[str, int]]:
        """The sites as they call themselves, the rest under a word."""
        return [
            (gettext("Other sites") if host == OTHER else host_words(host), views) for host, views in self.referrers
        ]

    @property
    def search_rows(self) -> list[tuple[str, str, int]]:
        """The words that were searched for, the language of the page, and the readers they led here; the rest under a word."""
        rows = [(search.words, language(search.language), readers) for search, readers in self.searches.named]
        return [*rows, (gettext("Other searches"), "", self.searches.others)] if self.searches.others else rows

    @property
    def country_rows(self) -> list[tuple[str, int]]:
        """The countries by their names, the others where their number may be shown."""
        rows = [(country(code), views) for code, views in self.countries.named]
        return [*rows, (gettext("Other countries"), self.countries.others)] if self.countries.others else rows

    def _table(self) -> Table:
        visitors = gettext("Visitors") if self.grain is Grain.DAY else gettext("Sum of daily visitors")
        return tabulate(
            self.axis,
            (gettext("Views"), gettext("Change"), visitors),
            [number(count.views) for count in self.counts],
            [change_words(count.change) for count in self.counts],
            [number(count.visitors) for count in self.counts],
        )


def read(scope: Scope, scope_id: int, practice_ids: Sequence[int], grain: Grain, *, today: date) -> Readership:
    """Return how the practices of a scope are read, by day, week or month up to today; seven statements."""
    session = db_session()
    begun = reports.first_day(session, scope, scope_id)
    counts = reports.list_period_counts(
        session, scope, scope_id, grain=grain, today=today, begun=begun, count=SHOWN[grain]
    )
    window = Period(max(counts[0].period.first, begun or today), today)
    zone = current_services().settings.timezone
    return Readership(
        grain=grain,
        begun=begun,
        broken=reports.list_salt_breaks(session, since=window.first),
        window=window,
        last=before(grain, period_of(grain, today)),
        counts=counts,
        languages=reports.count_languages(session, practice_ids, first=window.first, zone=zone),
        referrers=audience.count_referrers(session, practice_ids, window),
        searches=audience.count_searches(session, practice_ids, window),
        countries=audience.count_countries(session, practice_ids, window),
    )
