"""Finds terms of the glossary in a query and scores the documents that hold another term of the same meaning.

A document that has only a synonym gets half of what the word itself would have given it (SYNONYM), and one meaning counts
once, however many of its synonyms a document has. The glossary itself is search/glossary's.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from cac.search.analysis import Unit, asked_units, required_terms
from cac.search.glossary import glossary_state, list_terms
from cac.search.hangul import noun
from cac.search.index_reading import Snapshot
from cac.search.scripts import WORD, script_of
from cac.search.snippets import fold_text
from cac.search.weighted_postings import Flags, Floats, Ints
from cac.search.words import base_language, language_script

SYNONYM, IN_TITLE = 0.5, 0.5
# The most meanings of one query that are looked up, and the fewest letters of a word that may differ by its ending alone
# from a term in a language that nobody said the query was in ("Rente" is no English rent).
MOST_MEANINGS, CERTAIN_LENGTH = 6, 7
# Languages in which a word can begin with other letters than its stem.
_WITH_PREFIXES = frozenset({"ar", "fa", "he", "id", "ms", "tl", "ur"})


class Pattern(NamedTuple):
    """A term as queries are compared with it: its words one by one, or ``compact`` for what is written without spaces."""

    group: int
    language: str
    stems: tuple[str, ...]
    plain: tuple[str, ...]
    compact: str
    is_hangul: bool


class Match(NamedTuple):
    """Where a term stands in the query, and whether letter by letter or only with another ending."""

    start: int
    end: int
    group: int
    is_exact: bool


@dataclass(frozen=True)
class Meaning:
    """What else to look for: for each way of writing it (all these terms together) the languages of its documents.

    ``texts`` are the terms by base language as people write them, to be marked in excerpts.
    """

    group: int
    ways: dict[tuple[str, ...], frozenset[str]]
    texts: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Synonyms:
    """The meanings found in a query; ``is_whole`` says that nothing else was asked for."""

    meanings: tuple[Meaning, ...] = ()
    is_whole: bool = False


NO_SYNONYMS = Synonyms()


@dataclass
class _Glossary:
    """All patterns: those of words by their first stem, those without spaces in one list; the terms of each group.

    ``beginnings`` are the first two letters of the words of each language.
    """

    by_stem: dict[str, list[Pattern]] = field(default_factory=dict)
    compact: list[Pattern] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    groups: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    beginnings: dict[str, set[str]] = field(default_factory=dict)


class GlossaryCatalogue:
    """The glossary as one process keeps it; looks for a change at most every ``fresh_seconds``, by one small statement."""

    def __init__(self, fresh_seconds: float = 2.0) -> None:
        self._fresh_seconds = fresh_seconds
        self._looked_at = float("-inf")
        self._state: tuple[object, ...] = ()
        self._glossary = _Glossary()
        self._lock = threading.Lock()

    @property
    def state(self) -> int:
        """What changes with the glossary, for keys of what was made with it."""
        return hash(self._state)

    def synonyms(self, session: Session, text: str, locale: str, known: dict[str, set[str]]) -> Synonyms:
        """Return other words for ``text``; ``known`` are the terms that are looked up already with their base languages.

        ``locale`` is the reader's language, in which a word may have any ending.
        """
        glossary = self._fresh(session)
        matches = find_terms(glossary, text, locale)
        groups = list(dict.fromkeys(match.group for match in matches))[:MOST_MEANINGS]
        meanings = tuple(_meaning(glossary, group, known) for group in groups)
        return Synonyms(meanings, _is_whole(text, matches))

    def _fresh(self, session: Session) -> _Glossary:
        if time.monotonic() - self._looked_at < self._fresh_seconds:
            return self._glossary
        with self._lock, Session(session.get_bind()) as own:
            state = glossary_state(own)
            if state != self._state:
                self._glossary, self._state = _compile(list_terms(own)), state
            self._looked_at = time.monotonic()
            return self._glossary


def _compile(terms: Iterable[tuple[int, str, str]]) -> _Glossary:
    glossary = _Glossary()
    for group, language, text in terms:
        glossary.groups.setdefault(group, []).append((language, text))
        base = base_language(language)
        if base not in glossary.languages:
            glossary.languages.append(base)
        pattern = _pattern(group, base, text)
        if pattern is None:
            continue
        if pattern.stems:
            glossary.by_stem.setdefault(pattern.stems[0], []).append(pattern)
            glossary.beginnings.setdefault(base, set()).update(fold_text(word)[:2] for word in pattern.plain[:1])
        else:
            glossary.compact.append(pattern)
    return glossary


def _pattern(group: int, base: str, text: str) -> Pattern | None:
    units = list(asked_units(text, base))
    is_hangul = any(unit.is_hangul for unit in units)
    if units and all(unit.plain for unit in units):
        return Pattern(group, base, tuple(unit.stem for unit in units), tuple(unit.plain for unit in units), "", False)
    compact = "".join(unit.stem if unit.is_hangul else fold_text(text[unit.start : unit.end]) for unit in units)
    if is_hangul and len(units) == 1 and len(compact) < 2:
        return None
    return Pattern(group, base, (), (), compact, is_hangul and len(units) == 1) if compact else None


def find_terms(glossary: _Glossary, text: str, locale: str) -> list[Match]:
    """Return the terms in ``text`` in order, the longest at each place, letter by letter before other endings."""
    found: set[Match] = set()
    analyses: dict[tuple[Unit, ...], list[str]] = {}
    begun = {(script_of(word), word[:2]) for word in (match.group() for match in WORD.finditer(fold_text(text)))}
    for base in glossary.languages:
        if _may_hold(glossary, base, begun):
            analyses.setdefault(tuple(asked_units(text, base)), []).append(base)
    for units, bases in analyses.items():
        found |= _find_words(glossary, units, set(bases), base_language(locale))
    found |= _find_compact(glossary.compact, text)
    longest = [
        match
        for match in found
        if not any(other.start <= match.start and match.end <= other.end and other[:2] != match[:2] for other in found)
    ]
    exact = {match[:2] for match in longest if match.is_exact}
    return sorted(match for match in longest if match.is_exact or match[:2] not in exact)


def _may_hold(glossary: _Glossary, base: str, begun: set[tuple[str, str]]) -> bool:
    """Whether a word of the query could be a term in a language by its script and its first two letters."""
    script = language_script(base)
    if base in _WITH_PREFIXES:
        return any(own == script for own, _ in begun)
    return any(own == script and letters in glossary.beginnings.get(base, ()) for own, letters in begun)


def _find_words(glossary: _Glossary, units: tuple[Unit, ...], bases: set[str], locale: str) -> set[Match]:
    found = set()
    for at, unit in enumerate(units):
        for pattern in glossary.by_stem.get(unit.stem, ()):
            part = units[at : at + len(pattern.stems)]
            if pattern.language not in bases or tuple(each.stem for each in part) != pattern.stems:
                continue
            is_exact = tuple(each.plain for each in part) == pattern.plain
            if is_exact or _is_certain(pattern, locale):
                found.add(Match(part[0].start, part[-1].end, pattern.group, is_exact))
    return found


def _is_certain(pattern: Pattern, locale: str) -> bool:
    """Whether a word with another ending is still this term: Latin script has too many languages for short words."""
    is_latin = language_script(pattern.language) == "latin"
    return pattern.language == locale or not is_latin or sum(map(len, pattern.plain)) >= CERTAIN_LENGTH


def _find_compact(patterns: list[Pattern], text: str) -> set[Match]:
    folded = fold_text(text)
    if folded.isascii():
        return set()
    places = [place for place, letter in enumerate(folded) if not letter.isspace()]
    letters = "".join(folded[place] for place in places)
    found = set()
    for pattern in patterns:
        at = letters.find(pattern.compact)
        while at >= 0:
            start, end = places[at], places[at + len(pattern.compact) - 1] + 1
            if _stands_alone(pattern, folded, start, end):
                found.add(Match(start, _end_of_word(folded, end), pattern.group, True))
            at = letters.find(pattern.compact, at + 1)
    return found


def _stands_alone(pattern: Pattern, text: str, start: int, end: int) -> bool:
    """Whether the place is the term and not a piece of other words.

    A Korean word stands at the beginning or the end of a compound; katakana do not run on; Latin letters end a word.
    """
    if not _is_hangul(text[start]):
        return not (_run_on(text[start - 1 : start], text[start]) or _run_on(text[end - 1], text[end : end + 1]))
    first, last = start, end
    while first > 0 and _is_hangul(text[first - 1]):
        first -= 1
    while last < len(text) and _is_hangul(text[last]):
        last += 1
    if not pattern.is_hangul or first == start:
        return first == start and not (pattern.is_hangul and " " in text[start:end])
    return noun(text[first:last]) == text[first:end]


def _end_of_word(text: str, end: int) -> int:
    """Return where a Korean word ends if only a particle follows its noun; other words end where they end."""
    last = end
    while last < len(text) and _is_hangul(text[last]):
        last += 1
    return last if noun(text[end - 2 : last]) == text[end - 2 : end] else end


def _is_whole(text: str, matches: list[Match]) -> bool:
    rest = list(text)
    for match in matches:
        rest[match.start : match.end] = " " * (match.end - match.start)
    return bool(matches) and not any(letter.isalnum() for letter in rest)


def _is_hangul(letter: str) -> bool:
    return "\uac00" <= letter <= "\ud7a3"


def _run_on(left: str, right: str) -> bool:
    """Whether two neighbouring letters belong to one word although both are in a text without spaces."""
    katakana = all("\u30a1" <= letter <= "\u30ff" for letter in (left, right) if letter)
    return bool(left and right) and (
        katakana or (left.isascii() and left.isalnum() and right.isascii() and right.isalnum())
    )


def _meaning(glossary: _Glossary, group: int, known: dict[str, set[str]]) -> Meaning:
    ways: dict[tuple[str, ...], set[str]] = {}
    texts: dict[str, tuple[str, ...]] = {}
    for language, text in glossary.groups[group]:
        base = base_language(language)
        way = tuple(required_terms(text, base))
        if way and not all(base in known.get(term, ()) for term in way):
            ways.setdefault(way, set()).add(base)
            texts[base] = (*texts.get(base, ()), text)
    return Meaning(group, {way: frozenset(bases) for way, bases in ways.items()}, texts)


def words_to_mark(meanings: Iterable[Meaning], language: str) -> list[str]:
    """Return the words of the synonyms in a language that are shown as reasons for a match; short ones of phrases are not."""
    found = []
    for meaning in meanings:
        for text in meaning.texts.get(base_language(language), ()):
            words = text.split()
            found += words if len(words) == 1 else [word for word in words if len(word) > 3 or not word.isascii()]
    return found


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
    for meaning in meanings:
        best = np.zeros(snapshot.size, np.float32)
        for way, bases in meaning.ways.items():
            ids, scores = _holding(snapshot, way, bases)
            best[ids] = np.maximum(best[ids], scores)
        total += best
    return total * np.float32(SYNONYM)


def _holding(snapshot: Snapshot, way: tuple[str, ...], bases: frozenset[str]) -> tuple[Ints, Floats]:
    """Return the documents of some languages that hold all terms of ``way``, and what the terms are worth in them."""
    ids, scores = np.zeros(0, np.int32), np.zeros(0, np.float32)
    for number, term in enumerate(way):
        own, impacts = _weighted(snapshot, term)
        if number == 0:
            ids, scores = own, impacts
            continue
        ids, left, right = np.intersect1d(ids, own, assume_unique=True, return_indices=True)
        scores = scores[left] + impacts[right]
    kept = snapshot.flags_of(bases)[snapshot.base_of[ids]] & snapshot.live[ids]
    return ids[kept], scores[kept] / np.float32(len(way) ** 0.5)


def _weighted(snapshot: Snapshot, term: str) -> tuple[Ints, Floats]:
    body, title = snapshot.postings("body", term), snapshot.postings("title", term)
    if not len(title.ids):
        return body.ids, body.impacts
    scores = body.impacts.copy()
    places = np.searchsorted(body.ids, title.ids)
    inside = places < len(body.ids)
    places, impacts = places[inside], title.impacts[inside]
    same = body.ids[places] == title.ids[inside]
    scores[places[same]] += impacts[same] * np.float32(IN_TITLE)
    return body.ids, scores


def words_in_common(one: str, other: str, language: str) -> int:
    """Return how many terms two texts in a language share; words too short to say much do not count."""
    terms = [{term.text for unit in asked_units(text, language) for term in unit.terms} for text in (one, other)]
    return sum(len(term) > 2 or not term.isascii() for term in terms[0] & terms[1])
