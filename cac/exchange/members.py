"""Which member a line belongs to: a city by its name, a new city, or a body that stands in for a country."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from babel import Locale
from babel.core import get_global
from babel.languages import get_official_languages

from cac.cities.csv_files import CityFacts
from cac.cities.models import City, CityName
from cac.cities.naming import slug_of
from cac.cities.queries import CityFinder
from cac.cities.service import is_country, problems_of
from cac.clock import day_in
from cac.exchange.mapping import BodyRule
from cac.languages import normalise_tag

NOWHERE = "ZZ"  # CLDR's code for an unknown region
ELSEWHERE_SLUG = "elsewhere"


class MemberError(Exception):
    """The line names no member that there is or may be; the message begins with the field."""


class Members:
    """Finds the member of each line and remembers which ones have to be added before the lines are written."""

    def __init__(
        self, cities: Iterable[City], rule: BodyRule, *, locales: tuple[str, ...], creates_cities: bool, at: datetime
    ) -> None:
        self._finder = CityFinder(())
        self._by_slug: dict[str, City] = {}
        for city in cities:
            self._remember(city)
        self._rule, self._creates, self._at = rule, creates_cities, at
        self._locales = tuple(dict.fromkeys(("en", *locales)))
        self._found: dict[tuple[object, object], str] = {}
        self._refused: dict[tuple[object, object], str] = {}
        self._days: dict[str, date] = {}
        self.planned: dict[str, CityFacts] = {}

    def slug_of(self, values: Mapping[str, Any]) -> str:
        """Return the slug of the line's member; raises MemberError."""
        key = (values.get("city"), values.get("country"))
        if not all(part is None or isinstance(part, str) for part in key):
            raise MemberError("city: city and country are texts")
        if key in self._refused:
            raise MemberError(self._refused[key])
        if key not in self._found:
            try:
                self._found[key] = self._find(values)
            except MemberError as error:
                self._refused[key] = str(error)
                raise
        return self._found[key]

    def today_of(self, slug: str) -> date:
        """Return the day that it is for this member."""
        zone = self._by_slug[slug].timezone
        if zone not in self._days:
            self._days[zone] = day_in(zone, self._at)
        return self._days[zone]

    def _find(self, values: Mapping[str, Any]) -> str:
        name, country = (values.get("city") or "").strip(), (values.get("country") or "").strip().upper() or None
        if country is not None and not is_country(country):
            raise MemberError(f'country: "{country[:40]}" is no country code of two letters (ISO 3166-1)')
        if not name:
            return self._body(country)
        if name in self._by_slug and country in (None, self._by_slug[name].country):
            return name
        found = self._finder.list_named(name, country)
        if len(found) > 1:
            where = ", ".join(sorted(city.country for city in found))
            raise MemberError(
                f'city: there are {len(found)} member cities called "{name[:60]}" ({where}): name the country'
            )
        if found:
            return found[0].slug
        if self._creates:
            return self._plan_city(name, country, values)
        raise MemberError(self._no_such_city(name, country))

    def _no_such_city(self, name: str, country: str | None) -> str:
        where = f" in {country}" if country and self._finder.list_named(name) else ""
        suggested = self._finder.suggest(name)
        hint = f" (did you mean {suggested}?)" if suggested and not where else ""
        return f'city: there is no member city "{name[:60]}"{where}{hint}'

    def _body(self, country: str | None) -> str:
        if country is not None and country != NOWHERE and self._rule.country:
            return self._national_body(country)
        if country is None and self._rule.elsewhere:
            return self._elsewhere()
        raise MemberError("city: missing")

    def _national_body(self, country: str) -> str:
        slug = f"country-{country.lower()}"
        if slug not in self._by_slug:
            names = {tag: name for tag in self._locales if (name := self._name_in(country, tag))}
            self._plan(
                CityFacts(
                    slug, country, None, None, _only_zone(country), _language_of(country), None, names, "national"
                )
            )
        return slug

    def _name_in(self, country: str, tag: str) -> str:
        name = Locale.parse(tag, sep="-").territories.get(country)
        return self._rule.country.replace("{country}", name) if name else ""

    def _elsewhere(self) -> str:
        if ELSEWHERE_SLUG not in self._by_slug:
            names = dict(self._rule.elsewhere)
            self._plan(CityFacts(ELSEWHERE_SLUG, NOWHERE, None, None, "UTC", "en", None, names, "regional"))
        return ELSEWHERE_SLUG

    def _plan_city(self, name: str, country: str | None, values: Mapping[str, Any]) -> str:
        if country is None:
            raise MemberError(f'country: missing; the new city "{name[:60]}" needs one')
        language = "en" if name.isascii() else normalise_tag(str(values.get("language") or "en")) or "en"
        facts = CityFacts(
            slug=self._free_slug(name, country),
            country=country,
            latitude=_number(values, "latitude"),
            longitude=_number(values, "longitude"),
            timezone=str(values.get("timezone") or _only_zone(country)),
            language=_language_of(country),
            population=None,
            names={language: " ".join(name.split())},
        )
        return self._plan(facts)

    def _plan(self, facts: CityFacts) -> str:
        if problems := problems_of(facts):
            raise MemberError("; ".join(f"{field}: {problem} for a new member" for field, problem in problems.items()))
        city = City(slug=facts.slug, country=facts.country, timezone=facts.timezone, level=facts.level)
        city.names = [CityName(language=tag, name=name) for tag, name in facts.names.items()]
        self.planned[facts.slug] = facts
        self._remember(city)
        return facts.slug

    def _free_slug(self, name: str, country: str) -> str:
        start = slug_of(name) or f"city-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        with_country = f"{start[:70]}-{country.lower()}"
        numbered = (f"{with_country}-{number}" for number in range(2, 1000))
        return next(slug for slug in (start, with_country, *numbered) if slug not in self._by_slug)

    def _remember(self, city: City) -> None:
        self._by_slug[city.slug] = city
        if city.level != "national":
            self._finder.add(city)


def _number(values: Mapping[str, Any], key: str) -> float | None:
    try:
        return None if values.get(key) in (None, "") else float(values[key])
    except (TypeError, ValueError):
        raise MemberError(f"{key}: {values[key]!r} is no number") from None


def _language_of(country: str) -> str:
    """Return the first official language of a country, as CLDR orders them, in our form."""
    languages = get_official_languages(country, de_facto=True)
    tag = f"zh-{country}" if languages[:1] == ("zh",) else next(iter(languages), "en")
    return normalise_tag(tag) or "en"


def _only_zone(country: str) -> str:
    """Return the time zone of a country that has one; UTC for those that have several."""
    zones = [zone for zone, territory in get_global("zone_territories").items() if territory == country]
    return zones[0] if len(zones) == 1 else "UTC"
