"""The pages of statistics: for everybody, for the officials of a city, and for the operator."""

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from cac.accounts.models import Role
from cac.cities.models import City
from cac.clock import day_in, now
from cac.errors import NotFoundError
from cac.practices import queries as practices
from cac.serving.access import for_roles, public
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.stats import counter_report, reports
from cac.stats.definition import DEFINITION_VERSION
from cac.stats.models import SITE_ID, Scope
from cac.stats.periods import SHOWN, Grain, Period
from cac.stats.reports import Freshness
from cac.stats.robots import RULES_VERSION
from cac.web import (
    city_insights,
    counter_files,
    counting_insights,
    most_read,
    readership,
    readership_files,
    views_over_time,
)
from cac.web.acting import acting_city
from cac.web.cards import published_content
from cac.web.data_files import csv_answer
from cac.web.period_words import day_begins
from cac.web.readership_files import File, name_of

blueprint = Blueprint("insights", __name__)

FIRST_MONTH = date(2019, 12, 1)
"""Before it there is nothing to count: the month in which COVID-19 began."""


@blueprint.get("/statistics")
@public
def statistics() -> str:
    """Show how much is read, what is read most, and what a view is."""
    session, today = db_session(), _today()
    totals = reports.totals(session, Scope.SITE)
    days = views_over_time.list_days_of_months(Scope.SITE, SITE_ID, today)
    months = views_over_time.add_up_months(days, totals.since)
    return render_template(
        "insights/statistics.html",
        totals=totals,
        fresh=reports.freshness(session, at=now()),
        chart=views_over_time.draw_last_days(days, totals.since, today),
        month_rows=views_over_time.month_rows(months, today),
        most_read=_most_read(totals.since, months, today),
        definition_version=DEFINITION_VERSION,
        rules_version=RULES_VERSION,
    )


@blueprint.get("/desk/insights")
@for_roles(Role.AUTHOR, Role.LEAD)
def desk() -> Response | str:
    """Show an official how their city's practices are read; ``?format=csv&table=…`` is the same as a file."""
    city, grain = acting_city(), _grain()
    found = city_insights.read(city, grain, today=_today())
    if request.args.get("format") == "csv":
        return _csv_of(city.slug, found.readers.window, lambda table: city_insights.file_of(found, table))
    return render_template(
        "insights/desk.html",
        city=city,
        found=found,
        fresh=_freshness(),
        begins=_day_begins(city),
        grain=grain,
        grains=list(Grain),
    )


@blueprint.get("/desk/insights/<reference:reference>")
@for_roles(Role.AUTHOR, Role.LEAD)
def desk_practice(reference: str) -> Response | str:
    """Show an official how one practice of their city is read; ``?format=csv&table=…`` is the same as a file."""
    city, grain = acting_city(), _grain()
    practice = practices.find_once_published_of_city(db_session(), city.id, reference)
    if practice is None:
        raise NotFoundError(reference)
    found = readership.read(Scope.PRACTICE, practice.id, [practice.id], grain, today=_today())
    if request.args.get("format") == "csv":
        return _csv_of(practice.reference, found.window, lambda table: readership_files.file_of(found, table))
    title = published_content(practice.original).title or practice.reference
    return render_template(
        "insights/desk_practice.html",
        city=city,
        practice=practice,
        title=title,
        found=found,
        fresh=_freshness(),
        begins=_day_begins(city),
        grain=grain,
        grains=list(Grain),
    )


@blueprint.get("/operate/insights")
@for_roles(Role.OPERATOR)
def operate() -> Response | str:
    """Show the operator how counting itself is doing; ``?format=csv&table=…`` is the same as a file."""
    today = _today()
    window = Period(today - timedelta(days=SHOWN[Grain.DAY] - 1), today)
    found = counting_insights.read(window.first, window.last)
    if request.args.get("format") == "csv":
        return csv_answer(name_of("counting", window), *counting_insights.classes_file(found))
    return render_template("insights/operate.html", found=found, months=counter_report.list_months(db_session()))


@blueprint.get("/operate/insights/<month>.csv")
@for_roles(Role.OPERATOR)
def counter_csv(month: str) -> Response:
    """The COUNTER-style report of a month such as ``2020-04`` as CSV."""
    return counter_files.csv_report(_month(month))


@blueprint.get("/operate/insights/<month>.json")
@for_roles(Role.OPERATOR)
def counter_json(month: str) -> Response:
    """The COUNTER-style report of a month such as ``2020-04`` as JSON."""
    return counter_files.json_report(_month(month))


def _csv_of(name: str, window: Period, file_of: Callable[[str], File | None]) -> Response:
    table = request.args.get("table", "views")
    file = file_of(table)
    if file is None:
        raise NotFoundError(table)
    return csv_answer(name_of(f"{name}-{table}-{_grain()}", window), *file)


def _freshness() -> Freshness:
    return reports.freshness(db_session(), at=now())


def _day_begins(city: City) -> str:
    return day_begins(current_services().settings.timezone, city.timezone, _today())


def _today() -> date:
    return day_in(current_services().settings.timezone, now())


def _month(text: str) -> date:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise NotFoundError(text) from error
    if not FIRST_MONTH <= month <= now().date():
        raise NotFoundError(text)
    return month


def _grain() -> Grain:
    wanted = request.args.get("by", "")
    return Grain(wanted) if wanted in set(Grain) else Grain.WEEK


def _most_read(since: date | None, months: dict[Period, int], today: date) -> Markup:
    if since is None:
        return Markup()
    month = views_over_time.month_to_show(months, today)
    return most_read.show_most_read(most_read.Span(since, month, is_running=today in month))
