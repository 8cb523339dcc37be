"""What the words of a query say before they are corrected: which of them no practice has, and in which languages they may be."""

from collections.abc import Iterable
from functools import reduce

import numpy as np

from cac.search.analysis import required_terms
from cac.search.guess import weigh_languages
from cac.search.index_reading import Snapshot
from cac.search.plan import Plan, Word
from cac.search.scripts import Writing, runs, script_of
from cac.search.words import base_language, language_script

MOST_LANGUAGES = 4


def unknown_words(snapshot: Snapshot, plan: Plan) -> set[str]:
    """Return the words of a plan that no document of any language has, be it with another ending or inside a longer word."""
    return {word.text for word in plan.words if not _occurs(snapshot, word)}


def _occurs(snapshot: Snapshot, word: Word) -> bool:
    writing = next((writing for writing, _, _ in runs(word.text)), Writing.HAN)
    if writing is Writing.HANGUL:
        parts = required_terms(word.text, "ko")
        return any(_is_together(snapshot, field, parts) for field in ("body", "names"))
    if writing is not Writing.WORD:
        return True
    if any(len(snapshot.postings(field, term).ids) for term in word.terms for field in ("body", "names")):
        return True
    return len(word.grams) > 1 and _is_together(snapshot, "grams", word.grams)


def _is_together(snapshot: Snapshot, field: str, terms: Iterable[str]) -> bool:
    """Whether some document has all ``terms`` in a field."""
    lists = [snapshot.postings(field, term).ids for term in terms]
    return bool(lists) and len(reduce(np.intersect1d, lists)) > 0


def likely_languages(snapshot: Snapshot, plan: Plan, text: str, locale: str) -> list[str]:
    """Return the base languages of the index, at most four, in whose words a query may be meant.

    The reader's own first, then by likelihood and by how many documents there are, all in the scripts of the words.
    """
    weights = weigh_languages(text, locale, snapshot.bases, shares_of_words(snapshot, plan))
    scripts = {
        "hangul" if writing is Writing.HANGUL else script_of(text[start:end]) for writing, start, end in runs(text)
    }
    sizes = dict(zip(snapshot.bases, snapshot.base_sizes.tolist(), strict=True))
    fitting = [base for base in snapshot.bases if language_script(base) in scripts] or snapshot.bases
    own = base_language(locale)
    return sorted(fitting, key=lambda base: (base != own, -weights[base], -sizes[base]))[:MOST_LANGUAGES]


def shares_of_words(snapshot: Snapshot, plan: Plan) -> dict[str, list[float]]:
    """Return for each word of a plan in which share of the documents of each base language it occurs."""
    sizes = snapshot.base_sizes + 10.0
    shares = {}
    for word in plan.words:
        counts = np.zeros(len(snapshot.bases))
        for term, bases in word.terms.items():
            counts = np.maximum(counts, snapshot.postings("body", term).counts * snapshot.flags_of(bases))
        shares[word.text] = list(counts / sizes)
    return shares
