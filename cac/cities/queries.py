"""Reading member cities and finding them by any of their names."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.cities.models import City, CityName
from cac.cities.naming import fold_name
from cac.errors import NotFoundError


class CityFinder:
    """All member cities by folded name, for looking up many names; new cities can be added while it is in use."""

    def __init__(self, cities: Iterable[City]) -> None:
        self._by_name: defaultdict[str, list[City]] = defaultdict(list)
        self._names: dict[str, str] = {}
        for city in cities:
            self.add(city)

    def add(self, city: City) -> None:
        """Make a city findable by its slug and all of its names."""
        for name in (*(name.name for name in city.names), city.slug):
            folded = fold_name(name)
            self._names.setdefault(folded, name)
            if city not in self._by_name[folded]:
                self._by_name[folded].append(city)

    def list_named(self, name: str, country: str | None = None) -> list[City]:
        """Return the cities with this name in any language, in one country (ISO 3166-1 alpha-2) or in all."""
        found = self._by_name.get(fold_name(name), [])
        return [city for city in found if country is None or city.country == country]

    def find(self, name: str, country: str | None = None) -> City | None:
        """Return the one city with this name, or None if there is none or more than one."""
        found = self.list_named(name, country)
        return found[0] if len(found) == 1 else None

    def suggest(self, name: str) -> str | None:
        """Return a known name that is spelt like ``name``, or None."""
        close = get_close_matches(fold_name(name), self._names, n=1, cutoff=0.6)
        return self._names[close[0]] if close else None


def get_city(session: Session, slug: str) -> City:
    """Return the city with this slug; raises NotFoundError."""
    city = find_city(session, slug)
    if city is None:
        raise NotFoundError(f"city {slug}")
    return city


def find_city(session: Session, slug: str) -> City | None:
    """Return the city with this slug, or None."""
    return session.scalar(select(City).where(City.slug == slug))


def find_city_by_name(session: Session, name: str, country: str | None = None) -> City | None:
    """Return the one city with this name in any language, whatever its case and accents, or None."""
    return CityFinder(list_cities(session)).find(name, country)


def list_cities(session: Session) -> Sequence[City]:
    """Return all member cities with their names, by slug."""
    return session.scalars(select(City).order_by(City.slug)).all()


def list_city_names(session: Session, language: str) -> Sequence[tuple[int, str]]:
    """Return (city id, name) of all cities that have a name in ``language``."""
    statement = select(CityName.city_id, CityName.name).where(CityName.language == language)
    return [(city_id, name) for city_id, name in session.execute(statement)]


def count_cities(session: Session) -> int:
    """Return how many cities are members; regional and national bodies that stand in for some are not counted."""
    return session.scalar(select(func.count()).select_from(City).where(City.level == "city")) or 0
