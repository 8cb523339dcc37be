"""Takes the reports of pages that were shown out of a shared cache; static/beacon.js sends them."""

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from cac.clock import now
from cac.serving.access import public
from cac.serving.beacons import read_token
from cac.serving.counting import count_reading
from cac.serving.services import current_services

blueprint = Blueprint("beacons", __name__)

LONGEST_REPORT = 300


@blueprint.record_once
def _exempt_from_csrf(state: BlueprintSetupState) -> None:
    # A kept page cannot hold a token of its reader; what is sent changes nothing but a count, and is signed itself.
    state.app.extensions["csrf"].exempt(blueprint)


@blueprint.post("/b")
@public
def report() -> Response:
    """Count a reading: the body is the page's token and, behind a space, the host that the reader came from.

    The answer is always 204: whoever sends something else learns nothing.
    """
    services = current_services()
    settings = services.settings
    is_ours = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    if settings.cache_practice_pages and is_ours and (request.content_length or 0) <= LONGEST_REPORT:
        token, _, host = request.get_data(as_text=True).partition(" ")
        counted = read_token(settings.secret_key, token, zone=settings.timezone, at=now())
        if counted is not None:
            count_reading(counted, request.environ, f"https://{host}/" if host else "", services)
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    return answer
