"""The member cities as one process keeps them: read once, shared by its threads, read again after half a minute.

Lists of practices name their cities over and over, and cities hardly ever change. The kept cities belong to no session:
they are for reading.
"""

import threading
import time
from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from cac.cities.models import City
from cac.cities.queries import list_cities

FRESH_SECONDS = 30.0


class CityCatalogue:
    """All member cities with their names; a new name is seen within ``fresh_seconds``, a new city at once."""

    def __init__(self, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._fresh_seconds = fresh_seconds
        self._cities: dict[int, City] = {}
        self._read_at = float("-inf")
        self._lock = threading.Lock()

    def by_id(self, session: Session, wanted: Collection[int] = ()) -> Mapping[int, City]:
        """Return the cities by id; reads them again if they are old or one of ``wanted`` is not among them."""
        cities = self._cities
        is_old = time.monotonic() - self._read_at > self._fresh_seconds
        if is_old or not cities.keys() >= set(wanted):
            cities = self._read(session)
        return cities

    def by_slug(self, session: Session, wanted: Collection[str] = ()) -> Mapping[str, City]:
        """Return the cities by slug, as ``by_id`` does."""
        found = {city.slug: city for city in self.by_id(session).values()}
        if found.keys() >= set(wanted):
            return found
        return {city.slug: city for city in self._read(session).values()}

    def _read(self, session: Session) -> dict[int, City]:
        with self._lock, Session(session.get_bind()) as own:
            cities = {city.id: city for city in list_cities(own)}
            own.expunge_all()
            self._cities, self._read_at = cities, time.monotonic()
        return cities
