"""The member cities: all of them on a map and by country, and each with its practices."""

from collections.abc import Iterable

from flask import Blueprint, render_template, request, url_for

from cac.cities import queries as cities
from cac.cities.models import City
from cac.clock import day_in, now
from cac.practices import queries as practices
from cac.serving.access import public
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.stats import queries as stats
from cac.stats import reports
from cac.stats.models import Scope
from cac.web import views_over_time
from cac.web.cards import make_cards
from cac.web.presenting import country
from cac.web.worldmap import Marker, Place, draw_markers

blueprint = Blueprint("cities", __name__)

PER_PAGE = 20
LAST_PAGE = 10_000


@blueprint.get("/cities")
@public
def list_cities() -> str:
    """Show all member cities."""
    found = practices.list_cities_and_counts(db_session())
    return render_template(
        "cities/list_cities.html", markers=draw_cities(found), countries=_by_country(found), city_count=len(found)
    )


@blueprint.get("/cities/<slug>")
@public
def city(slug: str) -> str:
    """Show one member and its practices, newest first."""
    session = db_session()
    found = cities.get_city(session, slug)
    total = practices.count_public_of_city(session, found.id)
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(request.args.get("page", 1, int), 1), pages, LAST_PAGE)
    listed = practices.list_public_of_city(session, found.id, page=page, per_page=PER_PAGE)
    views = stats.views_of(session, [practice.id for practice in listed])
    today = day_in(current_services().settings.timezone, now())
    counted = reports.totals(session, Scope.CITY, found.id)
    days = views_over_time.list_last_days(Scope.CITY, found.id, today)
    return render_template(
        "cities/city.html",
        city=found,
        total=total,
        counted=counted,
        chart=views_over_time.draw_last_days(days, counted.since, today),
        cards=make_cards(listed, views),
        page=page,
        pages=pages,
    )


def draw_cities(found: Iterable[tuple[City, int]]) -> list[Marker]:
    """Return the markers of the world map for cities with their numbers of practices."""
    return draw_markers(
        Place(
            name=city.name_in(current_locale()),
            longitude=city.longitude,
            latitude=city.latitude,
            count=count,
            address=url_for("cities.city", slug=city.slug),
        )
        for city, count in found
        if city.longitude is not None and city.latitude is not None
    )


def _by_country(found: Iterable[tuple[City, int]]) -> list[tuple[str, list[tuple[City, int]]]]:
    """The cities under the names of their countries, both in the order of the reader's alphabet as far as code points go."""
    countries: dict[str, list[tuple[City, int]]] = {}
    for entry in sorted(found, key=lambda entry: entry[0].name_in(current_locale())):
        countries.setdefault(country(entry[0].country), []).append(entry)
    return sorted(countries.items())
