"""Finds and ranks: runs a plan over the arrays of one generation of the index.

Scores are those of BM25 summed over fields and terms, the same that Whoosh's own exhaustive search gives with these weights
(a test compares them), times a weight for the language of the document. Filters and counts are in search/facets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from cac.search.analysis import GRAM_LEAST, GRAM_SHARE
from cac.search.guess import come_after, weigh_languages
from cac.search.index_reading import Snapshot
from cac.search.plan import Demand, Plan, Word, rarest
from cac.search.query import MOST_WORDS
from cac.search.synonym_scores import with_synonyms
from cac.search.weighted_postings import Flags, Floats, Ints, Longs, Postings

# How much a match in each field adds, beside the body (1.0), which holds the title's words too.
TITLE, NAMES, PAIRS, GRAMS = 0.5, 0.5, 0.6, 0.3
# What the score of a document keeps when its language is certainly not that of the query.
OTHER_LANGUAGE = 0.4
# How much more a document in the reader's own script counts than one in the other script of the same language.
OWN_TAG = 1.02
# Grams in more than this share of the documents of the index tell nothing and cost most.
GRAM_COMMON = 0.25

# Takes the number of a phrase and documents, the best first; returns those that hold it and how many of them were read.
ReadPhrase = Callable[[int, Longs], tuple[list[int], int]]


@dataclass(frozen=True)
class Ranking:
    """What was found: for each document of the snapshot whether it was, and its score.

    ``ignored`` are words beyond the most that are looked up; ``phrase_found`` is False if no document has the exact
    phrase, and documents with its words are given instead.
    """

    found: Flags
    scores: Floats
    ignored: tuple[str, ...] = ()
    phrase_found: bool = True


def rank(snapshot: Snapshot, plan: Plan, text: str, locale: str, read_phrase: ReadPhrase | None = None) -> Ranking:
    """Return which documents ``plan`` finds and their scores; ``text`` and ``locale`` tell the language asked in.

    ``read_phrase`` looks for a phrase (by its place in the plan) in the texts of the documents that have its words, the best
    first, and says in which it is and how many it read (search/phrases); of the others, and without it of all, those are
    taken in which the index knows the words as neighbours, in whatever forms. A plan without words finds every document. A
    word is excluded with every practice that has it in any edition or in the name of its city.
    """
    excluded = _excluded(snapshot, plan)
    if not plan.words:
        found = snapshot.live if excluded is None else snapshot.live & ~excluded
        return Ranking(found, _language_weights(snapshot, {}, text, locale)[snapshot.base_of])
    words: list[Word] = plan.words
    ignored: list[Word] = []
    if len(words) > MOST_WORDS:
        words, ignored = rarest(words, {word.text: _idf(snapshot, word) for word in words})
    ranking = rank_words(snapshot, plan, words, common=False)
    if not ranking.found.any():
        ranking = rank_words(snapshot, plan, words, common=True)
    weights = _language_weights(snapshot, _shares(snapshot, words), text, locale)[snapshot.base_of]
    weights = weights * _own_tag_first(snapshot, locale)
    found, scores = with_synonyms(snapshot, plan.synonyms, ranking.found, ranking.scores * weights, weights)
    if excluded is not None:
        found = found & ~excluded
    phrase_found = True
    for number, demands in enumerate(plan.phrases):
        with_phrase = _with_phrase(snapshot, found, scores, demands, read_phrase and partial(read_phrase, number))
        phrase_found = phrase_found and bool(with_phrase.any())
        found = with_phrase if with_phrase.any() else found
    return Ranking(found, scores.astype(np.float32), tuple(word.text for word in ignored), phrase_found)


def rank_words(snapshot: Snapshot, plan: Plan, words: list[Word], *, common: bool) -> Ranking:
    """Return which documents have any of ``words``, and their scores before the language counts.

    ``common`` says whether words in most documents of a language are looked up there too.
    """
    scores = np.zeros(snapshot.size, np.float32)
    terms = _terms(words)
    postings = snapshot.all_postings([("body", term) for term in terms])
    postings = {key: found for key, found in postings.items() if len(found.ids)}
    # The body holds the words of the title and those of the pairs: what is not in it is looked for nowhere else.
    present = [term for _, term in postings]
    pairs = [pair for pair in plan.pairs if all(("body", term) in postings for term in pair.split(" "))]
    grams = {gram for word in words for gram in (*word.grams, *(gram for part in word.parts for gram in part))}
    keys = [(field, term) for field in ("title", "names") for term in (present if field == "title" else terms)]
    keys += [("pairs", pair) for pair in pairs] + [("grams", gram) for gram in grams]
    postings |= snapshot.all_postings(keys)
    for term, bases in terms.items():
        body = postings.get(("body", term))
        meant = _meant(snapshot, bases, None if common or body is None else body.common)
        for field, weight in (("body", 1.0), ("title", TITLE), ("names", NAMES)):
            _add(scores, snapshot, postings.get((field, term)), weight, meant)
    found = scores > 0
    for pair in pairs:
        _add(scores, snapshot, postings["pairs", pair], PAIRS, _meant(snapshot, plan.pairs[pair], None))
    for word in words:
        _add_grams(snapshot, word, {gram: postings["grams", gram] for gram in word.grams}, scores, found)
        for part, bases in word.parts.items():
            ids = _holding_all([postings["grams", gram].ids for gram in part], snapshot.size)
            found[ids[snapshot.flags_of(bases)[snapshot.base_of[ids]]]] = True
    return Ranking(found & snapshot.live, scores)


def _terms(words: list[Word]) -> dict[str, set[str]]:
    terms: dict[str, set[str]] = {}
    for word in words:
        for term, bases in word.terms.items():
            terms.setdefault(term, set()).update(bases)
    return terms


def _meant(snapshot: Snapshot, bases: set[str], common: Flags | None) -> Flags | None:
    """Return for which base languages a term counts, or None for all."""
    if common is None and len(bases) == len(snapshot.bases):
        return None
    meant = snapshot.flags_of(bases)
    return meant if common is None else meant & ~common


def _add(scores: Floats, snapshot: Snapshot, postings: Postings | None, weight: float, meant: Flags | None) -> None:
    if postings is None or not len(postings.ids):
        return
    ids, impacts = postings.ids, postings.impacts
    if meant is not None:
        kept = meant[snapshot.base_of[ids]]
        ids, impacts = ids[kept], impacts[kept]
    scores[ids] += impacts if weight == 1.0 else impacts * np.float32(weight)


def _add_grams(snapshot: Snapshot, word: Word, postings: dict[str, Postings], scores: Floats, found: Flags) -> None:
    together: dict[frozenset[str], list[Postings]] = {}
    for gram, bases in word.grams.items():
        if len(postings[gram].ids) <= GRAM_COMMON * snapshot.size or snapshot.size < 100:
            together.setdefault(frozenset(bases), []).append(postings[gram])
    for meant, lists in together.items():
        ids, impacts = np.concatenate([each.ids for each in lists]), np.concatenate([each.impacts for each in lists])
        kept = snapshot.flags_of(meant)[snapshot.base_of[ids]]
        np.add.at(scores, ids[kept], impacts[kept] * np.float32(GRAMS))
    if len(word.grams) >= GRAM_LEAST:
        held = np.concatenate([postings[gram].ids for gram in word.grams])
        counts = np.bincount(held, minlength=snapshot.size)
        found |= counts >= GRAM_SHARE * len(word.grams)


def _holding_all(lists: list[Ints], size: int) -> Ints:
    """Return which of ``size`` documents are in all of ``lists``, the shortest first as it leaves least to look for."""
    first, *others = sorted(lists, key=len)
    for ids in others:
        if not len(first):
            break
        held = np.zeros(size, np.bool_)
        held[ids] = True
        first = first[held[first]]
    return first


def _with_phrase(
    snapshot: Snapshot,
    found: Flags,
    scores: Floats,
    demands: list[Demand],
    read: Callable[[Longs], tuple[list[int], int]] | None,
) -> Flags:
    as_neighbours = found & _all_of(snapshot, demands)
    if read is None:
        return as_neighbours
    candidates = np.flatnonzero(found & _all_of(snapshot, demands, {"body": "body"}))
    candidates = candidates[np.argsort(-scores[candidates], kind="stable")]
    holding, count = read(candidates)
    with_phrase = np.zeros(snapshot.size, np.bool_)
    with_phrase[holding] = True
    if holding or not count:
        with_phrase[candidates[count:]] = as_neighbours[candidates[count:]]
    return with_phrase


def _excluded(snapshot: Snapshot, plan: Plan) -> Flags | None:
    if not plan.excluded:
        return None
    found = np.zeros(snapshot.size, np.bool_)
    for demands in plan.excluded:
        found |= _all_of(snapshot, demands) | _all_of(snapshot, demands, {"body": "names"})
    return snapshot.with_other_editions(found)


_EVERYWHERE = {"body": "body", "pairs": "pairs"}


def _all_of(snapshot: Snapshot, demands: list[Demand], fields: Mapping[str, str] = _EVERYWHERE) -> Flags:
    """Return the documents that hold all terms of the demand that is meant for their language.

    ``fields`` says for the terms of each field in which they are looked for; those of other fields do not matter.
    """
    found = np.zeros(snapshot.size, np.bool_)
    for demand in demands:
        counts = np.zeros(snapshot.size, np.int32)
        terms = [(fields[field], term) for field, term in demand.terms if field in fields]
        for field, term in terms:
            counts[snapshot.postings(field, term).ids] += 1
        found |= (counts == len(terms)) & snapshot.flags_of(demand.bases)[snapshot.base_of]
    return found


def _idf(snapshot: Snapshot, word: Word) -> float:
    rarest_term = min((len(snapshot.postings("body", term).ids) or snapshot.size for term in word.terms), default=0)
    return float(-rarest_term)


def _shares(snapshot: Snapshot, words: list[Word]) -> dict[str, list[float]]:
    """Return in which share of the documents of each base language each word occurs."""
    postings = snapshot.all_postings([("body", term) for word in words for term in word.terms])
    shares: dict[str, list[float]] = {}
    sizes = snapshot.base_sizes + 10.0
    for word in words:
        counts = np.zeros(len(snapshot.bases))
        for term, bases in word.terms.items():
            counts = np.maximum(counts, postings["body", term].counts * snapshot.flags_of(bases))
        shares[word.text] = list(counts / sizes)
    return shares


def _language_weights(snapshot: Snapshot, shares: dict[str, list[float]], text: str, locale: str) -> Floats:
    """Return the weight of each base language: its likelihood, and what makes scores of small and large ones comparable.

    The idf within a language grows with the logarithm of its size; a language with three documents would never be seen.
    """
    likely = weigh_languages(text, locale, snapshot.bases, shares)
    sizes = snapshot.base_sizes
    level = np.log(2 + sizes.sum()) / np.log(2 + sizes)
    for behind, before in come_after(text, locale):
        if behind in snapshot.bases and before in snapshot.bases:
            place, limit = snapshot.bases.index(behind), snapshot.bases.index(before)
            level[place] = min(level[place], level[limit])
    preference = np.array([OTHER_LANGUAGE + (1 - OTHER_LANGUAGE) * likely[base] for base in snapshot.bases])
    return (preference * level).astype(np.float32) if len(snapshot.bases) else np.zeros(0, np.float32)


def _own_tag_first(snapshot: Snapshot, locale: str) -> Floats | np.float32:
    """Return the weight of each document that puts the reader's own script before the other (``zh-Hant``, ``zh-Hans``)."""
    if "-" not in locale:
        return np.float32(1)
    own = np.array([locale in tags for tags in snapshot.facet_values["language"]], np.bool_)
    return np.where(own[snapshot.facets["language"]], np.float32(OWN_TAG), np.float32(1))
