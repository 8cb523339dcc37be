"""The public numbers as JSON and CSV for anybody to use: of the site, of a practice, of a city; caches may keep them.

An answer is the same (ETag) as long as its figures are, and says besides until when they are counted: in ``counted_until``, and
in a header that reaches also those who have the figures already (304). So no cache hides for over a minute that counting is late.
The last day is marked as running: its numbers still grow.
"""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, Response, json, url_for

from cac.cities import queries as cities
from cac.clock import day_in, now
from cac.errors import NotFoundError
from cac.practices import queries as practices
from cac.practices.models import Practice
from cac.serving.access import public
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.stats import reports
from cac.stats.definition import DEFINITION_VERSION
from cac.stats.models import SITE_ID, Scope
from cac.stats.reports import DayCount, Freshness
from cac.stats.robots import RULES_VERSION
from cac.web.data_files import csv_answer, json_answer, let_caches_keep

blueprint = Blueprint("open_figures", __name__)

KEPT_SECONDS = 60
COUNTED_UNTIL = "Counted-Until"
COLUMNS = (
    "definition", "day", "views", "requests", "visitors", "downloads", "robot_rules", "is_running", "has_visitors_twice",
)  # fmt: skip
"""New ones come last: programs may read by position. ``has_visitors_twice``: the secret that tells visitors apart was lost on the
day, so that some are counted again.
"""
Row = tuple[str, str, int, int, int, int, str, bool, bool]


@blueprint.get("/stats.json")
@public
def site_json() -> Response:
    """The views and downloads of all practices: in all, and of each day since counting began."""
    return _json({}, Scope.SITE, SITE_ID)


@blueprint.get("/stats.csv")
@public
def site_csv() -> Response:
    """The views of all practices on each day since counting began."""
    return _csv("stats", Scope.SITE, SITE_ID)


@blueprint.get("/stats/practices/<reference:reference>.json")
@public
def practice_json(reference: str) -> Response:
    """The views of a practice: in all, of each day, and by language in the last 30 days."""
    found = _public_practice(reference)
    zone = current_services().settings.timezone
    reading = reports.reading_of(db_session(), found.id, zone=zone, at=now())
    about = {"reference": found.reference, "views_by_language_in_30_days": dict(reading.languages)}
    return _json(about, Scope.PRACTICE, found.id)


@blueprint.get("/stats/practices/<reference:reference>.csv")
@public
def practice_csv(reference: str) -> Response:
    """The views of a practice on each day."""
    found = _public_practice(reference)
    return _csv(f"stats-{found.reference}", Scope.PRACTICE, found.id)


@blueprint.get("/stats/cities/<slug>.json")
@public
def city_json(slug: str) -> Response:
    """The views of all practices of a city: in all, and of each day."""
    found = cities.get_city(db_session(), slug)
    return _json({"city": found.slug}, Scope.CITY, found.id)


@blueprint.get("/stats/cities/<slug>.csv")
@public
def city_csv(slug: str) -> Response:
    """The views of all practices of a city on each day."""
    found = cities.get_city(db_session(), slug)
    return _csv(f"stats-{found.slug}", Scope.CITY, found.id)


def _public_practice(reference: str) -> Practice:
    found = practices.get_practice_by_reference(db_session(), reference)
    if not found.is_public:
        raise NotFoundError(reference)
    return found


def _json(about: Mapping[str, object], scope: Scope, scope_id: int) -> Response:
    session, settings = db_session(), current_services().settings
    fresh = reports.freshness(session, at=now())
    totals = reports.totals(session, scope, scope_id)
    address = url_for("insights.statistics", locale=settings.locales[0], _anchor="definition")
    figures: dict[str, object] = {
        **about,
        "definition": {
            "version": DEFINITION_VERSION,
            "robot_rules": RULES_VERSION,
            "address": settings.public_url + address,
        },
        "is_late": fresh.is_late,
        "timezone": settings.timezone,
        "views": totals.views,
        "downloads": totals.downloads,
        "days": [dict(zip(COLUMNS, row, strict=True)) for row in _rows(scope, scope_id, totals.since)],
    }
    until = _until(fresh)
    return _let_be_kept(json_answer({"counted_until": until or None, **figures}), until, figures)


def _csv(name: str, scope: Scope, scope_id: int) -> Response:
    session = db_session()
    until = _until(reports.freshness(session, at=now()))
    rows = _rows(scope, scope_id, reports.totals(session, scope, scope_id).since)
    lines = [(*row[:-2], _yes_or_no(row[-2]), until, _yes_or_no(row[-1])) for row in rows]
    columns = (*COLUMNS[:-1], "counted_until", COLUMNS[-1])
    return _let_be_kept(csv_answer(name, columns, lines, is_for_programs=True), until, [columns, rows])


def _yes_or_no(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _until(fresh: Freshness) -> str:
    return fresh.until.isoformat(timespec="seconds") if fresh.until else ""


def _let_be_kept(answer: Response, until: str, figures: object) -> Response:
    """The answer as caches may keep it: the same as long as its figures are, whatever ``until`` says."""
    answer.headers[COUNTED_UNTIL] = until or "never"
    return let_caches_keep(answer, KEPT_SECONDS, same_as=json.dumps(figures))


def _rows(scope: Scope, scope_id: int, first: date | None) -> list[Row]:
    """Every day since the first one; the last is today, which is not over."""
    if first is None:
        return []
    today = day_in(current_services().settings.timezone, now())
    days = reports.list_days(db_session(), scope, scope_id, first=first, last=max(today, first))
    broken = reports.list_salt_breaks(db_session(), since=first)
    return [_row(each, has_break=each.day in broken, is_running=each.day >= today) for each in days]


def _row(count: DayCount, *, has_break: bool, is_running: bool) -> Row:
    day = count.day.isoformat()
    return (
        count.definition, day, count.views, count.raw, count.visitors, count.downloads, count.rules, is_running, has_break
    )  # fmt: skip
