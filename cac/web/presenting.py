"""Dates, numbers and names of languages as readers expect them: Jinja filters, by Babel in the language of the interface."""

import re
from datetime import date, datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format, get_timezone
from babel.numbers import format_decimal
from flask import Flask
from wtforms import Field

from cac import languages
from cac.clock import day_in
from cac.serving.locale import babel_name, current_locale
from cac.serving.login import current_person
from cac.serving.services import current_services

# An international public reads "21 November 2020" more safely than "November 21, 2020".
FORMATS_OF = {"en": "en_001"}
YEAR, YEAR_AND_MONTH = 4, 7


def init_presenting(app: Flask) -> None:
    """Give the templates the filters of this module."""
    app.jinja_env.filters.update(
        day=day,
        moment=moment,
        partial_date=partial_date,
        number=number,
        language=language,
        own_language=languages.own_name,
        country=country,
        lower_headings=lower_headings,
        text_direction=languages.direction,
    )
    app.jinja_env.globals.update(current_locale=current_locale, tied_attributes=tied_attributes)


def reader_locale() -> Locale:
    """Return the locale by whose habits dates and numbers are written for the present reader."""
    tag = current_locale()
    return Locale.parse(FORMATS_OF.get(tag, babel_name(tag)))


def day(when: date | datetime) -> str:
    """Return a day in words: a date, or the day of a moment in the site's time zone."""
    if isinstance(when, datetime):
        when = day_in(current_services().settings.timezone, when)
    return format_date(when, "long", locale=reader_locale())


def moment(when: datetime) -> str:
    """Return a moment in words: the day, the time by a clock of 24 hours, and the short name of the time zone.

    Officials read it in the time zone of their city, everybody else in the site's.
    """
    local = when.astimezone(get_timezone(_zone_of_reader()))
    glue = str(get_datetime_format("medium", reader_locale())).replace("'", "")
    time = f"{format_time(local, 'HH:mm', local.tzinfo, reader_locale())} {_zone_name(local)}"
    return glue.replace("{0}", time).replace("{1}", day(local.date()))


def _zone_of_reader() -> str:
    person = current_person()
    return person.city.timezone if person and person.city else current_services().settings.timezone


def _zone_name(local: datetime) -> str:
    """Return the abbreviation that people of the zone use (KST, CET), or UTC+03 where they use none."""
    name = local.tzname() or ""
    return f"UTC{name}" if name.startswith(("+", "-")) else name


def partial_date(value: str) -> str:
    """Return ``2020``, ``2020-03`` or ``2020-03-24`` in words, saying no more than it says; other text unchanged."""
    try:
        if len(value) == YEAR:
            return format_skeleton("y", date(int(value), 1, 1), locale=reader_locale())
        if len(value) == YEAR_AND_MONTH:
            return format_skeleton("yMMMM", date.fromisoformat(f"{value}-01"), locale=reader_locale())
        return day(date.fromisoformat(value))
    except (ValueError, KeyError):
        return value


def number(value: float) -> str:
    """Return a number with the separators of the reader's language."""
    return format_decimal(value, locale=reader_locale())


def language(tag: str) -> str:
    """Return the name of a language in the reader's language."""
    return languages.name_in(tag, current_locale())


def country(code: str) -> str:
    """Return the name of a country (ISO 3166-1 alpha-2) in the reader's language; the code if CLDR has none."""
    name: str = reader_locale().territories.get(code.upper(), code)
    return name


def host_words(host: str) -> str:
    """Return a host as it is written in its own letters (RFC 3490): ``xn--…`` decoded, unchanged where that is no such name."""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def lower_headings(html: str) -> str:
    """Return sanitised HTML with its highest headings at level 3, so that they belong to the section they stand in."""
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", html)]
    shift = 3 - min(levels, default=3)
    return re.sub(r"<(/?)h([1-6])(?=[ >])", lambda tag: f"<{tag[1]}h{min(int(tag[2]) + shift, 6)}", html)


def tied_attributes(field: Field, hint: str, **attributes: Any) -> dict[str, Any]:
    """Return the attributes that tie a form's control to its hint and its errors, together with other ``attributes``."""
    described = [f"{field.id}-hint"] * bool(hint) + [f"{field.id}-error"] * bool(field.errors)
    tied: dict[str, Any] = {"class": "in", **attributes}
    if described:
        tied["aria-describedby"] = " ".join(described)
    if field.errors:
        tied["aria-invalid"] = "true"
    return {name: value for name, value in tied.items() if value not in ("", None)}
