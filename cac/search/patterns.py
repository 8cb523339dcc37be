"""Finds terms of the glossary in a query: letter by letter, with another ending, or inside a text without spaces.

What is then looked up is search/synonyms'; the glossary itself is search/glossary's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from cac.search.analysis import Unit, asked_units
from cac.search.hangul import noun
from cac.search.scripts import WORD, script_of
from cac.search.snippets import fold_text
from cac.search.words import base_language, language_script

# The fewest letters of a word that may differ by its ending alone from a term in a language that nobody said the query was
# in ("Rente" is no English rent).
CERTAIN_LENGTH = 7
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
    """All patterns: those of words by their first stem, those without spaces in one list; the terms of each group.

    ``beginnings`` are the first two letters of the words of each language.
    """

    by_stem: dict[str, list[Pattern]] = field(default_factory=dict)
    compact: list[Pattern] = field(default_factory=list)
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
