"""CSV files of cities, in one of two forms; leaves the checking of values and the writing to cities/service.

Form 1: ``slug,country,latitude,longitude,timezone,language,population,names`` with names as ``en=Seoul|ko=서울``.
Form 2: ``name_en,country_iso2,lat,lon,timezone,languages,population`` and any of ``name_ko`` … (a column for each
language) and ``name_native`` (in the first of ``languages``); the slug is made from ``name_en``, with the country
added when a city of another country has it. Further columns are passed over. UTF-8, commas, a heading line.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cac.cities.naming import slug_of
from cac.languages import normalise_tag

FORM_1 = ("slug", "country", "names")
FORM_2 = ("name_en", "country_iso2")


@dataclass(frozen=True)
class CityFacts:
    """What is known of one city; ``names`` maps language tags to names."""

    slug: str
    country: str
    latitude: float | None
    longitude: float | None
    timezone: str
    language: str
    population: int | None
    names: dict[str, str]
    level: str = "city"


@dataclass(frozen=True)
class CityTable:
    """The cities of a file and what could not be read, both with their line numbers."""

    lines: int
    cities: tuple[tuple[int, CityFacts], ...]
    problems: tuple[tuple[int, str], ...]


def read(path: Path, known: Mapping[str, str]) -> CityTable:
    """Return the cities of a file; ``known`` maps the slugs that are taken to their countries."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            columns = set(reader.fieldnames or ())
            if not (columns.issuperset(FORM_1) or columns.issuperset(FORM_2)):
                words = f"the heading names neither {', '.join(FORM_1)} nor {', '.join(FORM_2)}"
                return CityTable(0, (), ((1, words),))
            rows = [(reader.line_num, _clean(row)) for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        return CityTable(0, (), ((1, f"this is no CSV file in UTF-8: {error}"),))
    return _cities_of(rows, columns.issuperset(FORM_1), dict(known))


def _cities_of(rows: list[tuple[int, dict[str, str]]], is_form_1: bool, slugs: dict[str, str]) -> CityTable:
    cities: list[tuple[int, CityFacts]] = []
    problems: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for line, row in rows:
        try:
            facts = _facts_of_form_1(row) if is_form_1 else _facts_of_form_2(row, slugs)
        except ValueError as error:
            problems.append((line, str(error)))
            continue
        if facts.slug in seen:
            problems.append((line, f"slug: {facts.slug} is in line {seen[facts.slug]} already"))
        seen.setdefault(facts.slug, line)
        slugs.setdefault(facts.slug, facts.country)
        cities.append((line, facts))
    return CityTable(len(rows), tuple(cities), tuple(problems))


def _facts_of_form_1(row: dict[str, str]) -> CityFacts:
    names = {}
    for part in filter(None, row["names"].split("|")):
        tag, equals, name = part.partition("=")
        if not equals:
            raise ValueError(f"names: {part!r} has no language; write en=Seoul|ko=서울")
        names[_tag(tag, "names")] = name.strip()
    return CityFacts(
        slug=row["slug"],
        country=row["country"].upper(),
        latitude=_number(row, "latitude"),
        longitude=_number(row, "longitude"),
        timezone=row.get("timezone") or "UTC",
        language=_tag(row.get("language") or "en", "language"),
        population=_whole(row, "population"),
        names=names,
        level=row.get("level") or "city",
    )


def _facts_of_form_2(row: dict[str, str], slugs: Mapping[str, str]) -> CityFacts:
    country = row["country_iso2"].upper()
    language = _first_language(row.get("languages", ""), country)
    names = {language: row["name_native"]} if row.get("name_native") else {}
    for column, value in row.items():
        if column.startswith("name_") and column != "name_native" and value:
            names[_tag(column.removeprefix("name_"), column)] = value
    slug = slug_of(row["name_en"])
    if slugs.get(slug, country) != country:
        slug = f"{slug}-{country.lower()}"
    return CityFacts(
        slug=slug,
        country=country,
        latitude=_number(row, "lat"),
        longitude=_number(row, "lon"),
        timezone=row.get("timezone") or "UTC",
        language=language,
        population=_whole(row, "population"),
        names=names,
    )


def _first_language(languages: str, country: str) -> str:
    first = languages.replace(";", ",").split(",")[0].strip() or "en"
    return _tag(f"zh-{country}" if first == "zh" else first, "languages")


def _tag(text: str, column: str) -> str:
    tag = normalise_tag(text)
    if tag is None:
        raise ValueError(f"{column}: {text!r} is no known language")
    return tag


def _number(row: dict[str, str], column: str) -> float | None:
    try:
        return float(row[column]) if row.get(column) else None
    except ValueError:
        raise ValueError(f"{column}: {row[column]!r} is no number") from None


def _whole(row: dict[str, str], column: str) -> int | None:
    number = _number(row, column)
    if number is not None and not number.is_integer():
        raise ValueError(f"{column}: {row[column]!r} is no whole number")
    return None if number is None else int(number)


def _clean(row: Mapping[str | None, str | list[str] | None]) -> dict[str, str]:
    """Return the row without what stands beyond the heading, and with empty text for what is missing."""
    return {key: value.strip() if isinstance(value, str) else "" for key, value in row.items() if key is not None}
