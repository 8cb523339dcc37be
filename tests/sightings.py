"""Requests to count, made up: who read what, as tests and benchmarks write it into a spool."""

from typing import NamedTuple

from cac.stats.lines import Search
from cac.stats.models import Measure, ViewClass
from cac.stats.spool import CountedPractice, Spool


class Sighting(NamedTuple):
    """One request to count; ``address``, ``agent`` and ``languages`` are who asked."""

    practice_id: int
    city_id: int
    language: str
    view_class: ViewClass
    address: str = ""
    agent: str = ""
    languages: str = ""
    referrer: str = ""
    country: str = ""
    measure: Measure = Measure.VIEW
    search: Search | None = None


def write_sighting(spool: Spool, sighting: Sighting) -> bool:
    """Write a sighting into a spool as an answer to a reader does; False if that was not possible."""
    counted = CountedPractice(sighting.practice_id, sighting.city_id, sighting.language, sighting.measure)
    return spool.count(
        counted,
        sighting.view_class,
        address=sighting.address,
        agent=sighting.agent,
        languages=sighting.languages,
        referrer=sighting.referrer,
        country=sighting.country,
        search=sighting.search,
    )
