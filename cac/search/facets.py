"""Filters, counts and pages over what was found: a practice counts once, however many of its editions were found.

One more facet is one more line in FACETS, if the index has a column for it.
"""

from dataclasses import dataclass

import numpy as np

from cac.practices.vocabulary import topic_family
from cac.search.executor import Ranking
from cac.search.index_reading import Flags, Floats, Longs, Snapshot
from cac.search.request import FacetCount, SearchRequest, Sort


@dataclass(frozen=True)
class Facet:
    """One facet: its name, its column in the index, its field in the request, and whether it differs between editions."""

    name: str
    column: str
    asked: str
    of_edition: bool = False
    has_families: bool = False


FACETS = (
    Facet("language", "language", "languages", of_edition=True),
    Facet("city", "city", "cities"),
    Facet("topic", "topics", "topics", has_families=True),
    Facet("kind", "kind", "kinds"),
)


@dataclass(frozen=True)
class Found:
    """One page of practices: their ids in order, the edition found for each, its score; the total and all counts."""

    total: int
    practices: tuple[int, ...]
    editions: tuple[int, ...]
    scores: tuple[float, ...]
    counts: dict[str, tuple[FacetCount, ...]]


def select_page(
    snapshot: Snapshot, ranking: Ranking, request: SearchRequest, *, offset: int, views: dict[int, int] | None = None
) -> Found:
    """Return one page of what ``ranking`` found and the filters of ``request`` leave, from the practice at ``offset``.

    ``views`` are needed for the order by views: how often each practice was read.
    """
    masks = {facet.name: _mask(snapshot, facet, getattr(request, facet.asked)) for facet in FACETS}
    kept = _both(ranking.found, *masks.values())
    counts = {facet.name: _count(snapshot, facet, ranking.found, masks, request) for facet in FACETS}
    documents = _best_editions(snapshot, ranking, kept)
    keys = _keys(snapshot, ranking, documents, request.sort, views or {})
    page = documents[_first(keys, snapshot, documents, offset, request.per_page)]
    return Found(
        total=len(documents),
        practices=tuple(int(number) for number in snapshot.practice_id[page]),
        editions=tuple(int(number) for number in snapshot.edition_id[page]),
        scores=tuple(float(score) for score in ranking.scores[page]),
        counts=counts,
    )


def values_of(facet: Facet, own: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values under which a document counts: topics count for the topic they belong to as well."""
    return tuple(dict.fromkeys((*own, *map(topic_family, own)))) if facet.has_families else own


def _mask(snapshot: Snapshot, facet: Facet, asked: tuple[str, ...]) -> Flags | None:
    if not asked:
        return None
    wanted = set(asked)
    values = snapshot.facet_values[facet.column]
    chosen = np.array([not wanted.isdisjoint(values_of(facet, own)) for own in values], np.bool_)
    return chosen[snapshot.facets[facet.column]] if snapshot.size else np.zeros(0, np.bool_)


def _both(found: Flags, *masks: Flags | None) -> Flags:
    for mask in masks:
        if mask is not None:
            found = found & mask
    return found


def _count(
    snapshot: Snapshot, facet: Facet, found: Flags, masks: dict[str, Flags | None], request: SearchRequest
) -> tuple[FacetCount, ...]:
    """Return how many practices each value would give: all other filters hold, the facet's own is left out."""
    kept = _both(found, *(mask for name, mask in masks.items() if name != facet.name))
    ids = np.flatnonzero(kept)
    if not facet.of_edition:
        representatives = np.full(len(snapshot.practice_ids), -1, np.int64)
        representatives[snapshot.practice_of[ids]] = ids
        ids = representatives[representatives >= 0]
    values = snapshot.facet_values[facet.column]
    per_code = np.bincount(snapshot.facets[facet.column][ids], minlength=len(values))
    totals: dict[str, int] = {}
    for code in np.flatnonzero(per_code):
        for value in values_of(facet, values[code]):
            totals[value] = totals.get(value, 0) + int(per_code[code])
    selected = getattr(request, facet.asked)
    totals |= {value: 0 for value in selected if value not in totals}
    ordered = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetCount(value, count, value in selected) for value, count in ordered)


def _best_editions(snapshot: Snapshot, ranking: Ranking, kept: Flags) -> Longs:
    """Return one document for each practice: the edition with the highest score, the original among equals."""
    ids = np.flatnonzero(kept)
    practices = snapshot.practice_of[ids]
    scores = ranking.scores[ids] + 1e-6 * snapshot.is_original[ids]
    best = np.full(len(snapshot.practice_ids), -np.inf)
    np.maximum.at(best, practices, scores)
    winners = ids[scores == best[practices]]
    chosen = np.full(len(snapshot.practice_ids), -1, np.int64)
    chosen[snapshot.practice_of[winners]] = winners
    return np.asarray(chosen[chosen >= 0], np.int64)


def _keys(snapshot: Snapshot, ranking: Ranking, documents: Longs, sort: Sort, views: dict[int, int]) -> Floats | Longs:
    if sort == "newest":
        return snapshot.published[documents]
    if sort == "views":
        return np.array([views.get(int(number), 0) for number in snapshot.practice_id[documents]], np.int64)
    return ranking.scores[documents]


def _first(keys: Floats | Longs, snapshot: Snapshot, documents: Longs, offset: int, count: int) -> Longs:
    """Return the positions of one page in the order of ``keys``, highest first; newest first among equals."""
    needed = offset + count
    if len(keys) > 4 * needed:
        threshold = np.partition(keys, len(keys) - needed)[len(keys) - needed]
        candidates = np.flatnonzero(keys >= threshold)
    else:
        candidates = np.arange(len(keys))
    chosen = documents[candidates]
    order = np.lexsort((-snapshot.practice_id[chosen], -snapshot.published[chosen], -keys[candidates]))
    return np.asarray(candidates[order][offset:needed], np.int64)
