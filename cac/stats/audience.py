"""Reads where a city's readers came from: sites, searches of this site and countries, with no small number among the last two."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.stats.closing import OTHER
from cac.stats.lines import Search
from cac.stats.models import CountryDay, ReferrerDay, Scope, SearchDay
from cac.stats.periods import Period

SMALLEST_SHOWN = 10
"""A country with fewer readers than this is not named: somebody might be recognised."""

FEWEST_READERS = 3
"""Words that led fewer readers to one practice are not shown: somebody might have searched for what only they know."""

HOSTS_SHOWN = 20
SEARCHES_SHOWN = 50


@dataclass(frozen=True)
class Countries:
    """(ISO code, views) of the countries that may be named, and the sum of the others.

    ``others`` is None where that sum itself is below what may be shown, 0 where there are no others.
    """

    named: tuple[tuple[str, int], ...]
    others: int | None


@dataclass(frozen=True)
class Searches:
    """(search, readers) of those that may be shown, the most frequent first, and the sum of the others.

    ``others`` is None where that sum itself is below what may be shown, 0 where there are no others.
    """

    named: tuple[tuple[Search, int], ...]
    others: int | None


def count_referrers(
    session: Session, practice_ids: Sequence[int], period: Period, limit: int = HOSTS_SHOWN
) -> list[tuple[str, int]]:
    """Return (host, views) of the sites that sent most readers, ``other`` for the rest, last."""
    views = func.sum(ReferrerDay.views)
    query = select(ReferrerDay.host, views).where(
        ReferrerDay.scope == Scope.PRACTICE,
        ReferrerDay.scope_id.in_(practice_ids),
        ReferrerDay.day.between(period.first, period.last),
    )
    found = session.execute(query.group_by(ReferrerDay.host).order_by(views.desc(), ReferrerDay.host))
    hosts = [(host, int(count)) for host, count in found]
    shown = [(host, count) for host, count in hosts if host != OTHER][:limit]
    rest = sum(count for _host, count in hosts) - sum(count for _host, count in shown)
    return [*shown, (OTHER, rest)] if rest else shown


def count_countries(session: Session, practice_ids: Sequence[int], period: Period) -> Countries:
    """Return from which countries the readers came, as far as that is known, no number below SMALLEST_SHOWN."""
    views = func.sum(CountryDay.views)
    query = select(CountryDay.country, views).where(
        CountryDay.scope == Scope.PRACTICE,
        CountryDay.scope_id.in_(practice_ids),
        CountryDay.day.between(period.first, period.last),
    )
    found = session.execute(query.group_by(CountryDay.country).order_by(views.desc(), CountryDay.country))
    return without_small_cells([(code, int(count)) for code, count in found])


def without_small_cells(counts: Sequence[tuple[str, int]]) -> Countries:
    """Return the counts with the small ones taken together, and their sum left out where it is small too."""
    named = tuple((code, count) for code, count in counts if count >= SMALLEST_SHOWN)
    rest = sum(count for _code, count in counts) - sum(count for _code, count in named)
    return Countries(named, rest if rest == 0 or rest >= SMALLEST_SHOWN else None)


def count_searches(
    session: Session, practice_ids: Sequence[int], period: Period, limit: int = SEARCHES_SHOWN
) -> Searches:
    """Return the searches of this site that led readers to the practices; one statement.

    Words count for a practice if they led FEWEST_READERS to it on one day: on another day the same reader is another one. A
    city's list says no more than those of its practices.
    """
    readers, most = func.sum(SearchDay.readers), func.max(SearchDay.readers)
    query = select(SearchDay.language, SearchDay.words, readers, most).where(
        SearchDay.practice_id.in_(practice_ids), SearchDay.day.between(period.first, period.last)
    )
    counts: dict[Search, int] = {}
    rest = 0
    for language, words, count, most_a_day in session.execute(
        query.group_by(SearchDay.practice_id, SearchDay.language, SearchDay.words)
    ):
        if words and most_a_day >= FEWEST_READERS:
            search = Search(language, words)
            counts[search] = counts.get(search, 0) + int(count)
        else:
            rest += int(count)
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    rest += sum(count for _search, count in ranked[limit:])
    return Searches(tuple(ranked[:limit]), rest if rest == 0 or rest >= FEWEST_READERS else None)
