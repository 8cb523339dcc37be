"""The words of the interface for the codes of the vocabulary: topics, places, kinds, stages, endings, licences, states.

The codes themselves are in practices/vocabulary; all builders of pages and forms take their labels from here.
"""

from collections.abc import Mapping
from functools import cache

from flask import Flask
from flask_babel import LazyString, force_locale, lazy_gettext

from cac.search.typed_filters import Label
from cac.serving.locale import babel_name
from cac.serving.services import EXTENSION, Services

Labels = Mapping[str, LazyString]

KINDS: Labels = {
    "policy": lazy_gettext("Policy"),
    "protocol": lazy_gettext("Protocol"),
    "know-how": lazy_gettext("Know-how"),
    "service": lazy_gettext("Service"),
    "campaign": lazy_gettext("Campaign"),
    "tool": lazy_gettext("Tool"),
    "lesson": lazy_gettext("Lesson"),
}

TOPICS: Labels = {
    "1": lazy_gettext("Cleaning and disinfection"),
    "1a": lazy_gettext("Surfaces and buildings"),
    "1b": lazy_gettext("Public transport"),
    "1c": lazy_gettext("Streets and open air"),
    "1d": lazy_gettext("After a confirmed case"),
    "1e": lazy_gettext("Vehicles and goods"),
    "1f": lazy_gettext("Waste and sewage"),
    "1g": lazy_gettext("Staff, products, training"),
    "1h": lazy_gettext("Verification, marks, maps"),
    "2": lazy_gettext("Ventilation and indoor air"),
    "3": lazy_gettext("Hand hygiene, masks, protective equipment"),
    "4": lazy_gettext("Testing and case finding"),
    "5": lazy_gettext("Contact tracing, isolation, quarantine"),
    "6": lazy_gettext("Distancing, gatherings, movement"),
    "7": lazy_gettext("Schools, workplaces, businesses"),
    "8": lazy_gettext("Transport, arrivals, travel"),
    "9": lazy_gettext("Vulnerable groups, care homes, informal settlements"),
    "10": lazy_gettext("Communication, participation, disinformation"),
    "11": lazy_gettext("Economy, income, services, culture"),
    "12": lazy_gettext("Governance, law, data, health supplies, vaccines"),
}

TOPIC_ICONS: Mapping[str, str] = {
    "1": "spray-can", "1a": "building-2", "1b": "bus", "1c": "trees", "1d": "triangle-alert", "1e": "train-front",
    "1f": "archive", "1g": "users", "1h": "circle-check", "2": "wind", "3": "hand", "4": "test-tube", "5": "route",
    "6": "map-pin", "7": "school", "8": "plane", "9": "heart-handshake", "10": "megaphone", "11": "coins", "12": "scale",
}  # fmt: skip

PLACES: Labels = {
    "public-transport": lazy_gettext("Public transport"),
    "stations-stops": lazy_gettext("Stations and stops"),
    "schools-childcare": lazy_gettext("Schools and childcare"),
    "hospitals-clinics": lazy_gettext("Hospitals and clinics"),
    "care-homes": lazy_gettext("Care homes"),
    "markets-shops": lazy_gettext("Markets and shops"),
    "restaurants": lazy_gettext("Restaurants"),
    "offices-call-centres": lazy_gettext("Offices and call centres"),
    "public-buildings": lazy_gettext("Public buildings"),
    "worship-culture": lazy_gettext("Places of worship and culture"),
    "streets-parks-playgrounds": lazy_gettext("Streets, parks and playgrounds"),
    "homes-quarantine-housing": lazy_gettext("Homes and quarantine housing"),
    "shelters-informal-settlements": lazy_gettext("Shelters and informal settlements"),
    "events": lazy_gettext("Events"),
    "airports-ports-borders": lazy_gettext("Airports, ports and borders"),
}

STAGES: Labels = {
    "planned": lazy_gettext("Planned"),
    "pilot": lazy_gettext("Pilot"),
    "in_force": lazy_gettext("In force"),
    "scaled_up": lazy_gettext("Scaled up"),
    "paused": lazy_gettext("Paused"),
    "ended": lazy_gettext("Ended"),
    "replaced": lazy_gettext("Replaced by something else"),
    "evaluated": lazy_gettext("Evaluated"),
}

ENDINGS: Labels = {
    "ended": lazy_gettext("Ended"),
    "still_in_use": lazy_gettext("Still in use"),
    "not_known": lazy_gettext("Not known"),
}

LICENCES: Labels = {
    "CC-BY-4.0": lazy_gettext("CC BY 4.0"),
    "CC0-1.0": lazy_gettext("CC0 1.0"),
    "CC-BY-SA-4.0": lazy_gettext("CC BY-SA 4.0"),
    "OGL-UK-3.0": lazy_gettext("Open Government Licence (UK) 3.0"),
    "KOGL-1": lazy_gettext("Korea Open Government Licence, type 1"),
    "MIT": lazy_gettext("MIT licence"),
    "public-domain": lazy_gettext("Public domain"),
    "other": lazy_gettext("Other: see the sources"),
}

LICENCE_ADDRESSES: Mapping[str, str] = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "OGL-UK-3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "KOGL-1": "https://www.kogl.or.kr/info/licenseTypeEn.do",
    "MIT": "https://opensource.org/license/mit",
}

STATUSES: Labels = {
    "draft": lazy_gettext("Draft"),
    "in_review": lazy_gettext("In review"),
    "changes_requested": lazy_gettext("Changes requested"),
    "scheduled": lazy_gettext("Scheduled"),
    "published": lazy_gettext("Published"),
    "withdrawn": lazy_gettext("Withdrawn"),
}

ROLES: Labels = {
    "author": lazy_gettext("Author"),
    "lead": lazy_gettext("City lead"),
    "reviewer": lazy_gettext("Reviewer"),
    "operator": lazy_gettext("Operator"),
}

LEVELS: Labels = {
    "city": lazy_gettext("City"),
    "regional": lazy_gettext("Regional body"),
    "national": lazy_gettext("National body"),
}


# The vocabularies by which practices are filtered, by the name of the facet.
FILTERED: Mapping[str, Labels] = {"topic": TOPICS, "place": PLACES, "kind": KINDS, "stage": STAGES}


def label(labels: Labels, code: str) -> str:
    """Return the label of a code in the language of the interface; the code itself if it has none."""
    return str(labels[code]) if code in labels else code


def choices(labels: Labels) -> list[tuple[str, str]]:
    """Return (code, label) of a whole vocabulary, in its order, as form fields want it."""
    return [(code, str(text)) for code, text in labels.items()]


def topic_parents() -> tuple[str, ...]:
    """Return the codes of the main topics in order."""
    return tuple(code for code in TOPICS if code.isdigit())


def topic_children(parent: str) -> tuple[str, ...]:
    """Return the codes below a main topic in order; empty where it has none."""
    return tuple(code for code in TOPICS if code != parent and not code.isdigit() and code[:-1] == parent)


@cache
def labels_in(locales: tuple[str, ...]) -> Mapping[str, tuple[Label, ...]]:
    """Return what can be typed for the codes of each facet in each language of the interface; asked for within a request."""
    found: dict[str, tuple[Label, ...]] = {}
    for locale in locales:
        with force_locale(babel_name(locale)):
            for facet, labels in FILTERED.items():
                own = tuple(Label(code, locale, str(text)) for code, text in labels.items())
                found[facet] = (*found.get(facet, ()), *own)
    return found


def init_vocabulary(app: Flask) -> None:
    """Give the templates one filter per vocabulary (``{{ code|topic_label }}``), and the search the words for typed filters."""
    vocabularies = {
        "kind_label": KINDS, "topic_label": TOPICS, "place_label": PLACES, "stage_label": STAGES,
        "ending_label": ENDINGS, "licence_label": LICENCES, "status_label": STATUSES, "role_label": ROLES,
        "level_label": LEVELS,
    }  # fmt: skip
    for name, labels in vocabularies.items():
        app.jinja_env.filters[name] = lambda code, labels=labels: label(labels, code)
    services: Services = app.extensions[EXTENSION]
    services.index.labels = lambda: labels_in(services.settings.locales)
    app.jinja_env.filters["topic_icon"] = lambda code: TOPIC_ICONS.get(code, "list")
    app.jinja_env.filters["licence_address"] = lambda code: LICENCE_ADDRESSES.get(code, "")
