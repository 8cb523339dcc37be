"""The filters of the search page: their values with counts, those that are applied, and the address of each other search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext, lazy_gettext

from cac import languages
from cac.cities.models import City
from cac.search.facet_table import IN_USE, NOT_IN_USE
from cac.search.request import FacetCount, SearchPage, SearchRequest
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.web import vocabulary
from cac.web.presenting import country

# The filters in the order in which they are shown: the facet, its parameter and its heading. One more facet is one more line.
SHOWN = (
    ("language", "lang", lazy_gettext("Language of the text")),
    ("place", "place", lazy_gettext("Where it was done")),
    ("topic", "topic", lazy_gettext("Topic")),
    ("city", "city", lazy_gettext("City")),
    ("country", "country", lazy_gettext("Country")),
    ("stage", "stage", lazy_gettext("Stage")),
    ("in_use", "in_use", lazy_gettext("Still in use?")),
    ("kind", "kind", lazy_gettext("Kind")),
    ("year", "year", lazy_gettext("Started in")),
)
PARAMETERS = {name: parameter for name, parameter, _ in SHOWN}
HEADINGS = {name: heading for name, _, heading in SHOWN}
# What is shown only where there is something to choose.
WITH_A_CHOICE = ("country", "stage", "in_use", "kind", "year")
SHOWN_AT_ONCE, SHOWN_AT_MOST = 6, 20


@dataclass(frozen=True)
class Option:
    """One value of a filter with its words, in which language these are, and how many practices it would give."""

    value: str
    label: str
    language: str
    count: int
    selected: bool


@dataclass(frozen=True)
class Facet:
    """A filter: its parameter, its heading, the options that are seen at once and those that are folded away."""

    parameter: str
    heading: str
    shown: tuple[Option, ...]
    folded: tuple[Option, ...]


@dataclass(frozen=True)
class Chip:
    """A filter that is applied, chosen or typed, and the address of the same search without it."""

    label: str
    language: str
    address: str
    is_excluded: bool = False


class FilterLabels:
    """The words for the values of the filters."""

    def __init__(self, wanted: SearchRequest) -> None:
        asked = (*wanted.cities, *(value for facet, value in wanted.without if facet == "city"))
        self._by_slug: Mapping[str, City] = current_services().index.cities.by_slug(db_session(), asked)

    def of(self, name: str, value: str) -> str:
        """Return what a value of a facet is called in the language of the interface, a language in itself."""
        if name == "language":
            return languages.own_name(value)
        if name == "city":
            return self._by_slug[value].name_in(current_locale()) if value in self._by_slug else value
        if name == "country":
            return country(value)
        if name == "in_use":
            return str({IN_USE: gettext("Still in use"), NOT_IN_USE: gettext("Ended")}.get(value, value))
        return vocabulary.label(vocabulary.FILTERED[name], value) if name in vocabulary.FILTERED else value


def make_facets(labels: FilterLabels, page: SearchPage) -> list[Facet]:
    """Return the filters that have something to choose, in their order."""
    facets = [_facet(labels, name, page.facets.get(name, ())) for name in PARAMETERS]
    return [facet for facet in facets if facet.shown]


def _facet(labels: FilterLabels, name: str, counts: Sequence[FacetCount]) -> Facet:
    options = [_option(labels, name, count) for count in counts[:SHOWN_AT_MOST] if count.count or count.selected]
    options += [_option(labels, name, count) for count in counts[SHOWN_AT_MOST:] if count.selected]
    if name in WITH_A_CHOICE and len(options) < 2 and not any(option.selected for option in options):
        options = []
    shown = [option for place, option in enumerate(options) if place < SHOWN_AT_ONCE or option.selected]
    folded = [option for option in options if option not in shown]
    return Facet(PARAMETERS[name], str(HEADINGS[name]), tuple(shown), tuple(folded))


def _option(labels: FilterLabels, name: str, count: FacetCount) -> Option:
    language = count.value if name == "language" else ""
    return Option(count.value, labels.of(name, count.value), language, count.count, count.selected)


def make_chips(labels: FilterLabels, wanted: SearchRequest) -> list[Chip]:
    """Return the filters that are applied, what must hold before what is left out."""
    order = list(PARAMETERS)
    chosen = sorted(wanted.chosen, key=lambda pair: order.index(pair[0]))
    pairs = [(pair, wanted.dropping(*pair), False) for pair in chosen]
    pairs += [(pair, wanted.allowing(*pair), True) for pair in wanted.without]
    return [
        Chip(labels.of(name, value), value if name == "language" else "", address_of(rest), is_excluded)
        for (name, value), rest, is_excluded in pairs
    ]


def list_unshown(wanted: SearchRequest, facets: Sequence[Facet]) -> list[tuple[str, str]]:
    """Return the parameter and value of each chosen filter that has no box to tick, so that the form keeps it all the same."""
    shown = {(facet.parameter, option.value) for facet in facets for option in facet.shown}
    return [pair for pair in _filters_of(wanted) if pair not in shown]


def _filters_of(wanted: SearchRequest) -> list[tuple[str, str]]:
    order = list(PARAMETERS)
    return [(PARAMETERS[name], value) for name, value in sorted(wanted.chosen, key=lambda pair: order.index(pair[0]))]


def address_of(wanted: SearchRequest) -> str:
    """Return the address of a search as it was understood, from its first page, whatever else stood in the present one."""
    query = [("q", wanted.typed)] if wanted.typed else []
    query += _filters_of(wanted)
    query += [("sort", wanted.sort)] if wanted.sort != "relevance" else []
    return f"{request.path}?{urlencode(query)}" if query else request.path
