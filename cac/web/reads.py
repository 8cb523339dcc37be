"""How a practice is read, as its page shows it: the total, a line of the last 30 days, the languages."""

from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext

from cac.clock import day_in, now
from cac.practices.models import Practice
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.stats import reports
from cac.web.charts import Chart, Series, draw_line
from cac.web.period_words import axis_of_days


@dataclass(frozen=True)
class Reads:
    """The views of a practice: all ``since`` the first day, those of the last 30 (``recent``) as a line and by language."""

    total: int
    since: date | None
    recent: int
    line: Chart
    languages: tuple[tuple[str, int], ...]
    csv_address: str


def reads_of(practice: Practice, total: int) -> Reads:
    """Return how a practice with ``total`` views is read; three SQL statements."""
    zone = current_services().settings.timezone
    at = now()
    reading = reports.reading_of(db_session(), practice.id, zone=zone, at=at)
    axis = axis_of_days([each.day for each in reading.days], today=day_in(zone, at))
    views = Series(gettext("Views"), "c1", tuple(each.views for each in reading.days))
    return Reads(
        total=total,
        since=reading.since,
        recent=reading.views,
        line=draw_line("reads", gettext("Views in the last 30 days"), axis, views),
        languages=reading.languages,
        csv_address=url_for("open_figures.practice_csv", reference=practice.reference),
    )
