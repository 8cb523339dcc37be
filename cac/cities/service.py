"""Adding and changing member cities; the form of the CSV file is in cities/csv_files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

from babel import Locale
from sqlalchemy.orm import Session

from cac.cities import csv_files, queries
from cac.cities.models import City, CityName
from cac.cities.naming import is_slug
from cac.errors import InvalidError
from cac.languages import normalise_tag

LEVELS = frozenset({"city", "regional", "national"})


@dataclass(frozen=True)
class CityImportReport:
    """What an import of cities did; with any problem, nothing."""

    lines: int
    created: int
    changed: int
    unchanged: int
    problems: tuple[str, ...]


def add_city(
    session: Session,
    *,
    slug: str,
    country: str,
    names: Mapping[str, str],
    latitude: float | None = None,
    longitude: float | None = None,
    timezone: str = "UTC",
    language: str = "en",
    population: int | None = None,
    level: str = "city",
    at: datetime,
) -> City:
    """Add a member and return it; ``names`` maps language tags to names, ``country`` is ISO 3166-1 alpha-2.

    Raises InvalidError for slug (invalid, taken), country, timezone, language, level, names, latitude, longitude,
    population (invalid, missing).
    """
    facts = csv_files.CityFacts(
        slug, country.upper(), latitude, longitude, timezone, language, population, dict(names), level
    )
    problems = problems_of(facts)
    if "slug" not in problems and queries.find_city(session, slug) is not None:
        problems["slug"] = "taken"
    if problems:
        raise InvalidError(problems)
    return _add(session, facts, at)


def problems_of(facts: csv_files.CityFacts) -> dict[str, str]:
    """Return what is wrong with the facts of a city, field by field; empty if nothing is."""
    checks = {
        "slug": is_slug(facts.slug),
        "country": is_country(facts.country),
        "timezone": facts.timezone in _timezones(),
        "language": normalise_tag(facts.language) is not None,
        "level": facts.level in LEVELS,
        "names": bool(facts.names) and all(_is_name(tag, name) for tag, name in facts.names.items()),
        "latitude": facts.latitude is None or -90 <= facts.latitude <= 90,
        "longitude": facts.longitude is None or -180 <= facts.longitude <= 180,
        "population": facts.population is None or 0 <= facts.population < 2**31,
    }
    return {field: "invalid" for field, is_right in checks.items() if not is_right}


def import_csv(session: Session, path: Path, *, at: datetime) -> CityImportReport:
    """Add and update the cities of a CSV file (cities/csv_files says its two forms), all of them or, with a problem, none."""
    known = {city.slug: city for city in queries.list_cities(session)}
    table = csv_files.read(path, {slug: city.country for slug, city in known.items()})
    problems = list(table.problems)
    for line, facts in table.cities:
        problems += [(line, f"{field}: {problem}") for field, problem in problems_of(facts).items()]
    if problems:
        sentences = tuple(f"line {line}: {words}" for line, words in sorted(problems))
        return CityImportReport(table.lines, 0, 0, 0, sentences)
    created = changed = 0
    for _line, facts in table.cities:
        if facts.slug not in known:
            _add(session, facts, at)
            created += 1
        else:
            changed += _update(known[facts.slug], facts)
    session.flush()
    return CityImportReport(table.lines, created, changed, len(table.cities) - created - changed, ())


def is_country(code: str) -> bool:
    """Whether ``code`` is a country or territory of CLDR in two capital letters (``XK``, which ISO left free, counts)."""
    return len(code) == 2 and code.isalpha() and code in Locale("en").territories


def _add(session: Session, facts: csv_files.CityFacts, at: datetime) -> City:
    city = City(slug=facts.slug, created_at=at)
    _update(city, facts)
    session.add(city)
    session.flush()
    return city


def _update(city: City, facts: csv_files.CityFacts) -> bool:
    """Give the city these facts; names of languages that are not in ``facts`` stay. Return whether anything changed."""
    before = _state(city)
    city.country, city.level = facts.country, facts.level
    city.latitude, city.longitude = facts.latitude, facts.longitude
    city.timezone, city.language = facts.timezone, normalise_tag(facts.language) or facts.language
    city.population = facts.population
    names = {name.language: name for name in city.names}
    for tag, text in facts.names.items():
        language = normalise_tag(tag) or tag
        if language in names:
            names[language].name = text
        else:
            city.names.append(CityName(language=language, name=text))
    return _state(city) != before


def _state(city: City) -> tuple[object, ...]:
    facts = (city.country, city.level, city.latitude, city.longitude, city.timezone, city.language, city.population)
    return (*facts, sorted((name.language, name.name) for name in city.names))


def _is_name(tag: str, name: str) -> bool:
    return normalise_tag(tag) is not None and 0 < len(name) <= 200 and name.isprintable() and name == name.strip()


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())
