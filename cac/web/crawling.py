"""What search engines ask for at the root: robots.txt, and the sitemap in files of 500 practices each."""

from datetime import datetime

from flask import Blueprint, Response, render_template, url_for

from cac.errors import NotFoundError
from cac.practices import queries as practices
from cac.serving.access import public
from cac.serving.database import db_session
from cac.serving.services import current_services
from cac.web.cards import canonical_address, list_published

blueprint = Blueprint("crawling", __name__)

PRACTICES_PER_FILE = 500
PAGES = ("reading.home", "reading.topics", "reading.about", "cities.list_cities", "insights.statistics")
PRIVATE = ("desk", "review", "operate", "account", "invitations", "sign-in", "search")


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """Tell crawlers what to leave alone and where the sitemap is."""
    paths = [f"/{locale}/{path}" for locale in current_services().settings.locales for path in PRIVATE]
    return Response(render_template("crawling/robots.txt", paths=paths), mimetype="text/plain")


@blueprint.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """List the files of the sitemap: one of pages and cities, the others of practices."""
    files = 1 + -(-len(practices.list_public_keys(db_session())) // PRACTICES_PER_FILE)
    return _xml(
        "crawling/sitemap_index.xml", addresses=[url_for("crawling.sitemap_file", number=n) for n in range(files)]
    )


@blueprint.get("/sitemaps/<int:number>.xml")
@public
def sitemap_file(number: int) -> Response:
    """List the addresses of one file of the sitemap."""
    entries = _pages() if number == 0 else _practices(number)
    if not entries:
        raise NotFoundError(f"sitemap {number}")
    return _xml("crawling/sitemap.xml", entries=entries)


def _pages() -> list[tuple[str, datetime | None]]:
    locales = current_services().settings.locales
    slugs = [city.slug for city, count in practices.list_cities_and_counts(db_session()) if count]
    pages = [url_for(endpoint, locale=locale) for locale in locales for endpoint in PAGES]
    pages += [url_for("cities.city", locale=locale, slug=slug) for locale in locales for slug in slugs]
    return [(address, None) for address in pages]


def _practices(number: int) -> list[tuple[str, datetime | None]]:
    session = db_session()
    first = (number - 1) * PRACTICES_PER_FILE
    ids = [id_ for id_, _version in practices.list_public_keys(session)[first : first + PRACTICES_PER_FILE]]
    return [
        (canonical_address(practice, edition), practice.public_changed_at)
        for practice in practices.list_public_by_ids(session, ids)
        for edition in list_published(practice)
    ]


def _xml(template: str, **values: object) -> Response:
    return Response(render_template(template, **values), mimetype="application/xml")
