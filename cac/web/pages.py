"""The pages of the site: which modules they are in, their addresses, and what every template can use."""

import hashlib
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, request
from markupsafe import Markup
from werkzeug.routing import BaseConverter

from cac.serving.addresses import repeated_query
from cac.serving.services import current_services
from cac.web import (
    accounts,
    beacons,
    cities,
    crawling,
    drafting,
    glossary,
    insights,
    missing,
    open_figures,
    operating,
    presenting,
    reading,
    reviewing,
    searching,
    vocabulary,
    worldmap,
)
from cac.web.addresses import absolute_url
from cac.web.icons import icon_paths

MODULES = (reading, searching, cities, accounts, drafting, reviewing, operating, insights, glossary, missing)


class ReferenceConverter(BaseConverter):
    """The reference of a practice in an address, such as ``CAC-2020-0147``, in any case of letters."""

    regex = r"[A-Za-z][A-Za-z0-9]*-[0-9]{4}-[0-9]{4,9}"
    part_isolating = True


def init_pages(app: Flask, stylesheet: str) -> None:
    """Register the pages of all modules under the language of the interface, and give the templates their words.

    ``stylesheet`` is carried by public pages themselves (one request less on a slow line; the content security policy
    names its hash) and linked to by the pages of people who are signed in.
    """
    app.url_map.converters["reference"] = ReferenceConverter
    for module in MODULES:
        app.register_blueprint(module.blueprint, url_prefix="/<locale:locale>")
    app.register_blueprint(crawling.blueprint)
    app.register_blueprint(open_figures.blueprint)
    app.register_blueprint(beacons.blueprint)
    presenting.init_presenting(app)
    vocabulary.init_vocabulary(app)
    app.jinja_env.globals.update(
        icon_paths=icon_paths,
        map_dot=worldmap.tile_dot,
        absolute_url=absolute_url,
        page_address=page_address,
        stylesheet=Markup(stylesheet),  # noqa: S704 (our own file)
        stylesheet_version=_version(stylesheet.encode()),
        beacon_version=_version((Path(app.static_folder or "") / "beacon.js").read_bytes()),
        suggest_version=_version((Path(app.static_folder or "") / "suggest.js").read_bytes()),
        desk_stylesheet_version=_version((Path(app.static_folder or "") / "desk.css").read_bytes()),
    )
    app.context_processor(lambda: {"site": current_services().settings})


def page_address(number: int) -> str:
    """Return the address of page ``number`` of the present list, with everything else that was asked for."""
    query = [(key, value) for key, value in repeated_query() if key != "page"]
    query += [("page", str(number))] if number > 1 else []
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _version(content: bytes) -> str:
    """What changes in an address when the file changes, so that browsers may keep it for a year."""
    return hashlib.sha256(content).hexdigest()[:12]
