"""Scores the documents that hold another word for what a query asks for.

A document that has only a synonym gets half of what the word itself would have given it (SYNONYM), and one meaning counts
once, however many of its synonyms a document has. Which words these are is search/synonyms'.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from cac.search.index_reading import Snapshot
from cac.search.synonyms import Meaning, Synonyms
from cac.search.weighted_postings import Flags, Floats, Ints, Postings

SYNONYM, IN_TITLE = 0.5, 0.5


def with_synonyms(
    snapshot: Snapshot, synonyms: Synonyms, found: Flags, scores: Floats, weights: Floats
) -> tuple[Flags, Floats]:
    """Return which documents the words or their synonyms find, and their scores; ``weights`` are those of the languages.

    A synonym can be rarer than the word, and in a language with few documents everything is rare: so it adds no more than
    half of what the best document has by the words themselves, and where the query is nothing but one term, documents with
    the term itself come first.
    """
    if not synonyms.meanings:
        return found, scores
    added = _level(snapshot, score_synonyms(snapshot, synonyms.meanings)) * weights
    by_words = found & (scores > 0)
    others = (added > 0) & snapshot.live & ~by_words
    if by_words.any():
        most = SYNONYM * float(scores[by_words].max())
        ceiling = 0.99 * float(scores[by_words].min()) if synonyms.is_whole else most
        highest = float(added[others].max(initial=0.0))
        factor = ceiling / highest if highest > ceiling else 1.0
        added = np.where(others, added * np.float32(factor), np.minimum(added, np.float32(most)))
    return found | others, (scores + added).astype(np.float32)


def _level(snapshot: Snapshot, scores: Floats) -> Floats:
    """Return scores with the highest of every language at the mean of these: where few texts are, every word is rare."""
    highest = np.zeros(len(snapshot.bases), np.float32)
    np.maximum.at(highest, snapshot.base_of, scores)
    mean = float(highest[highest > 0].mean()) if highest.any() else 0.0
    return (scores * (mean / np.maximum(highest, np.float32(1e-6)))[snapshot.base_of]).astype(np.float32)


def score_synonyms(snapshot: Snapshot, meanings: Iterable[Meaning]) -> Floats:
    """Return what the synonyms of the query add to the score of each document, before the language counts."""
    total = np.zeros(snapshot.size, np.float32)
    known = frozenset(snapshot.bases)
    # The glossary has more languages than most libraries.
    meant = [{way: bases for way, bases in meaning.ways.items() if bases & known} for meaning in meanings]
    postings = _postings(snapshot, {term for ways in meant for way in ways for term in way})
    for ways in meant:
        best = np.zeros(snapshot.size, np.float32)
        for way, bases in ways.items():
            ids, scores = _holding(snapshot, [postings[term] for term in way], bases)
            best[ids] = np.maximum(best[ids], scores)
        total += best
    return total * np.float32(SYNONYM)


def _postings(snapshot: Snapshot, terms: Iterable[str]) -> dict[str, tuple[Ints, Floats]]:
    """Return for each of ``terms`` its documents and what it is worth in each; read together, which costs a fraction."""
    bodies = snapshot.all_postings([("body", term) for term in terms])
    # The body holds the words of the title: what is not in it is in no title.
    titles = snapshot.all_postings([("title", term) for (_, term), body in bodies.items() if len(body.ids)])
    return {term: _weighted(body, titles.get(("title", term))) for (_, term), body in bodies.items()}


def _weighted(body: Postings, title: Postings | None) -> tuple[Ints, Floats]:
    if title is None or not len(title.ids):
        return body.ids, body.impacts
    scores = body.impacts.copy()
    places = np.searchsorted(body.ids, title.ids)
    inside = places < len(body.ids)
    places, impacts = places[inside], title.impacts[inside]
    same = body.ids[places] == title.ids[inside]
    scores[places[same]] += impacts[same] * np.float32(IN_TITLE)
    return body.ids, scores


def _holding(snapshot: Snapshot, terms: Sequence[tuple[Ints, Floats]], bases: frozenset[str]) -> tuple[Ints, Floats]:
    """Return the documents of some languages that hold all of ``terms``, and what the terms are worth in them."""
    ids, scores = terms[0]
    for own, impacts in terms[1:]:
        ids, left, right = np.intersect1d(ids, own, assume_unique=True, return_indices=True)
        scores = scores[left] + impacts[right]
    kept = snapshot.flags_of(bases)[snapshot.base_of[ids]] & snapshot.live[ids]
    return ids[kept], scores[kept] / np.float32(len(terms) ** 0.5)
