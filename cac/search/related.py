"""Practices like one practice: by the words that tell most in its text, by meanings of the glossary, by topics and places.

Words find practices in the same language; meanings, topics and places reach across languages. Which of them can be shown
now is the caller's to ask the database.
"""

from collections import Counter
from collections.abc import Iterable
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from cac.practices.content import Content
from cac.practices.models import Edition, Revision
from cac.search.analysis import index_text
from cac.search.document import text_of
from cac.search.index import BrokenIndexError
from cac.search.index_reading import Snapshot
from cac.search.reader import IndexReader
from cac.search.synonym_scores import score_synonyms
from cac.search.weighted_postings import Floats
from cac.search.words import base_language

# How many words of a text are compared, and how many of its words are looked at to choose them.
BEST_TERMS, CANDIDATES = 25, 160
# A word in a larger share of the documents of its language tells nothing of what a text is about.
COMMON = 0.3
WORDS, MEANINGS, TOPICS, PLACES = 0.4, 0.25, 0.25, 0.1
LEAST = 0.15
MOST_REMEMBERED, MOST_RELATED = 5_000, 10

_remembered: "WeakKeyDictionary[Snapshot, dict[tuple[int, str], list[int]]]" = WeakKeyDictionary()


def related_practices(
    session: Session, index: IndexReader, practice_id: int, language: str, *, limit: int
) -> list[int]:
    """Return the ids of at most ``limit`` practices like this one, the likest first; empty while there is no index.

    ``language`` is the reader's: the edition in it is compared beside the original. One statement, none the second time.
    """
    snapshot = index.snapshot()
    if snapshot is None:
        return []
    remembered = _remembered.setdefault(snapshot, {})
    key = (practice_id, language)
    if key not in remembered:
        if len(remembered) >= MOST_REMEMBERED:
            remembered.clear()
        try:
            scores = _score(session, index, snapshot, practice_id, language)
            remembered[key] = _best(snapshot, scores, practice_id, MOST_RELATED)
        except BrokenIndexError as error:
            index.give_up(error)
            return []
    return remembered[key][:limit]


def _score(session: Session, index: IndexReader, snapshot: Snapshot, practice_id: int, language: str) -> Floats:
    """Return how like the practice each document is, from 0 to 1."""
    total = np.zeros(snapshot.size, np.float32)
    editions = _editions(session, practice_id)
    for tag, is_original, content in editions:
        if is_original or tag == language:
            total += _like_text(snapshot, tag, content)
    total = WORDS * _in_proportion(total, snapshot, practice_id)
    for tag, is_original, content in editions:
        if is_original:
            meanings = index.glossary.synonyms(session, f"{content.title} {content.summary}", tag, {}).meanings
            total += MEANINGS * _in_proportion(score_synonyms(snapshot, meanings), snapshot, practice_id)
            total += TOPICS * _sharing(snapshot, "topic", content.topics)
            total += PLACES * _sharing(snapshot, "place", content.places)
    return total


def _editions(session: Session, practice_id: int) -> list[tuple[str, bool, Content]]:
    statement = (
        select(Edition.language, Edition.is_original, Revision.content)
        .join(Revision, Revision.id == Edition.published_revision_id)
        .where(Edition.practice_id == practice_id)
    )
    return [(row[0], row[1], Content.from_json(row[2])) for row in session.execute(statement)]


def _like_text(snapshot: Snapshot, language: str, content: Content) -> Floats:
    """Return how much each document in the language shares of the words that tell most in a text."""
    base = base_language(language)
    scores = np.zeros(snapshot.size, np.float32)
    if base not in snapshot.bases:
        return scores
    number = snapshot.bases.index(base)
    for term, count in _telling_terms(snapshot, number, content, language):
        postings = snapshot.postings("body", term)
        own = snapshot.base_of[postings.ids] == number
        scores[postings.ids[own]] += postings.impacts[own] * np.float32(min(count, 4) ** 0.5)
    return scores


def _telling_terms(snapshot: Snapshot, base: int, content: Content, language: str) -> list[tuple[str, int]]:
    """Return the 25 terms of a text with the highest tf-idf in the documents of its language, with their counts."""
    text = text_of(content)
    counts: Counter[str] = index_text([text.title, text.title, *text.passages], language).terms
    size = int(snapshot.base_sizes[base])
    weighed = []
    for term, count in counts.most_common(CANDIDATES):
        frequency = int(snapshot.postings("body", term).counts[base])
        if 1 < frequency <= max(COMMON * size, 3):
            weighed.append((min(count, 8) ** 0.5 * np.log(1 + size / frequency), term, count))
    return [(term, count) for _, term, count in sorted(weighed, reverse=True)[:BEST_TERMS]]


def _in_proportion(scores: Floats, snapshot: Snapshot, practice_id: int) -> Floats:
    """Return scores in proportion to the highest among other practices."""
    others = scores[(snapshot.practice_id != practice_id) & snapshot.live]
    highest = float(others.max()) if len(others) else 0.0
    return scores / np.float32(highest) if highest > 0 else scores


def _sharing(snapshot: Snapshot, facet: str, values: Iterable[str]) -> Floats:
    """Return which share of ``values`` each document has."""
    wanted = list(values)
    shared = np.zeros(snapshot.size, np.float32)
    for value in wanted:
        shared += snapshot.columns[facet].having([value])
    return shared / np.float32(max(len(wanted), 1))


def _best(snapshot: Snapshot, scores: Floats, practice_id: int, limit: int) -> list[int]:
    candidates = np.flatnonzero((scores >= LEAST) & snapshot.live & (snapshot.practice_id != practice_id))
    order = candidates[np.lexsort((-snapshot.practice_id[candidates], -scores[candidates]))]
    found: dict[int, None] = {}
    for number in snapshot.practice_id[order].tolist():
        found[number] = None
        if len(found) == limit:
            break
    return list(found)
