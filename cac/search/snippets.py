"""Shows why a text was found: the passage with most of the query's words, cut at the places that matched.

The text is cut by the same analysis as the index, so that what is marked is what was found, inside compounds too.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cac.search.analysis import COMPOUNDING, GRAM, GRAM_LEAST, GRAM_SHARE, asked_units, grams_of
from cac.search.han import simplify
from cac.search.kana import compose, find_word, katakana_words
from cac.search.query import Query
from cac.search.request import Part
from cac.search.scripts import WORD
from cac.search.words import IRREGULAR_STEMS, base_language, fold_accents, normalise, word_forms

EXCERPT = 240
# As long to read as EXCERPT where a character says, and takes, as much as two letters.
_DENSE = {"zh": 120, "ja": 120, "ko": 150}
MOST_TEXT = 20_000
_SHORTEST_PART = 4
# Languages whose stems can begin with another letter than the word.
_WITH_PREFIXES = frozenset({"ar", "he", "fa", "ur", "id", "ms", "hu", "hy", "eu", "nl"})
# Languages in which a word and its stem share two letters at least.
_SAME_BEGINNING = frozenset(
    {"en", "es", "fr", "pt", "de", "it", "ca", "ro", "sv", "da", "nb", "nn", "no", "fi", "et", "el", "ru"}
)


@dataclass(frozen=True)
class Marker:
    """What to mark in texts of one language.

    ``terms`` are terms of words between spaces; ``pieces`` are found anywhere: terms of scripts without spaces and of Korean,
    and words that may be inside a longer one (a compound). ``katakana`` are words in it with the pieces that only they give:
    these count in texts without the word. ``initials`` are the letters with which a word that matches can begin, None for
    any. ``grams`` are those of words that are long enough to be found by them in another form. ``seen`` remembers which term
    a word of a text matched.
    """

    language: str
    terms: frozenset[str]
    pieces: tuple[str, ...]
    initials: frozenset[str] | None
    katakana: tuple[tuple[str, tuple[str, ...]], ...] = ()
    grams: tuple[tuple[str, frozenset[str]], ...] = ()
    seen: dict[str, str] = field(default_factory=dict)


class Span(NamedTuple):
    """A place that matched: offsets in the text and the term."""

    start: int
    end: int
    term: str


def make_marker(query: Query, language: str) -> Marker:
    """Return what to mark in texts in ``language`` for a query."""
    terms: list[str] = []
    pieces: list[str] = []
    grams: list[tuple[str, frozenset[str]]] = []
    for unit in asked_units(query.wanted, language):
        own = [term.text for term in unit.terms]
        if unit.plain:
            terms += own
            parts = (unit.plain, unit.stem) if base_language(language) in COMPOUNDING else (unit.plain,)
            pieces += [part for part in parts if len(part) >= _SHORTEST_PART]
            grams += [(unit.stem, frozenset(grams_of(unit.plain)))] if len(unit.plain) >= GRAM + GRAM_LEAST - 1 else []
        elif unit.is_hangul:
            pieces += [unit.stem] if len(unit.stem) <= 2 else [term for term in own if len(term) == 2]
        else:
            pieces += own
    initials = None if base_language(language) in _WITH_PREFIXES else _initials(terms, base_language(language))
    katakana = [(word, _neighbours(word)) for word in katakana_words(fold_text(compose(query.wanted)[0]))]
    inside = {piece for _, own in katakana for piece in own}
    others = tuple(dict.fromkeys(piece for piece in pieces if piece not in inside))
    return Marker(language, frozenset(terms), others, initials, tuple(katakana), tuple(grams))


def _neighbours(word: str) -> tuple[str, ...]:
    return tuple(left + right for left, right in pairwise(word))


def mark(text: str, marker: Marker) -> tuple[Part, ...]:
    """Return a whole text, such as a title, cut at what matched."""
    return _cut(text, 0, len(text), find_matches(text, marker), closed=True)


def excerpt(passages: Sequence[str], marker: Marker, length: int = 0) -> tuple[Part, ...]:
    """Return the best passage of at most about ``length`` characters, cut at what matched; the beginning if nothing did.

    Without a ``length`` it is about three lines of a page in the language of the text.
    """
    length = length or _DENSE.get(base_language(marker.language), EXCERPT)
    text = "\n".join(passages)[:MOST_TEXT]
    matches = find_matches(text, marker)
    if not matches:
        return _cut(text, 0, _end_before(text, 0, length), [])
    first, last = _best_window(matches, length)
    spare = max(length - (matches[last].end - matches[first].start), 0)
    start = _start_after(text, matches[first].start, spare // 3)
    end = _end_before(text, start, max(length, matches[last].end - start))
    return _cut(text, start, end, matches)


def find_matches(text: str, marker: Marker) -> list[Span]:
    """Return all places in ``text`` that match, in order; those that touch or overlap are one, as a compound is one word."""
    composed, offsets = compose(text)
    if len(composed) < len(text):
        spans = find_matches(composed, marker)
        return [span._replace(start=offsets[span.start], end=offsets[span.end]) for span in spans]
    folded = fold_text(text)
    places = _find_pieces(folded, marker.pieces)
    for word, pieces in marker.katakana:
        whole = [Span(at, at + len(word), word) for at in find_word(folded, word)]
        places += whole or _find_pieces(folded, pieces)
    if marker.terms:
        places += _find_words(text, folded, marker)
    joined: list[Span] = []
    for place in sorted(places):
        if joined and place.start <= joined[-1].end:
            joined[-1] = joined[-1]._replace(end=max(joined[-1].end, place.end))
        else:
            joined.append(place)
    return joined


def _find_words(text: str, folded: str, marker: Marker) -> list[Span]:
    found = []
    seen, language = marker.seen, base_language(marker.language)
    for match in _candidates(text, folded, marker):
        raw = match.group()
        term = seen.get(raw)
        if term is None:
            forms = word_forms(raw, language)
            term = seen[raw] = next((form for form in (forms.term, *forms.also) if form in marker.terms), "")
            if not term and marker.grams:
                term = seen[raw] = _find_by_grams(forms.plain, marker)
        if term:
            found.append(Span(match.start(), match.end(), term))
    return found


def _candidates(text: str, folded: str, marker: Marker) -> Iterator[re.Match[str]]:
    """Yield the words of ``text`` that can match: those that begin with the right letter, or have an apostrophe."""
    if marker.initials is None:
        yield from WORD.finditer(text)
        return
    patterns = [_beginning_with(letters) for letters in marker.initials]
    patterns += [_WITH_APOSTROPHE] if any(sign in folded for sign in "'\u2019\u02bc") else []
    end = 0
    for start in sorted({match.start() for pattern in patterns for match in pattern.finditer(folded)}):
        match = WORD.match(text, start) if start >= end else None
        if match:
            end = match.end()
            yield match


_INSIDE = r"[\w'\u2019\u02bc\u0300-\u036f]"
_WITH_APOSTROPHE = re.compile(rf"(?<!{_INSIDE})\w+['\u2019\u02bc](?=\w)")


@lru_cache(maxsize=1_000)
def _beginning_with(letters: str) -> re.Pattern[str]:
    """Return what finds where words begin with ``letters``; these come first, for which the search is fastest."""
    return re.compile(rf"{re.escape(letters)}(?<!{_INSIDE}{re.escape(letters)})")


def _initials(terms: Iterable[str], language: str) -> frozenset[str] | None:
    """Return the letters, one or two, with which a word that matches can begin; None where marks stand inside words."""
    letters = frozenset(
        fold_text(term[: 2 if language in _SAME_BEGINNING and term not in IRREGULAR_STEMS else 1]) for term in terms
    )
    is_known = all(each.isascii() or all("\u0370" <= letter <= "\u0523" for letter in each) for each in letters)
    return letters if is_known else None


def _find_by_grams(plain: str, marker: Marker) -> str:
    """Return the term that a word of a text holds nearly all grams of, as the search finds it; empty for none."""
    own = set(grams_of(plain))
    return next((term for term, grams in marker.grams if len(own & grams) >= GRAM_SHARE * len(grams)), "")


def _find_pieces(folded: str, pieces: tuple[str, ...]) -> list[Span]:
    places: list[Span] = []
    for piece in pieces:
        at = folded.find(piece)
        while at >= 0:
            if len(piece) > 1 or not _is_inside_hangul(folded, at):
                places.append(Span(at, at + len(piece), piece))
            at = folded.find(piece, at + 1)
    return places


def _is_inside_hangul(text: str, at: int) -> bool:
    """Whether a single syllable is part of a longer Korean word: alone it is found only as a whole word."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return "\uac00" <= text[at] <= "\ud7a3" and ("\uac00" <= before <= "\ud7a3" or "\uac00" <= after <= "\ud7a3")


class _Folds(dict[int, str]):
    """The form of each character in terms, worked out when it is first met; a character that becomes two stays as it is."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = simplify(fold_accents(normalise(character)))
        self[code] = folded if len(folded) == 1 else character
        return self[code]


_FOLDS = _Folds()


def fold_text(text: str) -> str:
    """Return a text as terms are written (without case, accents, traditional characters), each character at its offset."""
    return text.lower() if text.isascii() else text.translate(_FOLDS)


def _best_window(matches: list[Span], length: int) -> tuple[int, int]:
    """Return the first and last of the matches that fit into ``length`` and tell most; the earliest among equals."""
    best, chosen, first = -1.0, (0, 0), 0
    counts: dict[str, int] = {}
    score = 0.0
    for last, span in enumerate(matches):
        score += _gain(span, counts, 1)
        while span.end - matches[first].start > length and first < last:
            score -= _gain(matches[first], counts, -1)
            first += 1
        if score > best + 1e-9:
            best, chosen = score, (first, last)
    return chosen


def _gain(span: Span, counts: dict[str, int], step: int) -> float:
    """Count a match in or out and return what it is worth: a further occurrence of the same term is worth little."""
    before = counts.get(span.term, 0)
    counts[span.term] = before + step
    weight = math.sqrt(span.end - span.start)
    return weight if min(before, before + step) == 0 else 0.1 * weight


# The end of a heading or an item of a list, which a line says by itself and running text does not.
_UNSAID_END = re.compile(r"(?<![.!?:;,\u061f\u06d4\u0964\u3002\uff01\uff1f\uff1a])\n")
_SENTENCE_END = re.compile(r"[.!?\u061f\u06d4\u0964\u3002\uff01\uff1f]\s*|\n")


def _start_after(text: str, at: int, room: int) -> int:
    """Return where to begin so that ``at`` is shown: at a sentence that begins within ``room`` before, else at a word."""
    earliest = max(0, at - room)
    if earliest == 0:
        return 0
    ends = [match.end() for match in _SENTENCE_END.finditer(text, earliest, at)]
    if ends:
        return ends[0]
    space = text.find(" ", earliest, at)
    return space + 1 if space >= 0 else earliest


def _end_before(text: str, start: int, length: int) -> int:
    end = start + length
    if end >= len(text):
        return len(text)
    space = max(text.rfind(" ", start, end + 1), text.rfind("\n", start, end + 1))
    return space if space > start + length * 2 // 3 else end


def _cut(text: str, start: int, end: int, matches: list[Span], *, closed: bool = False) -> tuple[Part, ...]:
    parts: list[Part] = []
    at = start
    for span in matches:
        if span.start < at or span.end > end:
            continue
        _append(parts, text[at : span.start], False)
        _append(parts, text[span.start : span.end], True)
        at = span.end
    _append(parts, text[at:end], False)
    if not closed and start > 0:
        parts.insert(0, Part("\u2026 "))
    if not closed and end < len(text):
        parts.append(Part(" \u2026"))
    return tuple(parts)


def _append(parts: list[Part], text: str, is_match: bool) -> None:
    if text:
        parts.append(Part(_UNSAID_END.sub(" \u00b7 ", text).replace("\n", " "), is_match))
