"""Reads where a city's readers came from: the sites that sent them, and their countries with no small number among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.stats.booking import OTHER
from cac.stats.models import CountryDay, ReferrerDay, Scope
from cac.stats.periods import Period

SMALLEST_SHOWN = 10
"""A country with fewer readers than this is not named: somebody might be recognised."""

HOSTS_SHOWN = 20


@dataclass(frozen=True)
class Countries:
    """(ISO code, views) of the countries that may be named, and the sum of the others.

    ``others`` is None where that sum itself is below what may be shown, 0 where there are no others.
    """

    named: tuple[tuple[str, int], ...]
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
