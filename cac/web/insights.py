"""The pages of statistics: for everybody, for the officials of a city, and for the operator."""

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext
from markupsafe import Markup

from cac.accounts.models import Role
from cac.clock import day_in, now
from cac.errors import NotFoundError
from cac.practices import queries as practices
from cac.serving.access import for_roles, public
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.page_cache import KeptPage
from cac.serving.services import current_services
from cac.stats import counter_report, reports
from cac.stats.definition import DEFINITION_VERSION
from cac.stats.models import SITE_ID, Scope
from cac.stats.periods import SHOWN, Grain, period_of
from cac.stats.robots import RULES_VERSION
from cac.web import city_insights, counter_files, counting_insights, readership
from cac.web.acting import acting_city
from cac.web.cards import PracticeCard, make_cards, published_content
from cac.web.charts import Chart, Series, draw_bars
from cac.web.data_files import csv_answer
from cac.web.period_words import axis_of_days, period_words
from cac.web.presenting import country
from cac.web.readership import File

blueprint = Blueprint("insights", __name__)

BEST_OF_EACH = 1
FIRST_MONTH = date(2019, 12, 1)
"""Before it there is nothing to count: the month in which COVID-19 began."""
Ranking = dict[str, list[tuple[int, int]]]


@blueprint.get("/statistics")
@public
def statistics() -> str:
    """Show how much is read, what is read most this month, and what a view is."""
    session = db_session()
    today = _today()
    return render_template(
        "insights/statistics.html",
        total=reports.total(session, Scope.SITE),
        fresh=reports.freshness(session, at=now()),
        chart=_site_chart(today),
        most_read=_most_read(today),
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
        return _csv_of(city.slug, lambda table: city_insights.file_of(found, table))
    return render_template("insights/desk.html", city=city, found=found, grain=grain, grains=list(Grain))


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
        return _csv_of(practice.reference, lambda table: readership.file_of(found, table))
    title = published_content(practice.original).title or practice.reference
    return render_template(
        "insights/desk_practice.html",
        city=city,
        practice=practice,
        title=title,
        found=found,
        grain=grain,
        grains=list(Grain),
    )


@blueprint.get("/operate/insights")
@for_roles(Role.OPERATOR)
def operate() -> Response | str:
    """Show the operator how counting itself is doing; ``?format=csv&table=…`` is the same as a file."""
    today = _today()
    found = counting_insights.read(today - timedelta(days=SHOWN[Grain.DAY] - 1), today)
    if request.args.get("format") == "csv":
        return csv_answer("counting", *counting_insights.classes_file(found))
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


def _csv_of(name: str, file_of: Callable[[str], File | None]) -> Response:
    table = request.args.get("table", "views")
    file = file_of(table)
    if file is None:
        raise NotFoundError(table)
    return csv_answer(f"{name}-{table}-{_grain()}", *file)


def _today() -> date:
    return day_in(current_services().settings.timezone, now())


def _month(text: str) -> date:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise NotFoundError(text) from error
    if not FIRST_MONTH <= month <= _today():
        raise NotFoundError(text)
    return month


def _grain() -> Grain:
    wanted = request.args.get("by", "")
    return Grain(wanted) if wanted in set(Grain) else Grain.WEEK


def _site_chart(today: date) -> Chart:
    days = reports.list_last_days(db_session(), Scope.SITE, SITE_ID, today=today)
    axis = axis_of_days([each.day for each in days], today=today)
    views = Series(gettext("Views"), "c1", tuple(each.views for each in days))
    return draw_bars("days", gettext("Views on each of the last 30 days"), axis, [views])


def _most_read(today: date) -> Markup:
    """The lists of what is read most this month: drawn once a minute, or when something was published or withdrawn."""
    session, pages = db_session(), current_services().pages
    address = ("most read", current_locale())
    state = (now().strftime("%Y-%m-%dT%H:%M"), reports.newest_change(session))
    kept = pages.find(address, state)
    if kept is None:
        kept = KeptPage(state, _draw_most_read(today).encode(), current_locale())
        pages.keep(address, kept)
    return Markup(kept.body.decode())  # noqa: S704 (drawn by our own template)


def _draw_most_read(today: date) -> str:
    session, month = db_session(), period_of(Grain.MONTH, today)
    by_topic = reports.most_read_by_topic(session, month, BEST_OF_EACH)
    by_country = reports.most_read_by_country(session, month, BEST_OF_EACH)
    cards = _cards_of(by_topic, by_country)
    return render_template(
        "insights/_most_read.html",
        month=period_words(Grain.MONTH, month),
        by_topic=_with_cards(by_topic, cards, in_order_of=int),
        by_country=_with_cards(by_country, cards, in_order_of=country),
    )


def _cards_of(*rankings: Ranking) -> dict[int, PracticeCard]:
    views = {id_: count for ranking in rankings for best in ranking.values() for id_, count in best}
    found = practices.list_public_by_ids(db_session(), list(views))
    return dict(zip((practice.id for practice in found), make_cards(found, views), strict=True))


def _with_cards(
    ranking: Ranking, cards: dict[int, PracticeCard], *, in_order_of: Callable[[str], int | str]
) -> list[tuple[str, list[PracticeCard]]]:
    names = sorted(ranking, key=in_order_of)
    shown = ((name, [cards[id_] for id_, _views in ranking[name] if id_ in cards]) for name in names)
    return [(name, best) for name, best in shown if best]
