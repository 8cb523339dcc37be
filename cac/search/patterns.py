"""Finds terms of the glossary in a query: letter by letter, with other endings or no marks, or in a text without spaces.

What is then looked up is search/synonyms'; the glossary itself is search/glossary's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from cac.search.analysis import Unit, asked_units
from cac.search.hangul import noun
from cac.search.scripts import WORD, script_of
from cac.search.snippets import fold_text
from cac.search.words import base_language, language_script

# The fewest letters of a word that may differ by its ending alone from a term in a language that nobody said the query was
# in ("Rente" is no English rent).
CERTAIN_LENGTH = 7
# The same for a term of several words, which is rarely met by chance.
CERTAIN_PHRASE = 6
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


@dataclass
class Patterns:
    """All patterns: of words by their first stem and by their first word, without spaces by their first letter.

    ``groups`` holds the terms of each group, ``beginnings`` the first two letters of the words of each language.
    """

    by_word: dict[str, list[Pattern]] = field(default_factory=dict)
    compact: dict[str, list[Pattern]] = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    groups: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    beginnings: dict[str, set[str]] = field(default_factory=dict)


def compile_patterns(terms: Iterable[tuple[int, str, str]]) -> Patterns:
    """Return the patterns of the terms of a glossary: (group, language, text) of each."""
    glossary = Patterns()
    for group, language, text in terms:
        glossary.groups.setdefault(group, []).append((language, text))
        base = base_language(language)
        if base not in glossary.languages:
            glossary.languages.append(base)
        pattern = _pattern(base, text)
        if pattern is not None:
            _keep(glossary, pattern._replace(group=group))
    return glossary


def _keep(glossary: Patterns, pattern: Pattern) -> None:
    if pattern.compact:
        glossary.compact.setdefault(pattern.compact[0], []).append(pattern)
        return
    for word in {pattern.stems[0], pattern.plain[0]}:
        glossary.by_word.setdefault(word, []).append(pattern)
    glossary.beginnings.setdefault(pattern.language, set()).add(fold_text(pattern.plain[0])[:2])


# Remembered: with each change all terms are compiled anew, and nearly all of them are the same.
@lru_cache(maxsize=30_000)
def _pattern(base: str, text: str) -> Pattern | None:
    """Return the pattern of a term, of no group yet; None for what says too little."""
    units = list(asked_units(text, base))
    is_hangul = any(unit.is_hangul for unit in units)
    if units and all(unit.plain for unit in units):
        return Pattern(0, base, tuple(unit.stem for unit in units), tuple(unit.plain for unit in units), "", False)
    compact = "".join(unit.stem if unit.is_hangul else fold_text(text[unit.start : unit.end]) for unit in units)
    if is_hangul and len(units) == 1 and len(compact) < 2:
        return None
    return Pattern(0, base, (), (), compact, is_hangul and len(units) == 1) if compact else None


def find_terms(glossary: Patterns, text: str, locale: str) -> list[Match]:
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


def _may_hold(glossary: Patterns, base: str, begun: set[tuple[str, str]]) -> bool:
    """Whether a word of the query could be a term in a language by its script and its first two letters."""
    script = language_script(base)
    if base in _WITH_PREFIXES:
        return any(own == script for own, _ in begun)
    return any(own == script and letters in glossary.beginnings.get(base, ()) for own, letters in begun)


def _find_words(glossary: Patterns, units: tuple[Unit, ...], bases: set[str], locale: str) -> set[Match]:
    found = set()
    for at, unit in enumerate(units):
        for word in {unit.plain, *(term.text for term in unit.terms)}:
            for pattern in glossary.by_word.get(word, ()):
                part = units[at : at + len(pattern.stems)]
                if pattern.language not in bases or len(part) < len(pattern.stems):
                    continue
                likeness = _likeness(pattern, part)
                if likeness is Likeness.SAME or (likeness and _is_certain(pattern, locale)):
                    found.add(Match(part[0].start, part[-1].end, pattern.group, likeness is Likeness.SAME))
    return found


class Likeness(IntEnum):
    """How like a term some words of a query are: of other stems, with other endings or without its marks, or the same."""

    NONE = 0
    ALIKE = 1
    SAME = 2


def _likeness(pattern: Pattern, part: Sequence[Unit]) -> Likeness:
    """Return how like ``pattern`` as many words are; accents do not matter, but make another word in Vietnamese."""
    has_stems = all(
        any(term.text == stem for term in unit.terms) for unit, stem in zip(part, pattern.stems, strict=True)
    )
    is_plain = all(unit.plain == plain for unit, plain in zip(part, pattern.plain, strict=True))
    if is_plain and (has_stems or pattern.language != "vi"):
        return Likeness.SAME
    if has_stems:
        return Likeness.ALIKE
    is_bare = is_plain and all(unit.stem in (unit.plain, stem) for unit, stem in zip(part, pattern.stems, strict=True))
    return Likeness.ALIKE if is_bare else Likeness.NONE


def _is_certain(pattern: Pattern, locale: str) -> bool:
    """Whether words that are only like a term still are this term: Latin script has too many languages for short words."""
    if pattern.language == locale or language_script(pattern.language) != "latin":
        return True
    letters = sum(map(len, pattern.plain))
    return letters >= (CERTAIN_PHRASE if len(pattern.plain) > 1 else CERTAIN_LENGTH)


def _find_compact(patterns: dict[str, list[Pattern]], text: str) -> set[Match]:
    folded = fold_text(text)
    if folded.isascii():
        return set()
    places = [place for place, letter in enumerate(folded) if not letter.isspace()]
    letters = "".join(folded[place] for place in places)
    found = set()
    for at, letter in enumerate(letters):
        for pattern in patterns.get(letter, ()):
            if not letters.startswith(pattern.compact, at):
                continue
            start, end = places[at], places[at + len(pattern.compact) - 1] + 1
            if _stands_alone(pattern, folded, start, end):
                found.add(Match(start, _end_of_word(folded, end), pattern.group, True))
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


def is_whole(text: str, matches: list[Match]) -> bool:
    """Whether the terms found are all that ``text`` says."""
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
