"""What to look up for a query: its words as each language of the index would write them.

A word is compared with each document as the document's own language cuts it: the stem of an English text is English, that of
a Spanish text Spanish, whoever asks. Nobody has to say in which language the words are; that only decides the order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from cac.search.analysis import (
    COMPOUNDING,
    Unit,
    asked_units,
    grams_of,
    pairs_of,
    parts_of,
    required_terms,
    script_key,
    scripts_of,
)
from cac.search.query import MOST_WORDS, Query
from cac.search.scripts import Writing, writing_of
from cac.search.synonyms import NO_SYNONYMS, GlossaryCatalogue, Synonyms

Bases = frozenset[str]
# Terms that a text must have for a phrase or an excluded word; those of the longest without spaces are not all looked up.
MOST_TERMS = 96


@dataclass
class Word:
    """One word of the query: its terms and its grams, each with the base languages of the documents they are meant for.

    ``parts`` are the grams, needed together, of compounds that the word is a part of.
    """

    text: str
    terms: dict[str, set[str]] = field(default_factory=dict)
    grams: dict[str, set[str]] = field(default_factory=dict)
    parts: dict[tuple[str, ...], set[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Demand:
    """What a document of some base languages must hold, all of it: (field, term) pairs of a phrase or an excluded word."""

    bases: Bases
    terms: tuple[tuple[str, str], ...]


@dataclass
class Plan:
    """All that is looked up for one query.

    ``phrases`` and ``excluded`` hold one list of demands for each phrase or word; ``synonyms`` are other words for the same.
    """

    words: list[Word] = field(default_factory=list)
    pairs: dict[str, set[str]] = field(default_factory=dict)
    phrases: list[list[Demand]] = field(default_factory=list)
    excluded: list[list[Demand]] = field(default_factory=list)
    synonyms: Synonyms = NO_SYNONYMS


def make_plan(query: Query, bases: Iterable[str]) -> Plan:
    """Return what to look up for ``query`` in an index with documents in the base languages ``bases``."""
    plan = Plan()
    groups = _same_analysis(query.text, bases)
    for group in groups:
        units = list(asked_units(query.wanted, group[0]))
        _add_words(plan, units if sum(map(_cost, units)) <= MOST_WORDS else _cut(units), group, query.wanted)
        for pair in pairs_of(units):
            plan.pairs.setdefault(pair, set()).update(group)
    for phrases, texts in ((plan.phrases, query.phrases), (plan.excluded, query.excluded)):
        for text in texts:
            phrases.append([demand for group in groups if (demand := _demand(text, group)) is not None])
    return plan


def with_synonyms(plan: Plan, query: Query, glossary: GlossaryCatalogue, session: Session, locale: str) -> Plan:
    """Return the plan with the synonyms of the words of ``query`` outside of phrases, which are meant word for word."""
    text = " ".join(word for word in query.words if word not in query.phrases)
    known: dict[str, set[str]] = {}
    for word in plan.words:
        for term, bases in word.terms.items():
            known.setdefault(term, set()).update(bases)
    return replace(plan, synonyms=glossary.synonyms(session, text, locale, known))


def _same_analysis(text: str, bases: Iterable[str]) -> list[list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    scripts = scripts_of(text)
    for base in bases:
        groups.setdefault(script_key(scripts, base), []).append(base)
    return list(groups.values())


# How many terms of a run without spaces count as one word: a query of up to 97 Han characters or 98 Thai clusters, longer than
# nearly all questions, keeps all its terms. A Korean word counts as one up to six syllables; any other run is one word.
_TERMS_A_WORD = {Writing.HAN: 4, Writing.UNSPACED: 4, Writing.HANGUL: 6}


def _cost(unit: Unit) -> int:
    """Return for how many words a run counts."""
    size = _TERMS_A_WORD.get(_writing(unit), 0)
    return -(-len(unit.terms) // size) if size else 1


def _cut(units: list[Unit]) -> list[Unit]:
    """Return the units with those that count for several words cut into as many."""
    return [piece for unit in units for piece in (_pieces(unit) if _cost(unit) > 1 else [unit])]


def _pieces(unit: Unit) -> list[Unit]:
    size = _TERMS_A_WORD[_writing(unit)]
    pieces = [unit.terms[first : first + size] for first in range(0, len(unit.terms), size)]
    return [
        Unit(terms, "", "", min(term.start for term in terms), max(term.end for term in terms), unit.is_hangul)
        for terms in pieces
    ]


def _writing(unit: Unit) -> Writing:
    if unit.plain:
        return Writing.WORD
    if unit.is_hangul:
        return Writing.HANGUL
    return writing_of(unit.terms[0].text[0]) or Writing.WORD


def _add_words(plan: Plan, units: list[Unit], group: list[str], text: str) -> None:
    known = {(word.text): word for word in plan.words}
    for unit in units:
        raw = text[unit.start : unit.end]
        word = known.get(raw)
        if word is None:
            word = known[raw] = Word(raw)
            plan.words.append(word)
        for term in unit.terms:
            word.terms.setdefault(term.text, set()).update(group)
        for gram in grams_of(unit.plain):
            word.grams.setdefault(gram, set()).update(group)
        compounding = COMPOUNDING.intersection(group)
        if compounding and unit.plain:
            for part in parts_of(unit.stem):
                word.parts.setdefault(part, set()).update(compounding)


def _demand(text: str, group: list[str]) -> Demand | None:
    terms = [("body", term) for term in required_terms(text, group[0])]
    terms += [("pairs", pair) for pair in pairs_of(list(asked_units(text, group[0])))]
    return Demand(frozenset(group), tuple(dict.fromkeys(terms))[:MOST_TERMS]) if terms else None


def rarest(words: list[Word], weights: dict[str, float]) -> tuple[list[Word], list[Word]]:
    """Return the words to use, at most 24 and those that tell most (``weights`` by text), and the rest.

    In a query of more words, a run of Han, kana, Thai, Lao, Khmer or Myanmar counts as a word for every four terms in it, a
    Korean one for every six, and only pieces of it may be used.
    """
    if len(words) <= MOST_WORDS:
        return words, []
    ordered = sorted(words, key=lambda word: -weights[word.text])
    kept = {word.text for word in ordered[:MOST_WORDS]}
    return [word for word in words if word.text in kept], [word for word in words if word.text not in kept]
