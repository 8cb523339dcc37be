"""Takes the reports of pages that were shown out of a shared cache; static/beacon.js sends them."""

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from cac.clock import now
from cac.serving.access import public
from cac.serving.beacons import read_token
from cac.serving.counting import count_reading
from cac.serving.services import current_services
from cac.stats.queries import is_public_now
from cac.stats.spool import CountedPractice

blueprint = Blueprint("beacons", __name__)

LONGEST_REPORT = 2_000
"""A token and the address of a search whose words are percent-encoded."""


@blueprint.record_once
def _exempt_from_csrf(state: BlueprintSetupState) -> None:
    # A kept page cannot hold a token of its reader; what is sent changes nothing but a count, and is signed itself.
    state.app.extensions["csrf"].exempt(blueprint)


@blueprint.post("/b")
@public
def report() -> Response:
    """Count a reading of a practice that is public still: the body is the page's token and, behind a space, what led to it.

    That is the host of another site, or the path and words of our search page. The answer is always 204: whoever sends something
    else learns nothing.
    """
    services = current_services()
    settings = services.settings
    is_ours = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    if settings.cache_practice_pages and is_ours and (request.content_length or 0) <= LONGEST_REPORT:
        token, _, origin = request.get_data(as_text=True).partition(" ")
        counted = read_token(settings.secret_key, token, zone=settings.timezone, at=now())
        if counted is not None and _is_public(counted):
            count_reading(counted, request.environ, _referrer(origin), services)
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    return answer


def _is_public(counted: CountedPractice) -> bool:
    """A page that was withdrawn may still stand in a cache or in a tab: what is shown of it is no reading any more."""
    with current_services().engine.connect() as connection:
        return is_public_now(connection, counted.practice_id)


def _referrer(origin: str) -> str:
    """The address that a browser would have named to the server itself."""
    if not origin:
        return ""
    return f"{request.scheme}://{request.host}{origin}" if origin.startswith("/") else f"https://{origin}/"
