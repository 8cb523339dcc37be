"""The language of the interface: from the address, else from Accept-Language; and its words, dates and numbers."""

from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, current_app, g, request
from flask_babel import Babel
from werkzeug.routing import BaseConverter

from cac.languages import direction, own_name
from cac.serving.addresses import repeated_query
from cac.serving.services import current_services


def init_locale(app: Flask, locales: tuple[str, ...]) -> None:
    """Make ``<locale:locale>`` in addresses match the languages of the interface, and set Flask-Babel up."""

    class LocaleConverter(BaseConverter):
        regex = "|".join(locales)

    app.url_map.converters["locale"] = LocaleConverter
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, locale_selector=lambda: babel_name(current_locale()), default_locale=babel_name(locales[0]))
    app.url_value_preprocessor(_take_locale)
    app.url_defaults(_give_locale)
    app.context_processor(_template_words)


def current_locale() -> str:
    """Return the tag of the interface's language for the present request."""
    if "locale" not in g:
        g.locale = _locale_of_path() or best_locale()
    locale: str = g.locale
    return locale


def best_locale() -> str:
    """Return the language of the interface that the browser asks for, else the site's first one."""
    locales = current_services().settings.locales
    return request.accept_languages.best_match(locales) or _by_base_language(locales) or locales[0]


def babel_name(tag: str) -> str:
    """Return the name under which Babel knows a language tag: ``zh-Hant`` is ``zh_Hant``."""
    return tag.replace("-", "_")


def _by_base_language(locales: tuple[str, ...]) -> str | None:
    wanted = [tag.split("-")[0] for tag, _quality in request.accept_languages]
    return next((locale for base in wanted for locale in locales if locale.split("-")[0] == base), None)


def _locale_of_path() -> str | None:
    first = request.path.split("/", 2)[1] if request.path.startswith("/") else ""
    return first if first in current_services().settings.locales else None


def _take_locale(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "locale" in values:
        g.locale = values.pop("locale")


def _give_locale(endpoint: str, values: dict[str, Any]) -> None:
    if "locale" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "locale"):
        values["locale"] = current_locale()


def _template_words() -> dict[str, Any]:
    locale = current_locale()
    return {"locale": locale, "direction": direction(locale), "locale_links": _locale_links(locale)}


def _locale_links(locale: str) -> list[tuple[str, str, str]]:
    """The same page in each other language: (tag, own name, address)."""
    others = [tag for tag in current_services().settings.locales if tag != locale]
    return [(tag, own_name(tag), _address_in(tag)) for tag in others]


def _address_in(tag: str) -> str:
    rest = request.path.split("/", 2)[2:] if _locale_of_path() else []
    path = f"/{tag}/{quote(rest[0]) if rest else ''}"
    query = urlencode(repeated_query()) if request.method == "GET" else ""
    return f"{path}?{query}" if query else path
