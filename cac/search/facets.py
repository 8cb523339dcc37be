"""Filters, counts and pages over what was found: a practice counts once, however many of its editions were found."""

from dataclasses import dataclass

import numpy as np

from cac.search.executor import Ranking
from cac.search.facet_table import FACETS, Facet
from cac.search.index_reading import Snapshot
from cac.search.request import FacetCount, SearchRequest, Sort
from cac.search.weighted_postings import Flags, Floats, Longs


@dataclass(frozen=True)
class Found:
    """One page of practices: their ids in order, the edition found for each, its score; the total and all counts."""

    total: int
    practices: tuple[int, ...]
    editions: tuple[int, ...]
    scores: tuple[float, ...]
    counts: dict[str, tuple[FacetCount, ...]]


def select_page(
    snapshot: Snapshot, ranking: Ranking, request: SearchRequest, *, offset: int, views: Longs | None = None
) -> Found:
    """Return one page of what ``ranking`` found and the filters of ``request`` leave, from the practice at ``offset``.

    ``views`` are needed for the order by views: how often each practice of the snapshot was read.
    """
    masks = {
        facet.name: snapshot.columns[facet.name].having(asked)
        for facet in FACETS
        if (asked := getattr(request, facet.asked))
    }
    found = _allowed(snapshot, ranking.found, request)
    kept = _both(found, masks)
    documents = _best_editions(snapshot, ranking, kept)
    keys = _keys(snapshot, ranking, documents, request.sort, views)
    page = documents[_first(keys, snapshot, documents, offset, request.per_page)]
    return Found(
        total=len(documents),
        practices=tuple(snapshot.practice_id[page].tolist()),
        editions=tuple(snapshot.edition_id[page].tolist()),
        scores=tuple(ranking.scores[page].tolist()),
        counts=_count_all(snapshot, found, masks, kept, request),
    )


def _allowed(snapshot: Snapshot, found: Flags, request: SearchRequest) -> Flags:
    """Return what was found without the practices of which any edition has a value that the request leaves out."""
    for name, value in request.without:
        found = found & ~snapshot.with_other_editions(snapshot.columns[name].having((value,)))
    return found


def _both(found: Flags, masks: dict[str, Flags], but: str = "") -> Flags:
    for name, mask in masks.items():
        if name != but:
            found = found & mask
    return found


def _count_all(
    snapshot: Snapshot, found: Flags, masks: dict[str, Flags], kept: Flags, request: SearchRequest
) -> dict[str, tuple[FacetCount, ...]]:
    """Return how many practices each value of each facet would give: all filters hold but the facet's own."""
    editions = np.flatnonzero(kept)
    practices = _one_document_each(snapshot, editions)
    counts = {}
    for facet in FACETS:
        documents = editions if facet.of_edition else practices
        if facet.name in masks:
            documents = np.flatnonzero(_both(found, masks, but=facet.name))
            documents = documents if facet.of_edition else _one_document_each(snapshot, documents)
        counts[facet.name] = _count(snapshot, facet, documents, getattr(request, facet.asked))
    return counts


def _count(snapshot: Snapshot, facet: Facet, documents: Longs, selected: tuple[str, ...]) -> tuple[FacetCount, ...]:
    totals = snapshot.columns[facet.name].count(documents)
    if not selected:
        return tuple(FacetCount(value, count) for value, count in totals)
    known = {value for value, _ in totals}
    totals += [(value, 0) for value in dict.fromkeys(selected) if value not in known]
    return tuple(FacetCount(value, count, value in selected) for value, count in totals)


def _one_document_each(snapshot: Snapshot, documents: Longs) -> Longs:
    """Return one document, whichever, for each practice that has one among ``documents``."""
    if snapshot.has_one_edition_each:
        return documents
    seen = np.zeros(len(snapshot.practice_ids), np.bool_)
    seen[snapshot.practice_of[documents]] = True
    return snapshot.one_document_of[seen]


def _best_editions(snapshot: Snapshot, ranking: Ranking, kept: Flags) -> Longs:
    """Return one document for each practice: the edition with the highest score, the original among equals."""
    ids = np.flatnonzero(kept)
    if snapshot.has_one_edition_each:
        return ids
    practices = snapshot.practice_of[ids]
    scores = ranking.scores[ids] + 1e-6 * snapshot.is_original[ids]
    best = np.full(len(snapshot.practice_ids), -np.inf)
    np.maximum.at(best, practices, scores)
    winners = ids[scores == best[practices]]
    chosen = np.full(len(snapshot.practice_ids), -1, np.int64)
    chosen[snapshot.practice_of[winners]] = winners
    return np.asarray(chosen[chosen >= 0], np.int64)


def _keys(snapshot: Snapshot, ranking: Ranking, documents: Longs, sort: Sort, views: Longs | None) -> Floats | Longs:
    if sort == "newest":
        return snapshot.published[documents]
    if sort == "checked":
        return snapshot.checked[documents]
    if sort == "views" and views is not None:
        return views[snapshot.practice_of[documents]]
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
