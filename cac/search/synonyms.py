"""Other words for what a query asks for, in every language, as the glossary of the instance says.

Terms are found in a query by search/patterns; what a synonym is worth in a document is search/synonym_scores'.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.orm import Session

from cac.search.analysis import asked_units, required_terms
from cac.search.glossary import glossary_state, list_terms
from cac.search.patterns import Patterns, compile_patterns, find_terms, is_whole
from cac.search.words import base_language

# The most meanings of one query that are looked up.
MOST_MEANINGS = 6


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


class GlossaryCatalogue:
    """The glossary as one process keeps it; looks for a change at most every ``fresh_seconds``, by one small statement."""

    def __init__(self, fresh_seconds: float = 2.0) -> None:
        self._fresh_seconds = fresh_seconds
        self._looked_at = float("-inf")
        self._state: tuple[object, ...] = ()
        self._glossary = Patterns()
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
        return Synonyms(meanings, is_whole(text, matches))

    def _fresh(self, session: Session) -> Patterns:
        if time.monotonic() - self._looked_at < self._fresh_seconds:
            return self._glossary
        # Making it anew takes most of a second: meanwhile other threads search by what is known already.
        if self._lock.acquire(blocking=not self._state):
            try:
                self._look(session)
            finally:
                self._lock.release()
        return self._glossary

    def _look(self, session: Session) -> None:
        with Session(session.get_bind()) as own:
            state = glossary_state(own)
            if state != self._state:
                self._glossary, self._state = compile_patterns(list_terms(own)), state
        self._looked_at = time.monotonic()


def _meaning(glossary: Patterns, group: int, known: dict[str, set[str]]) -> Meaning:
    ways: dict[tuple[str, ...], set[str]] = {}
    texts: dict[str, tuple[str, ...]] = {}
    for language, text in glossary.groups[group]:
        base = base_language(language)
        way = _way(text, base)
        if way and not all(base in known.get(term, ()) for term in way):
            ways.setdefault(way, set()).add(base)
            texts[base] = (*texts.get(base, ()), text)
    return Meaning(group, {way: frozenset(bases) for way, bases in ways.items()}, texts)


@lru_cache(maxsize=30_000)
def _way(text: str, base: str) -> tuple[str, ...]:
    return tuple(required_terms(text, base))


def words_to_mark(meanings: Iterable[Meaning], language: str) -> list[str]:
    """Return the words of the synonyms in a language that are shown as reasons for a match; short ones of phrases are not."""
    found = []
    for meaning in meanings:
        for text in meaning.texts.get(base_language(language), ()):
            words = text.split()
            found += words if len(words) == 1 else [word for word in words if len(word) > 3 or not word.isascii()]
    return found


def words_in_common(one: str, other: str, language: str) -> int:
    """Return how many terms two texts in a language share; words too short to say much do not count."""
    terms = [{term.text for unit in asked_units(text, language) for term in unit.terms} for text in (one, other)]
    return sum(len(term) > 2 or not term.isascii() for term in terms[0] & terms[1])
